"""The values of HCL expressions, as far as the text alone tells them.

Every value keeps the place where it is written, through locals, variables, ``for_each`` and modules, so that a report
points at the string to change.  What depends on the cloud, on a file's contents or on anything not understood is
:class:`Computed`, with as much of its text as is known and the names that it mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax import hcl

Scalar = str | float | bool | None

MAX_SIZE = 20_000
"""Parts of one value, and characters of one text: values that use each other twice grow without bound."""


MAX_SHOWN = 120
"""Characters of a value in a report."""


@dataclass(frozen=True, slots=True)
class Known:
    """A string, number, boolean or null."""

    value: Scalar
    span: Span


@dataclass(frozen=True, slots=True)
class Contents(Known):
    """The text of a file of the project, which ``source`` names: what ``file()`` gives."""

    source: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set of known length."""

    values: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A map or object.  ``partial`` when it may have more keys than are known."""

    values: Mapping[str, Value]
    span: Span
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """What cannot be known: ``text`` has the known parts in clear and the others as ``${...}``.

    ``mentions`` are the names in the expression that nothing could be said about, such as
    ``aws_ecr_repository.api`` or ``module.image``, each prefixed with the module instance it stands in.
    """

    text: str
    span: Span
    mentions: frozenset[str] = frozenset()


Value = Known | Items | Table | Computed

Function = Callable[[hcl.Call, list[Value]], Value | None]
"""One of Terraform's functions: its value, ``None`` for unknown; it may raise :class:`Missing`, or what Python raises
for wrong arguments."""


class Missing(Exception):
    """A key or an element that certainly does not exist; what ``try`` and ``lookup`` react to."""


def opaque(expression: hcl.Expression) -> Computed:
    """The value of an expression that nothing is known about."""
    return Computed(f"${{{expression.text}}}", expression.span)


def text_of(value: Known) -> str:
    """A scalar as a template renders it."""
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return "" if value.value is None else str(value.value)


def brief(value: Value) -> str:
    """A value for a report: on one line, and not without end."""
    text = " ".join(show(value).split())
    return text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 3]}..."


def show(value: Value) -> str:
    """A value as a reader would write it."""
    match value:
        case Known():
            return text_of(value)
        case Computed():
            return value.text
        case _:
            return "${...}"


def string(value: Value | None) -> str | None:
    """The value when it is a known string."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def is_null(value: Value | None) -> bool:
    """Whether the value is absent or certainly ``null``, which Terraform treats alike."""
    return value is None or (isinstance(value, Known) and value.value is None)


def joined(values: Iterable[Value], span: Span) -> Value:
    """Strings put one behind the other."""
    listed = list(values)
    text = "".join(show(value) for value in listed)
    if len(text) > MAX_SIZE:
        return Computed("${...}", span)
    if all(isinstance(value, Known) for value in listed):
        return Known(text, span)
    return Computed(text, span, mentions_of(listed))


def bounded(value: Value) -> Value:
    """The value, or :class:`Computed` when it has more than :data:`MAX_SIZE` parts."""
    size, pending = 0, [value]
    while pending and size <= MAX_SIZE:
        here = pending.pop()
        size += 1
        if isinstance(here, Items):
            pending += here.values
        elif isinstance(here, Table):
            pending += here.values.values()
        size += len(show(here)) // 100
    return value if size <= MAX_SIZE else Computed("${...}", value.span)


def mentions_of(values: Iterable[Value]) -> frozenset[str]:
    """Every unknown name in the values."""
    found: set[str] = set()
    for value in values:
        match value:
            case Computed():
                found |= value.mentions
            case Items():
                found |= mentions_of(value.values)
            case Table():
                found |= mentions_of(value.values.values())
            case Known():
                pass
    return frozenset(found)


def pairs_of(value: Value) -> list[tuple[Value, Value]] | None:
    """Key and value of each element, as ``for`` and ``for_each`` see them; ``None`` when not all are known."""
    if isinstance(value, Table) and not value.partial:
        # Terraform visits maps in the order of their keys.
        return [(Known(key, value.values[key].span), value.values[key]) for key in sorted(value.values)]
    if isinstance(value, Items):
        return [(Known(at, item.span), item) for at, item in enumerate(value.values)]
    return None


def pick(value: Value, key: Value, expression: hcl.Expression) -> Value:
    """``value[key]``; raises :class:`Missing` when it certainly does not exist."""
    unknown = Computed(f"${{{expression.text}}}", expression.span, mentions_of((value, key)))
    if isinstance(value, Computed) or not isinstance(key, Known):
        return unknown
    if isinstance(value, Table):
        name = text_of(key)
        if name in value.values:
            return value.values[name]
        if value.partial:
            return unknown
        raise Missing(name)
    if isinstance(value, Items):
        number = text_of(key)
        if number.isdigit() and int(number) < len(value.values):
            return value.values[int(number)]
        raise Missing(number)
    raise Missing(text_of(key))


def lifted(found: object, span: Span) -> Value:
    """A value of JSON or YAML as one of HCL."""
    if isinstance(found, dict):
        return Table({str(key): lifted(value, span) for key, value in found.items()}, span)
    if isinstance(found, list):
        return Items(tuple(lifted(value, span) for value in found), span)
    if found is None or isinstance(found, (str, int, float, bool)):
        return Known(found, span)
    return Computed("${...}", span)


def plain(value: Value) -> object:
    """The value as Python's own types, ``None`` when any part of it is unknown or it is null."""
    match value:
        case Known():
            return value.value
        case Items():
            items = [plain(item) for item in value.values]
            return None if any(item is None for item in items) else items
        case Table():
            table = {key: plain(item) for key, item in value.values.items()}
            return None if value.partial or None in table.values() else table
        case Computed():
            return None
