"""What a handler returns, and what the runtime's encoder says of it.

Source: ``awslambdaric.lambda_runtime_marshaller`` (an encoder of simplejson that takes ``Decimal`` too) and
simplejson's ``encoder.py``: bytes are text, a named tuple is a dict, everything else that JSON lacks is refused by the
name of its type.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from vartask.data.unserializable import ENCODED, EXCEPTIONS, FUNCTIONS, TYPES
from vartask.imports.evaluation import Evaluator
from vartask.imports.name_tables import FunctionNode, own_nodes
from vartask.imports.objects import (
    UNKNOWN,
    BoundObject,
    ClassObject,
    ForeignObject,
    FunctionObject,
    InstanceObject,
    ModuleObject,
    Object,
    PartialObject,
    PlainObject,
    Scope,
)
from vartask.imports.returns import returns_of
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_DEEPEST = 20
_KEYS = frozenset({"NoneType", "bool", "bytes", "float", "int", "str"})
_READERS = frozenset({"dumps", "print", "len", "str", "repr", "info", "debug", "warning", "error", "exception"})
"""Calls that do not change what they are given."""

_UNTYPED = "an exception"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a result cannot be sent: the encoder's text (``None``: not known), and what is to blame."""

    text: str | None
    what: str
    node: ast.expr


class Results:
    """Judges the results of one artifact's functions."""

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self._changed: frozenset[str] = frozenset()

    # -- values -----------------------------------------------------------------------------------

    def refused(self, node: ast.expr, scope: Scope, depth: int = 0) -> Refusal | None:
        """Why an expression's value certainly cannot be sent; ``None`` where it can, or nobody knows."""
        if depth > _DEEPEST:
            return None
        if isinstance(node, ast.IfExp):
            return self.refused(node.body, scope, depth + 1) and self.refused(node.orelse, scope, depth + 1)
        if isinstance(node, ast.Dict):
            return self._in_dict(node, scope, depth)
        if isinstance(node, (ast.List, ast.Tuple)):
            return self._first(node.elts, scope, depth)
        if isinstance(node, ast.ListComp):
            return None if node.generators[0].ifs else self._type(node.elt, scope)
        if isinstance(node, ast.Name):
            held = self._held(node, scope)
            if held is not None:
                return self.refused(held, scope, depth + 1)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and handed_in(node.func.id, scope):
            return None  # what a decorated function gives is judged where it is returned
        return self._type(node, scope)

    def _in_dict(self, node: ast.Dict, scope: Scope, depth: int) -> Refusal | None:
        for key, value in zip(node.keys, node.values, strict=True):
            name = type_name(self._evaluator.value(key, scope), self._evaluator) if key is not None else None
            if key is not None and name is not None and name not in _KEYS and name != _UNTYPED:
                text = f"keys must be str, int, float, bool or None, not {name}"
                return Refusal(text, f"a dict with a {name} as key", key)
            found = self.refused(value, scope, depth + 1) if key is not None else None
            if found is not None:
                return found
        return None

    def _first(self, nodes: Iterable[ast.expr], scope: Scope, depth: int) -> Refusal | None:
        return next((found for node in nodes if (found := self.refused(node, scope, depth + 1)) is not None), None)

    def _type(self, node: ast.expr, scope: Scope) -> Refusal | None:
        name = type_name(self._evaluator.value(node, scope), self._evaluator)
        if name is None or name in ENCODED:
            return None
        if name == _UNTYPED:
            return Refusal(None, "an exception", node)
        return Refusal(f"Object of type {name} is not JSON serializable", described(name), node)

    def _held(self, node: ast.Name, scope: Scope) -> ast.expr | None:
        """What a local variable holds: a call's result, or a dict, list or tuple if nothing can have changed it."""
        entries = scope.names.entries.get(node.id, ())
        if len(entries) != 1 or scope.parent is None or node.id in scope.given or node.id in scope.home.shared:
            return None
        source = entries[0].source
        if isinstance(source, (ast.Dict, ast.List, ast.Tuple)):
            return source if node.id not in self._changed else None
        return source if isinstance(source, ast.Call) else None

    # -- functions --------------------------------------------------------------------------------

    def returned(self, function: FunctionNode, scope: Scope) -> Iterator[tuple[Refusal, bool]]:
        """The returns of a function that cannot be sent, each with whether Lambda's calls are sure to get that far."""
        around, self._changed = self._changed, _changed(function)
        for node, sure in returns_of(function, scope, self._evaluator):
            found = self.refused(node.value, scope) if node.value is not None else None
            if found is not None:
                yield found, sure
        self._changed = around


def handed_in(name: str, scope: Scope) -> bool:
    """Whether a name is an argument of a call around the function: what a decorator was given."""
    at: Scope | None = scope
    while at is not None:
        if name in at.names.entries:
            return False
        if at.given.get(name, UNKNOWN) is not UNKNOWN:
            return True
        at = at.parent
    return False


def type_name(made: Object, evaluator: Evaluator) -> str | None:
    """The ``__name__`` of an object's type; ``None`` where it is not known, or where the encoder may ask the object."""
    if isinstance(made, PlainObject):
        return made.type_name if made.type_name is not None else _UNTYPED
    if isinstance(made, InstanceObject):
        cls, classes = made.cls, evaluator.classes
        told = classes.lineage(cls) is None or any(
            classes.member(cls, name) is not None for name in ("_asdict", "__getattr__", "__getattribute__")
        )
        return None if told else cls.node.name
    if isinstance(made, FunctionObject):
        return "function"
    if isinstance(made, BoundObject):
        return "method"
    if isinstance(made, PartialObject):
        return "partial"
    if isinstance(made, ModuleObject):
        return "module"
    if isinstance(made, ClassObject):
        return "type" if evaluator.classes.lineage(made) is not None else None
    if isinstance(made, ForeignObject):
        module, _, name = made.name.rpartition(".")
        if module == "builtins" and name in FUNCTIONS:
            return "builtin_function_or_method"
        built_in = module == "builtins" and name in TYPES | EXCEPTIONS
        return "type" if built_in else "_Environ" if made.name == "os.environ" else None
    return None


def described(name: str) -> str:
    """``a set``, ``an object``."""
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _changed(function: FunctionNode) -> frozenset[str]:
    """Local names whose value something may change: all uses but plain returns and calls that only read."""
    harmless: set[int] = set()
    for node in own_nodes(function):
        if isinstance(node, ast.Return) and node.value is not None:
            harmless |= {id(item) for item in walk(node.value) if isinstance(item, ast.Name)}
        elif isinstance(node, ast.Call):
            called = getattr(node.func, "attr", None) or getattr(node.func, "id", None)
            if called in _READERS:
                harmless |= {id(item) for item in node.args if isinstance(item, ast.Name)}
    loads = (item for item in walk(function) if isinstance(item, ast.Name) and isinstance(item.ctx, ast.Load))
    return frozenset(item.id for item in loads if id(item) not in harmless)
