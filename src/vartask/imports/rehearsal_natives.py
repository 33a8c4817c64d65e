"""Methods of strings, lists and dicts."""

from __future__ import annotations

from collections.abc import Mapping

from vartask.imports.rehearsal_state import State
from vartask.imports.rehearsal_values import (
    NONE,
    Items,
    Known,
    Native,
    Table,
    Value,
    plain,
    wrapped,
)

_TEXT = frozenset(
    "partition rpartition split rsplit strip lstrip rstrip lower upper title replace startswith endswith "  # noqa: SIM905
    "removeprefix removesuffix capitalize swapcase format find rfind count isidentifier isdigit splitlines".split()
)


def call_native(run: State, method: Native, arguments: list[Value], named: Mapping[str, Value]) -> Value:
    """The result where everything in it is known; the effect on the owner in any case."""
    owner = method.owner
    if isinstance(owner, Known) and isinstance(owner.value, str) and not named:
        return _of_text(run, owner.value, method.name, arguments)
    if isinstance(owner, Items):
        return _of_items(run, owner, method.name, arguments)
    if isinstance(owner, Table):
        return _of_table(run, owner, method.name, arguments, named)
    return run.doubt()


def _of_text(run: State, text: str, name: str, arguments: list[Value]) -> Value:
    try:
        if name == "join" and isinstance(arguments[0], Items) and not arguments[0].vague:
            return Known(text.join(str(plain(item)) for item in arguments[0].items))
        if name not in _TEXT:
            return run.doubt()
        return wrapped(getattr(text, name)(*(plain(item) for item in arguments)))
    except (LookupError, TypeError, ValueError):
        return run.doubt()


def _of_items(run: State, owner: Items, name: str, arguments: list[Value]) -> Value:
    run.touch(owner)
    if owner.vague or owner.kind != "list":
        return run.doubt()
    if name == "append" and len(arguments) == 1:
        owner.items.append(arguments[0])
        return NONE
    if name == "extend" and len(arguments) == 1 and isinstance(arguments[0], Items) and not arguments[0].vague:
        owner.items.extend(arguments[0].items)
        return NONE
    if name in {"copy", "index", "count"}:
        return Items("list", list(owner.items)) if name == "copy" else run.doubt()
    run.blur(owner)
    return run.doubt()


def _of_table(run: State, owner: Table, name: str, arguments: list[Value], named: Mapping[str, Value]) -> Value:
    if name not in {"get", "items", "keys", "values", "copy"}:
        run.touch(owner)
        if (
            name == "update"
            and not named
            and len(arguments) == 1
            and isinstance(arguments[0], Table)
            and not arguments[0].vague
        ):
            owner.pairs.update(arguments[0].pairs)
            return NONE
        run.blur(owner)
        return run.doubt()
    if owner.vague:
        return run.doubt()
    if name == "get":
        try:
            return owner.pairs.get(plain(arguments[0]), arguments[1] if len(arguments) > 1 else NONE)
        except LookupError:
            return run.doubt()
    keys, values = [wrapped(key) for key in owner.pairs], list(owner.pairs.values())
    if name == "copy":
        return Table(dict(owner.pairs))
    if name == "items":
        return Items("list", [Items("tuple", [key, value]) for key, value in zip(keys, values, strict=True)])
    return Items("list", keys if name == "keys" else values)
