"""Calls: the project's functions and classes are followed, everything else is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from vartask.model import Span
from vartask.records import replace
from vartask.syntax import program as tree
from vartask.syntax.program_data import of_opened
from vartask.syntax.program_expressions import HOME
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_natives import native
from vartask.syntax.program_state import MAX_DEPTH, Frame, Signal, undefined
from vartask.syntax.program_values import (
    Base,
    Choice,
    Class,
    Computed,
    Constant,
    External,
    Function,
    Given,
    Instance,
    Made,
    Method,
    Scope,
    Value,
    choice,
    why,
    with_default,
)

_SAME_FUNCTION = 4


def call(machine: Machine, callee: Value, given: Given) -> Value:  # noqa: C901 - a table
    """What calling or instantiating a value gives."""
    match callee:
        case Choice(values, _):
            return _each(machine, values, given)
        case Function():
            return _follow(machine, callee, given)
        case Class():
            return instantiate(machine, callee, given)
        case Base(Instance() as this, below, _):
            _construct_bases(machine, this, below, given)
            return this
        case External() | Method():
            known = native(machine, callee, given)
            if known is not None:
                return known
            if isinstance(callee, External):
                _enter_callbacks(machine, given)
                return record(machine, _made(callee.name, given))
        case Made(receiver=receiver) if receiver is not None and callee.member:
            read = of_opened(machine, callee, given)
            if read is not None:
                return read
            _enter_callbacks(machine, given)
            made = record(machine, _made(callee.callee, given))
            made.receiver = receiver
            if isinstance(receiver, Made):
                receiver.calls.append(made)
            return made
        case _:
            pass
    _enter_callbacks(machine, given)
    return Computed(why(callee), given.span)


def _made(callee: str, given: Given) -> Made:
    return Made(callee, given.span, given.arguments, given.keywords, given.more, new=given.new)


def record(machine: Machine, made: Made) -> Made:
    """Remember a thing that the program makes, with how the run came to it."""
    state = machine.state
    made.sites = tuple(frame.site for frame in state.frames if frame.site is not None)
    made.doubtful = state.doubt > 0
    made.unreached = state.unreached
    state.made.append(made)
    return made


def _each(machine: Machine, callees: Sequence[Value], given: Given) -> Value:
    found: list[Value] = []

    def follow(callee: Value) -> Signal:
        found.append(call(machine, callee, given))
        return ""

    machine.state.fork([partial(follow, callee) for callee in callees], given.span)
    return choice(found, given.span)


def _enter_callbacks(machine: Machine, given: Given) -> None:
    """A function that is handed to another package may be called: what it makes is found."""
    for value in (*given.arguments, *given.keywords.values()):
        if isinstance(value, Function) and value.span not in machine.state.entered:
            enter(machine, value, given.span)


def enter(machine: Machine, function: Function, span: Span) -> None:
    """Follow a function of which nobody knows with what it is called, or whether."""
    unknown = Given(span, _unknowns(function.definition, bound=function.this is not None))

    def run() -> Signal:
        _follow(machine, function, unknown)
        return ""

    machine.state.fork([run, lambda: ""], span)


def _unknowns(definition: tree.FunctionDef, *, bound: bool) -> tuple[Value, ...]:
    parameters = definition.parameters[1:] if bound and _takes_self(definition) else definition.parameters
    return tuple(
        Computed(f"`{_name(one.target)}` is given when the program runs", definition.span)
        for one in parameters
        if not one.rest and not one.keyword_only
    )


def _takes_self(definition: tree.FunctionDef) -> bool:
    """Python's methods name their instance as the first parameter."""
    first = definition.parameters[0].target if definition.parameters else None
    return isinstance(first, tree.Name) and first.name in {"self", "cls"}


def _name(target: tree.Target) -> str:
    return target.name if isinstance(target, tree.Name) else "an argument"


# -- the project's functions ----------------------------------------------------------------------


def _follow(machine: Machine, function: Function, given: Given) -> Value:
    state = machine.state
    again = sum(frame.function is not None and frame.function.span == function.span for frame in state.frames)
    if len(state.frames) >= MAX_DEPTH or again >= _SAME_FUNCTION or state.exhausted:
        return Computed(f"the calls of `{function.definition.name}` are too deep to follow", given.span)
    state.entered.add(function.span)
    names: dict[str, Value] = {}
    if function.this is not None:
        names["this"] = function.this
    if function.home is not None:
        names[HOME] = function.home
    scope = Scope(names, function.scope, function.scope.module)
    frame = Frame(function, given.span)
    state.frames.append(frame)
    _bind(machine, function, given, scope)
    signal = machine.execute(function.definition.body, scope)
    state.frames.pop()
    if frame.returns:
        return choice(frame.returns, given.span)
    return Computed("it ends with an error", given.span) if signal == "throw" else undefined(given.span)


def _bind(machine: Machine, function: Function, given: Given, scope: Scope) -> None:
    definition = function.definition
    waiting = list(given.arguments)
    if function.language == "python" and function.this is not None and definition.kind != "static":
        waiting.insert(0, function.this)
    used: set[str] = set()
    for parameter in definition.parameters:
        name = _name(parameter.target)
        value: Value
        if parameter.rest in {"*", "..."}:
            value, waiting = machine.state.items(waiting, definition.span), []
        elif parameter.rest:
            rest = {key: one for key, one in given.keywords.items() if key not in used}
            value = machine.state.fields(rest, definition.span, given.more)
        elif waiting and not parameter.keyword_only:
            value = waiting.pop(0)
        else:
            value = _by_name(machine, parameter, name, given, scope)
        used.add(name)
        if parameter.default is not None and isinstance(value, Constant) and value.value is None:
            # JavaScript's default stands for what is undefined; None is a value of its own in Python.
            value = machine.evaluate(parameter.default, scope) if function.language == "javascript" else value
        machine.assign(parameter.target, value, scope, declares=True)
        if parameter.field and isinstance(function.this, Instance):
            machine.state.write(function.this.fields, name, value)


def _by_name(machine: Machine, parameter: tree.Parameter, name: str, given: Given, scope: Scope) -> Value:
    """The value of a parameter that no positional argument gives."""
    if name in given.keywords:
        return given.keywords[name]
    if parameter.default is None:
        return given.more or undefined(given.span)
    default = machine.evaluate(parameter.default, scope)
    return default if given.more is None else with_default((default, given.more), default, given.span)


# -- the project's classes ------------------------------------------------------------------------


def instantiate(machine: Machine, of: Class, given: Given) -> Instance:
    """A new instance of one of the project's classes."""
    instance = Instance(of, {}, given.span)
    construct(machine, instance, of, given)
    return instance


def construct(machine: Machine, instance: Instance, of: Class, given: Given) -> None:
    """Run the constructor of a class for an instance, or those of its bases where it has none."""
    own = next((one for one in of.definition.methods if one.name == "constructor"), None)
    inherits = any(not isinstance(base, External) or base.name != "object" for base in of.bases)
    if own is not None:
        if not inherits or of.language == "python":
            _set_fields(machine, instance, of)
        _follow(machine, Function(own, of.scope, of.language, instance, of), given)
        return
    _construct_bases(machine, instance, of, given)
    if not inherits:
        _set_fields(machine, instance, of)
    if of.language == "python":
        _as_dataclass(machine, instance, of, given)


def _construct_bases(machine: Machine, instance: Instance, below: Class, given: Given) -> None:
    for base in below.bases:
        if isinstance(base, Class):
            construct(machine, instance, base, given)
        elif isinstance(base, External) and instance.made is None and base.name not in _NO_CONSTRUCTS:
            made = _made(base.name, replace(given, span=instance.span, new=True))
            made.subclass = instance.of.definition.name
            instance.made = record(machine, made)
        if below.language == "javascript":
            break
    if below.bases and below.language == "javascript":
        _set_fields(machine, instance, below)


_NO_CONSTRUCTS = frozenset({"object", "ABC", "abc.ABC", "typing.Protocol", "typing.Generic"})


def _set_fields(machine: Machine, instance: Instance, of: Class) -> None:
    scope = Scope({"this": instance, HOME: of}, of.scope, of.scope.module)
    for one in of.definition.fields:
        if not one.static and one.value is not None:
            machine.state.write(instance.fields, one.name, machine.evaluate(one.value, scope))


def _as_dataclass(machine: Machine, instance: Instance, of: Class, given: Given) -> None:
    """A dataclass, named tuple or pydantic model: its fields are the arguments."""
    names = [one.name for one in of.definition.fields]
    for name, value in {**dict(zip(names, given.arguments, strict=False)), **given.keywords}.items():
        machine.state.write(instance.fields, name, value)
