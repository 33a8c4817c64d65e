"""Asynchronous comprehensions: where CPython's compiler takes them, and from which version on.

Sources: ``compiler_comprehension`` in CPython's Python/compile.c, and bpo-33346: since 3.11 a comprehension inside
another one of an asynchronous function may be asynchronous.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Literal

from vartask.model import GrammarUse, Refusal, SyntaxProblem
from vartask.records import dataclass
from vartask.syntax.python_nodes import children
from vartask.syntax.python_places import span_of

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_OUTSIDE = "asynchronous comprehension outside of an asynchronous function"
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass
class _Scope:
    kind: Literal["plain", "async", "comprehension"]
    parent: _Scope | None = None
    node: ast.expr | None = None
    is_async: bool = False


def async_comprehensions(tree: ast.Module, path: str) -> SyntaxProblem | list[GrammarUse]:
    """The error that every version raises; else the uses that need Python 3.11."""
    nested: list[GrammarUse] = []
    # Inner ones come after outer ones, and make those asynchronous.
    for scope in reversed(_scopes(tree)):
        if not scope.is_async or isinstance(scope.node, ast.GeneratorExp) or scope.node is None:
            continue
        parent = scope.parent
        if parent is None or parent.kind == "plain":
            return SyntaxProblem(_OUTSIDE, span_of(scope.node, path), said=_said(scope.node))
        if parent.kind == "comprehension":
            parent.is_async = True
            nested.append(_nested(scope.node))
    return nested


def _nested(node: ast.expr) -> GrammarUse:
    """CPython 3.9 gives the compiler's errors in comprehensions no line."""
    what = "an asynchronous comprehension inside another comprehension"
    return GrammarUse((3, 11), what, node.lineno, node.col_offset + 1, _said(node), late=True)


def _said(node: ast.expr) -> tuple[Refusal, ...]:
    return (((3, 0), _OUTSIDE, 0), ((3, 10), _OUTSIDE, node.lineno))


def _scopes(tree: ast.Module) -> list[_Scope]:
    """The comprehensions of a file, outer before inner."""
    found: list[_Scope] = []
    pending: list[tuple[ast.AST, _Scope]] = [(tree, _Scope("plain"))]
    while pending:
        node, scope = pending.pop()
        if isinstance(node, _COMPREHENSIONS):
            inner = _Scope("comprehension", scope, node, any(part.is_async for part in node.generators))
            found.append(inner)
            pending.append((node.generators[0].iter, scope))
            pending += [(part, inner) for part in _inside(node)]
            continue
        if isinstance(node, ast.Await) and scope.kind == "comprehension":
            scope.is_async = True
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            inner = _Scope("async" if isinstance(node, ast.AsyncFunctionDef) else "plain", scope)
            body = node.body if isinstance(node.body, list) else [node.body]
            own = {id(statement) for statement in body}
            pending += [(child, inner if id(child) in own else scope) for child in children(node)]
            continue
        pending += [(child, scope) for child in children(node)]
    return found


def _inside(node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> Iterator[ast.AST]:
    """What runs in the comprehension's own scope: all but the first iterable."""
    if isinstance(node, ast.DictComp):
        yield from (node.key, node.value)
    else:
        yield node.elt
    for index, part in enumerate(node.generators):
        yield part.target
        yield from part.ifs
        if index:
            yield part.iter
