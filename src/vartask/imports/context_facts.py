"""What the tracing of the context needs to know of one file: its functions, classes, imports and single assignments."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from vartask.records import dataclass, field
from vartask.syntax.python_nodes import children, nodes_of, walk

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Callable = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class ImportedName:
    """What an imported name stands for: a module, or ``attribute`` of it."""

    module: str
    level: int
    attribute: str | None


@dataclass(frozen=True, slots=True, eq=False)
class FunctionFacts:
    """A function or method, ``owner`` being the name of its class.

    ``certain`` is false when the name is bound more than once, so that this one may not be the one called.
    """

    name: str
    node: Callable
    owner: str | None = None
    certain: bool = True

    @property
    def kind(self) -> str:
        """``function``, ``method``, ``classmethod`` or ``staticmethod``."""
        if self.owner is None or isinstance(self.node, ast.Lambda):
            return "function"
        for decorator in self.node.decorator_list:
            if isinstance(decorator, ast.Name) and decorator.id in {"classmethod", "staticmethod"}:
                return decorator.id
        return "staticmethod" if self.name == "__new__" else "method"

    @property
    def parameters(self) -> list[ast.arg]:
        """The parameters that a call can fill by position, ``self`` and ``cls`` left out where Python fills them."""
        arguments = self.node.args
        found = [*arguments.posonlyargs, *arguments.args]
        return found[1:] if self.kind in {"method", "classmethod"} else found


@dataclass(frozen=True, slots=True, eq=False)
class ContextFacts:
    """Facts of one file.

    ``functions`` has methods under ``Class.method``; ``assigned`` holds names that are bound once at the top
    level, by an assignment; ``stored`` the attributes that are assigned on any object.
    """

    path: str
    functions: Mapping[str, FunctionFacts]
    classes: Mapping[str, ast.ClassDef]
    imports: Mapping[str, ImportedName]
    assigned: Mapping[str, ast.expr]
    stored: frozenset[str]


def context_facts(tree: ast.Module, path: str) -> ContextFacts:
    """The facts of a parsed file; ``path`` goes into the spans."""
    index = index_names(tree.body)
    functions = dict(index.functions)
    for name, definition in index.classes.items():
        for item in definition.body:
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)):
                functions[f"{name}.{item.name}"] = FunctionFacts(item.name, item, name, index.bound[name] == 1)
    return ContextFacts(path, functions, index.classes, index.imports, index.assigned, frozenset(_stored(tree)))


@dataclass(slots=True)
class NameIndex:
    """What the names of one scope are bound to; ``bound`` counts how often."""

    functions: dict[str, FunctionFacts] = field(default_factory=dict)
    classes: dict[str, ast.ClassDef] = field(default_factory=dict)
    imports: dict[str, ImportedName] = field(default_factory=dict)
    assigned: dict[str, ast.expr] = field(default_factory=dict)
    bound: dict[str, int] = field(default_factory=dict)


def index_names(body: list[ast.stmt]) -> NameIndex:
    """Names bound in a scope; an assignment counts only when it is the name's sole binding."""
    index = NameIndex()
    for name, node, value in _bindings(body):
        index.bound[name] = index.bound.get(name, 0) + 1
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            index.functions[name] = FunctionFacts(name, node)
        elif isinstance(node, ast.ClassDef):
            index.classes[name] = node
        elif isinstance(value, ImportedName):
            index.imports[name] = value
        elif value is not None:
            index.assigned[name] = value
    for name, count in index.bound.items():
        if count > 1:
            index.assigned.pop(name, None)
            if name in index.functions:
                index.functions[name] = FunctionFacts(name, index.functions[name].node, certain=False)
    return index


def _bindings(body: list[ast.stmt]) -> Iterator[tuple[str, ast.stmt, ast.expr | ImportedName | None]]:
    """Names bound at the top level, also below ``if`` and ``try``, in the order they are written."""
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name, node, None
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for name, imported in imported_names(node):
                yield name, node, imported
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)):
            yield from _assignments(node)
        else:
            for inner in blocks(node):
                yield from _bindings(inner)


def _assignments(
    node: ast.Assign | ast.AnnAssign | ast.AugAssign,
) -> Iterator[tuple[str, ast.stmt, ast.expr | ImportedName | None]]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    whole = len(targets) == 1 and isinstance(targets[0], ast.Name) and not isinstance(node, ast.AugAssign)
    if node.value is not None:
        for target in targets:
            for name in _names(target):
                yield name, node, node.value if whole else None


def blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    """The lists of statements directly inside a compound statement."""
    for name in ("body", "orelse", "finalbody"):
        inner = getattr(node, name, None)
        if isinstance(inner, list):
            yield inner
    for name in ("handlers", "cases"):
        for clause in getattr(node, name, ()):
            yield clause.body


def imported_names(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, ImportedName]]:
    """The names that an import statement binds, with what each stands for."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            if alias.name != "*":
                yield alias.asname or alias.name, ImportedName(node.module or "", node.level, alias.name)
        elif alias.asname:
            yield alias.asname, ImportedName(alias.name, 0, None)
        else:
            top = alias.name.partition(".")[0]
            yield top, ImportedName(top, 0, None)


def _names(target: ast.expr) -> Iterator[str]:
    for node in walk(target):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def _stored(tree: ast.Module) -> Iterator[str]:
    """Attributes that the file assigns on anything but ``self``: the context may be what gets them."""
    for node in nodes_of(tree).of(ast.Attribute):
        on_itself = isinstance(node.value, ast.Name) and node.value.id in {"self", "cls"}
        if isinstance(node.ctx, ast.Store) and not on_itself:
            yield node.attr
    for call in nodes_of(tree).of(ast.Call):
        if isinstance(call.func, ast.Name) and call.func.id == "setattr":
            name = call.args[1] if len(call.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                yield name.value


def bound_in(node: Callable | ast.ClassDef | ast.ExceptHandler | list[ast.stmt]) -> dict[str, int]:
    """How often each name is bound in a body, nested functions left out except where they say ``nonlocal``."""
    counts: dict[str, int] = {}
    body: list[ast.AST] = list(node) if isinstance(node, list) else list(children(node))
    while body:
        item = body.pop()
        kind = item.__class__
        if kind in _BINDING:
            for name in _bound_by(item):
                counts[name] = counts.get(name, 0) + 1
        if kind in _CALLABLE:
            for inner in walk(item):
                if isinstance(inner, ast.Nonlocal):
                    for name in inner.names:
                        counts[name] = counts.get(name, 0) + 2
        elif kind not in _CLOSED:
            body.extend(children(item))
    return counts


def bound_in_body(node: Callable) -> dict[str, int]:
    """Names that a function binds itself, its parameters left out."""
    return bound_in([ast.Expr(node.body)] if isinstance(node, ast.Lambda) else node.body)


_NAMED = (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_CALLABLE = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda})
_BINDING = frozenset(
    {
        ast.Name, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Global,
        ast.MatchMapping, *_NAMED,
    }
)  # fmt: skip
_CLOSED = frozenset({ast.ClassDef, ast.arguments, ast.Name, ast.Constant})
"""Nodes below which nothing binds a name of the body."""


def _bound_by(item: ast.AST) -> Iterator[str]:
    if isinstance(item, ast.Name) and isinstance(item.ctx, (ast.Store, ast.Del)):
        yield item.id
    elif isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, *_NAMED)):
        if item.name:
            yield item.name
    elif isinstance(item, (ast.Import, ast.ImportFrom)):
        for name, _ in imported_names(item):
            yield name
    elif isinstance(item, ast.Global):
        yield from item.names
    elif isinstance(item, ast.MatchMapping) and item.rest:
        yield item.rest


@lru_cache(maxsize=1024)
def dotted(node: ast.expr) -> tuple[str, ...] | None:
    """``a.b.c`` as ``("a", "b", "c")``; ``None`` for any other expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return (node.id, *reversed(parts))
