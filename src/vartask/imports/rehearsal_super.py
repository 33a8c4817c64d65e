"""``super()``: the object that a method runs on, and the classes above the one that the method stands in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vartask.imports.rehearsal_values import (
    Builtin,
    Class,
    Foreign,
    Function,
    Instance,
    Known,
    Maybe,
    Method,
    Scope,
    Static,
    Super,
    Value,
)

_OF_OBJECT = frozenset({"__init__", "__init_subclass__"})
"""What ``object`` has and what changes nothing."""


def super_of(arguments: Sequence[Value], scope: Scope) -> Super | None:
    """What ``super()`` gives; ``None`` where the order of the classes, or the class, is not known.

    Only of single inheritance is it the order of :meth:`Class.lineage`.
    """
    frame = _frame(scope)
    first = next(iter(frame.names.values()), None)
    owner = arguments[1] if len(arguments) == 2 else first  # noqa: PLR2004 - a class and an object
    if not isinstance(owner, Instance):
        return None
    lineage = list(owner.kind.lineage())
    if any(isinstance(item, Class) and len(item.bases) > 1 for item in lineage):
        return None
    kind = arguments[0] if arguments else _class_of(frame, lineage)
    return (
        Super(owner, tuple(lineage[lineage.index(kind) + 1 :])) if isinstance(kind, Class) and kind in lineage else None
    )


def at_stake(arguments: Sequence[Value], scope: Scope) -> Iterator[Value]:
    """What a method of a class that is not known may change: the object that it is called on, or its class."""
    frame = _frame(scope)
    own = frame.module.names.get(frame.qualname.partition(".")[0])
    for value in (*arguments, *frame.names.values(), own):
        if isinstance(value, (Instance, Class)):
            yield value


def above(found: Super, name: str) -> Value | None:
    """An attribute of the classes above, ``None`` where it is not known."""
    for item in found.classes:
        if not isinstance(item, Class):
            return Foreign(f"object.{name}") if item == Builtin("object") and name in _OF_OBJECT else None
        value = item.names.get(name)
        if item.vague or item.made_by_others or isinstance(value, Maybe):
            return None
        if isinstance(value, Function):
            return Method(value, found.owner)
        if value is not None:
            return value.function if isinstance(value, Static) else value if isinstance(value, Known) else None
    return Foreign(f"object.{name}") if name in _OF_OBJECT else None


def _frame(scope: Scope) -> Scope:
    while scope.comprehension and scope.outer is not None:
        scope = scope.outer
    return scope


def _class_of(frame: Scope, lineage: Sequence[Value]) -> Value | None:
    """The class that the running method stands in."""
    for item in lineage:
        for value in item.names.values() if isinstance(item, Class) else ():
            if isinstance(value, Function) and value.qualname == frame.qualname and value.scope.module is frame.module:
                return item
    return None
