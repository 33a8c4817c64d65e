"""Terraform's functions, as far as their result is the same wherever they run.

Each follows its page below https://developer.hashicorp.com/terraform/language/functions.  Functions that read files,
clocks or the cloud are left out on purpose: their result is unknown.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping

from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluator
from vartask.syntax.hcl_values import (
    Computed,
    Items,
    Known,
    Missing,
    Table,
    Value,
    is_null,
    joined,
    mentions_of,
    pairs_of,
    pick,
    plain,
    show,
    string,
)

Function = Callable[[hcl.Call, list[Value]], "Value | None"]


def call(expression: hcl.Call, evaluate: Evaluator) -> Value:
    """The value of a function call; :class:`Computed` when the function or an argument is not known."""
    if expression.name in {"try", "can"}:
        return _try(expression, evaluate)
    arguments = [evaluate(argument) for argument in expression.arguments]
    unknown = Computed(f"${{{expression.text}}}", expression.span, mentions_of(arguments))
    if expression.expands and arguments:
        last = arguments.pop()
        if not isinstance(last, Items):
            return unknown
        arguments += last.values
    function = FUNCTIONS.get(expression.name)
    if function is None or not arguments:
        return unknown
    try:
        found = function(expression, arguments)
    except (IndexError, ValueError):
        return unknown
    return unknown if found is None else found


def _try(expression: hcl.Call, evaluate: Evaluator) -> Value:
    """``try(a, b)``: the first that exists.  One that cannot be judged makes the whole unknown."""
    if expression.name == "can":
        return Computed(f"${{{expression.text}}}", expression.span)
    for argument in expression.arguments:
        try:
            found = evaluate(argument)
        except Missing:
            continue
        return found
    raise Missing(expression.text)


def _merge(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    values: dict[str, Value] = {}
    partial = False
    for argument in arguments:
        if is_null(argument):
            continue
        if isinstance(argument, Table):
            values.update(argument.values)
        if not isinstance(argument, Table) or argument.partial:
            # What is not known may set any of the keys so far to something else.
            doubt = mentions_of((argument,))
            known = set(argument.values) if isinstance(argument, Table) else set()
            for key in values.keys() - known:
                values[key] = Computed(show(values[key]), values[key].span, doubt)
            partial = True
    return Table(values, expression.span, partial)


def _concat(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    if not all(isinstance(argument, Items) for argument in arguments):
        return None
    return Items(tuple(v for one in arguments if isinstance(one, Items) for v in one.values), expression.span)


def _flatten(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    def walk(value: Value) -> list[Value] | None:
        if isinstance(value, Computed):
            return None
        if not isinstance(value, Items):
            return [value]
        parts = [walk(item) for item in value.values]
        return None if None in parts else [leaf for part in parts if part is not None for leaf in part]

    flat = walk(arguments[0])
    return None if flat is None else Items(tuple(flat), expression.span)


def _toset(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    if not isinstance(arguments[0], Items):
        return None
    distinct: dict[str, Value] = {}
    for item in arguments[0].values:
        if not isinstance(item, Known):
            return None
        distinct.setdefault(show(item), item)
    return Items(tuple(distinct[key] for key in sorted(distinct)), expression.span)


def _lookup(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    try:
        return pick(arguments[0], arguments[1], expression)
    except Missing:
        if len(arguments) > 2:  # noqa: PLR2004 -- lookup(map, key, default)
            return arguments[2]
        raise


def _element(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    items, index = arguments
    if not isinstance(items, Items) or not items.values or not isinstance(index, Known):
        return None
    return items.values[int(show(index)) % len(items.values)]


def _coalesce(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    for argument in arguments:
        if isinstance(argument, Computed):
            return None
        if not is_null(argument) and string(argument) != "":
            return argument
    return None


def _coalescelist(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    for argument in arguments:
        if not isinstance(argument, Items):
            return None
        if argument.values:
            return argument
    return None


def _compact(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    if not isinstance(arguments[0], Items) or any(isinstance(item, Computed) for item in arguments[0].values):
        return None
    kept = tuple(item for item in arguments[0].values if not is_null(item) and string(item) != "")
    return Items(kept, expression.span)


def _keys(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    pairs = pairs_of(arguments[0])
    return None if pairs is None else Items(tuple(key for key, _ in pairs), expression.span)


def _values(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    pairs = pairs_of(arguments[0])
    return None if pairs is None else Items(tuple(value for _, value in pairs), expression.span)


def _zipmap(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    keys, values = arguments
    if not isinstance(keys, Items) or not isinstance(values, Items):
        return None
    names = [string(key) for key in keys.values]
    if len(names) != len(values.values):
        return None
    table = {name: value for name, value in zip(names, values.values, strict=True) if name is not None}
    return Table(table, expression.span) if len(table) == len(names) else None


def _length(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    value = arguments[0]
    if isinstance(value, Known) and isinstance(value.value, str):
        return Known(len(value.value), expression.span)
    pairs = pairs_of(value)
    return None if pairs is None else Known(len(pairs), expression.span)


def _contains(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    items, wanted = arguments
    if not isinstance(items, Items) or not isinstance(wanted, Known):
        return None
    found = [plain(item) for item in items.values]
    return None if None in found else Known(wanted.value in found, expression.span)


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
    """``format`` with ``%s``, ``%d`` and ``%v`` alone; other verbs round, pad or quote."""
    pattern, *rest = arguments
    text = string(pattern)
    if text is None:
        return None
    pieces = text.replace("%d", "%s").replace("%v", "%s").split("%s")
    if len(pieces) != len(rest) + 1 or any("%" in piece for piece in pieces):
        return None
    parts: list[Value] = [Known(pieces[0], expression.span)]
    for value, piece in zip(rest, pieces[1:], strict=True):
        parts += [value, Known(piece, expression.span)]
    # A placeholder that is the whole format keeps the place of its argument.
    return rest[0] if pieces == ["", ""] else joined(parts, expression.span)


def _replace(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    text, old, new = (string(argument) for argument in arguments)
    if text is None or old is None or new is None or (len(old) > 1 and old.startswith("/") and old.endswith("/")):
        return None
    return Known(text.replace(old, new), expression.span)


def _split(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    separator, text = (string(argument) for argument in arguments)
    if not separator or text is None:
        return None
    return Items(tuple(Known(part, expression.span) for part in text.split(separator)), expression.span)


def _same(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    return arguments[0]


def _on_strings(function: Callable[..., str]) -> Function:
    """A function of strings to a string."""

    def apply(expression: hcl.Call, arguments: list[Value]) -> Value | None:
        texts = [string(argument) for argument in arguments]
        known = [text for text in texts if text is not None]
        return Known(function(*known), expression.span) if len(known) == len(texts) else None

    return apply


FUNCTIONS: Mapping[str, Function] = {
    "abspath": _same,  # paths are relative to the directory that Terraform runs in, wherever that is
    "basename": _on_strings(posixpath.basename),
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _compact,
    "concat": _concat,
    "contains": _contains,
    "dirname": _on_strings(lambda path: posixpath.dirname(path) or "."),
    "distinct": lambda expression, arguments: _toset(expression, arguments) and _distinct(expression, arguments),
    "element": _element,
    "flatten": _flatten,
    "format": _format,
    "join": _join,
    "keys": _keys,
    "length": _length,
    "lookup": _lookup,
    "lower": _on_strings(str.lower),
    "merge": _merge,
    "nonsensitive": _same,
    "one": lambda _expression, arguments: _first(arguments),
    "pathexpand": _same,
    "replace": _replace,
    "sensitive": _same,
    "split": _split,
    "tolist": _same,
    "tomap": _same,
    "toset": _toset,
    "tostring": _same,
    "trimprefix": _on_strings(str.removeprefix),
    "trimspace": _on_strings(str.strip),
    "trimsuffix": _on_strings(str.removesuffix),
    "upper": _on_strings(str.upper),
    "values": _values,
    "zipmap": _zipmap,
}


def _distinct(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    if not isinstance(arguments[0], Items):
        return None
    seen: dict[str, Value] = {}
    for item in arguments[0].values:
        seen.setdefault(show(item), item)
    return Items(tuple(seen.values()), expression.span)


def _first(arguments: list[Value]) -> Value | None:
    items = arguments[0]
    return items.values[0] if isinstance(items, Items) and len(items.values) == 1 else None
