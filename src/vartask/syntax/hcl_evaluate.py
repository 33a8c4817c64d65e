"""Evaluates HCL expressions (https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md, section "Expressions")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol

from vartask.records import dataclass, field, replace
from vartask.syntax import hcl
from vartask.syntax.hcl_values import (
    Computed,
    Items,
    Known,
    Missing,
    Scalar,
    Table,
    Value,
    joined,
    mentions_of,
    opaque,
    pairs_of,
    pick,
    plain,
    text_of,
)

MAX_DEPTH = 60
"""Of locals that use locals that use modules: deeper is a loop, or nobody's configuration."""

MAX_STEPS = 1_000_000
"""Expressions evaluated in one project: some seconds.  Real projects need thousands."""


@dataclass(slots=True)
class Budget:
    """How much may still be evaluated; shared by everything that belongs to one project."""

    left: int = MAX_STEPS


class Scope(Protocol):
    """Gives names their values."""

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]] | None:
        """The value of as many leading steps as the scope knows, and the steps that are left."""


Evaluate = Callable[[hcl.Expression], Value]


@dataclass(frozen=True)
class Evaluator:
    """Evaluates expressions in a scope; ``names`` are the loop variables of enclosing ``for`` expressions."""

    scope: Scope
    names: Mapping[str, Value] = field(default_factory=dict)
    depth: int = 0
    budget: Budget = field(default_factory=Budget, compare=False)

    def __call__(self, expression: hcl.Expression) -> Value:
        """The value of ``expression``; never raises except :class:`Missing` for a key that is certainly not there."""
        self.budget.left -= 1
        if self.depth > MAX_DEPTH or self.budget.left < 0:
            return opaque(expression)
        within = replace(self, depth=self.depth + 1)
        if isinstance(expression, hcl.Literal):
            return Known(expression.value, expression.span)
        if isinstance(expression, hcl.Tuple):
            return Items(tuple(within.soft(item) for item in expression.items), expression.span)
        return within.composite(expression)

    def composite(self, expression: hcl.Expression) -> Value:
        """The value of anything but a literal or a list."""
        match expression:
            case hcl.Template():
                return self._template(expression)
            case hcl.Object():
                return self._object(expression)
            case hcl.Reference():
                return self._reference(expression)
            case hcl.Conditional():
                return self._conditional(expression)
            case hcl.For():
                return self._comprehension(expression)
            case hcl.Operation():
                return self._operation(expression)
            case hcl.Call():
                return self._call(expression)
            case _:
                return opaque(expression)

    def soft(self, expression: hcl.Expression) -> Value:
        """The value, with a missing key as something unknown."""
        try:
            return self(expression)
        except (Missing, RecursionError):
            # Values that lead from module to module for longer than Python's stack are not followed.
            return opaque(expression)

    def _template(self, expression: hcl.Template) -> Value:
        if len(expression.parts) == 1 and isinstance(expression.parts[0], hcl.Expression):
            return self(expression.parts[0])
        values = [Known(part, expression.span) if isinstance(part, str) else self(part) for part in expression.parts]
        return joined(values, expression.span)

    def _object(self, expression: hcl.Object) -> Value:
        values: dict[str, Value] = {}
        partial = False
        for key_expression, value_expression in expression.items:
            key = self.soft(key_expression)
            if isinstance(key, Known) and isinstance(key.value, (str, int, float)):
                values[text_of(key)] = self.soft(value_expression)
            else:
                partial = True
        return Table(values, expression.span, partial)

    def _reference(self, expression: hcl.Reference) -> Value:
        if not isinstance(expression.base, str):
            return self._steps(self(expression.base), expression.steps, expression)
        if expression.base in self.names:
            return self._steps(self.names[expression.base], expression.steps, expression)
        found = self.scope.resolve(expression, self)
        if found is None:
            return opaque(expression)
        return self._steps(found[0], found[1], expression)

    def _steps(self, value: Value, steps: tuple[hcl.Step, ...], expression: hcl.Expression) -> Value:
        for at, step in enumerate(steps):
            if isinstance(value, Computed):
                return Computed(f"${{{expression.text}}}", expression.span, value.mentions)
            if isinstance(step, hcl.Splat):
                rest = step.steps + steps[at + 1 :]
                many = value.values if isinstance(value, Items) else (value,)
                return Items(tuple(self._steps(one, rest, expression) for one in many), expression.span)
            key = Known(step.name, expression.span) if isinstance(step, hcl.Attr) else self(step.key)
            value = pick(value, key, expression)
        return value

    def _conditional(self, expression: hcl.Conditional) -> Value:
        test = self.soft(expression.test)
        if isinstance(test, Known) and test.value in (True, False, "true", "false"):
            return self(expression.yes if test.value in (True, "true") else expression.no)
        yes, no = self.soft(expression.yes), self.soft(expression.no)
        if plain(yes) is not None and plain(yes) == plain(no):
            return yes
        return Computed(f"${{{expression.text}}}", expression.span, mentions_of((yes, no)))

    def _comprehension(self, expression: hcl.For) -> Value:
        collection = self.soft(expression.collection)
        pairs = pairs_of(collection)
        if pairs is None:
            return Computed(f"${{{expression.text}}}", expression.span, mentions_of((collection,)))
        table: dict[str, Value] = {}
        items: list[Value] = []
        for key, value in pairs:
            names = (key, value) if len(expression.names) > 1 else (value,)
            inner = replace(self, names={**self.names, **dict(zip(expression.names, names, strict=False))})
            guard = inner.soft(expression.condition) if expression.condition else Known(True, expression.span)
            if not isinstance(guard, Known) or not isinstance(guard.value, bool):
                return opaque(expression)
            if not guard.value:
                continue
            items.append(inner.soft(expression.value))
            if expression.key is not None:
                name = inner.soft(expression.key)
                if not isinstance(name, Known):
                    return opaque(expression)
                group = table.get(text_of(name))
                grown = (*group.values, items[-1]) if isinstance(group, Items) else (items[-1],)
                table[text_of(name)] = Items(grown, expression.span) if expression.groups else items[-1]
        if expression.key is not None:
            return Table(table, expression.span)
        return Items(tuple(items), expression.span)

    def _operation(self, expression: hcl.Operation) -> Value:
        operands = [self.soft(operand) for operand in expression.operands]
        values = [operand.value for operand in operands if isinstance(operand, Known)]
        if expression.operator in {"==", "!="} and len(operands) == 2:  # noqa: PLR2004 -- binary operators
            same = _equal(*operands)
            if same is not None:
                return Known(same is (expression.operator == "=="), expression.span)
        if expression.operator in {"&&", "||"}:
            # A false operand decides an "and", a true one an "or", whatever the other is.
            decisive = expression.operator == "||"
            if decisive in [value for value in values if isinstance(value, bool)]:
                return Known(decisive, expression.span)
        if len(values) == len(operands):
            result = _calculate(expression.operator, values)
            if result is not None:
                return Known(result, expression.span)
        return Computed(f"${{{expression.text}}}", expression.span, mentions_of(operands))

    def _call(self, expression: hcl.Call) -> Value:
        from vartask.syntax.hcl_functions import call

        return call(expression, self)


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Computed) or isinstance(right, Computed):
        return None
    if isinstance(left, Known) and isinstance(right, Known):
        return type(left.value) is type(right.value) and left.value == right.value
    if isinstance(left, Known) or isinstance(right, Known):
        # A list or map is never equal to a scalar or to null.
        return False
    one, other = plain(left), plain(right)
    return None if one is None or other is None else one == other


def _calculate(operator: str, values: list[Scalar]) -> Scalar:
    if operator in {"!", "&&", "||"} and all(isinstance(value, bool) for value in values):
        if operator == "!":
            return not values[0]
        return all(values) if operator == "&&" else any(values)
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool)]
    if len(numbers) != len(values):
        return None
    if len(numbers) == 1:
        return -numbers[0] if operator == "-" else None
    # Terraform counts in decimals.
    left, right = (Decimal(str(number)) for number in numbers)
    results: dict[str, Callable[[], Decimal | bool]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "%": lambda: left % right,
        "<": lambda: left < right,
        ">": lambda: left > right,
        "<=": lambda: left <= right,
        ">=": lambda: left >= right,
    }
    try:
        result = results[operator]() if operator in results else None
        if result is None or isinstance(result, bool):
            return result
        return int(result) if result == result.to_integral_value() else float(result)
    except (ArithmeticError, ValueError):
        return None
