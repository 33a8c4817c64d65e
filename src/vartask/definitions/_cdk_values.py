"""What a CDK program's values mean, alike for TypeScript and Python.

Python's names are those of TypeScript in snake_case, and what TypeScript gives as an object of properties Python gives
as keywords (https://docs.aws.amazon.com/cdk/v2/guide/work-with-cdk-python.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vartask.model import Span, Text
from vartask.patterns import regex
from vartask.records import dataclass, field
from vartask.syntax.program_values import (
    Choice,
    Computed,
    Constant,
    External,
    Fields,
    Instance,
    Items,
    Made,
    Missing,
    Value,
    choice,
    nothing,
    options,
    settled,
    why,
)

_SERVICE: Final = regex(r"(?:\A|[/.])aws[-_](?!cdk)(?P<service>[a-z0-9_-]+)(?:/[\w/-]+)?\.(?P<member>[\w.]+)\Z")
_LIBRARY: Final = regex(r"\A(?:@?aws-cdk(?:-lib)?|monocdk|aws_cdk)\b")
_RUNTIME: Final = regex(r"\bRuntime\.(?P<name>[A-Z][A-Z0-9_]*)\b")
_PYTHON: Final = regex(r"PYTHON_(\d+)_(\d+)")

_STRUCTS: Final = ("Props", "Options", "Property")
"""How the classes end that Python has for TypeScript's interfaces of properties."""

FOREIGN: Final = ""
"""The runtime of a function in another language."""

IMAGE: Final = "image"
"""``Runtime.FROM_IMAGE``."""


def member_of(callee: str) -> tuple[str, str]:
    """The service and the member that a dotted name means: ``("lambda", "Code.fromAsset")``; empty for anything else.

    ``aws-cdk-lib/aws-lambda.Function``, ``aws_cdk.aws_lambda.Function`` and CDK v1's ``@aws-cdk/aws-lambda.Function``
    are all the same.
    """
    found = _SERVICE.search(callee)
    if found is None or not _LIBRARY.search(callee):
        return "", callee.rpartition("/")[2]
    return found["service"].replace("_", "-"), _camel_members(found["member"])


def _camel_members(dotted: str) -> str:
    return ".".join(camel(part) if part[:1].islower() else part for part in dotted.split("."))


def camel(name: str) -> str:
    """A property's name as TypeScript writes it."""
    return re.sub(r"(?<=[a-z0-9])_([a-z0-9])", lambda found: found[1].upper(), name.rstrip("_"))


def made_of(value: Value | None) -> Made | None:
    """The construct that a value is, be it by a class of the project."""
    value = settled(value)
    if isinstance(value, Instance):
        return value.made
    return value if isinstance(value, Made) and not value.member else None


@dataclass(frozen=True)
class Properties:
    """The properties of a construct or the options of a call; ``more`` says why there may be others."""

    values: Mapping[str, Value]
    span: Span
    more: Computed | None = None
    alternatives: tuple[Properties, ...] = field(default=())

    def get(self, *names: str) -> Value | None:
        """A property by its name in camelCase (the first of several that is there); ``None`` when it is not set."""
        if self.alternatives:
            found = [one.get(*names) or Constant(None, self.span) for one in self.alternatives]
            together = settled(choice(found, self.span))
            return None if nothing(together) else together
        for name in names:
            value = self.values.get(name)
            if value is not None and not nothing(value):
                absent = Constant(None, self.span)
                if isinstance(value, Choice) and value.default is not None:
                    return value.default
                return choice((absent if isinstance(one, Missing) else one for one in options(value)), self.span)
        return self.more

    def text(self, name: str) -> Text | Computed | None:
        """A property that is a string."""
        return text_of(self.get(name))

    @property
    def known(self) -> bool:
        """Whether every property that is set is among ``values``."""
        return self.more is None and not self.alternatives


def properties(made: Made, at: int = 2) -> Properties:
    """The properties of a construct: an object as its argument number ``at``, or keywords."""
    given = dict(made.keywords)
    value = made.argument(at)
    if given or made.more is not None or value is None:
        named = Properties({camel(name): one for name, one in given.items()}, made.span, made.more)
        if value is None or not isinstance(value, Fields):
            return named
    return from_value(value, made.span)


def from_value(value: Value | None, span: Span) -> Properties:
    """The properties in an object."""
    value = settled(value)
    if isinstance(value, Choice):
        return Properties({}, span, alternatives=tuple(from_value(one, span) for one in value.options))
    if isinstance(value, Fields):
        return Properties({camel(name): one for name, one in value.values.items()}, value.span, value.more)
    if isinstance(value, Instance):
        return Properties({camel(name): one for name, one in value.fields.items()}, span)
    if value is None or nothing(value) or isinstance(value, Missing):
        return Properties({}, span)
    if isinstance(value, Made) and not value.new and value.callee.endswith(_STRUCTS):
        # Python's FunctionProps(…), a class of keywords.
        return properties(value, 0)
    return Properties({}, span, Computed(why(value), value.span))


def text_of(value: Value | None) -> Text | Computed | None:
    """The string that a value is; ``None`` when it is not set."""
    value = settled(value)
    if value is None or nothing(value):
        return None
    if isinstance(value, Constant):
        return Text(str(value.value), value.span)
    return Computed(why(value), value.span)


def texts_of(value: Value | None) -> tuple[Text, ...] | Computed | None:
    """The strings in a list; ``None`` when it is not set."""
    value = settled(value)
    if value is None or nothing(value):
        return None
    if not isinstance(value, Items) or value.more is not None:
        return Computed(why(value.more if isinstance(value, Items) else value), value.span)
    found: list[Text] = []
    for one in value.values:
        text = text_of(one)
        if not isinstance(text, Text):
            return text or Computed("an item is not a string", value.span)
        found.append(text)
    return tuple(found)


def runtime_of(value: Value | None) -> str | None:
    """A runtime's identifier, :data:`IMAGE`, or :data:`FOREIGN` for another language; ``None`` when it is not known."""
    names = {_runtime(one) for one in options(value)}
    if len(names) == 1:
        return names.pop()
    return FOREIGN if names == {FOREIGN} else None


def may_be_python(value: Value | None) -> bool:
    """Whether one of the runtimes that a value may be is Python's."""
    return any((_runtime(one) or "").startswith("python") for one in options(value))


def _runtime(value: Value) -> str | None:
    if isinstance(value, Constant) and isinstance(value.value, str):
        return _identifier(value.value)
    name = value.name if isinstance(value, External) else value.callee if isinstance(value, Made) else ""
    if isinstance(value, Made) and value.callee.endswith("Runtime"):
        text = text_of(value.argument(0) or value.keywords.get("name"))
        return _identifier(text.value) if isinstance(text, Text) else None
    found = _RUNTIME.search(name)
    if found is None:
        return None
    python = _PYTHON.fullmatch(found["name"])
    if python is not None:
        return f"python{python[1]}.{python[2]}"
    return IMAGE if found["name"] == "FROM_IMAGE" else FOREIGN


def _identifier(text: str) -> str:
    return text if re.fullmatch(r"python\d+\.\d+", text) else IMAGE if text == "FROM_IMAGE" else FOREIGN


def architecture_of(value: Value | None) -> str | None:
    """``arm64`` or ``x86_64``; ``None`` when it is not known."""
    if value is None:
        return "x86_64"
    if isinstance(value, External):
        last = value.name.rpartition(".")[2]
        return {"ARM_64": "arm64", "X86_64": "x86_64"}.get(last)
    return None


def walk(value: Value | None) -> Iterator[Value]:
    """The items of a list, each once; what may be missing stays a choice."""
    if isinstance(value, Items):
        yield from value.values
