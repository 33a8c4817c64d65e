"""The values that an infrastructure program makes, as far as they can be known without running it.

A value is a constant, a list or an object of values, a project's own function, class or instance, a thing of another
package by its dotted name (:class:`External`), what calling or instantiating such a thing gives (:class:`Made`), one
of several (:class:`Choice`), or :class:`Computed` with the reason why nobody knows.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping

from vartask.model import Span
from vartask.records import dataclass, field, replace
from vartask.syntax import program as tree

ROOT = "/\0project"
"""Stands for the project's root in absolute paths (``__dirname``); no real path has a NUL."""

MAX_CHOICES = 8

_ENUMS = frozenset({"Enum", "StrEnum", "IntEnum"})


@dataclass(frozen=True, slots=True)
class Constant:
    """A string, number, boolean, or nothing (``None``: ``null``, ``undefined``, ``None``)."""

    value: tree.Plain
    span: Span


@dataclass(frozen=True, slots=True)
class Computed:
    """A value that cannot be known, and why; ``partial`` is a text with ``${}`` for what is not known of it."""

    reason: str
    span: Span
    partial: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """Within a :class:`Choice`: the list's item or the object's entry may not be there at all."""

    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """One of several values; which one is decided where the program runs.

    ``default`` is the option that the program takes when nobody says anything else (``given ?? default``).
    """

    options: tuple[Value, ...]
    span: Span
    default: Value | None = None


@dataclass(slots=True, eq=False)
class Items:
    """A list.  ``more`` says why it may hold more than is listed; ``born`` in how many open branches it was made."""

    values: tuple[Value, ...]
    span: Span
    more: Computed | None = None
    born: int = 0


@dataclass(slots=True, eq=False)
class Fields:
    """An object or dict.

    ``more`` says why it may have other entries or values than are listed; ``born`` as in a list.
    """

    values: dict[str, Value]
    span: Span
    more: Computed | None = None
    born: int = 0


@dataclass(frozen=True, slots=True)
class External:
    """Something of another package by its dotted name: ``aws-cdk-lib/aws-lambda.Runtime.PYTHON_3_12``."""

    name: str
    span: Span


@dataclass(slots=True, eq=False)
class Made:
    """What a call of something external gives, an instance if ``new`` (Python does not tell the two apart).

    ``callee`` is the dotted name.  ``receiver`` is the value whose method it is: ``fn.addEnvironment(…)`` has the
    receiver ``fn`` and the callee ``….Function.addEnvironment``; ``calls`` are all such calls, in their order.
    ``subclass`` is the project's class that is instantiated where ``callee`` is only its base, ``span`` then the
    instantiation.  ``sites`` are the calls of project code that led here, the outermost first.  ``doubtful`` says
    that a condition nobody knows decides whether it is made.  ``unreached`` says that nothing known calls the code.
    ``more`` says why there may be other keywords than are listed.
    ``member`` is an attribute that is read, not a call; ``fields`` are attributes that the program sets.
    """

    callee: str
    span: Span
    arguments: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    more: Computed | None = None
    new: bool = False
    receiver: Value | None = None
    subclass: str | None = None
    sites: tuple[Span, ...] = ()
    doubtful: bool = False
    unreached: bool = False
    calls: list[Made] = field(default_factory=list)
    member: bool = False
    fields: dict[str, Value] = field(default_factory=dict)

    def argument(self, at: int) -> Value | None:
        """A positional argument, if there is one."""
        return self.arguments[at] if at < len(self.arguments) else None


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """What a call hands over, and where it stands."""

    span: Span
    arguments: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = field(default_factory=dict)
    more: Computed | None = None
    new: bool = False

    def with_arguments(self, arguments: Iterable[Value]) -> Given:
        """The same call with other positional arguments."""
        return replace(self, arguments=tuple(arguments))


@dataclass(slots=True, eq=False)
class Scope:
    """Variables; ``this`` and the class whose method runs are among them."""

    names: dict[str, Value]
    parent: Scope | None = None
    module: str = ""

    def find(self, name: str) -> Scope | None:
        """The innermost scope that has a name."""
        here: Scope | None = self
        while here is not None and name not in here.names:
            here = here.parent
        return here


@dataclass(slots=True, eq=False)
class Function:
    """A function of the project with the variables around it."""

    definition: tree.FunctionDef
    scope: Scope
    language: tree.Language
    this: Value | None = None
    home: Class | None = None

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.definition.span


@dataclass(slots=True, eq=False)
class Class:
    """A class of the project; ``bases`` are values, ``statics`` its static fields."""

    definition: tree.ClassDef
    scope: Scope
    language: tree.Language
    bases: tuple[Value, ...]
    statics: dict[str, Value] = field(default_factory=dict)

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.definition.span

    def lineage(self) -> Iterator[Class]:
        """The class and the project's classes that it inherits from, nearest first."""
        seen: list[Class] = []
        todo: list[Value] = [self]
        while todo:
            here = todo.pop(0)
            if isinstance(here, Class) and here not in seen:
                seen.append(here)
                yield here
                todo = [*here.bases, *todo]

    @property
    def is_enumeration(self) -> bool:
        """Whether its static fields are its members (Python's ``enum``)."""
        return any(isinstance(base, External) and base.name.rpartition(".")[2] in _ENUMS for base in self.bases)

    def foreign(self) -> Value | None:
        """The first base that is no class of the project."""
        bases = [base for one in self.lineage() for base in one.bases if not isinstance(base, Class)]
        return bases[0] if bases else None


@dataclass(slots=True, eq=False)
class Instance:
    """An object of a project's class; ``made`` is what its external base class makes of it."""

    of: Class
    fields: dict[str, Value]
    span: Span
    made: Made | None = None


@dataclass(slots=True, eq=False)
class Namespace:
    """A module of the project, or an enum."""

    name: str
    values: dict[str, Value]
    span: Span
    exact: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Method:
    """A built-in method of a value, not yet called."""

    base: Value
    name: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """``super``: the instance as the bases of ``below`` see it."""

    this: Value
    below: Class
    span: Span


Value = (
    Constant
    | Computed
    | Missing
    | Choice
    | Items
    | Fields
    | External
    | Made
    | Function
    | Class
    | Instance
    | Namespace
    | Method
    | Base
)


def options(value: Value | None) -> tuple[Value, ...]:
    """The values that it may be; none for no value."""
    if value is None:
        return ()
    return value.options if isinstance(value, Choice) else (value,)


def choice(values: Iterable[Value], span: Span) -> Value:
    """One of the values; the value itself if all are the same."""
    found: list[Value] = []
    for value in (option for one in values for option in options(one)):
        if not any(same(value, other) for other in found):
            found.append(value)
    if not found:
        return Constant(None, span)
    if len(found) == 1:
        return found[0]
    if len(found) > MAX_CHOICES:
        return Computed(f"it is one of {len(found)} values", span)
    return Choice(tuple(found), span)


def with_default(values: Iterable[Value], default: Value, span: Span) -> Value:
    """One of the values, ``default`` unless something outside of the program says otherwise."""
    found = choice(values, span)
    if not isinstance(found, Choice):
        return found
    last = default.default if isinstance(default, Choice) else default
    return found if last is None or isinstance(last, (Computed, Missing)) else replace(found, default=last)


def each(several: Choice, give: Callable[[Value], Value], span: Span) -> Value:
    """What something gives for each option."""
    found = [give(one) for one in several.options]
    if several.default is None:
        return choice(found, span)
    return with_default(found, give(several.default), span)


def settled(value: Value | None) -> Value | None:
    """The value, a default standing for what nobody knows."""
    return value.default if isinstance(value, Choice) and value.default is not None else value


def same(left: Value, right: Value) -> bool:
    """Whether two values are certainly equal."""
    if left is right:
        return True
    if isinstance(left, Constant) and isinstance(right, Constant):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, External) and isinstance(right, External):
        return left.name == right.name
    if isinstance(left, Computed) and isinstance(right, Computed):
        return left == right
    return isinstance(left, Missing) and isinstance(right, Missing)


def text(value: Value | None) -> str | None:
    """The string that a value certainly is."""
    return value.value if isinstance(value, Constant) and isinstance(value.value, str) else None


def nothing(value: Value | None) -> bool:
    """Whether the value is certainly ``undefined``, ``null`` or ``None``, or is not given."""
    return value is None or (isinstance(value, Constant) and value.value is None)


def why(value: Value | None) -> str:
    """Why a value is not known, in words that follow "cannot be known: "."""
    if isinstance(value, Computed):
        return value.reason
    if isinstance(value, Choice):
        return "it depends on where the program runs"
    if isinstance(value, Made):
        return f"`{value.callee.rpartition('/')[2]}` gives it when the program runs"
    if isinstance(value, External):
        return f"`{value.name}` is not in the project"
    return "it is computed"


def project_path(written: str, base: str) -> str | None:
    """The project's path for one that a program uses; relative ones start at the directory ``base``.

    ``None`` for a path outside of the project.
    """
    if not written.startswith("/"):
        written = posixpath.join(ROOT, base, written)
    normal = posixpath.normpath(written)
    if normal == ROOT:
        return "."
    return normal[len(ROOT) + 1 :] if normal.startswith(ROOT + "/") else None


def absolute(path: str) -> str:
    """The absolute path by which a program sees one of the project's."""
    return ROOT if path == "." else f"{ROOT}/{path}"
