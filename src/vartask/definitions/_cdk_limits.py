"""Memory, time and ``/tmp`` of a function that a CDK program makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vartask.definitions._cdk_values import Properties, from_value, member_of
from vartask.model import LAMBDA_LIMITS, Limits, limit, whole
from vartask.patterns import regex
from vartask.syntax.program_values import Constant, Fields, Made, Value, settled

_AMOUNT: Final = regex(r"\b(?:Duration|Size)\.(\w+)\Z")
_SECONDS: Final = {"millis": 0.001, "seconds": 1, "minutes": 60, "hours": 3600}
_MEBIBYTES: Final = {"kibibytes": 1 / 1024, "mebibytes": 1, "gibibytes": 1024}


def limits_of(made: Made, asked: Properties) -> Limits:
    """``memorySize``, ``timeout`` and ``ephemeralStorageSize`` (``aws-lambda/lib/function.ts``).

    The CDK has no defaults of its own, so that Lambda's stand.  Those of other libraries' constructs are not known.
    """
    default = LAMBDA_LIMITS if member_of(made.callee)[0] else Limits()
    size = asked.get("ephemeralStorageSize", "ephemeralStorage")
    if isinstance(size, Fields) or (isinstance(size, Made) and size.callee.endswith("Property")):
        size = from_value(size, made.span).get("size")  # the L1 construct's form
    return Limits(
        limit(_number(asked.get("memorySize"), {}), default.memory),
        limit(_number(asked.get("timeout"), _SECONDS), default.timeout),
        limit(_number(size, _MEBIBYTES), default.storage),
    )


def _number(value: Value | None, units: Mapping[str, float]) -> object:
    """A number, or an amount such as ``Duration.minutes(5)``; nothing that is a number when it is not known."""
    value = settled(value)
    if value is None or isinstance(value, Constant):
        return value if value is None else value.value
    found = _AMOUNT.search(value.callee) if isinstance(value, Made) and not value.member else None
    if not isinstance(value, Made) or found is None or found[1] not in units:
        return ""
    amount = settled(value.argument(0) or value.keywords.get("amount"))
    number = whole(amount.value) if isinstance(amount, Constant) else None
    return "" if number is None else number * units[found[1]]
