"""Whether a module certainly has bound a name when its import ends, and where that depends on something unknown."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from vartask.imports.conditions import dotted
from vartask.imports.raises import EXITS
from vartask.imports.steps import catches_import_error
from vartask.records import dataclass
from vartask.syntax.python_nodes import children, walk

State = bool | ast.AST
"""Bound, not bound, or the statement on which it depends."""

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True)
class Presence:
    """Follows one name through the statements of a module, in the order they run.

    ``decide`` settles a condition for the target, ``works`` says whether an import statement certainly succeeds,
    ``star`` whether ``from x import *`` brings the name (``None`` where that is not known).
    """

    name: str
    decide: Callable[[ast.expr], bool | None]
    works: Callable[[ast.Import | ast.ImportFrom], bool]
    star: Callable[[ast.ImportFrom], bool | None]

    def at_end(self, statements: Iterable[ast.stmt]) -> State:
        """What holds when the last statement has run; a module that certainly raises is not this question's."""
        state = self._block(statements, state=False)
        return True if state is None else state

    def _block(self, statements: Iterable[ast.stmt], state: State) -> State | None:
        """The state behind a block; ``None`` when nothing comes out at its end."""
        for statement in statements:
            after = self._statement(statement, state)
            if after is None:
                return None
            state = after
        return state

    def _statement(self, node: ast.stmt, state: State) -> State | None:
        if isinstance(node, ast.Raise) or _exits(node):
            return None
        if isinstance(node, ast.If):
            return self._if(node, state)
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            return self._loop(node, state)
        if isinstance(node, (ast.With, ast.AsyncWith)):
            return self._with(node, state)
        if isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            return self._try(cast("ast.Try", node), state)
        if isinstance(node, ast.Match):
            return self._match(node, state)
        return self._simple(node, state)

    def _simple(self, node: ast.stmt, state: State) -> State:
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
            brings = self.star(node)
            return node if brings is None and state is not True else brings or state
        if isinstance(node, ast.Delete) and any(
            isinstance(target, ast.Name) and target.id == self.name for target in node.targets
        ):
            return False
        return True if self._binds(node) else state

    def _binds(self, node: ast.AST) -> bool:
        """Whether running a statement (or evaluating an expression) binds the name."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return node.name == self.name
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            return any((alias.asname or alias.name.partition(".")[0]) == self.name for alias in node.names)
        if isinstance(node, ast.AnnAssign) and node.value is None:
            return False
        pending: list[ast.AST] = [node]
        while pending:
            part = pending.pop()
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store) and part.id == self.name:
                return True
            if isinstance(part, _COMPREHENSIONS):
                # Their own targets stay inside, what ``:=`` binds does not.
                pending += [item.target for item in walk(part) if isinstance(item, ast.NamedExpr)]
            elif not isinstance(part, _FUNCTIONS):
                pending.extend(children(part))
        return False

    def _if(self, node: ast.If, state: State) -> State | None:
        before = True if self._binds(node.test) else state
        truth = self.decide(node.test)
        if truth is not None:
            return self._block(node.body if truth else node.orelse, before)
        return _merged([self._block(node.body, before), self._block(node.orelse, before)], node)

    def _loop(self, node: ast.For | ast.AsyncFor | ast.While, state: State) -> State | None:
        endless = isinstance(node, ast.While) and isinstance(node.test, ast.Constant) and bool(node.test.value)
        inside: State = state
        if isinstance(node, (ast.For, ast.AsyncFor)) and self._binds(node.target):
            inside = True
        body = self._block(node.body, inside)
        if endless:
            # It is left by a ``break``, before which the body has run in part at least.
            return _merged([state, body], node) if body is not None else node
        return _merged([self._block(node.orelse, state), body], node)

    def _with(self, node: ast.With | ast.AsyncWith, state: State) -> State | None:
        bound = any(item.optional_vars is not None and self._binds(item.optional_vars) for item in node.items)
        before: State = True if bound else state
        body = self._block(node.body, before)
        if catches_import_error(node) and self._risky(node.body):
            return _merged([before, body], node)
        return body

    def _try(self, node: ast.Try, state: State) -> State | None:
        body = self._block(node.body, state)
        through = self._block(node.orelse, body) if body is not None else None
        ways = [through]
        if body is None or self._risky(node.body):
            broken = _merged([state, body], node) if body is not None else state
            for clause in node.handlers:
                ways.append(self._block(clause.body, state if broken is None else broken))  # noqa: PERF401 - reads better
        after = _merged(ways, node)
        if after is None:
            return None
        return self._block(node.finalbody, after)

    def _match(self, node: ast.Match, state: State) -> State | None:
        ways = [self._block(case.body, True if self._captures(case.pattern) else state) for case in node.cases]
        last = node.cases[-1]
        total = last.guard is None and isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
        return _merged(ways if total else [*ways, state], node)

    def _captures(self, pattern: ast.pattern) -> bool:
        named = (getattr(part, "name", None) or getattr(part, "rest", None) for part in walk(pattern))
        return any(name == self.name for name in named)

    def _risky(self, statements: Sequence[ast.stmt]) -> bool:
        """Whether a block has an import that may fail; that other statements raise is not supposed anywhere."""
        pending: list[ast.AST] = list(statements)
        while pending:
            node = pending.pop()
            if isinstance(node, (ast.Import, ast.ImportFrom)) and not self.works(node):
                return True
            if isinstance(node, ast.Raise):
                return True
            if not isinstance(node, _FUNCTIONS):
                pending.extend(children(node))
        return False


def _merged(ways: Iterable[State | None], node: ast.AST) -> State | None:
    """What holds after one of several ways; ``None`` when none of them goes on."""
    left = [state for state in ways if state is not None]
    if not left:
        return None
    doubtful = next((state for state in left if isinstance(state, ast.AST)), None)
    if doubtful is not None and all(state is doubtful for state in left):
        return doubtful
    return left[0] if all(state is left[0] for state in left) else node


def _exits(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and dotted(node.value.func) in EXITS
