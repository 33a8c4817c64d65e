"""Values that a flow carries: strings, containers of them, and what Python's operations make of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.model import Span
from vartask.records import dataclass, replace

MOST = 400
"""Values followed per expression: a router map has tens, a product of f-string parts can have millions."""


@dataclass(frozen=True, slots=True)
class Str:
    """A string and where its (first) literal stands.  ``partial``: the rest is computed."""

    value: str
    span: Span
    partial: bool = False
    attribute: str | None = None


@dataclass(frozen=True, slots=True)
class Seq:
    """A list, tuple or set; for a dict, its values with ``keys`` beside them."""

    items: tuple[Value, ...]
    keys: tuple[Value, ...] | None = None


Value = Str | Seq


@dataclass(frozen=True, slots=True)
class ImportedName:
    """A name that an import brings: ``attribute`` of ``module``, or the module itself.

    ``container`` is set for ``container.attribute`` after ``from module import container``, which may be a sub-module.
    """

    module: str
    level: int
    attribute: str | None
    container: str | None = None


def imported_names(node: ast.Import | ast.ImportFrom) -> dict[str, ImportedName]:
    """Local name -> what it stands for."""
    if isinstance(node, ast.ImportFrom):
        module, level = node.module or "", node.level
        return {alias.asname or alias.name: ImportedName(module, level, alias.name) for alias in node.names}
    plain = [alias for alias in node.names if alias.asname or "." not in alias.name]
    return {alias.asname or alias.name: ImportedName(alias.name, 0, None) for alias in plain}


def concatenate(starts: list[Str], ends: list[Str]) -> list[Str]:
    """Every start with every end; a start whose end is not known becomes partial."""
    built: list[Str] = []
    for start in starts[:MOST]:
        if start.partial or not ends:
            built.append(replace(start, partial=True))
            continue
        for end in ends[:MOST]:
            # The place of a built string is its first literal with text: the one that holds the prefix.
            span = start.span if start.value else end.span
            built.append(Str(start.value + end.value, span, end.partial))
    return built[:MOST]


def cut(base: Str, at: int) -> Str:
    """What stands before the first placeholder; the whole string when there is none (``at`` is negative)."""
    return base if at < 0 else replace(base, value=base.value[:at], partial=True)


def split(base: Str, method: str, separator: str, count: int) -> Value:
    """The parts of ``split``, ``partition`` and their mirror images; the first knows the last as its attribute."""
    if base.partial or not separator:
        return Seq(())
    if method.endswith("partition"):
        head, middle, tail = getattr(base.value, method)(separator)
        parts = [head, middle, tail]
    else:
        parts = getattr(base.value, method)(separator, count)
    ends = parts[-1] if len(parts) > 1 and separator in {":", "."} else None
    return Seq(tuple(replace(base, value=part, attribute=ends if part == parts[0] else None) for part in parts))


def container_method(base: Seq, method: str) -> Iterator[Value]:
    """What a method of a dict, list or tuple gives."""
    if method in {"get", "pop", "setdefault"}:
        yield from base.items
    elif method == "values":
        yield Seq(base.items)
    elif method == "keys" and base.keys is not None:
        yield Seq(base.keys)
    elif method == "items" and base.keys is not None:
        # Keys and values keep their order, so that ``for name, module in ROUTES.items()`` pairs them.
        pairs = zip(base.keys, base.items, strict=False) if len(base.keys) == len(base.items) else ()
        yield Seq(tuple(Seq(pair) for pair in pairs))
    elif method == "copy":
        yield base


def follow(value: Value, route: str) -> Iterator[Value]:
    """From a value to the part of it that a target takes."""
    if not route:
        yield value
        return
    step, rest = route[0], route[1:]
    if step == "+":
        yield Seq((value,), ())
    elif isinstance(value, Seq):
        if step == "*":
            # Iterating over a dict gives its keys.
            items = value.keys if value.keys is not None else value.items
        else:
            items = value.items[int(step) : int(step) + 1]
        for item in items:
            yield from follow(item, rest)
