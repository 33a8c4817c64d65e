"""Operators on known values."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import Any

from vartask.model import Span
from vartask.syntax import program as tree
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import (
    Choice,
    Computed,
    Constant,
    External,
    Fields,
    Instance,
    Items,
    Made,
    Missing,
    Value,
    each,
    options,
    same,
    why,
)

_NUMBERS: dict[str, Callable[[Any, Any], tree.Plain]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "%": lambda left, right: left % right,
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
}
_EQUAL = {"===": True, "==": True, "!==": False, "!=": False}


def operate(machine: Machine, operator: str, operands: Sequence[Value], span: Span) -> Value:
    """What an operator gives; each option of a :class:`Choice` for itself."""
    for at, operand in enumerate(operands):
        if isinstance(operand, Choice):
            before, after = operands[:at], operands[at + 1 :]
            return each(operand, lambda option: operate(machine, operator, [*before, option, *after], span), span)  # noqa: B023 - called at once
    if len(operands) == 1:
        return _unary(machine, operator, operands[0], span)
    left, right = operands[0], operands[-1]
    if operator in _EQUAL:
        equal = _equal(left, right)
        return _unknown(operands, span) if equal is None else Constant(equal is _EQUAL[operator], span)
    if operator in {"in", "not in"}:
        found = _contains(machine, left, right, span)
        return _unknown(operands, span) if found is None else Constant(found is (operator == "in"), span)
    if operator == "+" and isinstance(left, Items) and isinstance(right, Items):
        return machine.state.items((*left.values, *right.values), span, left.more or right.more)
    if operator == "|" and isinstance(left, Fields) and isinstance(right, Fields):
        return machine.state.fields({**left.values, **right.values}, span, left.more or right.more)
    if isinstance(left, Constant) and isinstance(right, Constant):
        return _plain(operator, left.value, right.value, span)
    return _unknown(operands, span)


def _unknown(operands: Sequence[Value], span: Span) -> Computed:
    doubtful = next((one for one in operands if not isinstance(one, Constant)), None)
    return Computed(why(doubtful), span)


def _unary(machine: Machine, operator: str, operand: Value, span: Span) -> Value:
    if operator == "!":
        truth = machine.truth(operand)
        return Computed(why(operand), span) if truth is None else Constant(not truth, span)
    if operator == "typeof" and isinstance(operand, Constant):
        kinds = {str: "string", bool: "boolean", int: "number", float: "number"}
        return Constant(kinds.get(type(operand.value), "undefined"), span)
    if operator in {"-", "+"} and isinstance(operand, Constant) and isinstance(operand.value, (int, float)):
        return Constant(-operand.value if operator == "-" else operand.value, span)
    if operator == "void":
        return Constant(None, span)
    return Computed(why(operand), span)


def _plain(operator: str, left: tree.Plain, right: tree.Plain, span: Span) -> Value:
    if operator == "+" and (isinstance(left, str) or isinstance(right, str)):
        from vartask.syntax.program_expressions import joined

        return joined([Constant(left, span), Constant(right, span)], span)
    if operator == "/" and isinstance(left, str) and isinstance(right, str):
        # Python's ``Path / "name"``: nothing else divides strings.
        return Constant(posixpath.join(left, right), span)
    if operator == "%" and isinstance(left, str):
        return Computed("the text is formatted with `%`", span)
    numbers = isinstance(left, (int, float)) and isinstance(right, (int, float))
    if operator in _NUMBERS and (numbers or (isinstance(left, str) and isinstance(right, str))):
        try:
            return Constant(_NUMBERS[operator](left, right), span)
        except (ArithmeticError, TypeError, ValueError):
            return Computed(f"`{operator}` fails", span)
    return Computed(f"`{operator}` is not followed", span)


def _equal(left: Value, right: Value) -> bool | None:
    if isinstance(left, Constant) and isinstance(right, Constant):
        return left.value == right.value
    if same(left, right) and not isinstance(left, Computed):
        return True
    if isinstance(left, Instance) and isinstance(right, Instance) and left.of is right.of and left.of.is_enumeration:
        return False
    # What is certainly an object is not the absence of one, and no constant.
    for one, other in ((left, right), (right, left)):
        certain = isinstance(one, (Fields, Items)) or (isinstance(one, Made) and one.new)
        if certain and isinstance(other, (Constant, Fields, Items)):
            return False
    if isinstance(left, External) and isinstance(right, External) and left.name != right.name:
        # Two members of one enumeration-like class.
        alike = left.name.rpartition(".")[0] == right.name.rpartition(".")[0]
        return False if alike and ".env" not in left.name else None
    return None


def _contains(machine: Machine, item: Value, collection: Value, span: Span) -> bool | None:
    if isinstance(collection, Fields) and isinstance(item, Constant):
        value = collection.values.get(str(item.value))
        if value is None:
            return None if collection.more is not None else False
        return None if any(isinstance(one, Missing) for one in options(value)) else True
    if isinstance(collection, Constant) and isinstance(collection.value, str) and isinstance(item, Constant):
        return str(item.value) in collection.value
    values, complete = machine.elements(collection, span)
    verdicts = [_equal(item, value) for value in values]
    if True in verdicts:
        return True
    return None if None in verdicts or not complete else False
