"""Literals and operators of a rehearsal."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

from vartask.imports.conditions import decide, evaluate
from vartask.imports.rehearsal_attributes import Attributes
from vartask.imports.rehearsal_scripts import constant
from vartask.imports.rehearsal_values import (
    UNKNOWN,
    Class,
    Function,
    Instance,
    Items,
    Known,
    Module,
    Scope,
    Table,
    Value,
    error,
    joined,
    plain,
    truth,
    wrapped,
)
from vartask.model import Span

_LIMIT = 10_000

_BINARY: dict[type[ast.operator], Callable[[Any, Any], object]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Operators(Attributes):
    """Evaluates what is made of other values."""

    def condition(self, test: ast.expr, scope: Scope) -> bool | None:
        """The truth of a condition in Lambda."""
        value = self.evaluate(test, scope)
        found = scope.module.found
        decided = decide(evaluate(test), self.version, found.package is not None or "." in found.module.name)
        return truth(value) if decided is None else decided

    def iterate(self, value: Value) -> list[Value] | None:
        """The items of an iterable, when they are known."""
        if isinstance(value, Items) and not value.vague:
            return list(value.items)
        if isinstance(value, Table) and not value.vague:
            return [wrapped(key) for key in value.pairs]
        if isinstance(value, Known) and isinstance(value.value, str):
            return [Known(char) for char in value.value[:_LIMIT]]
        return None

    # -- literals ---------------------------------------------------------------------------------

    def _constant(self, node: ast.Constant, scope: Scope) -> Value:
        del scope
        return constant(node)

    def _joinedstr(self, node: ast.JoinedStr, scope: Scope) -> Value:
        parts: list[str] = []
        known = True
        for part in node.values:
            inner = part.value if isinstance(part, ast.FormattedValue) else part
            value = self.evaluate(inner, scope)
            simple = not (isinstance(part, ast.FormattedValue) and (part.format_spec or part.conversion != -1))
            if isinstance(value, Known) and simple:
                parts.append(str(value.value))
            else:
                known = False
        return Known("".join(parts)) if known else UNKNOWN

    def _elements(self, nodes: list[ast.expr], scope: Scope) -> tuple[list[Value], bool]:
        """The values, and whether all of them are known to be all."""
        found: list[Value] = []
        complete = True
        for node in nodes:
            if isinstance(node, ast.Starred):
                inner = self.iterate(self.evaluate(node.value, scope))
                found += inner or []
                complete = complete and inner is not None
            else:
                found.append(self.evaluate(node, scope))
        return found, complete

    def _list(self, node: ast.List, scope: Scope) -> Value:
        items, complete = self._elements(node.elts, scope)
        return Items("list", items, vague=not complete)

    def _tuple(self, node: ast.Tuple, scope: Scope) -> Value:
        items, complete = self._elements(node.elts, scope)
        return Items("tuple", items, vague=not complete)

    def _set(self, node: ast.Set, scope: Scope) -> Value:
        items, _ = self._elements(node.elts, scope)
        return Items("set", items, vague=True)

    def _dict(self, node: ast.Dict, scope: Scope) -> Value:
        made = Table({})
        for key, part in zip(node.keys, node.values, strict=True):
            value = self.evaluate(part, scope)
            if key is None:
                made.vague = made.vague or not isinstance(value, Table) or value.vague
                made.pairs.update(value.pairs if isinstance(value, Table) else {})
                continue
            self.put(made, self.evaluate(key, scope), value)
        return made

    def put(self, table: Table, key: Value, value: Value) -> None:
        """Set an item of a dict."""
        try:
            table.pairs[plain(key)] = value
        except LookupError:
            table.vague = True

    # -- operators --------------------------------------------------------------------------------

    def _binop(self, node: ast.BinOp, scope: Scope) -> Value:
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        if (
            isinstance(node.op, ast.Add)
            and isinstance(left, Items)
            and isinstance(right, Items)
            and left.kind == right.kind
        ):
            return Items(left.kind, left.items + right.items, vague=left.vague or right.vague)
        run = _BINARY.get(type(node.op))
        if run is None:
            return self.doubt()
        return self._computed(run, left, right, self.place(node, scope))

    def _computed(self, run: Callable[[object, object], object], left: Value, right: Value, at: Span) -> Value:
        try:
            one, two = plain(left), plain(right)
        except LookupError:
            return self.doubt()
        if any(isinstance(item, (int, float)) and abs(item) > _LIMIT for item in (one, two)):
            return UNKNOWN
        if any(isinstance(item, (str, bytes, tuple)) and len(item) > _LIMIT for item in (one, two)):
            return UNKNOWN
        try:
            return wrapped(run(one, two))
        except (TypeError, ValueError, ArithmeticError) as problem:
            raise error(type(problem).__name__, str(problem), at) from None

    def _unaryop(self, node: ast.UnaryOp, scope: Scope) -> Value:
        value = self.evaluate(node.operand, scope)
        if isinstance(node.op, ast.Not):
            known = truth(value)
            return UNKNOWN if known is None else Known(not known)
        if isinstance(node.op, ast.USub) and isinstance(value, Known) and isinstance(value.value, (int, float)):
            return Known(-value.value)
        return self.doubt()

    def _boolop(self, node: ast.BoolOp, scope: Scope) -> Value:
        stops = isinstance(node.op, ast.Or)
        value: Value = UNKNOWN
        for index, part in enumerate(node.values):
            value = self.evaluate(part, scope)
            known = truth(value)
            if known is None:
                decided = decide(evaluate(part), self.version, scope.module.found.package is not None)
                known = decided
            if known is stops:
                return value
            if known is None and index < len(node.values) - 1:
                rest = ast.copy_location(ast.BoolOp(node.op, node.values[index + 1 :]), node)
                self.attempt(partial(self._ignored, rest, scope), scope)
                return UNKNOWN
        return value

    def _ignored(self, node: ast.expr, scope: Scope) -> None:
        self.evaluate(node, scope)

    def _compare(self, node: ast.Compare, scope: Scope) -> Value:
        left = self.evaluate(node.left, scope)
        right = self.evaluate(node.comparators[0], scope)
        for part in node.comparators[1:]:
            # Evaluated only as long as the comparisons before it hold.
            self.attempt(partial(self._ignored, part, scope), scope)
        if len(node.ops) > 1:
            return UNKNOWN
        sign = node.ops[0]
        if isinstance(sign, (ast.In, ast.NotIn)):
            return self._contains(left, right, negated=isinstance(sign, ast.NotIn))
        if isinstance(sign, (ast.Is, ast.IsNot)):
            if isinstance(left, Known) and isinstance(right, Known):
                return (
                    Known((left.value is right.value) == isinstance(sign, ast.Is)) if right.value is None else UNKNOWN
                )
            certain = isinstance(left, (Module, Function, Class, Instance, Items, Table)) and right == Known(None)
            return Known(isinstance(sign, ast.IsNot)) if certain else UNKNOWN
        try:
            return Known(bool(_COMPARE[type(sign)](plain(left), plain(right))))
        except LookupError:
            return self.doubt()
        except TypeError as problem:
            raise error("TypeError", str(problem), self.place(node, scope)) from None

    def _contains(self, item: Value, container: Value, *, negated: bool) -> Value:
        try:
            key = plain(item)
            if isinstance(container, Table) and not container.vague:
                return Known((key in container.pairs) != negated)
            if isinstance(container, Items) and not container.vague:
                return Known((key in [plain(part) for part in container.items]) != negated)
            if isinstance(container, Known) and isinstance(container.value, str) and isinstance(key, str):
                return Known((key in container.value) != negated)
        except LookupError:
            pass
        return self.doubt()

    def _ifexp(self, node: ast.IfExp, scope: Scope) -> Value:
        known = self.condition(node.test, scope)
        if known is not None:
            return self.evaluate(node.body if known else node.orelse, scope)
        results: list[Value] = []
        self.ways([partial(self._kept, part, scope, results) for part in (node.body, node.orelse)], scope)
        return joined(results[0], results[1]) if len(results) > 1 else UNKNOWN

    def _kept(self, node: ast.expr, scope: Scope, results: list[Value]) -> None:
        results.append(self.evaluate(node, scope))
