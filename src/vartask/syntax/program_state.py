"""What changes while a program is followed, and how the ways that it may take are brought together again.

Where nobody knows which branch runs, each is followed for itself from the same state, and what they leave behind
becomes a :class:`~vartask.syntax.program_values.Choice`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, Protocol

from vartask.model import Span
from vartask.records import dataclass, field
from vartask.syntax import program as tree
from vartask.syntax.program_values import (
    Computed,
    Constant,
    Fields,
    Function,
    Items,
    Made,
    Missing,
    Namespace,
    Scope,
    Value,
    choice,
)

MAX_STEPS = 150_000
"""Expressions and statements of one run; a program that needs more is left there."""

MAX_DEPTH = 60
"""Calls within calls: each takes a dozen frames of Python's own stack."""

MAX_ROUNDS = 300
"""Rounds of one loop."""

Signal = Literal["", "return", "break", "continue", "throw"]
_ABSENT = object()


class Sources(Protocol):
    """The source files of a program's language."""

    def module(self, path: str) -> tree.Module | None:
        """The tree of a file; ``None`` when it cannot be read as this language."""

    def locate(self, importer: str, name: str) -> str | None:
        """The project's file that a module's name means in a file; ``None`` for another package."""

    def globals(self, path: str) -> dict[str, Value]:
        """The variables that every module has from the beginning (``__dirname``, ``__file__``)."""


@dataclass(slots=True)
class Frame:
    """A call that is being followed."""

    function: Function | None
    site: Span | None
    returns: list[Value] = field(default_factory=list)


@dataclass(slots=True)
class State:
    """Everything that a run remembers."""

    steps: int = 0
    doubt: int = 0
    unreached: bool = False
    frames: list[Frame] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    entered: set[Span] = field(default_factory=set)
    skipped: list[Span] = field(default_factory=list)
    modules: dict[str, Namespace] = field(default_factory=dict)
    scopes: dict[str, Scope] = field(default_factory=dict)
    _journals: list[dict[tuple[int, str], tuple[Any, str, object]]] = field(default_factory=list)

    @property
    def exhausted(self) -> bool:
        """Whether the program is too long to be followed to its end."""
        return self.steps > MAX_STEPS

    # -- changes ----------------------------------------------------------------------------------

    def items(self, values: Sequence[Value], span: Span, more: Computed | None = None) -> Items:
        """A new list."""
        return Items(tuple(values), span, more, len(self._journals))

    def fields(self, values: dict[str, Value], span: Span, more: Computed | None = None) -> Fields:
        """A new object."""
        return Fields(values, span, more, len(self._journals))

    def write(self, owner: Any, key: str, value: object) -> None:
        """Set ``owner[key]`` of a dict, or an attribute of a list."""
        if self._journals:
            self._journals[-1].setdefault((id(owner), key), (owner, key, _get(owner, key)))
        _set(owner, key, value)

    def put(self, fields: Fields, key: str, value: Value) -> None:
        """Set an entry of an object; within a branch, the entry may be missing afterwards."""
        changed = {**fields.values, key: value}
        if fields.born < len(self._journals):
            self.write(fields, "values", changed)
        else:
            fields.values = changed

    def extend(self, items: Items, values: Sequence[Value], more: Computed | None = None) -> None:
        """Append to a list."""
        changed = (*items.values, *values)
        if items.born < len(self._journals):
            self.write(items, "values", changed)
            if more is not None:
                self.write(items, "more", more)
        else:
            items.values, items.more = changed, items.more or more

    # -- branches ---------------------------------------------------------------------------------

    def fork(self, branches: Sequence[Callable[[], Signal]], span: Span) -> Signal:
        """Follow each branch from here, and go on with what all of them leave behind."""
        outcomes: list[tuple[Signal, dict[tuple[int, str], object]]] = []
        touched: dict[tuple[int, str], tuple[Any, str, object]] = {}
        self.doubt += 1
        for branch in branches:
            self._journals.append({})
            signal = branch()
            journal = self._journals.pop()
            outcomes.append((signal, {at: _get(owner, key) for at, (owner, key, _) in journal.items()}))
            for at, (owner, key, old) in journal.items():
                touched.setdefault(at, (owner, key, old))
                _set(owner, key, old)
        self.doubt -= 1
        going = [one for one in outcomes if one[0] != "throw"] or outcomes
        for at, (owner, key, old) in touched.items():
            values = [finals.get(at, old) for _, finals in going]
            self.write(owner, key, _joined(values, old, span))
        signals = {signal for signal, _ in outcomes}
        if len(signals) == 1:
            return signals.pop()
        return "return" if signals <= {"return", "throw"} else ""


def _get(owner: Any, key: str) -> object:
    return owner.get(key, _ABSENT) if isinstance(owner, dict) else getattr(owner, key)


def _set(owner: Any, key: str, value: object) -> None:
    if not isinstance(owner, dict):
        setattr(owner, key, value)
    elif value is _ABSENT:
        owner.pop(key, None)
    else:
        owner[key] = value


def _joined(values: list[Any], old: Any, span: Span) -> object:
    """One state for several: a list's items side by side, an object's entries by name, else one of the values."""
    if all(value is values[0] for value in values):
        return values[0]
    present = [value for value in values if value is not _ABSENT]
    if all(isinstance(value, tuple) for value in present):
        return _side_by_side(present, old if isinstance(old, tuple) else (), span)
    if all(isinstance(value, dict) for value in present):
        names = dict.fromkeys(name for value in present for name in value)
        gone = Missing(span)
        return {name: choice((value.get(name, gone) for value in present), span) for name in names}
    if any(isinstance(value, Computed) or value is None for value in present):
        found = [value for value in present if value is not None]
        if len(found) < len(present):
            return found[0] if found else None
    return choice(present, span)


def _side_by_side(lists: list[tuple[Value, ...]], old: tuple[Value, ...], span: Span) -> tuple[Value, ...]:
    kept = len(old) if all(one[: len(old)] == old for one in lists) else 0
    longest = max(len(one) for one in lists)
    rows = [[one[at] if at < len(one) else Missing(span) for one in lists] for at in range(kept, longest)]
    return (*old[:kept], *(choice(row, span) for row in rows))


def undefined(span: Span) -> Constant:
    """``undefined`` or ``None``."""
    return Constant(None, span)
