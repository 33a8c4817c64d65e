"""The state of a rehearsal, and what happens to it where the code may go several ways."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from vartask.data.stdlib import minor_of
from vartask.imports.rehearsal_values import (
    NONE,
    UNKNOWN,
    Class,
    Foreign,
    Function,
    Instance,
    Items,
    Left,
    Maybe,
    Method,
    Module,
    Names,
    Raised,
    Scope,
    Static,
    StdlibObject,
    Super,
    Table,
    TooLong,
    Value,
    joined,
)
from vartask.imports.scene import Scene
from vartask.model import Span

_STEPS = 60_000
"""Statements and expressions that are followed for one function; import code rarely has a hundredth of it."""

Journal = dict[tuple[int, str], tuple[Names, str, Value | None]]


class State:
    """What is shared by all parts of a rehearsal.

    ``doubts`` counts the operations that may have raised, ``loaded`` are the modules by name, ``perhaps_loaded`` those
    that some ways only have loaded, ``worked`` the places of import statements that certainly ran and worked.  ``gaps``
    are doubts that are worth a word, ``guards`` the clauses around what runs now, ``seen`` the places where a name or
    attribute certainly was there, ``patched`` the attributes that the project sets on modules of others, ``imported``
    what each call of ``import_module`` was given, ``unset`` the environment variables that are read though the
    definition, which lists all that there are, does not name them.  They are not known, or where ``without`` is given
    not set, all but those.  ``moved`` says that the working directory may be another one.
    """

    methods: ClassVar[dict[type[ast.AST], Callable[..., Any]]]
    """What runs or evaluates nodes, by their class."""

    def __init_subclass__(cls) -> None:
        cls.methods = {}

    def __init__(self, scene: Scene, without: frozenset[str] | None = None) -> None:
        self.scene = scene
        self.without = without
        self.unset: dict[Span, str] = {}
        self.version = scene.resolver.path.version
        self.minor = minor_of(self.version) if self.version is not None else None
        self.loaded: Names = {}
        self.perhaps_loaded: set[str] = set()
        self.doubts = 0
        self.depth = 0
        self.worked: list[Span] = []
        self.seen: list[Span] = []
        self.imported: dict[Span, set[str]] = {}
        self.patched: set[str] = set()
        self.gaps: dict[tuple[Span, str], None] = {}
        self.guards = 0
        self.moved = False
        self.stack: list[tuple[str, str, Span]] = []
        self._steps = 0
        self._journals: list[Journal] = []
        self._held: list[object] = []

    # -- what the parts ask of each other -----------------------------------------------------------

    def evaluate(self, node: ast.expr, scope: Scope) -> Value:
        """The value of an expression."""
        raise NotImplementedError

    def execute(self, body: Sequence[ast.stmt], scope: Scope) -> None:
        """Run statements."""
        raise NotImplementedError

    def call(self, function: Value, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Value:
        """Call a value."""
        raise NotImplementedError

    def attribute(self, value: Value, name: str, at: Span) -> Value:
        """An attribute of a value."""
        raise NotImplementedError

    def import_name(self, name: str, at: Span, scope: Scope) -> Value:
        """Import a dotted name; its last module."""
        raise NotImplementedError

    def learn(self, kind: type[ast.AST], prefix: str, otherwise: Callable[..., Any]) -> Callable[..., Any]:
        """The method for nodes of a class, which is called after it."""
        found: Callable[..., Any] = getattr(type(self), f"{prefix}{kind.__name__.lower()}", otherwise)
        self.methods[kind] = found
        return found

    # -- bookkeeping ------------------------------------------------------------------------------

    @property
    def certain(self) -> bool:
        """Whether the statement that runs now certainly runs."""
        return not self._journals

    def tick(self, count: int = 1) -> None:
        """Count steps.  Raises :class:`TooLong`."""
        self._steps += count
        if self._steps > _STEPS:
            raise TooLong

    def place(self, node: ast.AST, scope: Scope) -> Span:
        """Where a node stands."""
        return scope.module.script.spans[node]

    def doubt(self) -> Value:
        """Something unknown happened that may have raised."""
        self.doubts += 1
        return UNKNOWN

    def gap(self, at: Span, reason: str) -> None:
        """Something certainly runs and nothing catches what it may raise, and whether it does is not known."""
        if self.certain and not self.guards:
            self.gaps[at, reason] = None

    def store(self, names: Names, name: str, value: Value | None) -> None:
        """Bind a name, or take it away with ``None``; remembered for the way that is being tried."""
        if self._journals:
            # The namespace is held, so that its identity is not given to another one.
            self._held.append(names)
            self._journals[-1].setdefault((id(names), name), (names, name, names.get(name)))
        if value is None:
            names.pop(name, None)
        else:
            names[name] = value

    def blur(self, value: Value) -> None:
        """A container or object may have been changed by something that is not seen."""
        if isinstance(value, (Items, Table)):
            if not value.vague:
                value.vague = True
                for item in value.items if isinstance(value, Items) else value.pairs.values():
                    self.blur(item)
        elif isinstance(value, (Instance, Class, Module)):
            value.vague = True
        elif isinstance(value, StdlibObject):
            self.patched.add(f"{value.kind.name}.*")
        elif isinstance(value, Maybe):
            self.blur(value.value)
        elif isinstance(value, (Method, Static, Super)):
            self.blur(value.function if isinstance(value, Static) else value.owner)
        elif isinstance(value, Function):
            self._blur_globals(value)

    def _blur_globals(self, function: Function) -> None:
        """Whoever is given a function may call it, which may bind what it declares global."""
        module = function.scope.module
        for name in module.script.globals_of(function.node):
            self.store(module.names, name, Maybe(UNKNOWN))

    def touch(self, value: Value) -> None:
        """A container changes on a way that is only tried: nobody takes that back, so it is not known any more."""
        if not self.certain:
            self.blur(value)

    # -- ways -------------------------------------------------------------------------------------

    def ways(self, alternatives: Sequence[Callable[[], None]], scope: Scope) -> None:
        """Run each alternative from the same state, and go on with what is common to those that come through.

        Raises what all of them raise; a failure on some ways only is a doubt.
        """
        ends: list[Journal] = []
        failed: list[Raised] = []
        left: list[Left] = []
        for run in alternatives:
            self._journals.append({})
            escaped: Raised | Left | None = None
            try:
                run()
            except (Raised, Left) as leaving:
                escaped = leaving
            finally:
                after = self._undo()
            if isinstance(escaped, Raised):
                failed.append(escaped)
                continue
            ends.append(after)
            if escaped is not None:
                left.append(escaped)
        if not ends:
            raise failed[0]
        self._merge(ends)
        self.doubts += len(failed)
        for one in failed:
            self._perhaps_without_file(one)
        if len(left) == len(ends):
            same = all(item.how == left[0].how and item.value is left[0].value for item in left)
            raise Left(left[0].how, left[0].value if same else UNKNOWN)
        scope.left_perhaps = scope.left_perhaps or bool(left)

    def _perhaps_without_file(self, raised: Raised) -> None:
        """A file that perhaps is asked for is worth a word; other failures of a branch are the replay's to tell."""
        verb = {"file": "reading", "write": "making"}.get(raised.kind)
        if verb is not None and not self.guards:
            reason = f"{verb} `{raised.subject}` fails, but only where a condition holds that is not known"
            self.gaps[raised.span, reason] = None

    def attempt(self, run: Callable[[], None], scope: Scope) -> None:
        """Run something that perhaps does not run at all."""
        self.ways([run, lambda: None], scope)

    def _undo(self) -> Journal:
        """Put back what the way that was just tried has bound; what it had bound."""
        journal = self._journals.pop()
        after: Journal = {key: (names, name, names.get(name)) for key, (names, name, _) in journal.items()}
        for names, name, before in journal.values():
            _put(names, name, before)
        return after

    def _merge(self, ends: list[Journal]) -> None:
        places = {key: (names, name) for end in ends for key, (names, name, _) in end.items()}
        for key, (names, name) in places.items():
            values = [end[key][2] if key in end else names.get(name) for end in ends]
            if all(value is None for value in values):
                merged: Value | None = None
            elif names is self.loaded:
                # A module that is loaded on some ways only is loaded anew by whoever asks for it.
                merged = values[0] if all(value is values[0] for value in values) else None
                if merged is None:
                    self.perhaps_loaded.add(name)
            else:
                merged = values[0]
                for value in values[1:]:
                    merged = joined(merged, value) if merged is not None or value is not None else None
            self.store(names, name, merged)


def _put(names: Names, name: str, value: Value | None) -> None:
    if value is None:
        names.pop(name, None)
    else:
        names[name] = value


def is_none(value: Value) -> bool:
    """Whether a value is ``None``."""
    return value == NONE


def foreign(value: Value, *paths: str) -> bool:
    """Whether a value is one of these of other modules."""
    return isinstance(value, Foreign) and value.path in paths
