"""``try`` and ``with`` in a rehearsal: which errors are caught, and what is done then."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import partial

from vartask.imports.rehearsal_state import foreign
from vartask.imports.rehearsal_statements import Statements
from vartask.imports.rehearsal_values import (
    NONE,
    UNKNOWN,
    Builtin,
    Error,
    Instance,
    Items,
    Left,
    Raised,
    Scope,
    TooLong,
    Value,
    descends,
    truth,
)
from vartask.model import Span
from vartask.records import dataclass, field

_EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit"})


@dataclass(slots=True)
class Managers:
    """The context managers of one ``with``: what they suppress, the project's own, and whether there are others."""

    suppressed: list[Value] = field(default_factory=list)
    entered: list[tuple[Instance, Span]] = field(default_factory=list)
    strange: bool = False


class Guards(Statements):
    """Runs statements with something around them."""

    def _do_try(self, node: ast.Try, scope: Scope) -> None:
        try:
            self._guarded(node, scope)
        except TooLong:
            raise
        except (Raised, Left):
            self.execute(node.finalbody, scope)
            raise
        self.execute(node.finalbody, scope)

    def _do_trystar(self, node: ast.Try, scope: Scope) -> None:
        self.doubts += 1
        self.attempt(partial(self.execute, node.body, scope), scope)
        for handler in node.handlers:
            self.attempt(partial(self.execute, handler.body, scope), scope)
        self.execute(node.finalbody, scope)

    def _guarded(self, node: ast.Try, scope: Scope) -> None:
        before = self.doubts
        guarded = any(not _ends(clause) for clause in node.handlers)
        self.guards += guarded
        try:
            self.execute(node.body, scope)
        except Raised as raised:
            self.guards -= guarded
            self._handle(node, raised, scope, unsure=self.doubts > before)
            return
        except BaseException:
            self.guards -= guarded
            raise
        self.guards -= guarded
        if self.doubts > before and node.handlers:
            # Something in the body may have raised: any clause may run, from a state in between.
            self.ways([partial(self.execute, node.orelse, scope), *self._clauses(node.handlers, None, scope)], scope)
            return
        self.execute(node.orelse, scope)

    def _clauses(
        self, clauses: list[ast.ExceptHandler], raised: Raised | None, scope: Scope
    ) -> list[Callable[[], None]]:
        return [partial(self._clause, clause, raised, scope) for clause in clauses]

    def _handle(self, node: ast.Try, raised: Raised, scope: Scope, *, unsure: bool) -> None:
        """The body certainly does not come through; ``unsure`` when it may have raised something else before."""
        perhaps: list[ast.ExceptHandler] = []
        certain: ast.ExceptHandler | None = None
        for clause in node.handlers:
            answer = self._catches(clause, raised, scope)
            if answer is True:
                certain = clause
                break
            if answer is None:
                perhaps.append(clause)
        if certain is not None and not perhaps and not unsure:
            self._clause(certain, raised, scope)
            return
        others = node.handlers if unsure else perhaps
        if certain is None and not others:
            raise raised
        ways = self._clauses([clause for clause in others if clause is not certain], None, scope)
        ways.append(partial(self._clause, certain, raised, scope) if certain is not None else partial(_again, raised))
        self.ways(ways, scope)

    def _clause(self, clause: ast.ExceptHandler, raised: Raised | None, scope: Scope) -> None:
        if clause.name:
            value: Value = raised.error if raised is not None else UNKNOWN
            self.store(self.home(clause.name, scope), clause.name, value)
        try:
            self.execute(clause.body, scope)
        except Raised as again:
            if again.error.text is None and again.error.kind is UNKNOWN and raised is not None and _bare(clause):
                raise raised from None
            raise
        finally:
            if clause.name:
                self.store(self.home(clause.name, scope), clause.name, None)

    def _catches(self, clause: ast.ExceptHandler, raised: Raised, scope: Scope) -> bool | None:
        if clause.type is None:
            return True
        wanted = self.evaluate(clause.type, scope)
        return caught(wanted, raised.error)

    def _do_with(self, node: ast.With, scope: Scope) -> None:
        managers = Managers()
        for item in node.items:
            self._enter(item, managers, scope, asynchronous=isinstance(node, ast.AsyncWith))
        before = self.doubts
        try:
            self.execute(node.body, scope)
        except Raised as raised:
            if not self._let_through(managers.entered):
                return
            answers = [caught(value, raised.error) for value in managers.suppressed]
            if any(answers):
                return
            if managers.strange and not managers.suppressed and not self._harmless(node):
                self.doubts += 1
                return
            if None in answers or (managers.suppressed and self.doubts > before):
                self.doubts += 1
                return
            raise
        for value, at in reversed(managers.entered):
            self.call(self.attribute(value, "__exit__", at), [NONE, NONE, NONE], {}, at)

    def _enter(self, item: ast.withitem, managers: Managers, scope: Scope, *, asynchronous: bool) -> None:
        """Evaluate one context manager; those of the project's own classes are entered."""
        value, at = self.evaluate(item.context_expr, scope), self.place(item.context_expr, scope)
        if isinstance(value, Items) and value.kind == "suppress":
            managers.suppressed += value.items
            return
        given: Value = UNKNOWN
        if isinstance(value, Instance) and not value.vague and not asynchronous:
            given = self.call(self.attribute(value, "__enter__", at), [], {}, at)
            managers.entered.append((value, at))
        else:
            managers.strange = managers.strange or not isinstance(value, Error)
            self.doubts += item.optional_vars is not None
        if item.optional_vars is not None:
            self.bind(item.optional_vars, given, scope)

    def _let_through(self, entered: list[tuple[Instance, Span]]) -> bool:
        """Whether the project's context managers certainly let an error pass."""
        for value, at in reversed(entered):
            answer = self.call(self.attribute(value, "__exit__", at), [UNKNOWN, UNKNOWN, UNKNOWN], {}, at)
            if truth(answer) is not False:
                self.doubts += 1
                return False
        return True

    def _harmless(self, node: ast.With) -> bool:
        """Whether the context managers are known to let errors through."""
        return all(
            isinstance(item.context_expr, ast.Call)
            and isinstance(item.context_expr.func, ast.Name)
            and item.context_expr.func.id == "open"
            for item in node.items
        )

    _do_asyncwith = _do_with


def _again(raised: Raised) -> None:
    raise raised


def _ends(clause: ast.ExceptHandler) -> bool:
    """Whether a clause only says the error in other words: the function does not start after it either."""
    last = clause.body[-1]
    leaves = isinstance(last, ast.Raise) or (
        isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and ast.unparse(last.value.func) in _EXITS
    )
    return leaves and not any(isinstance(node, (ast.Return, ast.Break, ast.Continue)) for node in ast.walk(clause))


def _bare(clause: ast.ExceptHandler) -> bool:
    """Whether a clause ends by raising again what it caught."""
    last = clause.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def caught(wanted: Value, error: Error) -> bool | None:
    """Whether ``except wanted`` catches an error."""
    if isinstance(wanted, Items):
        answers = [caught(item, error) for item in wanted.items]
        if any(answers):
            return True
        return None if wanted.vague or None in answers else False
    if error.kind is UNKNOWN:
        everything = isinstance(wanted, Builtin) and wanted.name in {"Exception", "BaseException"}
        return True if everything else None
    if foreign(wanted, "json.JSONDecodeError"):
        return None
    return descends(error.kind, wanted)
