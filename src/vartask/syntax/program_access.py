"""Attributes and entries of values, and what loops see in them."""

from __future__ import annotations

from collections.abc import Sequence

from vartask.model import Span
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_state import undefined
from vartask.syntax.program_values import (
    ROOT,
    Base,
    Choice,
    Class,
    Computed,
    Constant,
    External,
    Fields,
    Function,
    Given,
    Instance,
    Items,
    Made,
    Method,
    Missing,
    Namespace,
    Value,
    choice,
    each,
    options,
    why,
)

_OF_OBJECTS = frozenset(
    {
        "items",
        "keys",
        "values",
        "get",
        "update",
        "pop",
        "setdefault",
        "copy",
        "hasOwnProperty",
        "toString",
        "set",
        "has",
    }
    | {"forEach", "entries", "add"}
)


def attribute(  # noqa: C901, PLR0912 - a table
    machine: Machine, base: Value, name: str, span: Span
) -> Value:
    """``base.name``."""
    match base:
        case Choice():
            return each(base, lambda one: attribute(machine, one, name, span), span)
        case Fields():
            return _entry(base, name, span)
        case External():
            return External(f"{base.name}.{name}", span)
        case Made():
            return _member(base, name, span)
        case Instance():
            return _of_instance(machine, base, name, span)
        case Class():
            return _of_class(machine, base, name, span)
        case Namespace():
            return _of_namespace(base, name, span)
        case Base():
            return _of_base(machine, base, name, span)
        case Items() if name in {"length", "size"}:
            return Constant(len(base.values), span) if base.more is None else base.more
        case Constant(str() as value, _):
            return Constant(len(value), span) if name == "length" else _of_text(base, value, name, span)
        case Constant(None, _) | Missing():
            return undefined(span)
        case Items() | Constant() | Function() | Method():
            return Method(base, name, span)
        case Computed():
            return Computed(base.reason, span)


def _of_text(base: Constant, value: str, name: str, span: Span) -> Value:
    """Python's ``Path`` is a string here; JavaScript's strings have no such attributes."""
    directory, _, last = value.rstrip("/").rpartition("/")
    if name == "parent":
        return Constant(directory or ".", span)
    if name in {"stem", "suffix"}:
        stem, dot, suffix = last.rpartition(".")
        return Constant((stem or last) if name == "stem" else dot + suffix if stem else "", span)
    return Constant(last, span) if name == "name" else Method(base, name, span)


def _entry(base: Fields, name: str, span: Span) -> Value:
    value = base.values.get(name)
    if value is not None:
        return choice((undefined(span) if isinstance(one, Missing) else one for one in options(value)), span)
    if name in _OF_OBJECTS:
        return Method(base, name, span)
    return Computed(base.more.reason, span) if base.more is not None else undefined(span)


def _member(base: Made, name: str, span: Span) -> Value:
    written = base.fields.get(name)
    if written is not None:
        return written
    return Made(f"{base.callee}.{name}", span, receiver=base, member=True)


def _of_namespace(base: Namespace, name: str, span: Span) -> Value:
    if name in base.values:
        return base.values[name]
    if name == "default" and not base.exact:
        return base
    return Computed(f"`{name}` is not found in {base.name.replace(ROOT, '')}", span)


def _of_class(machine: Machine, base: Class, name: str, span: Span) -> Value:
    for one in base.lineage():
        if name in one.statics:
            return one.statics[name]
        for method in one.definition.methods:
            if method.name == name:
                bound = base if method.kind in {"static", "classmethod"} else None
                function = Function(method, one.scope, one.language, bound, one)
                return machine.call(function, Given(span)) if method.kind == "getter" else function
    if name in {"name", "__name__"}:
        return Constant(base.definition.name, span)
    foreign = base.foreign()
    if isinstance(foreign, External):
        return External(f"{foreign.name}.{name}", span)
    return Computed(f"`{base.definition.name}.{name}` is not followed", span)


def _of_instance(machine: Machine, base: Instance, name: str, span: Span) -> Value:
    value = base.fields.get(name)
    if value is not None:
        return value
    if name == "constructor":
        return base.of
    return inherited(machine, base, base.of, name, span)


def inherited(machine: Machine, this: Instance, of: Class, name: str, span: Span) -> Value:
    """What an instance has from a class and its bases."""
    for one in of.lineage():
        for method in one.definition.methods:
            if method.name != name:
                continue
            owner: Value = one if method.kind in {"static", "classmethod"} else this
            function = Function(method, one.scope, one.language, owner, one)
            return machine.call(function, Given(span)) if method.kind == "getter" else function
        if name in one.statics:
            return one.statics[name]
    if this.made is not None:
        return _member(this.made, name, span)
    foreign = of.foreign()
    if foreign is None and any(field.name == name for one in of.lineage() for field in one.definition.fields):
        return undefined(span)
    return Computed(f"`{name}` of {of.definition.name} is set elsewhere", span)


def _of_base(machine: Machine, base: Base, name: str, span: Span) -> Value:
    if name == "constructor":
        return base
    if not isinstance(base.this, Instance):
        return Computed(f"`super.{name}` is not followed", span)
    for one in base.below.bases:
        if isinstance(one, Class):
            return inherited(machine, base.this, one, name, span)
    if base.this.made is not None:
        return _member(base.this.made, name, span)
    return Computed(f"`super.{name}` is not followed", span)


def index(machine: Machine, base: Value, key: Value, span: Span) -> Value:
    """``base[key]``."""
    if isinstance(base, Choice):
        return each(base, lambda one: index(machine, one, key, span), span)
    if isinstance(key, Choice):
        return each(key, lambda one: index(machine, base, one, span), span)
    if isinstance(key, Constant) and isinstance(key.value, (int, float)) and not isinstance(key.value, bool):
        return _at(base, int(key.value), span)
    if isinstance(key, Constant) and isinstance(key.value, str):
        if isinstance(base, Fields) and key.value not in base.values:
            return Computed(base.more.reason, span) if base.more is not None else undefined(span)
        return attribute(machine, base, key.value, span)
    if isinstance(base, (Fields, Items)) and base.more is None:
        held = base.values.values() if isinstance(base, Fields) else base.values
        return choice((*held, Computed(why(key), span)), span)
    return Computed(why(key), span)


def _at(base: Value, at: int, span: Span) -> Value:
    if isinstance(base, Items):
        if -len(base.values) <= at < len(base.values) and (at >= 0 or base.more is None):
            return base.values[at]
        return base.more or undefined(span)
    if isinstance(base, Constant) and isinstance(base.value, str):
        return Constant(base.value[at], span) if -len(base.value) <= at < len(base.value) else undefined(span)
    if isinstance(base, Fields):
        return base.values.get(str(at)) or base.more or undefined(span)
    return Computed(why(base), span)


def elements(value: Value, span: Span) -> tuple[Sequence[Value], bool]:
    """What a loop over a value sees, and whether that is all of it."""
    match value:
        case Items(values, _, more):
            return values, more is None
        case Fields(fields, _, more):
            return [Constant(name, span) for name in fields], more is None
        case Class(is_enumeration=True):
            return tuple(value.statics.values()), True
        case Constant(str() as text, _):
            return [Constant(char, span) for char in text], True
        case Constant() | Missing():
            return (), True
        case Choice(choices, _):
            parts = [elements(one, span) for one in choices]
            return [one for held, _ in parts for one in held], all(complete for _, complete in parts)
        case _:
            return (), False


def truth(value: Value) -> bool | None:
    """Whether a value counts as true; ``None`` when nobody knows."""
    match value:
        case Constant(plain, _):
            return bool(plain)
        case Missing():
            return False
        case Items() | Fields():
            # Empty ones are true in JavaScript and false in Python.
            return True if value.values else None
        case Function() | Class() | Instance() | Namespace() | Method() | Base():
            return True
        case Made():
            return True if value.new or (not value.member and _makes(value.callee)) else None
        case External(name):
            *above, last = name.replace("/", ".").split(".")
            return True if (last[:1].isupper() and ".env." not in name) or (above and above[-1][:1].isupper()) else None
        case Choice(choices):
            verdicts = {truth(one) for one in choices}
            return verdicts.pop() if len(verdicts) == 1 else None
        case Computed():
            return None


def _makes(callee: str) -> bool:
    """Whether a static method by its name gives an object: ``Code.fromAsset``, ``Duration.seconds``."""
    *above, last = callee.split(".")
    return last.startswith(("from", "of")) or bool(
        above and above[-1][:1].isupper() and last[:1].islower() and "try" not in last
    )
