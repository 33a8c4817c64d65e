"""The built-in methods of lists and objects, in JavaScript and Python."""

from __future__ import annotations

from collections.abc import Sequence

from vartask.model import Span
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_state import Signal
from vartask.syntax.program_text import of_text, text_of
from vartask.syntax.program_values import (
    Computed,
    Constant,
    Fields,
    Function,
    Given,
    Items,
    Made,
    Method,
    Missing,
    Value,
    choice,
    options,
    text,
    why,
)


def method(machine: Machine, callee: Method, given: Given) -> Value:
    """What a built-in method gives; computed where it is not known here."""
    base, name, span = callee.base, callee.name, given.span
    if isinstance(base, Constant) and isinstance(base.value, str):
        return of_text(machine, base.value, name, given)
    if isinstance(base, Items):
        found = _of_items(machine, base, name, given)
    elif isinstance(base, Fields):
        found = _of_fields(machine, base, name, given)
    elif isinstance(base, Function) and name in {"call", "apply", "bind"}:
        return _bound(machine, base, name, given)
    else:
        found = base if name in {"toString", "valueOf"} else None
    return Computed(f"`{name}` is not followed", span) if found is None else found


def _bound(machine: Machine, base: Function, name: str, given: Given) -> Value:
    arguments, span = given.arguments, given.span
    this = arguments[0] if arguments else None
    bound = Function(base.definition, base.scope, base.language, base.this or this, base.home)
    if name == "bind":
        return bound
    passed: Sequence[Value] = arguments[1:]
    if name == "apply":
        passed, _ = machine.elements(arguments[1], span) if len(arguments) > 1 else ((), True)
    return machine.call(bound, Given(span, tuple(passed)))


# -- lists ----------------------------------------------------------------------------------------


def _of_items(  # noqa: C901, PLR0912 - a table
    machine: Machine, base: Items, name: str, given: Given
) -> Value | None:
    arguments, span = given.arguments, given.span
    if name in {"push", "append", "add", "unshift"}:
        machine.state.extend(base, arguments)
        return base if name == "add" else Constant(None, span)
    if name in {"extend", "update"}:
        for one in arguments:
            values, complete = machine.elements(one, span)
            machine.state.extend(base, values, None if complete else Computed(why(one), span))
        return Constant(None, span)
    if name == "concat":
        made = machine.state.items(base.values, span, base.more)
        for one in arguments:
            values, complete = machine.elements(one, span) if not isinstance(one, (Constant, Made)) else ((one,), True)
            machine.state.extend(made, values, None if complete else Computed(why(one), span))
        return made
    if name in {"forEach", "map", "flatMap", "filter"} and arguments:
        return _each(machine, base, name, arguments[0], span)
    if name in {"find", "some", "every"} and arguments:
        return _search(machine, base, name, arguments[0], span)
    if name == "reduce" and arguments:
        return _reduced(machine, base, arguments, span)
    if name == "join":
        separator = text(arguments[0]) if arguments else ","
        return text_of(base, separator, span) if separator is not None else None
    if name in {"includes", "has"} and arguments and base.more is None:
        known = [text(one) for one in base.values]
        wanted = text(arguments[0])
        return Constant(wanted in known, span) if wanted is not None and None not in known else None
    if name in {"slice", "copy"} and (not arguments or name == "copy"):
        return machine.state.items(base.values, span, base.more)
    if name == "slice":
        numbers = [one.value for one in arguments if isinstance(one, Constant) and isinstance(one.value, int)]
        if len(numbers) == len(arguments) and base.more is None:
            return machine.state.items(base.values[slice(*(numbers if len(numbers) > 1 else [numbers[0], None]))], span)
        return None
    if name in {"entries", "items"}:
        rows = [machine.state.items((Constant(at, span), one), span) for at, one in enumerate(base.values)]
        return machine.state.items(rows, span, base.more)
    if name in {"values", "flat", "sort", "reverse", "reversed", "keys"}:
        return _rearranged(machine, base, name, span)
    if name == "pop" and base.values and base.more is None:
        last = base.values[-1]
        machine.state.write(base, "values", base.values[:-1])
        return last
    return None


def _rearranged(machine: Machine, base: Items, name: str, span: Span) -> Value:
    values: Sequence[Value] = base.values
    if name == "flat":
        values = [one for value in values for one in (value.values if isinstance(value, Items) else (value,))]
    elif name == "keys":
        values = [Constant(at, span) for at in range(len(values))]
    return machine.state.items(values, span, base.more)


def _there(value: Value, span: Span) -> tuple[Value, bool]:
    """An item, and whether it may be missing."""
    gone = any(isinstance(one, Missing) for one in options(value))
    return choice((one for one in options(value) if not isinstance(one, Missing)), span), gone


def _each(machine: Machine, base: Items, name: str, function: Value, span: Span) -> Value:
    made = machine.state.items((), span, base.more)
    for at, value in enumerate(base.values):
        item, doubtful = _there(value, span)
        if doubtful:
            found: list[Value] = []

            def maybe(item: Value = item, at: int = at, found: list[Value] = found) -> Signal:
                found.append(machine.call(function, _given(function, item, at, span)))
                return ""

            machine.state.fork([maybe, lambda: ""], span)
            machine.state.extend(made, (choice((*found, Missing(span)), span),))
            continue
        result = machine.call(function, _given(function, item, at, span))
        if name == "filter":
            truth = machine.truth(result)
            kept: tuple[Value, ...] = () if truth is False else (value,)
            machine.state.extend(made, kept if truth else [choice((one, Missing(span)), span) for one in kept])
        elif name == "flatMap":
            values, complete = machine.elements(result, span)
            machine.state.extend(made, values, None if complete else Computed(why(result), span))
        else:
            machine.state.extend(made, (result,))
    if base.more is not None:
        unknown = Computed(base.more.reason, span)

        def again() -> Signal:
            machine.call(function, _given(function, unknown, 0, span))
            return ""

        machine.state.fork([again, lambda: ""], span)
    return Constant(None, span) if name == "forEach" else made


def _given(function: Value, item: Value, at: int, span: Span) -> Given:
    """The item and its index; more parameters would only be in the way of defaults."""
    takes = len(function.definition.parameters) if isinstance(function, Function) else 1
    return Given(span, (item, Constant(at, span))[: max(takes, 1)])


def _search(machine: Machine, base: Items, name: str, function: Value, span: Span) -> Value:
    verdicts: list[bool | None] = []
    for at, value in enumerate(base.values):
        result = machine.call(function, _given(function, value, at, span))
        truth = machine.truth(result)
        verdicts.append(truth)
        if name == "find" and truth:
            return value if None not in verdicts else Computed("which item is found is not known", span)
    if None in verdicts or base.more is not None:
        return Computed("whether an item is found is not known", span)
    if name == "find":
        return Constant(None, span)
    return Constant(any(verdicts) if name == "some" else all(verdicts), span)


def _reduced(machine: Machine, base: Items, arguments: Sequence[Value], span: Span) -> Value | None:
    if base.more is not None:
        return None
    values = list(base.values)
    held = arguments[1] if len(arguments) > 1 else values.pop(0) if values else None
    for value in values:
        if held is None:
            return None
        held = machine.call(arguments[0], Given(span, (held, value)))
    return held


# -- objects --------------------------------------------------------------------------------------


def _of_fields(  # noqa: C901 - a table
    machine: Machine, base: Fields, name: str, given: Given
) -> Value | None:
    arguments, span = given.arguments, given.span
    if name in {"items", "entries"}:
        rows = [machine.state.items((Constant(key, span), one), span) for key, one in base.values.items()]
        return machine.state.items(rows, span, base.more)
    if name == "keys":
        return machine.state.items([Constant(key, span) for key in base.values], span, base.more)
    if name == "values":
        return machine.state.items(tuple(base.values.values()), span, base.more)
    if name == "forEach" and arguments:
        for key, one in list(base.values.items()):
            machine.call(arguments[0], Given(span, (one, Constant(key, span))))
        return Constant(None, span)
    if name in {"get", "pop", "setdefault"} and arguments:
        return _got(base, arguments, span)
    if name == "copy":
        return machine.state.fields(dict(base.values), span, base.more)
    if name == "update":
        from vartask.syntax.program_expressions import merge_into

        for one in (*arguments, Fields(dict(given.keywords), span, given.more)):
            merge_into(machine, base, one, span)
        return Constant(None, span)
    if name == "set" and len(arguments) > 1 and isinstance(arguments[0], Constant):
        machine.state.put(base, str(arguments[0].value), arguments[1])
        return base
    if name in {"hasOwnProperty", "has"} and arguments and text(arguments[0]) is not None:
        there = text(arguments[0]) in base.values
        return Constant(there, span) if there or base.more is None else None
    return None


def _got(base: Fields, arguments: Sequence[Value], span: Span) -> Value:
    key = text(arguments[0])
    default = arguments[1] if len(arguments) > 1 else Constant(None, span)
    if key is None:
        return choice((*base.values.values(), Computed(why(arguments[0]), span)), span)
    if key in base.values:
        value, gone = _there(base.values[key], span)
        return choice((value, default), span) if gone else value
    return default if base.more is None else choice((default, Computed(base.more.reason, span)), span)
