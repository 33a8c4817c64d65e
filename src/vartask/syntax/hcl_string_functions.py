"""Terraform's functions of strings, numbers and encodings.

https://developer.hashicorp.com/terraform/language/functions
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

from vartask.model import Span
from vartask.syntax import hcl
from vartask.syntax.hcl_values import (
    Contents,
    Function,
    Items,
    Known,
    Missing,
    Table,
    Value,
    joined,
    lifted,
    string,
    text_of,
)

_MAX_RANGE = 1024
"""Terraform itself refuses longer ranges."""


def _text(function: Callable[..., str | bool | None]) -> Function:
    """A function of strings (numbers are taken for their text) to a string or a truth value; ``None`` for unknown."""

    def apply(expression: hcl.Call, arguments: list[Value]) -> Value | None:
        texts = [_as_text(argument) for argument in arguments]
        known = [text for text in texts if text is not None]
        result = function(*known) if len(known) == len(texts) else None
        return None if result is None else Known(result, expression.span)

    return apply


def _as_text(value: Value) -> str | None:
    return text_of(value) if isinstance(value, Known) and value.value is not None else None


def _number(function: Callable[..., float | None]) -> Function:
    """A function of numbers to a number; strings that are numbers are converted."""

    def apply(expression: hcl.Call, arguments: list[Value]) -> Value | None:
        if len(arguments) == 1 and isinstance(arguments[0], Items):
            arguments = list(arguments[0].values)
        numbers = [_as_number(argument) for argument in arguments]
        known = [number for number in numbers if number is not None]
        result = function(*known) if known and len(known) == len(numbers) else None
        return None if result is None else Known(_tidy(result), expression.span)

    return apply


def _as_number(value: Value) -> float | None:
    if not isinstance(value, Known) or isinstance(value.value, bool) or value.value is None:
        return None
    try:
        return value.value if isinstance(value.value, (int, float)) else _tidy(float(value.value))
    except (ValueError, OverflowError):
        return None


def _tidy(number: float) -> float:
    """Whole numbers without a fraction, as Terraform writes them."""
    return int(number) if math.isfinite(number) and number == int(number) else number


def _substr(text: str, offset: str, length: str) -> str | None:
    start, count = int(offset), int(length)
    if start < 0:
        start = max(0, len(text) + start)
    return text[start:] if count == -1 else text[start : start + count] if count >= 0 else None


def _title(text: str) -> str:
    return re.sub(r"(?<!\w)[a-z]", lambda found: found[0].upper(), text)


def _indent(spaces: str, text: str) -> str:
    return text.replace("\n", "\n" + " " * int(spaces))


def _tostring(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    value = arguments[0]
    if isinstance(value, (Items, Table)):
        raise Missing(expression.text)
    if not isinstance(value, Known) or value.value is None or isinstance(value.value, str):
        return value
    return Known(text_of(value), value.span)


def _tobool(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    text = _as_text(arguments[0])
    return Known(text == "true", arguments[0].span) if text in {"true", "false"} else None


def _pattern(text: str) -> re.Pattern[str] | None:
    """RE2's syntax where it is also Python's."""
    if re.search(r"\\[pPzQEC]|\(\?[^:P)]|\[\[:|\\x\{", text):
        return None
    try:
        return re.compile(text)
    except re.error:
        return None


def _found(found: re.Match[str], expression: hcl.Call) -> Value:
    if found.re.groupindex:
        table = {name: Known(text, expression.span) for name, text in found.groupdict().items()}
        return Table(table, expression.span)
    if found.re.groups:
        return Items(tuple(Known(text, expression.span) for text in found.groups()), expression.span)
    return Known(found[0], expression.span)


def _regex(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    pattern, text = (string(argument) for argument in arguments)
    compiled = None if pattern is None else _pattern(pattern)
    if compiled is None or text is None:
        return None
    found = compiled.search(text)
    if found is None:
        raise Missing(expression.text)
    return _found(found, expression)


def _regexall(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    pattern, text = (string(argument) for argument in arguments)
    compiled = None if pattern is None else _pattern(pattern)
    if compiled is None or text is None:
        return None
    return Items(tuple(_found(found, expression) for found in compiled.finditer(text)), expression.span)


def _replace(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    text, old, new = (_as_text(argument) for argument in arguments)
    if text is None or old is None or new is None:
        return None
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        compiled = _pattern(old[1:-1])
        if compiled is None or "$" in new:
            return None
        return Known(compiled.sub(lambda _: new, text), expression.span)
    return Known(text.replace(old, new), expression.span)


def _split(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    separator, text = (string(argument) for argument in arguments)
    if separator is None or text is None:
        return None
    parts = text.split(separator) if separator else list(text)
    return Items(tuple(Known(part, expression.span) for part in parts), expression.span)


def _join(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    separator, *lists = arguments
    parts: list[Value] = []
    for one in lists:
        if not isinstance(one, Items):
            return None
        for item in one.values:
            parts += [separator, item] if parts else [item]
    return joined(parts, expression.span)


def _format(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    """``format`` with ``%s``, ``%d``, ``%v`` and ``%0Nd``; other verbs round, pad or quote."""
    pattern, *rest = arguments
    text = string(pattern)
    if text is None:
        return None
    parts: list[Value] = []
    for piece in re.split(r"(%%|%0?\d*[sdv])", text):
        if piece == "%%" or not piece.startswith("%"):
            if "%" in piece.replace("%%", ""):
                return None
            parts.append(Known(piece.replace("%%", "%"), expression.span))
            continue
        value = rest.pop(0)
        if piece not in {"%s", "%d", "%v"}:
            number = _as_number(value)
            if number is None or piece[-1] != "d":
                return None
            value = Known(piece % number, value.span)
        parts.append(value)
    kept = [part for part in parts if not (isinstance(part, Known) and part.value == "")]
    if rest or any(isinstance(part, (Items, Table)) for part in kept):
        return None
    # A placeholder that is the whole format keeps the place of its argument.
    return kept[0] if len(kept) == 1 and string(kept[0]) is not None else joined(kept, expression.span)


def _formatlist(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    lengths = {len(argument.values) for argument in arguments if isinstance(argument, Items)}
    if len(lengths) != 1:
        return None
    made = [
        _format(expression, [one.values[at] if isinstance(one, Items) else one for one in arguments])
        for at in range(lengths.pop())
    ]
    kept = [value for value in made if value is not None]
    return Items(tuple(kept), expression.span) if len(kept) == len(made) else None


def _range(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    numbers = [_as_number(argument) for argument in arguments]
    whole = [int(number) for number in numbers if number is not None and number == int(number)]
    if len(whole) != len(numbers):
        return None
    start, end = (0, whole[0]) if len(whole) == 1 else (whole[0], whole[1])
    step = whole[2] if len(whole) > 2 else (1 if start < end else -1)  # noqa: PLR2004 -- range(start, limit, step)
    found = range(start, end, step)
    return (
        Items(tuple(Known(at, expression.span) for at in found), expression.span) if len(found) < _MAX_RANGE else None
    )


def _jsonencode(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    try:
        value = _decoded(arguments[0])
    except TypeError:
        return None
    text = json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    for char, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        text = text.replace(char, escape)
    return Known(text, expression.span)


def _decoded(value: Value) -> object:
    """The value as JSON has it.  Raises ``TypeError`` for one that is not known."""
    if isinstance(value, Items):
        return [_decoded(item) for item in value.values]
    if isinstance(value, Table) and not value.partial:
        return {key: _decoded(item) for key, item in value.values.items()}
    if not isinstance(value, Known):
        raise TypeError
    return value.value


def _place(value: Value, expression: hcl.Call) -> Span:
    """Values that are decoded from a file stand in that file."""
    return Span(value.source) if isinstance(value, Contents) else expression.span


def _jsondecode(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    text = string(arguments[0])
    if text is None:
        return None
    try:
        return lifted(json.loads(text), _place(arguments[0], expression))
    except RecursionError:
        return None


def _yamldecode(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    text = string(arguments[0])
    if text is None:
        return None
    # Imported here: few configurations decode YAML.
    import yaml

    try:
        return lifted(yaml.safe_load(text), _place(arguments[0], expression))
    except (yaml.YAMLError, RecursionError):
        return None


FUNCTIONS: Mapping[str, Function] = {
    "abs": _number(abs),
    "ceil": _number(math.ceil),
    "chomp": _text(lambda text: text.rstrip("\r\n")),
    "endswith": _text(lambda text, suffix: text.endswith(suffix)),
    "floor": _number(math.floor),
    "format": _format,
    "formatlist": _formatlist,
    "indent": _text(_indent),
    "join": _join,
    "jsondecode": _jsondecode,
    "jsonencode": _jsonencode,
    "lower": _text(str.lower),
    "max": _number(max),
    "min": _number(min),
    "range": _range,
    "regex": _regex,
    "regexall": _regexall,
    "replace": _replace,
    "split": _split,
    "startswith": _text(lambda text, prefix: text.startswith(prefix)),
    "strcontains": _text(lambda text, part: part in text),
    "strrev": _text(lambda text: text[::-1]),
    "substr": _text(_substr),
    "sum": _number(lambda *numbers: sum(numbers)),
    "title": _text(_title),
    "tobool": _tobool,
    "tonumber": _number(lambda number: number),
    "tostring": _tostring,
    "trim": _text(lambda text, cutset: text.strip(cutset)),
    "trimprefix": _text(str.removeprefix),
    "trimspace": _text(str.strip),
    "trimsuffix": _text(str.removesuffix),
    "upper": _text(str.upper),
    "yamldecode": _yamldecode,
}
