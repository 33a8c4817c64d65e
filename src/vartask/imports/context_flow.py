"""What one function does with the context: attributes it reads, and where it passes it on.

Statements are followed in order with an environment of names that certainly hold the context (or one of the
objects inside it).  Where a name may hold something else it is dropped, so what is reported is certain.
"""

from __future__ import annotations

import ast

from vartask.imports.context_events import Environment, Flow
from vartask.imports.context_expressions import Expressions
from vartask.imports.context_facts import Callable, bound_in, dotted
from vartask.imports.context_truth import examined, truth
from vartask.syntax.python_nodes import children

_CATCHES = frozenset({"AttributeError"})
_CATCHES_ALL = frozenset({"Exception", "BaseException", "StandardError"})
_FEW = 3
"""A ``try`` of at most so many simple statements with a broad ``except`` is taken for a guard."""


def follow(node: Callable, holds: Environment, stored: frozenset[str], inside: dict[str, str], me: str | None) -> Flow:
    """Follow the context through a function.

    ``holds`` are the parameters that hold it, ``stored`` attributes that the program sets itself, ``inside``
    attributes of ``me`` (the name of the first parameter of a method) that hold it.
    """
    reader = _Reader(stored, inside, me)
    reader.function(node, dict(holds))
    return reader.flow


_STATEMENTS = {
    "Assign": "_assign",
    "AnnAssign": "_assign",
    "If": "_if",
    "FunctionDef": "_nested",
    "AsyncFunctionDef": "_nested",
    "For": "_loop",
    "AsyncFor": "_loop",
    "While": "_loop",
    "Try": "_try",
    "TryStar": "_try",
    "With": "_with",
    "AsyncWith": "_with",
    "Match": "_match",
    "ClassDef": "_class",
}
"""By name: CPython 3.10 has no ``ast.TryStar``."""


class _Reader(Expressions):
    """Follows statements."""

    def _block(self, body: list[ast.stmt]) -> bool:
        """Follow statements; ``False`` when the end is certainly not reached."""
        return all(self._statement(statement) for statement in body)

    def _statement(self, node: ast.stmt) -> bool:
        name = _STATEMENTS.get(type(node).__name__)
        if name is not None:
            return getattr(self, name)(node) is not False
        for child in children(node):
            if isinstance(child, ast.expr):
                self._expression(child)
        self._forget(bound_in([node]))
        return not isinstance(node, (ast.Return, ast.Raise, ast.Continue, ast.Break))

    def _assign(self, node: ast.Assign | ast.AnnAssign) -> None:
        if node.value is None:
            return
        self._expression(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            self._bind(target, node.value)

    def _if(self, node: ast.If) -> bool:
        self._expression(node.test)
        holds = truth(node.test, self._owner, self._stored)
        before = dict(self._env)
        narrowed = set(examined(node.test, self._owner)) if holds is None else set()
        self._forget(narrowed)
        body = holds is not False and self._block(node.body)
        after_body = self._env
        changed = bound_in(node.body)
        after_body.update({name: before[name] for name in narrowed if name not in changed and name in before})
        self._env = before
        orelse = holds is not True and self._block(node.orelse)
        if body and orelse:
            self._env = _both(after_body, self._env)
        elif body:
            self._env = after_body
        return body or orelse

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While) -> None:
        if isinstance(node, ast.While):
            self._forget(bound_in([*node.body, *node.orelse]))
            self._expression(node.test)
        else:
            self._expression(node.iter)
            self._forget(bound_in([node]))
        before = dict(self._env)
        self._block(node.body)
        self._env = dict(before)
        self._block(node.orelse)
        self._env = before

    def _try(self, node: ast.Try) -> bool:
        caught = _catching(node)
        before = dict(self._env)
        if caught == "attribute":
            # A read that fails is provided for, and the context stays what it is.
            self._forget(self._env.copy())
        self._caught += caught == "all"
        body = self._block(node.body)
        self._caught -= caught == "all"
        if caught == "attribute":
            self._env = dict(before)
            self._forget(bound_in(node.body))
        body = body and self._block(node.orelse)
        ends = [self._env] if body else []
        before = {name: owner for name, owner in before.items() if name not in bound_in(node.body)}
        for handler in node.handlers:
            self._env = dict(before)
            self._forget([handler.name] if handler.name else [])
            if self._block(handler.body):
                ends.append(self._env)
        self._env = dict(ends[0] if ends else before)
        for end in ends[1:]:
            self._env = _both(self._env, end)
        final = self._block(node.finalbody)
        return final and bool(ends)

    def _with(self, node: ast.With | ast.AsyncWith) -> bool:
        suppressed = False
        for item in node.items:
            self._expression(item.context_expr)
            if item.optional_vars is not None:
                self._forget(bound_in([ast.Expr(item.optional_vars)]))
            call = item.context_expr
            if isinstance(call, ast.Call) and (dotted(call.func) or ("",))[-1] in {"suppress", "raises"}:
                names = {(dotted(argument) or ("",))[-1] for argument in call.args}
                suppressed = suppressed or bool(names & (_CATCHES | _CATCHES_ALL))
        if not suppressed:
            return self._block(node.body)
        before = dict(self._env)
        self._env = {}
        self._block(node.body)
        self._env = before
        self._forget(bound_in(node.body))
        return True

    def _match(self, node: ast.Match) -> None:
        self._expression(node.subject)
        names = bound_in([node])
        before = {name: owner for name, owner in self._env.items() if name not in names}
        subject = node.subject.id if isinstance(node.subject, ast.Name) else None
        for case in node.cases:
            self._env = {name: owner for name, owner in before.items() if name != subject}
            if case.guard is not None:
                self._expression(case.guard)
            self._block(case.body)
        self._env = before

    def _class(self, node: ast.ClassDef) -> None:
        for expression in [*node.bases, *node.decorator_list, *(keyword.value for keyword in node.keywords)]:
            self._expression(expression)
        outer = self._env
        self._env = dict(outer)
        self._block(node.body)
        self._env = outer
        self._forget([node.name])

    def _nested(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for expression in [*node.decorator_list, *node.args.defaults, *filter(None, node.args.kw_defaults)]:
            self._expression(expression)
        # With its name go those that it declares ``nonlocal``.
        self._forget(bound_in([node]))
        if not node.decorator_list:
            self._local[-1][node.name] = node
        self.function(node, self._closure(node))


def _both(one: Environment, other: Environment) -> Environment:
    return {name: owner for name, owner in one.items() if other.get(name) == owner}


def _catching(node: ast.Try) -> str | None:
    """``attribute`` where a missing attribute is provided for, ``all`` where its error is hidden."""
    broad = False
    for handler in node.handlers:
        types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        names = {(dotted(item) or ("",))[-1] if item is not None else "BaseException" for item in types}
        if names & _CATCHES:
            return "attribute"
        broad = broad or bool(names & _CATCHES_ALL)
    if not broad:
        return None
    simple = all(isinstance(item, (ast.Assign, ast.AnnAssign, ast.Expr)) for item in node.body)
    return "attribute" if simple and len(node.body) <= _FEW else "all"
