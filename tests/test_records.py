"""Classes made by ``vartask.records`` compare, hash, sort, show and copy themselves as the standard library's do."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from vartask import records
from vartask.model import Span, Text

OPTIONS = [
    dict(zip(("eq", "order", "frozen", "slots"), values, strict=True))
    for values in itertools.product((True, False), repeat=4)
    if values[0] or not values[1]
]


def _made(decorate: Callable[..., Any], options: dict[str, bool]) -> type[Any]:
    @decorate(**options)
    class Value:
        number: int
        text: str = "x"
        listed: tuple[int, ...] = field(default_factory=tuple)
        aside: int = field(default=0, compare=False)
        hidden: int = field(default=0, repr=False)
        counted: int = field(default=0, hash=False)

    made: type[Any] = Value
    return made


def _both(options: dict[str, bool]) -> tuple[type[Any], type[Any]]:
    return _made(records.dataclass, options), _made(dataclasses.dataclass, options)


ARGUMENTS = [(1,), (1, "x"), (1, "y"), (2,), (1, "x", (3,)), (1, "x", (), 5), (1, "x", (), 0, 7), (1, "x", (), 0, 0, 9)]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_two_values_say_of_each_other(options: dict[str, bool]) -> None:
    ours, theirs = _both(options)
    for left, right in itertools.product(ARGUMENTS, repeat=2):
        for name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
            if hasattr(object, name) and getattr(theirs, name) is getattr(object, name):
                assert getattr(ours, name) is getattr(object, name)
                continue
            assert getattr(ours(*left), name)(ours(*right)) == getattr(theirs(*left), name)(theirs(*right))
            assert getattr(ours(*left), name)("other") is getattr(theirs(*left), name)("other") is NotImplemented


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_hashes_and_texts(options: dict[str, bool]) -> None:
    ours, theirs = _both(options)
    assert (ours.__hash__ is None) == (theirs.__hash__ is None)
    for arguments in ARGUMENTS:
        assert repr(ours(*arguments)) == repr(theirs(*arguments))
        if options["eq"] and options["frozen"]:
            assert hash(ours(*arguments)) == hash(theirs(*arguments))
            assert hash(ours(*arguments)) == hash(ours(*arguments))
    assert hasattr(ours(1), "__dict__") == hasattr(theirs(1), "__dict__")
    assert ours.__match_args__ == theirs.__match_args__


def test_methods_that_a_class_has_itself_stay() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Own:
        number: int

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    assert Own(1) == Own(2)
    assert (hash(Own(1)), repr(Own(1))) == (7, "own")


def test_the_tools_of_dataclasses_know_them() -> None:
    text = Text("a", Span("b", 2))
    assert dataclasses.is_dataclass(text)
    assert dataclasses.replace(text, value="c") == Text("c", Span("b", 2))
    assert dataclasses.asdict(text)["span"]["line"] == 2
    assert pickle.loads(pickle.dumps(text)) == copy.deepcopy(text) == text  # noqa: S301 - our own
    assert len({text, Text("a", Span("b", 2))}) == 1


def test_one_class_of_another_is_not_its_equal() -> None:
    @records.dataclass(frozen=True)
    class Base:
        number: int

    @records.dataclass(frozen=True)
    class Derived(Base):
        """Has the same fields."""

    assert Base(1) != Derived(1)
    assert Derived(1) == Derived(1)
