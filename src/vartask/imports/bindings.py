"""The names that a module binds at its top level, and how sure that is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from vartask.imports.conditions import dotted, evaluate
from vartask.imports.steps import span_of
from vartask.model import Binding, ClassFacts, ImportFact
from vartask.records import replace
from vartask.syntax.python_nodes import SIMPLE_STATEMENTS, FileNodes, children, nodes_of, walk, walked

_DYNAMIC_CALLS = frozenset({"exec", "execfile"})
_TELLING_CALLS = _DYNAMIC_CALLS | {"setattr", "globals"}


class BindingReader:
    """Collects the bindings of one module; ``bindings``, ``stars`` and ``classes`` hold the result.

    ``assignment_expressions`` is false for a file that has none, whose expressions need not be looked through.
    """

    def __init__(self, path: str, *, assignment_expressions: bool = True) -> None:
        self.path = path
        self._assignment_expressions = assignment_expressions
        self.bindings: dict[str, Binding] = {}
        self.stars: list[ImportFact] = []
        self.classes: dict[str, ClassFacts] = {}
        self.exported: tuple[str, ...] | None = None

    def read(self, statements: Iterable[ast.stmt], *, certain: bool = True) -> None:
        """Take in a block; ``certain`` is false inside a branch."""
        for statement in statements:
            self._statement(statement, certain)

    def _statement(self, node: ast.stmt, certain: bool) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            self._bind(node.name, "function", node, certain)
        elif isinstance(node, ast.ClassDef):
            self._bind(node.name, "class", node, certain)
            self.classes[node.name] = class_facts(node, self.path)
        elif isinstance(node, ast.Import):
            self._import(node, certain)
        elif isinstance(node, ast.ImportFrom):
            self._import_from(node, certain)
        elif isinstance(node, ast.Delete):
            for target in node.targets:
                if isinstance(target, ast.Name) and certain:
                    self.bindings.pop(target.id, None)
        elif isinstance(node, ast.If):
            self._if(node, certain)
        else:
            self._assignments(node, certain)
            if node.__class__ not in SIMPLE_STATEMENTS:
                self._blocks(node, certain)

    def _if(self, node: ast.If, certain: bool) -> None:
        truth = evaluate(node.test)
        self._walrus(node.test, certain)
        if truth is not False:
            self.read(node.body, certain=certain and truth is True)
        if truth is not True:
            self.read(node.orelse, certain=certain and truth is False)

    def _blocks(self, node: ast.stmt, certain: bool) -> None:
        inside = certain and isinstance(node, (ast.With, ast.AsyncWith))
        for field in ("body", "orelse", "finalbody"):
            self.read(getattr(node, field, ()), certain=inside or (certain and field == "finalbody"))
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            self.read(part.body, certain=False)
            for pattern in walk(part.pattern) if isinstance(part, ast.match_case) else ():
                for name in (getattr(pattern, "name", None), getattr(pattern, "rest", None)):
                    if isinstance(name, str):
                        self._bind(name, "variable", node, certain=False)

    def _assignments(self, node: ast.stmt, certain: bool) -> None:
        if isinstance(node, ast.AnnAssign) and node.value is None:
            return  # a bare annotation binds nothing
        for target in targets_of(node):
            for name in walk(target):
                # In ``config.debug = True`` the name is read, not bound.
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    self._bind(name.id, "variable", name, certain)
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            self._export(node)
        if self._assignment_expressions:
            for expression in children(node):
                if isinstance(expression, ast.expr):
                    self._walrus(expression, certain)

    def _walrus(self, expression: ast.expr, certain: bool) -> None:
        for part in walk(expression) if self._assignment_expressions else ():
            if isinstance(part, ast.NamedExpr):
                self._bind(part.target.id, "variable", part, certain)

    def _export(self, node: ast.Assign | ast.AugAssign | ast.AnnAssign) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if not any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            return
        value = node.value
        if isinstance(value, (ast.List, ast.Tuple)) and all(isinstance(item, ast.Constant) for item in value.elts):
            names = tuple(str(item.value) for item in value.elts if isinstance(item, ast.Constant))
            self.exported = (self.exported or ()) + names if isinstance(node, ast.AugAssign) else names
        else:
            self.exported = None

    def _import(self, node: ast.Import, certain: bool) -> None:
        for alias in node.names:
            name = alias.asname or alias.name.partition(".")[0]
            target = alias.name if alias.asname else name
            self._bind(name, "import", alias, certain, target=target)

    def _import_from(self, node: ast.ImportFrom, certain: bool) -> None:
        for alias in node.names:
            if alias.name == "*":
                names = ((alias.name, span_of(alias, self.path)),)
                self.stars.append(ImportFact(node.module or "", node.level, names, span_of(node, self.path)))
            else:
                self._bind(
                    alias.asname or alias.name,
                    "import",
                    alias,
                    certain,
                    target=node.module or "",
                    level=node.level,
                    attribute=alias.name,
                )

    def _bind(  # noqa: PLR0913 - the parts of a Binding
        self,
        name: str,
        kind: str,
        node: ast.AST,
        certain: bool,
        *,
        target: str | None = None,
        level: int = 0,
        attribute: str | None = None,
    ) -> None:
        known = self.bindings.get(name)
        again = known is not None
        if known is not None and known.certain and not certain:
            self.bindings[name] = replace(known, again=True)
            return
        span = span_of(node, self.path)
        since = (span.line, span.column) if known is None else known.since
        found = Binding(name, kind, span, certain, target, level, attribute, again, since)  # type: ignore[arg-type]
        self.bindings[name] = found


def targets_of(node: ast.stmt) -> Iterator[ast.expr]:
    """The targets that a statement assigns to."""
    if isinstance(node, ast.Assign):
        yield from node.targets
    elif isinstance(node, (ast.AugAssign, ast.AnnAssign, ast.For, ast.AsyncFor)):
        yield node.target
    elif isinstance(node, (ast.With, ast.AsyncWith)):
        yield from (item.optional_vars for item in node.items if item.optional_vars is not None)
    elif type(node).__name__ == "TypeAlias":
        yield node.name  # type: ignore[attr-defined]


def class_facts(node: ast.ClassDef, path: str) -> ClassFacts:
    """The attributes of a class: what its body binds, and what its methods set on ``self``."""
    attributes: dict[str, str] = {}
    for part in walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.ctx, ast.Store) and dotted(part.value) == "self":
            attributes.setdefault(part.attr, "instance attribute")
    for statement in node.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            attributes[statement.name] = _method_kind(statement)
        elif isinstance(statement, ast.ClassDef):
            attributes[statement.name] = "nested class"
        else:
            for target in targets_of(statement):
                if isinstance(target, ast.Name):
                    attributes[target.id] = "class attribute"
    bases = tuple(name for base in node.bases if (name := dotted(base)) is not None)
    return ClassFacts(node.name, span_of(node, path), attributes, bases)


def _method_kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    decorators = {(dotted(item) or "").rpartition(".")[2] for item in node.decorator_list}
    for kind in ("classmethod", "staticmethod"):
        if kind in decorators:
            return kind
    return "property" if decorators & {"property", "cached_property"} else "method"


def dynamic_reason(tree: ast.Module) -> str | None:
    """Why the module may bind names that its statements do not show; ``None`` when it cannot."""
    return _dynamic_reason(tree) if _may_be_dynamic(nodes_of(tree)) else None


def _dynamic_reason(tree: ast.Module) -> str | None:
    for node in walked(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in _DYNAMIC_CALLS:
                return f"calls {name}()"
            if name == "setattr" and node.args and _is_this_module(node.args[0]):
                return "sets attributes on its own module"
            if name == "globals" and not _only_reads(node, tree):
                # Generated protobuf modules hand their globals() to a builder that fills them.
                return "gives its globals() away"
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            if isinstance(node.value, ast.Call) and dotted(node.value.func) in {"vars", "locals"}:
                return "assigns to its own namespace"
            if dotted(node.value) == "sys.modules":
                return "replaces an entry of sys.modules"
        elif isinstance(node, ast.Name) and node.id == "__path__":
            return "changes where its sub-modules are looked for"
    return None


def _may_be_dynamic(nodes: FileNodes) -> bool:
    """Whether a closer look is worth its time: few files hold any of this."""
    return (
        any(node.id == "__path__" for node in nodes.of(ast.Name))
        or any(isinstance(node.func, ast.Name) and node.func.id in _TELLING_CALLS for node in nodes.of(ast.Call))
        or any(
            node.ctx.__class__ is ast.Store
            and (
                isinstance(node.value, ast.Call)
                or (isinstance(node.value, ast.Attribute) and node.value.attr == "modules")
            )
            for node in nodes.of(ast.Subscript)
        )
    )


def _only_reads(call: ast.Call, tree: ast.Module) -> bool:
    return any(part is call for node in walked(tree) for part in _namespace_reads(node))


def _namespace_reads(node: ast.AST) -> Iterator[ast.expr]:
    """``globals()`` where it is only read: ``globals()[name]``, ``globals().get(...)``, ``name in globals()``."""
    if isinstance(node, ast.Compare):
        yield from node.comparators
    elif isinstance(node, ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield node.value
    elif isinstance(node, ast.Attribute) and node.attr in {"get", "keys", "values", "items", "copy"}:
        yield node.value


def _is_this_module(node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript) and dotted(node.value) == "sys.modules":
        return True
    # ``this = sys.modules[__name__]; setattr(this, ...)``: a bare name may be the module.
    return isinstance(node, ast.Name) and node.id in {"module", "this", "this_module", "current_module", "_module"}


def globals_declared(tree: ast.Module) -> set[str]:
    """Names that functions bind at module level through ``global``."""
    return {name for node in nodes_of(tree).of(ast.Global) for name in node.names}
