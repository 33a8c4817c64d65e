"""Terraform's functions of lists, maps and sets: https://developer.hashicorp.com/terraform/language/functions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Final

from vartask.syntax import hcl
from vartask.syntax.hcl_values import (
    Computed,
    Function,
    Items,
    Known,
    Missing,
    Table,
    Value,
    is_null,
    mentions_of,
    pairs_of,
    pick,
    plain,
    show,
    string,
)

MAX_PRODUCT: Final = 10_000
"""Combinations that ``setproduct`` may make."""


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


def _same(_expression: hcl.Call, arguments: list[Value]) -> Value | None:
    return arguments[0]


def _tolist(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    """The elements of a list have one type: beside a string, everything is one."""
    value = arguments[0]
    if not isinstance(value, Items) or not any(string(item) is not None for item in value.values):
        return value
    made = (
        Known(show(item), item.span) if isinstance(item, Known) and not is_null(item) else item for item in value.values
    )
    return Items(tuple(made), expression.span)


def _list(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    return Items(tuple(arguments), expression.span)


def _reverse(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    return Items(arguments[0].values[::-1], expression.span) if isinstance(arguments[0], Items) else None


def _slice(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    items, start, end = arguments
    if not isinstance(items, Items) or not isinstance(start, Known) or not isinstance(end, Known):
        return None
    return Items(items.values[int(show(start)) : int(show(end))], expression.span)


def _sorted(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    """``sort``: strings by code point."""
    if not isinstance(arguments[0], Items) or not all(isinstance(item, Known) for item in arguments[0].values):
        return None
    return Items(tuple(sorted(arguments[0].values, key=show)), expression.span)


def _index(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    items, wanted = arguments
    if not isinstance(items, Items) or plain(wanted) is None:
        return None
    found = [plain(item) for item in items.values]
    if None in found:
        return None
    if plain(wanted) not in found:
        raise Missing(expression.text)
    return Known(found.index(plain(wanted)), expression.span)


def _matchkeys(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    values, keys, wanted = arguments
    if not isinstance(values, Items) or not isinstance(keys, Items) or not isinstance(wanted, Items):
        return None
    names, chosen = [plain(key) for key in keys.values], [plain(item) for item in wanted.values]
    if None in names or None in chosen:
        return None
    kept = tuple(value for value, name in zip(values.values, names, strict=False) if name in chosen)
    return Items(kept, expression.span)


def _truths(arguments: list[Value]) -> list[object] | None:
    items = arguments[0].values if isinstance(arguments[0], Items) else None
    return None if items is None else [plain(item) for item in items]


def _every(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    found = _truths(arguments)
    if found is None or (None in found and False not in found):
        return None
    return Known(False not in found, expression.span)


def _some(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    found = _truths(arguments)
    if found is None or (None in found and True not in found):
        return None
    return Known(True in found, expression.span)


def _sets(arguments: list[Value]) -> list[dict[str, Value]] | None:
    """The elements of each set by their text."""
    found: list[dict[str, Value]] = []
    for argument in arguments:
        if not isinstance(argument, Items) or not all(isinstance(item, Known) for item in argument.values):
            return None
        found.append({show(item): item for item in argument.values})
    return found


def _as_set(expression: hcl.Call, elements: Mapping[str, Value]) -> Value:
    return Items(tuple(elements[key] for key in sorted(elements)), expression.span)


def _setunion(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    sets = _sets(arguments)
    return None if sets is None else _as_set(expression, {key: item for one in sets for key, item in one.items()})


def _setintersection(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    sets = _sets(arguments)
    if sets is None:
        return None
    first, *others = sets
    return _as_set(expression, {key: item for key, item in first.items() if all(key in one for one in others)})


def _setsubtract(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    sets = _sets(arguments)
    if sets is None:
        return None
    return _as_set(expression, {key: item for key, item in sets[0].items() if key not in sets[1]})


def _setproduct(expression: hcl.Call, arguments: list[Value]) -> Value | None:
    lists = [argument.values for argument in arguments if isinstance(argument, Items)]
    if len(lists) != len(arguments) or math.prod(len(one) for one in lists) > MAX_PRODUCT:
        return None
    made = (Items(row, expression.span) for row in itertools.product(*lists))
    return Items(tuple(made), expression.span)


FUNCTIONS: Mapping[str, Function] = {
    "coalesce": _coalesce,
    "coalescelist": _coalescelist,
    "compact": _compact,
    "alltrue": _every,
    "anytrue": _some,
    "concat": _concat,
    "contains": _contains,
    "distinct": lambda expression, arguments: _toset(expression, arguments) and _distinct(expression, arguments),
    "element": _element,
    "index": _index,
    "flatten": _flatten,
    "keys": _keys,
    "length": _length,
    "list": _list,
    "lookup": _lookup,
    "matchkeys": _matchkeys,
    "merge": _merge,
    "nonsensitive": _same,
    "one": lambda _expression, arguments: _first(arguments),
    "reverse": _reverse,
    "sensitive": _same,
    "setintersection": _setintersection,
    "setproduct": _setproduct,
    "setsubtract": _setsubtract,
    "setunion": _setunion,
    "slice": _slice,
    "sort": _sorted,
    "tolist": _tolist,
    "tomap": _same,
    "toset": _toset,
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
    if not isinstance(items, Items) or len(items.values) > 1:
        return None
    return items.values[0] if items.values else Known(None, items.span)
