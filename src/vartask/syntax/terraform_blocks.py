"""Blocks of a Terraform configuration: their instances, their nested blocks and their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vartask.records import dataclass, field, replace
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluator
from vartask.syntax.hcl_values import (
    Items,
    Known,
    Table,
    Value,
    is_null,
    opaque,
    pairs_of,
)


@dataclass(frozen=True, slots=True)
class Instance:
    """One instance of a block: ``key`` is its ``each.key`` or ``count.index``; ``None`` when it has neither.

    ``known`` is false when how many there are cannot be told, so that this one stands for all of them.
    """

    block: hcl.Block
    evaluate: Evaluator
    key: Value | None = None
    known: bool = True

    def get(self, name: str) -> Value | None:
        """The value of an argument; ``None`` when it is not set or is ``null``."""
        return value_of(self.block.body, name, self.evaluate)

    def blocks(self, kind: str) -> Iterator[tuple[hcl.Body, Evaluator]]:
        """The nested blocks of a type, those of ``dynamic`` blocks included, each with what evaluates it."""
        for block in self.block.body.of_type(kind):
            yield block.body, self.evaluate
        for dynamic in self.block.body.of_type("dynamic"):
            if dynamic.labels[:1] == (kind,):
                yield from _dynamic(dynamic, self.evaluate)


@dataclass(frozen=True, slots=True)
class Given(Instance):
    """A call whose arguments are the values of a map, as wrappers of a module take them."""

    values: Mapping[str, Value] = field(default_factory=dict)

    def get(self, name: str) -> Value | None:
        """The value of an argument; ``None`` when it is not set or is ``null``."""
        value = self.values.get(name)
        return None if is_null(value) else value


def value_of(body: hcl.Body, name: str, evaluate: Evaluator) -> Value | None:
    """The value of an argument; ``None`` when it is not set or is ``null``."""
    expression = body.get(name)
    if expression is None:
        return None
    value = evaluate.soft(expression)
    return None if is_null(value) else value


def _dynamic(dynamic: hcl.Block, evaluate: Evaluator) -> Iterator[tuple[hcl.Body, Evaluator]]:
    source = dynamic.body.get("for_each")
    content = next(dynamic.body.of_type("content"), None)
    if source is None or content is None:
        return
    iterator = dynamic.body.get("iterator")
    name = iterator.text if iterator else dynamic.labels[0]
    collection = evaluate.soft(source)
    pairs = pairs_of(collection)
    if pairs is None:
        pairs = [(opaque(source), opaque(source))]
    for key, value in pairs:
        element = Table({"key": key, "value": value}, source.span)
        yield content.body, replace(evaluate, names={**evaluate.names, name: element})


def typed(value: Value, kind: hcl.Expression, evaluate: Evaluator) -> Value:
    """``value`` with what its type constraint adds: ``optional(type, default)`` attributes that are not set."""
    if not isinstance(kind, hcl.Call) or not kind.arguments:
        return value
    inner = kind.arguments[0]
    if kind.name == "optional":
        return typed(value, inner, evaluate)
    if kind.name in {"list", "set"} and isinstance(value, Items):
        return Items(tuple(typed(item, inner, evaluate) for item in value.values), value.span)
    if kind.name == "map" and isinstance(value, Table):
        table = {key: typed(item, inner, evaluate) for key, item in value.values.items()}
        return Table(table, value.span, value.partial)
    if kind.name == "object" and isinstance(inner, hcl.Object) and isinstance(value, Table):
        return _typed_object(value, inner, evaluate)
    return value


def _typed_object(value: Table, kind: hcl.Object, evaluate: Evaluator) -> Table:
    table = dict(value.values)
    for key, wanted in kind.items:
        name = key.value if isinstance(key, hcl.Literal) else None
        if not isinstance(name, str):
            continue
        optional = isinstance(wanted, hcl.Call) and wanted.name == "optional"
        if name in table:
            table[name] = typed(table[name], wanted, evaluate)
        if optional and isinstance(wanted, hcl.Call) and not value.partial and is_null(table.get(name)):
            has_default = len(wanted.arguments) > 1
            table[name] = evaluate.soft(wanted.arguments[1]) if has_default else Known(None, value.span)
    return Table(table, value.span, value.partial)
