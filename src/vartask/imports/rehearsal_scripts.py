"""What a syntax tree alone tells whoever follows its code: the same for every function that loads the file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from vartask.imports.facts import simple_assignments
from vartask.imports.rehearsal_values import UNKNOWN, Known, Names, Value
from vartask.imports.steps import span_of
from vartask.model import ImportFact, Span
from vartask.syntax.python_nodes import walk, walked

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Head(NamedTuple):
    """What a ``def`` statement evaluates besides its decorators, in the order in which Python does.

    ``defaults`` are by parameter; where all of them are constants, ``constants`` has their values instead.  ``generic``
    is for type parameters (PEP 695).
    """

    defaults: tuple[tuple[str, ast.expr], ...]
    constants: Names
    annotations: tuple[ast.expr, ...]
    generic: bool


class Taken(NamedTuple):
    """One name of a ``from`` statement, where it stands, and the name that it is bound to."""

    wanted: str
    at: Span
    bound: str


class _Heads(dict[Definition, Head]):
    """What definitions evaluate, by the definitions."""

    def __missing__(self, node: Definition) -> Head:
        made = self[node] = _head(node)
        return made


class _Spans(dict[ast.AST, Span]):
    """Where nodes stand, by the nodes themselves: each place is made when somebody first asks."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def __missing__(self, node: ast.AST) -> Span:
        made = self[node] = span_of(node, self._path)
        return made


class Script:
    """One syntax tree.  What is computed of it is kept for as long as the tree itself is."""

    def __init__(self, tree: ast.Module, path: str) -> None:
        self.tree = tree
        self.spans = _Spans(path)
        self.heads = _Heads()
        self._imports: dict[ast.ImportFrom, tuple[ImportFact, tuple[Taken, ...]]] = {}
        self._globals: dict[ast.AST, tuple[str, ...]] = {}

    @cached_property
    def assigned(self) -> dict[str, ast.expr]:
        """The simple top-level assignments."""
        return simple_assignments(self.tree)

    @cached_property
    def annotations_are_late(self) -> bool:
        """Whether the file has ``from __future__ import annotations`` (PEP 563)."""
        return any(
            isinstance(node, ast.ImportFrom)
            and node.module == "__future__"
            and any(alias.name == "annotations" for alias in node.names)
            for node in self.tree.body
        )

    @cached_property
    def shared(self) -> frozenset[str]:
        """The names that some function declares global or nonlocal."""
        declared = (node.names for node in walked(self.tree) if isinstance(node, (ast.Global, ast.Nonlocal)))
        return frozenset(name for names in declared for name in names)

    @cached_property
    def stored(self) -> frozenset[str | None]:
        """Attributes that the code assigns or deletes; ``None`` for one whose name is computed."""
        return frozenset(_stored(self.tree))

    def imported(self, node: ast.ImportFrom) -> tuple[ImportFact, tuple[Taken, ...]]:
        """A ``from`` statement, and what it takes."""
        known = self._imports.get(node)
        if known is None:
            taken = tuple(Taken(alias.name, self.spans[alias], alias.asname or alias.name) for alias in node.names)
            names = tuple((item.wanted, item.at) for item in taken)
            known = self._imports[node] = ImportFact(node.module or "", node.level, names, self.spans[node]), taken
        return known

    def globals_of(self, node: ast.AST) -> tuple[str, ...]:
        """The names that a function declares global, itself or in a function inside."""
        known = self._globals.get(node)
        if known is None:
            declared = [part.names for part in walk(node) if isinstance(part, ast.Global)]
            known = self._globals[node] = tuple(name for names in declared for name in names)
        return known


EMPTY = Script(ast.Module([], []), "")
"""No code at all."""


def _head(node: Definition) -> Head:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    annotations = (*(item.annotation for item in every if item is not None), node.returns)
    written = tuple(annotation for annotation in annotations if annotation is not None)
    defaults = defaults_of(arguments)
    generic = bool(getattr(node, "type_params", ()))
    if any(not isinstance(default, ast.Constant) for _, default in defaults):
        return Head(defaults, {}, written, generic)
    constants = {name: constant(default) for name, default in defaults if isinstance(default, ast.Constant)}
    return Head((), constants, written, generic)


def constant(node: ast.Constant) -> Value:
    """The value of a literal; ``...`` is one too."""
    return Known(node.value) if node.value is not ... else UNKNOWN


def defaults_of(arguments: ast.arguments) -> tuple[tuple[str, ast.expr], ...]:
    """The defaults by parameter: the positional ones first."""
    positional = [*arguments.posonlyargs, *arguments.args][-len(arguments.defaults) :] if arguments.defaults else []
    pairs = [
        *zip(positional, arguments.defaults, strict=True),
        *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
    ]
    return tuple((argument.arg, default) for argument, default in pairs if default is not None)


def _stored(tree: ast.Module) -> Iterator[str | None]:
    for node in walked(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"setattr", "delattr"}:
            name = node.args[1] if len(node.args) > 1 else None
            yield name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else None
