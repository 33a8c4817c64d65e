"""The return statements of a handler that Lambda's calls come to."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.imports.evaluation import Evaluator
from vartask.imports.name_tables import FunctionNode
from vartask.imports.objects import FunctionObject, PlainObject, Scope
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_TELLING = frozenset(
    {"len", "any", "all", "str", "int", "float", "bool", "sorted", "set", "list", "dict", "min", "max"}
)
"""Built-ins that a condition about the event may use; ``isinstance`` asks for what JSON may never be."""


_TABLES = frozenset({"dict", "frozenset", "list", "set", "tuple"})
"""Constants that a condition about the event may use; a flag or a mode may be set for runs elsewhere."""

Way = tuple[ast.Return, bool]
"""A return, and whether nothing says that only runs outside Lambda come to it."""


def returns_of(function: FunctionNode, scope: Scope, evaluator: Evaluator) -> Iterator[Way]:
    """The returns of a function that can be reached."""
    yield from _Walk(function, scope, evaluator).block(function.body, sure=True)


@dataclass(frozen=True, slots=True)
class _Walk:
    function: FunctionNode
    scope: Scope
    evaluator: Evaluator

    def block(self, body: list[ast.stmt], *, sure: bool) -> Iterator[Way]:
        for node in body:
            if isinstance(node, ast.Return):
                yield node, sure
            if isinstance(node, (ast.Return, ast.Raise)):
                return
            if not isinstance(node, ast.If):
                yield from self._compound(node, sure)
                continue
            truth = self.evaluator.homes.settle(self.scope.home, node.test)
            told = sure and (truth is not None or not self._elsewhere(node.test))
            if truth is not False:
                yield from self.block(node.body, sure=told)
            if truth is not True:
                yield from self.block(node.orelse, sure=told)
            if truth is not None and _leaves(node.body if truth else node.orelse):
                return
            # What follows ``if in_lambda: return ...`` is what runs elsewhere come to.
            sure = sure and (told or not (_leaves(node.body) or _leaves(node.orelse)))

    def _compound(self, node: ast.stmt, sure: bool) -> Iterator[Way]:
        if isinstance(node, ast.Try) and _leaves(node.finalbody):
            # A return in ``finally`` replaces every other.
            yield from self.block(node.finalbody, sure=sure)
            return
        test = node.test if isinstance(node, ast.While) else node.subject if isinstance(node, ast.Match) else None
        told = sure and (test is None or not self._elsewhere(test))
        for inner in _inner(node):
            yield from self.block(inner, sure=told)

    def _elsewhere(self, test: ast.expr, depth: int = 0) -> bool:
        """Whether a condition may be a switch for runs outside Lambda, or ask for what Lambda never passes."""
        positional = [item.arg for item in [*self.function.args.posonlyargs, *self.function.args.args]]
        event = positional[1:2] if positional[:1] in (["self"], ["cls"]) else positional[:1]
        for node in walk(test):
            if isinstance(node, ast.Call) and not node.args and not isinstance(node.func, ast.Attribute):
                return True
            if not isinstance(node, ast.Name) or node.id in event or node.id in _TELLING:
                continue
            entries = self.scope.names.entries.get(node.id, ())
            values = [entry.source for entry in entries]
            if not entries or depth > 1:
                made = self.evaluator.value(node, self.scope)
                table = isinstance(made, PlainObject) and made.type_name in _TABLES
                if node.id in positional or not (table or isinstance(made, FunctionObject)):
                    return True
            elif any(not isinstance(value, ast.expr) for value in values):
                continue
            elif any(self._elsewhere(value, depth + 1) for value in values if isinstance(value, ast.expr)):
                return True
        return False


def _inner(node: ast.stmt) -> Iterator[list[ast.stmt]]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(node, name, [])
    for clause in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        yield clause.body


def _leaves(body: list[ast.stmt]) -> bool:
    return bool(body) and isinstance(body[-1], (ast.Return, ast.Raise))
