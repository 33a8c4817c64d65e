"""What a condition on the context comes to in Lambda, where the context is always the real object."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from vartask.data.lambda_context import NEVER_NONE, RECENT, has_attribute
from vartask.imports.context_facts import dotted
from vartask.syntax.python_nodes import walk

Owner = Callable[[ast.expr], "str | None"]
"""The runtime's class of an expression's value, where it is known."""

_NEVER = frozenset({"dict", "str", "list", "tuple", "int", "float", "bool", "bytes", "set", "Mapping"})
_INSPECTORS = frozenset({"isinstance", "hasattr", "type", "dir", "vars", "callable", "issubclass", "getattr"})


def truth(test: ast.expr, owner: Owner, stored: frozenset[str]) -> bool | None:
    """Whether the test holds in every invocation; ``None`` where that is not known.

    ``stored`` are attributes that the program itself may set on the context.
    """
    if isinstance(test, ast.Constant):
        return bool(test.value)
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = truth(test.operand, owner, stored)
        return None if inner is None else not inner
    if isinstance(test, ast.BoolOp):
        return _combined(test, [truth(value, owner, stored) for value in test.values])
    if isinstance(test, ast.Compare):
        return _compared(test, owner)
    if isinstance(test, ast.Call):
        return _called(test, owner, stored)
    if isinstance(test, ast.Name) and test.id == "TYPE_CHECKING":
        return False
    return True if owner(test) in NEVER_NONE else None


def _combined(test: ast.BoolOp, values: list[bool | None]) -> bool | None:
    decisive = isinstance(test.op, ast.Or)
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _compared(test: ast.Compare, owner: Owner) -> bool | None:
    if len(test.ops) != 1 or owner(test.left) not in NEVER_NONE:
        return None
    right = test.comparators[0]
    if not (isinstance(right, ast.Constant) and right.value is None):
        return None
    if isinstance(test.ops[0], (ast.Is, ast.Eq)):
        return False
    return True if isinstance(test.ops[0], (ast.IsNot, ast.NotEq)) else None


def _called(test: ast.Call, owner: Owner, stored: frozenset[str]) -> bool | None:
    if not isinstance(test.func, ast.Name) or len(test.args) != 2:  # noqa: PLR2004  hasattr and isinstance take two
        return None
    held = owner(test.args[0])
    if held is None:
        return None
    if test.func.id == "hasattr":
        name = test.args[1]
        if not isinstance(name, ast.Constant) or not isinstance(name.value, str) or name.value in stored | RECENT:
            return None
        known = has_attribute(held, name.value)
        return known if held in NEVER_NONE else (None if known else False)
    if test.func.id == "isinstance" and held in NEVER_NONE:
        return _instance(held, test.args[1])
    return None


def _instance(held: str, classes: ast.expr) -> bool | None:
    names = [dotted(item) for item in (classes.elts if isinstance(classes, ast.Tuple) else [classes])]
    last = {name[-1] if name else "" for name in names}
    if held in last:
        return True
    return False if last <= _NEVER else None


def examined(test: ast.expr, owner: Owner) -> Iterator[str]:
    """Names whose class or attributes the test looks at: below it they may be something else."""
    for node in walk(test):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _INSPECTORS:
            for argument in node.args[:1]:
                if isinstance(argument, ast.Name) and owner(argument) is not None:
                    yield argument.id
        elif isinstance(node, ast.Attribute) and node.attr in {"__class__", "__dict__"}:
            yield from (name.id for name in [node.value] if isinstance(name, ast.Name) and owner(name) is not None)
