"""The values of a rehearsal: what is known of the objects that a module's code makes when it is imported."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from vartask.data.stdlib_classes import StdlibClass
from vartask.imports.failures import Failure
from vartask.imports.resolve import Found
from vartask.model import ModuleAt, Span
from vartask.records import dataclass, field

if TYPE_CHECKING:
    from vartask.imports.rehearsal_scripts import Script

Kind = Literal["raise", "assert", "exit", "name", "attribute", "circular", "file", "write", "variable"]

Names = dict[str, "Value"]
"""A namespace.  A :class:`Maybe` in it is a name that is bound on some ways only."""


class Unknown:
    """Anything at all."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Known:
    """An immutable value of Python's own: a string, a number, ``None``."""

    value: str | int | float | bytes | complex | bool | None


@dataclass(eq=False, slots=True)
class Items:
    """A list, tuple or set.  ``vague``: something may have changed it since."""

    kind: str
    items: list[Value]
    vague: bool = False


@dataclass(eq=False, slots=True)
class Table:
    """A dict by its keys; ``vague`` when there may be others."""

    pairs: dict[object, Value]
    vague: bool = False


@dataclass(eq=False, slots=True)
class Module:
    """A module of the project while it is imported and after.

    ``vague``: it may have names that are not seen.  ``loading`` is true until its last line has run.  ``script`` is its
    code, without any for a namespace package.
    """

    name: str
    found: Found
    names: Names
    script: Script
    loading: bool = True
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Foreign:
    """Something of a module that is not the project's: ``os``, ``os.environ``, ``functools.wraps``.

    ``module`` is true for the module itself.
    """

    path: str
    module: bool = False


@dataclass(frozen=True, slots=True)
class StdlibObject:
    """An object of a class of the standard library, such as a logger."""

    kind: StdlibClass


@dataclass(eq=False, slots=True)
class Scope:
    """A frame of running code: its own names, those of the functions around it, and its module."""

    module: Module
    names: Names
    outer: Scope | None = None
    local: frozenset[str] | None = None
    declared: frozenset[str] = frozenset()
    qualname: str = ""
    comprehension: bool = False
    left_perhaps: bool = False
    """Whether the code may have been left before the statement that runs now."""


@dataclass(eq=False, slots=True)
class Function:
    """A function or lambda of the project.  ``defaults`` are by parameter."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    qualname: str
    defaults: Names
    names: Names = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Method:
    """A function bound to its first argument."""

    function: Function
    owner: Value


@dataclass(eq=False, slots=True)
class Super:
    """What ``super()`` gives: an object of which the classes after one are asked, in their order."""

    owner: Value
    classes: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Native:
    """A method of a string, list, dict or other value of Python's own."""

    owner: Value
    name: str


@dataclass(eq=False, slots=True)
class Static:
    """A static method: the function as it is."""

    function: Value


@dataclass(eq=False, slots=True)
class Class:
    """A class of the project.  ``vague``: it may have attributes, or ways to be made, that are not seen."""

    name: str
    bases: list[Value]
    names: Names
    vague: bool = False
    made_by_others: bool = False

    def lineage(self) -> Iterator[Value]:
        """The class and its bases; their order is Python's for single inheritance."""
        yield self
        for base in self.bases:
            if isinstance(base, Class):
                yield from base.lineage()
            else:
                yield base


@dataclass(eq=False, slots=True)
class Instance:
    """An object of a class of the project."""

    kind: Class
    names: Names
    vague: bool = False


@dataclass(eq=False, slots=True)
class Error:
    """An exception object.  ``text`` is ``str()`` of it, ``None`` where it is not known."""

    kind: Value
    name: str
    text: str | None
    arguments: list[Value] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Builtin:
    """Something of ``builtins``."""

    name: str


@dataclass(frozen=True, slots=True)
class Maybe:
    """In a namespace: bound on some of the ways that lead here."""

    value: Value


Value = (
    Unknown
    | Known
    | Items
    | Table
    | Module
    | Foreign
    | StdlibObject
    | Function
    | Method
    | Super
    | Native
    | Static
    | Class
    | Instance
    | Error
    | Builtin
    | Maybe
)

NONE = Known(None)


class Raised(Exception):
    """The project's code raises.  ``span`` is where."""

    def __init__(self, error: Error, span: Span) -> None:
        super().__init__(error.name, error.text)
        self.error = error
        self.span = span
        self.chain: tuple[tuple[str, str, Span], ...] | None = None
        self.module: ModuleAt | None = None
        self.failure: Failure | None = None
        self.kind: Kind = "raise"
        self.owner: ModuleAt | None = None
        self.subject = ""


class Left(Exception):
    """A statement that leaves its block: ``return``, ``break``, ``continue``."""

    def __init__(self, how: str, value: Value = NONE) -> None:
        super().__init__(how)
        self.how = how
        self.value = value


class TooLong(Exception):
    """The code runs for longer than is worth following."""


_KINDS: dict[str, Kind] = {"SystemExit": "exit", "AssertionError": "assert", "NameError": "name"}


def error(name: str, text: str | None, span: Span) -> Raised:
    """An exception of Python's own."""
    raised = Raised(Error(Builtin(name), name, text), span)
    raised.kind = _KINDS.get(name, "raise")
    return raised


def builtin_exception(name: str) -> type[BaseException] | None:
    """The exception class of that name."""
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None


def ancestry(kind: Value) -> type[BaseException] | None:
    """The nearest exception class of Python's own that a class descends from; ``None`` when that is not known."""
    if isinstance(kind, Builtin):
        return builtin_exception(kind.name)
    if isinstance(kind, Class):
        for item in kind.lineage():
            if isinstance(item, Builtin) and builtin_exception(item.name):
                return builtin_exception(item.name)
            if not isinstance(item, (Class, Builtin)):
                return None
    return None


def descends(kind: Value, wanted: Value) -> bool | None:
    """Whether an exception class is a sub-class of another."""
    if isinstance(wanted, Builtin):
        wider = builtin_exception(wanted.name)
        own = ancestry(kind)
        if wider is None or own is None:
            return None
        return issubclass(own, wider)
    if isinstance(wanted, Class):
        if isinstance(kind, Class):
            lineage = list(kind.lineage())
            if wanted in lineage:
                return True
            return None if any(not isinstance(item, (Class, Builtin)) for item in lineage) else False
        return False if isinstance(kind, Builtin) else None
    return None


def joined(one: Value | None, other: Value | None) -> Value:
    """What a name is after two ways meet; ``None`` stands for not bound."""
    if one is None or other is None:
        known = one if one is not None else other
        return known if isinstance(known, Maybe) else Maybe(known if known is not None else UNKNOWN)
    if one is other or (isinstance(one, (Known, Foreign, StdlibObject, Builtin)) and one == other):
        return one
    if isinstance(one, Maybe) or isinstance(other, Maybe):
        first = one.value if isinstance(one, Maybe) else one
        second = other.value if isinstance(other, Maybe) else other
        return Maybe(joined(first, second))
    return UNKNOWN


def truth(value: Value) -> bool | None:
    """The truth of a value; ``None`` when it is not known."""
    if isinstance(value, Known):
        return bool(value.value)
    if isinstance(value, Items):
        return None if value.vague else bool(value.items)
    if isinstance(value, Table):
        return True if value.pairs and not value.vague else None if value.vague else bool(value.pairs)
    if isinstance(value, (Module, Function, Method, Builtin, Class)):
        return True
    if isinstance(value, Foreign) and value.module:
        return True
    return None


def plain(value: Value) -> object:
    """The Python value where all of it is known and harmless.  Raises ``LookupError`` otherwise."""
    if isinstance(value, Known):
        return value.value
    if isinstance(value, Items) and not value.vague and value.kind == "tuple":
        return tuple(plain(item) for item in value.items)
    raise LookupError


def wrapped(value: object) -> Value:
    """The value of a Python object that :func:`plain` gave, or that came of such."""
    if value is None or isinstance(value, (str, int, float, bytes, complex, bool)):
        return Known(value)
    if isinstance(value, (tuple, list)):
        return Items("tuple" if isinstance(value, tuple) else "list", [wrapped(item) for item in value])
    return UNKNOWN
