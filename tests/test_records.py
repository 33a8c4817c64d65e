"""Classes made by ``vartask.records`` compare, hash, sort, show and copy themselves as the standard library's do."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import pickle
import subprocess
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any, ClassVar

import pytest

from vartask import records
from vartask.model import Span, Text

OPTIONS = [
    dict(zip(("eq", "order", "frozen", "slots"), values, strict=True))
    for values in itertools.product((True, False), repeat=4)
    if values[0] or not values[1]
]


def _made(module: ModuleType, options: dict[str, bool]) -> type[Any]:
    decorate: Callable[..., Any] = module.dataclass
    field: Callable[..., Any] = module.field

    @decorate(**options)
    class Value:
        shared: ClassVar[int] = 3
        number: int
        text: str = "x"
        listed: tuple[int, ...] = field(default_factory=tuple)
        aside: int = field(default=0, compare=False)
        hidden: int = field(default=0, repr=False)
        counted: int = field(default=0, hash=False)

    made: type[Any] = Value
    return made


def _both(options: dict[str, bool]) -> tuple[type[Any], type[Any]]:
    return _made(records, options), _made(dataclasses, options)


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
    assert ours(1).listed == theirs(1).listed == ()
    assert ours.shared == theirs.shared
    assert hasattr(ours, "text") == hasattr(theirs, "text")
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'number'"):
        ours()
    with pytest.raises(TypeError, match="unexpected keyword argument 'none'"):
        ours(1, none=2)


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


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_what_the_standard_library_is_told_of_the_fields(options: dict[str, bool]) -> None:
    ours, theirs = (dataclasses.fields(kind) for kind in _both(options))
    for name in ("name", "default", "default_factory", "compare", "repr", "hash"):
        assert [getattr(item, name) for item in ours] == [getattr(item, name) for item in theirs]


def test_a_value_is_made_anew_with_other_fields() -> None:
    text = Text("a", Span("b", 2))
    assert records.replace(text, value="c") == Text("c", Span("b", 2))
    assert records.replace(text) is not text
    with pytest.raises(TypeError, match="other"):
        records.replace(text, other=1)  # type: ignore[call-arg]


def test_values_and_their_classes_are_told_from_others() -> None:
    assert [field.name for field in records.fields(Text)] == [
        field.name for field in records.fields(Text("a", Span("b")))
    ]
    assert records.is_dataclass(Text)
    assert records.is_dataclass(Text("a", Span("b")))
    assert not records.is_dataclass("a")
    assert not records.is_dataclass(int)


def test_what_is_done_once_all_fields_are_set() -> None:
    @records.dataclass(slots=True)
    class Doubled:
        number: int
        made: list[int] = records.field(default_factory=list)

        def __post_init__(self) -> None:
            self.made.append(2 * self.number)

    assert Doubled(1).made == [2]
    assert Doubled(2).made == [4]


def test_a_field_of_the_standard_library_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Mixed\.listed: import field from vartask\.records"):

        @records.dataclass
        class Mixed:
            listed: list[int] = dataclasses.field(default_factory=list)


def test_the_fields_of_a_base_come_first_and_can_be_given_another_default() -> None:
    @records.dataclass(frozen=True, slots=True)
    class Base:
        number: int
        text: str = "a"

    @records.dataclass(frozen=True, slots=True)
    class Derived(Base):
        more: int = 1
        text: str = "b"

    assert repr(Derived(1)).endswith("Derived(number=1, text='b', more=1)")
    assert not hasattr(Derived(1), "__dict__")
    assert (Base(1).text, Derived(1, "c") == Derived(1, "c"), Derived(1) == Derived(1, "c")) == ("a", True, False)


def test_the_standard_library_is_not_imported_for_a_value() -> None:
    code = "import sys, vartask.model; vartask.model.Span('a') == vartask.model.Span('b'); print('dataclasses' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_one_class_of_another_is_not_its_equal() -> None:
    @records.dataclass(frozen=True)
    class Base:
        number: int

    @records.dataclass(frozen=True)
    class Derived(Base):
        """Has the same fields."""

    assert Base(1) != Derived(1)
    assert Derived(1) == Derived(1)
