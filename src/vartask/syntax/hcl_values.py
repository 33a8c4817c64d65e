"""The value of an HCL expression, as far as the text alone tells it.

Every value keeps the place where it is written, through locals, variables, ``for_each`` and modules, so that a report
points at the string to change.  What depends on the cloud, on a file's contents or on anything not understood is
:class:`Computed`, with as much of its text as is known and the names that it mentions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from vartask.model import Span
from vartask.syntax import hcl

Scalar = str | float | bool | None

MAX_DEPTH = 60
"""Of locals that use locals that use modules: deeper is a loop, or nobody's configuration."""


@dataclass(frozen=True, slots=True)
class Known:
    """A string, number, boolean or null."""

    value: Scalar
    span: Span


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set of known length."""

    values: tuple[Value, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Table:
    """A map or object.  ``partial`` when it may have more keys than are known."""

    values: Mapping[str, Value]
    span: Span
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Computed:
    """What cannot be known: ``text`` has the known parts in clear and the others as ``${...}``.

    ``mentions`` are the names in the expression that nothing could be said about, such as
    ``aws_ecr_repository.api`` or ``module.image``, each prefixed with the module instance it stands in.
    """

    text: str
    span: Span
    mentions: frozenset[str] = frozenset()


Value = Known | Items | Table | Computed


class Missing(Exception):
    """A key or an element that certainly does not exist; what ``try`` and ``lookup`` react to."""


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

    def __call__(self, expression: hcl.Expression) -> Value:
        """The value of ``expression``; never raises except :class:`Missing` for a key that is certainly not there."""
        if self.depth > MAX_DEPTH:
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
        except Missing:
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
        if isinstance(test, Known) and isinstance(test.value, bool):
            return self(expression.yes if test.value else expression.no)
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
            if not isinstance(guard, Known) or not isinstance(guard.value, bool) or expression.groups:
                return opaque(expression)
            if not guard.value:
                continue
            items.append(inner.soft(expression.value))
            if expression.key is not None:
                name = inner.soft(expression.key)
                if not isinstance(name, Known):
                    return opaque(expression)
                table[text_of(name)] = items[-1]
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


def opaque(expression: hcl.Expression) -> Computed:
    """The value of an expression that nothing is known about."""
    return Computed(f"${{{expression.text}}}", expression.span)


def text_of(value: Known) -> str:
    """A scalar as a template renders it."""
    if isinstance(value.value, bool):
        return "true" if value.value else "false"
    return "" if value.value is None else str(value.value)


def show(value: Value) -> str:
    """A value as a reader would write it."""
    match value:
        case Known():
            return text_of(value)
        case Computed():
            return value.text
        case _:
            return "${...}"


def string(value: Value | None) -> str | None:
    """The value when it is a known string."""
    return value.value if isinstance(value, Known) and isinstance(value.value, str) else None


def is_null(value: Value | None) -> bool:
    """Whether the value is absent or certainly ``null``, which Terraform treats alike."""
    return value is None or (isinstance(value, Known) and value.value is None)


def joined(values: Iterable[Value], span: Span) -> Value:
    """Strings put one behind the other."""
    listed = list(values)
    text = "".join(show(value) for value in listed)
    if all(isinstance(value, Known) for value in listed):
        return Known(text, span)
    return Computed(text, span, mentions_of(listed))


def mentions_of(values: Iterable[Value]) -> frozenset[str]:
    """Every unknown name in the values."""
    found: set[str] = set()
    for value in values:
        match value:
            case Computed():
                found |= value.mentions
            case Items():
                found |= mentions_of(value.values)
            case Table():
                found |= mentions_of(value.values.values())
            case Known():
                pass
    return frozenset(found)


def pairs_of(value: Value) -> list[tuple[Value, Value]] | None:
    """Key and value of each element, as ``for`` and ``for_each`` see them; ``None`` when not all are known."""
    if isinstance(value, Table) and not value.partial:
        # Terraform visits maps in the order of their keys.
        return [(Known(key, value.values[key].span), value.values[key]) for key in sorted(value.values)]
    if isinstance(value, Items):
        return [(Known(at, item.span), item) for at, item in enumerate(value.values)]
    return None


def pick(value: Value, key: Value, expression: hcl.Expression) -> Value:
    """``value[key]``; raises :class:`Missing` when it certainly does not exist."""
    unknown = Computed(f"${{{expression.text}}}", expression.span, mentions_of((value, key)))
    if isinstance(value, Computed) or not isinstance(key, Known):
        return unknown
    if isinstance(value, Table):
        name = text_of(key)
        if name in value.values:
            return value.values[name]
        if value.partial:
            return unknown
        raise Missing(name)
    if isinstance(value, Items):
        number = text_of(key)
        if number.isdigit() and int(number) < len(value.values):
            return value.values[int(number)]
        raise Missing(number)
    raise Missing(text_of(key))


def plain(value: Value) -> object:
    """The value as Python's own types, ``None`` when any part of it is unknown or it is null."""
    match value:
        case Known():
            return value.value
        case Items():
            items = [plain(item) for item in value.values]
            return None if any(item is None for item in items) else items
        case Table():
            table = {key: plain(item) for key, item in value.values.items()}
            return None if value.partial or None in table.values() else table
        case Computed():
            return None


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
    left, right = numbers
    results: dict[str, Callable[[], float | bool]] = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "<": lambda: left < right,
        ">": lambda: left > right,
        "<=": lambda: left <= right,
        ">=": lambda: left >= right,
    }
    return results[operator]() if operator in results else None
