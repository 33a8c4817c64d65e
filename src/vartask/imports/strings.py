"""Strings that are names of modules: those that reach an import call, and those that only look like it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.imports.conditions import dotted
from vartask.imports.flow import Flow, parameter_index
from vartask.imports.flow_values import Str, Value
from vartask.imports.plugins import plugin_folders
from vartask.imports.steps import catches_import_error, span_of
from vartask.model import HandedString, ImportedTable, Loader, PluginFolder, StringFact, Strings
from vartask.patterns import regex
from vartask.syntax.python_nodes import children, nodes_of, walked

_MODULE_CALLS = frozenset({"importlib.import_module", "importlib.__import__", "__import__", "runpy.run_module"})
"""Calls whose first argument is the name of a module (https://docs.python.org/3/library/importlib.html)."""

_OBJECT_CALLS = frozenset(
    {
        "pkgutil.resolve_name",
        "pydoc.locate",
        "werkzeug.utils.import_string",
        "django.utils.module_loading.import_string",
    }
)
"""Calls whose first argument is ``pkg.mod:attr`` or ``pkg.mod.attr``
(https://docs.python.org/3/library/pkgutil.html#pkgutil.resolve_name, Werkzeug and Django documentation)."""

_LAST_NAMES = frozenset(name.rpartition(".")[2] for name in _MODULE_CALLS | _OBJECT_CALLS)

_FALLBACK_NAMES = {"import_module": "importlib.import_module"}
"""Names that mean this function even when the import that brings them is not seen."""

_LOOKS_LIKE_MODULE = regex(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?::[A-Za-z_]\w*(?:\.\w+)*)?\Z")

_NOT_IMPORTED = frozenset(
    {
        "getLogger", "get_logger", "Logger", "debug", "info", "warning", "error", "exception", "critical", "log",
        "print", "patch", "metric", "put_metric", "startswith", "endswith", "replace", "TypeVar", "NewType",
        "namedtuple", "NamedTuple", "client", "resource", "getenv", "hasattr", "getattr", "Tracer", "get_tracer",
    }
)  # fmt: skip
"""A dotted string given to one of these names something else: a logger, a message, a service."""


def read_strings(tree: ast.Module, path: str) -> Strings:
    """The import strings of a file, each place once, and the ends of flows into and out of it."""
    calls = list(_import_calls(tree))
    lookalikes = list(_lookalikes(tree, path))
    if not calls and not lookalikes:
        return Strings()
    flow = Flow(tree, path)
    found: dict[tuple[int, int, str], StringFact] = {}
    imported: dict[ImportedTable, None] = {}
    for call, takes_object in calls:
        flow.external.clear()
        for fact in _facts_of_call(call, takes_object, flow):
            found.setdefault((fact.span.line, fact.span.column, fact.value), fact)
        imported.update(dict.fromkeys(_tables_of_call(call, flow)))
    flowing = flow.touched | {(line, column) for line, column, _ in found}
    looks = [fact for fact in lookalikes if (fact.span.line, fact.span.column) not in flowing]
    for fact in looks:
        found[fact.span.line, fact.span.column, fact.value] = fact
    return Strings(
        tuple(sorted(found.values(), key=lambda fact: (fact.span.line, fact.span.column, fact.value))),
        tuple(imported),
        tuple(_loaders(calls, flow)),
        tuple(_handed(tree, flow)),
        _tables(tree, looks),
        tuple(folder for call, _ in calls for folder in _folders(call, flow)),
    )


def _folders(call: ast.Call, flow: Flow) -> Iterator[PluginFolder]:
    scope = _qualname(flow.scope_of(call), flow)
    yield from plugin_folders(call, flow, scope, guarded=_guarded(call, flow))


def _tables_of_call(call: ast.Call, flow: Flow) -> Iterator[ImportedTable]:
    """Names of other modules that had a part in the argument."""
    scope, guarded = _qualname(flow.scope_of(call), flow), _guarded(call, flow)
    for name in sorted(flow.external, key=repr):
        if name.attribute is not None:
            module = f"{name.module}.{name.container}".strip(".") if name.container else name.module
            yield ImportedTable(module, name.level, name.attribute, span_of(call, flow.path), scope, guarded)


def _loaders(calls: list[tuple[ast.Call, bool]], flow: Flow) -> Iterator[Loader]:
    """Functions of the file that import what they are given."""
    for call, _ in calls:
        flow.parameters.clear()
        flow.values(call.args[0])
        for function, name in sorted(flow.parameters, key=lambda item: (item[0].lineno, item[1])):
            if isinstance(flow.parents.get(function), ast.Module):
                index = parameter_index(function, name)
                place = span_of(call, flow.path)
                yield Loader(function.name, name, -1 if index is None else index, place, _guarded(call, flow))


def _handed(tree: ast.Module, flow: Flow) -> Iterator[HandedString]:
    """Strings that look like modules in calls of functions that come from other modules."""
    for call in walked(tree):
        if not isinstance(call, ast.Call):
            continue
        root, _, attribute = (dotted(call.func) or "").partition(".")
        origin = flow.imports.get(root)
        if origin is None or "." in attribute or bool(attribute) == (origin.attribute is not None):
            continue
        function = attribute or origin.attribute or ""
        scope = _qualname(flow.scope_of(call), flow)
        given: list[tuple[int, str | None, ast.expr]] = [
            (position, None, value) for position, value in enumerate(call.args)
        ]
        given += [(-1, keyword.arg, keyword.value) for keyword in call.keywords]
        for position, keyword, node in given:
            for value in _strings(flow.values(node)) if isinstance(node, (ast.Constant, ast.Name)) else ():
                if not value.partial and _LOOKS_LIKE_MODULE.match(value.value):
                    place = (position, keyword, value.value, value.span)
                    yield HandedString(origin.module, origin.level, function, *place, scope)


def _tables(tree: ast.Module, looks: list[StringFact]) -> dict[str, tuple[StringFact, ...]]:
    """Name of a top-level assignment -> the strings in its value that look like modules."""
    found: dict[str, tuple[StringFact, ...]] = {}
    for node in tree.body:
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            first, last = node.lineno, node.end_lineno or node.lineno
            inside = tuple(fact for fact in looks if first <= fact.span.line <= last)
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found.update({target.id: inside for target in targets if isinstance(target, ast.Name) and inside})
    return found


def _import_calls(tree: ast.Module) -> Iterator[tuple[ast.Call, bool]]:
    aliases = _aliases(tree)
    for node in nodes_of(tree).of(ast.Call):
        # An attribute keeps its name, whatever the module is called here.
        if not node.args or (isinstance(node.func, ast.Attribute) and node.func.attr not in _LAST_NAMES):
            continue
        name = dotted(node.func)
        if name is None:
            continue
        head, dot, rest = name.partition(".")
        full = aliases.get(head, _FALLBACK_NAMES.get(name, head)) + dot + rest
        if full in _MODULE_CALLS:
            yield node, False
        elif full in _OBJECT_CALLS:
            yield node, True


def _aliases(tree: ast.Module) -> dict[str, str]:
    """Local name -> dotted origin, for the imports of the file at any level; of several, the innermost and last."""
    nodes = nodes_of(tree)
    plain = [pair for node in nodes.of(ast.Import) for pair in _imported(node)]
    found = dict(plain)
    names = [pair for node in nodes.of(ast.ImportFrom) for pair in _imported(node)]
    if found.keys().isdisjoint([name for name, _ in names]):
        found.update(names)
        return found
    return {name: origin for node in nodes.every for name, origin in _imported(node)}


def _imported(node: ast.AST) -> list[tuple[str, str]]:
    if isinstance(node, ast.Import):
        tops = [(alias, alias.name if alias.asname else alias.name.partition(".")[0]) for alias in node.names]
        return [(alias.asname or origin, origin) for alias, origin in tops]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [(alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names]
    return []


def _facts_of_call(call: ast.Call, takes_object: bool, flow: Flow) -> Iterator[StringFact]:
    package, anchored = _package(call, flow)
    scope = flow.scope_of(call)
    for value in _strings(flow.values(call.args[0])):
        text, attribute, partial = value.value, value.attribute, value.partial
        if takes_object and not partial:
            text, attribute = _split_object(text)
        if not text or (text.startswith(".") and not anchored):
            continue
        yield StringFact(
            text,
            value.span,
            flows=span_of(call, flow.path),
            attribute=attribute,
            package=package,
            scope=_qualname(scope, flow),
            partial=partial,
            guarded=_guarded(call, flow),
        )


def _strings(values: list[Value]) -> Iterator[Str]:
    """The strings among the values; those in a container have not been taken out of it, so they do not arrive."""
    return (value for value in values if isinstance(value, Str))


def _package(call: ast.Call, flow: Flow) -> tuple[str | None, bool]:
    """The anchor of a relative name, and whether it is known: ``import_module(".x", package=__package__)``."""
    argument = call.args[1] if len(call.args) > 1 else None
    for keyword in call.keywords:
        if keyword.arg == "package":
            argument = keyword.value
    if argument is None:
        return None, False
    if dotted(argument) in {"__package__", "__name__"}:
        return dotted(argument), True
    texts = [value.value for value in flow.values(argument) if isinstance(value, Str) and not value.partial]
    return (texts[0], True) if len(texts) == 1 else (None, False)


def _split_object(text: str) -> tuple[str, str | None]:
    if ":" in text:
        module, _, attribute = text.partition(":")
        return module, attribute.partition(".")[0] or None
    module, _, attribute = text.rpartition(".")
    return (module, attribute) if module else (text, None)


def _qualname(scope: ast.AST, flow: Flow) -> str:
    names: list[str] = []
    node: ast.AST | None = scope
    while node is not None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        node = flow.parents.get(node)
    return ".".join(reversed(names))


def _guarded(node: ast.AST, flow: Flow) -> bool:
    """Whether a ``try`` around the call, in the same function, catches an ``ImportError`` and goes on."""
    while node in flow.parents:
        parent = flow.parents[node]
        if isinstance(parent, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        if catches_import_error(parent) and node in getattr(parent, "body", ()):
            return True
        node = parent
    return False


def _lookalikes(tree: ast.Module, path: str) -> Iterator[StringFact]:
    """Dotted strings in places where a name of a module would stand."""
    # Few files have any, and where the string stands takes much longer to tell.
    if not any(_looks(node) for node in nodes_of(tree).of(ast.Constant)):
        return
    pending: list[tuple[ast.AST, bool]] = [(tree, False)]
    while pending:
        node, excluded = pending.pop()
        if isinstance(node, ast.Constant):
            if not excluded and isinstance(node.value, str) and _LOOKS_LIKE_MODULE.match(node.value):
                module, _, attribute = node.value.partition(":")
                yield StringFact(module, span_of(node, path), attribute=attribute.partition(".")[0] or None)
            continue
        meant = _other_meaning(node, excluded)
        pending += [(child, meant) for child in children(node)]


def _looks(node: ast.Constant) -> bool:
    return node.value.__class__ is str and "." in node.value and _LOOKS_LIKE_MODULE.match(node.value) is not None


def _other_meaning(node: ast.AST, excluded: bool) -> bool:
    """Whether a string directly below certainly does not name a module to import."""
    if isinstance(node, ast.stmt):
        # A statement starts anew, except for what never is a value: docstrings, raise, assert.
        return isinstance(node, (ast.Raise, ast.Assert)) or (
            isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        )
    if isinstance(node, ast.Call):
        name = (dotted(node.func) or "").rpartition(".")[2]
        return excluded or name in _NOT_IMPORTED or name.endswith(("Error", "Exception"))
    return excluded or isinstance(node, (ast.Compare, ast.JoinedStr, ast.Subscript))
