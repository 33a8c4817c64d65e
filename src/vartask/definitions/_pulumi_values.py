"""What a Pulumi program makes, by the names that its SDKs have in Python, TypeScript and JavaScript.

https://www.pulumi.com/registry/packages/aws/api-docs/lambda/function/ and the packages ``awsx``, ``docker`` and
``docker-build`` beside it.  Properties are called as in TypeScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax.program_values import Choice, Computed, Constant, Fields, Items, Made, Value, nothing, text, why

_UNWRAPPED = frozenset({"from_input", "fromInput", "output", "secret", "unsecret", "Input", "from"})
"""Functions that give an ``Output`` of the value they are given."""


def kind(callee: str) -> tuple[str, ...]:
    """The parts of a thing's name in Pulumi's packages: ``("aws", "lambda", "Function")``; none for another's."""
    parts = [part for part in re.split(r"[./]", callee) if part]
    if parts and parts[0] == "@pulumi":
        parts = parts[1:]
    elif parts and parts[0].startswith("pulumi_"):
        parts[0] = parts[0].removeprefix("pulumi_")
    elif not parts or parts[0] != "pulumi":
        return ()
    return (parts[0].replace("_", "-"), *(part.rstrip("_") for part in parts[1:]))


def is_a(value: Value | None, package: str, name: str) -> bool:
    """Whether a value is a thing of one of Pulumi's packages, by the last part of its name."""
    if not isinstance(value, Made) or value.member:
        return False
    parts = kind(value.callee)
    return bool(parts) and parts[0] == package and parts[-1] == name


@dataclass(frozen=True, slots=True)
class Properties:
    """The properties of a resource or of a nested argument; ``more`` says why there may be others."""

    values: Mapping[str, Value]
    span: Span
    more: Computed | None = None

    def get(self, name: str) -> Value | None:
        """A property as the program sets it; a computed one where it may be set elsewhere."""
        value = self.values.get(name)
        if value is None:
            return self.more
        return None if nothing(value) else plain(value)

    def inner(self, name: str) -> Properties | None:
        """The properties of a nested argument; ``None`` when it is not set."""
        value = self.get(name)
        return None if value is None else inner(value)


def plain(value: Value) -> Value:
    """A value without the ``Output`` around it."""
    while isinstance(value, Made) and not value.member and value.callee.rpartition(".")[2] in _UNWRAPPED:
        wrapped = value.argument(0)
        if wrapped is None:
            return value
        value = wrapped
    return value


def resource(made: Made) -> Properties:
    """What a resource is made with: keywords in Python, an object in the other languages, or ``args`` in either."""
    given = made.keywords.get("args") or made.argument(1)
    found: dict[str, Value] = {}
    more = made.more
    if given is not None and not nothing(given):
        listed = inner(given)
        found.update(listed.values)
        more = more or listed.more
    found.update({camel(name): value for name, value in made.keywords.items()})
    return Properties(found, made.span, more)


def inner(value: Value) -> Properties:
    """The properties of an object, a dict, or one of the SDK's ``…Args``."""
    value = plain(value)
    if isinstance(value, Fields):
        return Properties({camel(name): one for name, one in value.values.items()}, value.span, value.more)
    if isinstance(value, Made) and not value.member and value.callee.rpartition(".")[2].endswith(("Args", "ArgsDict")):
        return Properties({camel(name): one for name, one in value.keywords.items()}, value.span, value.more)
    at = value.span
    return Properties({}, at, Computed(why(value), at))


def options_of(made: Made) -> Properties:
    """The resource's options (``opts``), which the other languages have as the last argument."""
    given = made.keywords.get("opts") or made.argument(2)
    if isinstance(given, Made):
        return Properties({camel(name): value for name, value in given.keywords.items()}, given.span, given.more)
    return inner(given) if given is not None else Properties({}, made.span)


def camel(name: str) -> str:
    """``image_uri`` as ``imageUri``."""
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found[1].upper(), name)


def words(value: Value | None) -> tuple[list[Constant], Computed | None] | None:
    """The strings of a list, and why one of them (or the list) is not known; ``None`` when there is no list."""
    if value is None or nothing(value):
        return None
    if not isinstance(value, Items):
        return [], Computed(why(value), value.span)
    known = [plain(one) for one in value.values]
    found = [one for one in known if isinstance(one, Constant) and isinstance(one.value, str)]
    doubt = next((Computed(why(one), one.span) for one in known if text(one) is None), value.more)
    return found, doubt


def parts(value: Value | None) -> Iterator[Value]:
    """A value and everything that it is made from: whose attribute it is, what it is given."""
    seen: set[int] = set()
    pending = [value] if value is not None else []
    while pending:
        here = pending.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        yield here
        if isinstance(here, Made):
            pending += [here.receiver] if here.receiver is not None else []
            pending += [*here.arguments, *here.keywords.values()]
        elif isinstance(here, Choice):
            pending += here.options
        elif isinstance(here, Items):
            pending += here.values
        elif isinstance(here, Fields):
            pending += here.values.values()
