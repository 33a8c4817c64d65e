"""Loops that import every module of a package: ``for module in pkgutil.iter_modules(...): import_module(...)``.

Source: https://docs.python.org/3/library/pkgutil.html#pkgutil.iter_modules and ``walk_packages``, which also goes into
the packages it finds.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from vartask.imports.conditions import dotted
from vartask.imports.flow import Flow
from vartask.imports.steps import span_of
from vartask.model import PluginFolder
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_SCANS = frozenset({"iter_modules", "walk_packages"})
_PREFIX = 1
_NAME = 1
"""Where a ``ModuleInfo`` has the name, and where both functions take the prefix."""

OWN = frozenset({"__name__", "__package__"})


@dataclass(frozen=True, slots=True)
class _Loop:
    """A loop over the modules of a package: its targets, the call that finds them, the statements in it."""

    target: ast.expr
    scan: ast.Call
    body: Sequence[ast.stmt]

    def is_name(self, node: ast.expr) -> bool:
        """Whether an expression is the name of the module at hand."""
        if isinstance(self.target, (ast.Tuple, ast.List)):
            wanted = self.target.elts[_NAME] if len(self.target.elts) > _NAME else None
            return isinstance(wanted, ast.Name) and isinstance(node, ast.Name) and node.id == wanted.id
        info = dotted(self.target)
        if info is None:
            return False
        if isinstance(node, ast.Subscript):
            index = node.slice
            return dotted(node.value) == info and isinstance(index, ast.Constant) and index.value == _NAME
        return dotted(node) == f"{info}.name"

    def some(self, call: ast.Call, flow: Flow) -> bool:
        """Whether a condition stands before the import or around it."""
        around: set[int] = set()
        node: ast.AST = call
        while node in flow.parents and node not in self.body:
            node = flow.parents[node]
            around.add(id(node))
        before = self.body[: self.body.index(node)] if isinstance(node, ast.stmt) and node in self.body else ()
        inside = [part for part in walk(node) if id(part) in around] if before or self.body else []
        return any(isinstance(item, ast.If) for item in (*before, *inside))

    def value(self, node: ast.expr) -> ast.expr:
        """A name's one assignment in the loop in its place."""
        if not isinstance(node, ast.Name):
            return node
        values = [
            statement.value
            for statement in self.body
            if isinstance(statement, ast.Assign) and any(dotted(item) == node.id for item in statement.targets)
        ]
        return values[0] if len(values) == 1 else node


def plugin_folders(call: ast.Call, flow: Flow, scope: str, *, guarded: bool) -> Iterator[PluginFolder]:
    """The package whose modules an import call in a loop imports, where it can be read."""
    loop = _loop_around(call, flow)
    if loop is None:
        return
    parts = _parts(loop.value(call.args[0]))
    if not parts or not loop.is_name(loop.value(parts[-1])):
        return
    before = [*_prefix(loop.scan), *parts[:-1]]
    found = _package(before, call, flow)
    if found is not None:
        module, level, own = found
        deep = (dotted(loop.scan.func) or "").endswith("walk_packages")
        yield PluginFolder(module, level, own, span_of(call, flow.path), scope, guarded, deep, loop.some(call, flow))


def _loop_around(call: ast.Call, flow: Flow) -> _Loop | None:
    node: ast.AST = call
    while node in flow.parents:
        node = flow.parents[node]
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return None
        if isinstance(node, ast.For):
            scan = _scan(node.iter)
            if scan is not None:
                return _Loop(node.target, scan, node.body)
        for generator in getattr(node, "generators", ()):
            scan = _scan(generator.iter)
            if scan is not None and not generator.ifs:
                return _Loop(generator.target, scan, ())
    return None


def _scan(node: ast.expr) -> ast.Call | None:
    if isinstance(node, ast.Call) and (dotted(node.func) or "").rpartition(".")[2] in _SCANS:
        return node
    wraps = isinstance(node, ast.Call) and dotted(node.func) in {"list", "sorted", "tuple"} and len(node.args) == 1
    return _scan(node.args[0]) if wraps and isinstance(node, ast.Call) else None


def _prefix(scan: ast.Call) -> list[ast.expr]:
    given = [keyword.value for keyword in scan.keywords if keyword.arg == "prefix"] or scan.args[_PREFIX : _PREFIX + 1]
    return [part for item in given for part in _parts(item)]


def _parts(node: ast.expr) -> list[ast.expr]:
    """What a string is put together from."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_parts(node.left), *_parts(node.right)]
    if isinstance(node, ast.JoinedStr):
        return [part.value if isinstance(part, ast.FormattedValue) else part for part in node.values]
    joined = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
    if joined and isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return _formatted(node.func.value, node.args)
    return [node]


def _formatted(template: ast.expr, values: Sequence[ast.expr]) -> list[ast.expr]:
    """``"{}.{}".format(package, name)``."""
    if not isinstance(template, ast.Constant) or not isinstance(template.value, str):
        return []
    texts = template.value.split("{}")
    if len(texts) != len(values) + 1:
        return []
    found: list[ast.expr] = [ast.Constant(texts[0])]
    for value, text in zip(values, texts[1:], strict=True):
        found += [value, ast.Constant(text)]
    return [part for part in found if not (isinstance(part, ast.Constant) and part.value == "")]


def _package(parts: Sequence[ast.expr], call: ast.Call, flow: Flow) -> tuple[str, int, str] | None:
    """The package as a module's name, the dots before it, and ``__name__`` or ``__package__`` that stands first."""
    texts = ["".join(str(part.value) for part in parts if isinstance(part, ast.Constant))]
    others = [part for part in parts if not isinstance(part, ast.Constant)]
    text = texts[0]
    if text.startswith(".") and not others:
        argument = call.args[1] if len(call.args) > 1 else None
        argument = next((keyword.value for keyword in call.keywords if keyword.arg == "package"), argument)
        if argument is None or text != ".":
            return None
        others, text = [argument], "."
        if isinstance(argument, ast.Constant):
            return (str(argument.value), 0, "")
    if not others:
        return (text[:-1], 0, "") if text.endswith(".") and text != "." else None
    if len(others) != 1 or (parts and isinstance(parts[0], ast.Constant) and parts[0] is not parts[-1]):
        return None
    name = dotted(others[0])
    rest = text.strip(".")
    if name in OWN:
        return (rest, 0, name or "")
    root, dot, attribute = (name or "").rpartition(".")
    origin = flow.imports.get(root) if dot and attribute in OWN else None
    if origin is None:
        return None
    module = ".".join(item for item in (origin.module, origin.attribute, rest) if item)
    return (module, origin.level, "")
