"""Following a program's statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from vartask.model import Span
from vartask.syntax import program as tree
from vartask.syntax.program_expressions import define, language_of, merge_into
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_state import MAX_ROUNDS, Signal, undefined
from vartask.syntax.program_values import (
    Choice,
    Class,
    Computed,
    Constant,
    Fields,
    Function,
    Instance,
    Items,
    Made,
    Missing,
    Namespace,
    Scope,
    Value,
    choice,
    options,
    why,
)


def execute(machine: Machine, body: Sequence[tree.Statement], scope: Scope) -> Signal:
    """Follow statements in order; why they end before the last one."""
    for statement in body:
        if isinstance(statement, tree.FunctionDef):
            scope.names[statement.name] = Function(statement, scope, language_of(scope))
    for statement in body:
        signal = _statement(machine, statement, scope)
        if signal:
            return signal
    return ""


def _statement(machine: Machine, statement: tree.Statement, scope: Scope) -> Signal:  # noqa: C901, PLR0912 - a table
    match statement:
        case tree.Evaluate(value):
            machine.evaluate(value, scope)
        case tree.Assign(target, value, _, declares):
            assign(machine, target, machine.evaluate(value, scope), scope, declares=declares)
        case tree.Block(body):
            return execute(machine, body, Scope({}, scope, scope.module))
        case tree.If(test, then, otherwise, span):
            found = machine.evaluate(test, scope)
            known = machine.truth(found)
            skipped = otherwise if known else then if known is False else ()
            machine.state.skipped += _spans(skipped)
            return branch(
                machine,
                found,
                lambda: execute(machine, then, scope),
                lambda: execute(machine, otherwise, scope),
                span,
            )
        case tree.ForEach():
            return _for_each(machine, statement, scope)
        case tree.Loop():
            return _loop(machine, statement, scope)
        case tree.Try():
            return _try(machine, statement, scope)
        case tree.Return(value, span):
            result = undefined(span) if value is None else machine.evaluate(value, scope)
            if machine.state.frames:
                machine.state.frames[-1].returns.append(result)
            return "return"
        case tree.Leave(kind):
            return kind
        case tree.ClassDef():
            machine.state.write(scope.names, statement.name, define(machine, statement, scope))
        case tree.Enum(name, members, span):
            values = {member: machine.evaluate(value, scope) for member, value in members}
            scope.names[name] = Namespace(name, values, span)
        case tree.Import():
            machine.bring(statement, scope)
        case tree.FunctionDef() | tree.Export():
            pass
    return ""


def _spans(body: Sequence[tree.Statement]) -> list[Span]:
    """The places of statements that certainly do not run."""
    return [one.value.span for one in body if isinstance(one, (tree.Evaluate, tree.Assign))] + [
        span for one in body if isinstance(one, tree.Block) for span in _spans(one.body)
    ]


def branch(
    machine: Machine, test: Value, then: Callable[[], Signal], otherwise: Callable[[], Signal], span: Span
) -> Signal:
    """Follow the branch that runs, or both."""
    truth = machine.truth(test)
    if truth is None:
        return machine.state.fork([then, otherwise], span)
    return then() if truth else otherwise()


# -- loops ----------------------------------------------------------------------------------------


def _for_each(machine: Machine, loop: tree.ForEach, scope: Scope) -> Signal:
    collection = machine.evaluate(loop.iterable, scope)
    values, complete = machine.elements(collection, loop.span)
    if loop.keys and isinstance(collection, Items):
        values = [Constant(str(at), loop.span) for at in range(len(values))]
    for value in values[:MAX_ROUNDS]:
        signal = _round(machine, loop, value, scope)
        if signal in {"return", "throw"}:
            return signal
        if signal == "break":
            return ""
    if not complete or len(values) > MAX_ROUNDS:
        unknown = Computed(f"it loops over a collection that is not known: {why(collection)}", loop.span)
        machine.state.fork([lambda: _round(machine, loop, unknown, scope), lambda: ""], loop.span)
    return ""


def _round(machine: Machine, loop: tree.ForEach, value: Value, scope: Scope) -> Signal:
    """One round; an item that may not be there makes a round that may not be."""
    inner = Scope({}, scope, scope.module) if language_of(scope) == "javascript" else scope
    if isinstance(value, Choice) and any(isinstance(one, Missing) for one in value.options):
        there = choice((one for one in value.options if not isinstance(one, Missing)), loop.span)

        def maybe() -> Signal:
            assign(machine, loop.target, there, inner, declares=True)
            return execute(machine, loop.body, inner)

        return machine.state.fork([maybe, lambda: ""], loop.span)
    assign(machine, loop.target, value, inner, declares=True)
    return execute(machine, loop.body, inner)


def _loop(machine: Machine, loop: tree.Loop, scope: Scope) -> Signal:
    inner = Scope({}, scope, scope.module) if language_of(scope) == "javascript" else scope
    execute(machine, loop.before, inner)
    for _ in range(MAX_ROUNDS):
        truth = None if loop.test is None else machine.truth(machine.evaluate(loop.test, inner))
        if truth is False:
            return ""
        if truth is None:
            return machine.state.fork([lambda: _rest(machine, loop, inner), lambda: ""], loop.span)
        signal = execute(machine, loop.body, Scope({}, inner, inner.module) if inner is not scope else inner)
        if signal in {"return", "throw"}:
            return signal
        if signal == "break":
            return ""
        execute(machine, loop.step, inner)
    return ""


def _rest(machine: Machine, loop: tree.Loop, scope: Scope) -> Signal:
    signal = execute(machine, loop.body, scope)
    return signal if signal in {"return", "throw"} else ""


def _try(machine: Machine, statement: tree.Try, scope: Scope) -> Signal:
    signal = execute(machine, statement.body, scope)
    for handler in statement.handlers:
        machine.state.fork([lambda one=handler: execute(machine, one, scope), lambda: ""], _at(scope))  # type: ignore[misc]
    final = execute(machine, statement.final, scope)
    return final or ("" if signal == "throw" and statement.handlers else signal)


def _at(scope: Scope) -> Span:
    return Span(scope.module)


# -- assignment -----------------------------------------------------------------------------------


def assign(machine: Machine, target: tree.Target, value: Value, scope: Scope, *, declares: bool) -> None:
    """Give variables, fields or entries a value."""
    match target:
        case tree.Name(name, _):
            owner = scope if declares else (scope.find(name) or scope)
            if language_of(scope) == "python":
                # Python's assignments never reach further out than the function; comprehensions aside, no block has
                # variables of its own.
                owner = scope
            machine.state.write(owner.names, name, value)
        case tree.Attribute(base, name, _):
            _set_attribute(machine, machine.evaluate(base, scope), name, value)
        case tree.Index(base, key, _):
            _set_entry(machine, machine.evaluate(base, scope), machine.evaluate(key, scope), value)
        case tree.ListPattern():
            _unpack(machine, target, value, scope, declares=declares)
        case tree.ObjectPattern():
            _take(machine, target, value, scope, declares=declares)
        case tree.Defaulted(inner, default):
            filled = (
                machine.evaluate(default, scope) if isinstance(one, Constant) and one.value is None else one
                for one in options(value)
            )
            assign(machine, inner, choice(filled, _at(scope)), scope, declares=declares)
        case tree.Rest(inner):
            assign(machine, inner, value, scope, declares=declares)


def _set_attribute(machine: Machine, base: Value, name: str, value: Value) -> None:
    for one in options(base):
        if isinstance(one, (Instance, Made)):
            machine.state.write(one.fields, name, value)
        elif isinstance(one, Fields):
            machine.state.put(one, name, value)
        elif isinstance(one, Class):
            machine.state.write(one.statics, name, value)
        elif isinstance(one, Namespace):
            machine.state.write(one.values, name, value)


def _set_entry(machine: Machine, base: Value, key: Value, value: Value) -> None:
    for one in options(base):
        if isinstance(one, Fields) and not isinstance(key, Constant):
            one.more = one.more or Computed(f"a name is computed: {why(key)}", one.span)
        elif isinstance(one, Fields) and isinstance(key, Constant):
            machine.state.put(one, str(key.value), value)
        elif isinstance(one, Items) and isinstance(key, Constant) and isinstance(key.value, int):
            values = list(one.values)
            if 0 <= key.value < len(values):
                values[key.value] = value
                machine.state.write(one, "values", tuple(values))
        elif isinstance(key, Constant) and isinstance(key.value, str):
            _set_attribute(machine, one, key.value, value)


def _unpack(machine: Machine, target: tree.ListPattern, value: Value, scope: Scope, *, declares: bool) -> None:
    span = target.span
    for at, item in enumerate(target.items):
        if isinstance(item, tree.Rest):
            known = isinstance(value, Items) and value.more is None
            rest = value.values[at:] if isinstance(value, Items) else ()
            more = None if known else Computed(why(value), span)
            assign(machine, item, machine.state.items(rest, span, more), scope, declares=declares)
        elif item is not None:
            assign(machine, item, machine.index(value, Constant(at, span), span), scope, declares=declares)


def _take(machine: Machine, target: tree.ObjectPattern, value: Value, scope: Scope, *, declares: bool) -> None:
    taken = {key for key, _ in target.items}
    span = target.span
    for key, item in target.items:
        if key is not None:
            assign(machine, item, machine.attribute(value, key, span), scope, declares=declares)
            continue
        rest = machine.state.fields({}, span)
        merge_into(machine, rest, value, span)
        kept = {name: one for name, one in rest.values.items() if name not in taken}
        assign(machine, item, machine.state.fields(kept, span, rest.more), scope, declares=declares)


def exported(machine: Machine, body: Sequence[tree.Statement], scope: Scope, found: Namespace) -> None:
    """Fill in what a module exports."""
    for statement in body:
        if not isinstance(statement, tree.Export):
            continue
        source = machine.imported(statement.module, scope, statement.span) if statement.module is not None else None
        for name, public in statement.names:
            if source is None:
                here = scope.find(name)
                if here is not None:
                    found.values[public] = here.names[name]
            elif name == "*" and public == "*":
                if isinstance(source, Namespace):
                    found.values.update({key: one for key, one in source.values.items() if key != "default"})
            else:
                found.values[public] = source if name == "*" else machine.attribute(source, name, statement.span)
