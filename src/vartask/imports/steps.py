"""The imports of a block of statements in the order they run, with the conditions and guards around them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from vartask.imports.conditions import dotted, evaluate
from vartask.imports.paths import path_value
from vartask.imports.raises import EXITS, assertion, caught, context_catches, leaves, raised
from vartask.model import Clause, IfStep, ImportFact, PathStep, Span, Step, StopStep, TryStep
from vartask.records import dataclass, field, replace

_CATCHING = frozenset({"ModuleNotFoundError", "ImportError", "Exception", "BaseException"})

_WITHOUT_STEPS = frozenset({ast.AnnAssign, ast.AsyncFunctionDef, ast.Delete, ast.FunctionDef, ast.Pass, ast.Return})
"""The commonest statements that import nothing and stop nothing."""


def span_of(node: ast.AST, path: str) -> Span:
    """Where a node stands; columns count from 1."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end_line, end_column = getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0
    return Span(path, line, column + 1, end_line, end_column + 1)


_IMPORTS = (ast.Import, ast.ImportFrom)
_SIMPLE = (ast.Assign, ast.AnnAssign, ast.Expr, ast.Pass)
_FEW = 3
"""As many simple statements beside its imports has a ``try`` at most that provides for a missing module."""


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads blocks of one file.  ``names`` are the file's simple top-level assignments.

    ``before`` has what a statement evaluates before anything else, by the statement's identity.
    """

    path: str
    names: Mapping[str, ast.expr]
    before: Mapping[int, Sequence[Step]] = field(default_factory=dict)

    def read(self, statements: Iterable[ast.stmt]) -> tuple[Step, ...]:
        """The steps of a block; bodies of functions are not part of it, bodies of classes are."""
        found: list[Step] = []
        for statement in statements:
            if self.before:
                found += self.before.get(id(statement), ())
            if statement.__class__ not in _WITHOUT_STEPS:
                found += self._statement(statement)
        return tuple(found)

    def _statement(self, node: ast.stmt) -> Iterator[Step]:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield ImportFact(alias.name, 0, None, span_of(alias, self.path))
        elif isinstance(node, ast.ImportFrom):
            names = tuple((alias.name, span_of(alias, self.path)) for alias in node.names)
            yield ImportFact(node.module or "", node.level, names, span_of(node, self.path))
        elif isinstance(node, (ast.Expr, ast.Assign, ast.AugAssign)):
            yield from self._expression(node)
        elif isinstance(node, ast.Raise):
            exception, text = raised(node)
            yield StopStep(span_of(node, self.path), exception, text, again=node.exc is None)
        elif isinstance(node, ast.Assert):
            failed = assertion(node)
            if failed is not None:
                yield StopStep(span_of(node, self.path), *failed)
        else:
            yield from self._compound(node)

    def _compound(self, node: ast.stmt) -> Iterator[Step]:
        if isinstance(node, ast.If):
            yield from self._branches(node)
        elif isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            yield from self._maybe(self.read(node.body), self.read(node.orelse))
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield from self._with(node)
        elif isinstance(node, ast.ClassDef):
            yield from self.read(node.body)
        elif isinstance(node, ast.Match):
            for case in node.cases:
                yield from self._maybe(self.read(case.body), ())
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            # ``ast.TryStar`` (3.11) has the fields of ``ast.Try``.
            yield self._try(cast("ast.Try", node))

    def _maybe(self, body: tuple[Step, ...], orelse: tuple[Step, ...]) -> Iterator[Step]:
        if body or orelse:
            yield IfStep(None, body, orelse)

    def _branches(self, node: ast.If) -> Iterator[Step]:
        body, orelse = self.read(node.body), self.read(node.orelse)
        if body or orelse:
            yield IfStep(evaluate(node.test), body, orelse)

    def _with(self, node: ast.With | ast.AsyncWith) -> Iterator[Step]:
        body = self.read(node.body)
        clauses = tuple(Clause(catches, unclear=unclear) for catches, unclear in context_catches(node))
        if not clauses:
            yield from body
        elif body:
            yield TryStep(body, clauses)

    def _try(self, node: ast.Try) -> Step:
        return TryStep(
            self.read(node.body),
            tuple(self._clause(clause) for clause in node.handlers),
            self.read(node.orelse),
            self.read(node.finalbody),
            _works(node.body),
        )

    def _clause(self, node: ast.ExceptHandler) -> Clause:
        catches, unclear = caught(node, self.names)
        body = self.read(node.body)
        if node.name is not None:
            body = tuple(self._again(step, node) for step in body)
        return Clause(catches, body, leaves(node.body), unclear)

    def _again(self, step: Step, clause: ast.ExceptHandler) -> Step:
        """``raise error`` in ``except ImportError as error`` raises again what was caught."""
        if not isinstance(step, StopStep):
            return step
        same = [
            item
            for item in clause.body
            if isinstance(item, ast.Raise)
            and isinstance(item.exc, ast.Name)
            and item.exc.id == clause.name
            and span_of(item, self.path) == step.span
        ]
        return replace(step, again=True) if same else step

    def _expression(self, node: ast.Expr | ast.Assign | ast.AugAssign) -> Iterator[Step]:
        if isinstance(node, ast.Expr):
            call = node.value
            if not isinstance(call, ast.Call):
                return
            name = dotted(call.func)
            if name in EXITS:
                yield StopStep(span_of(node, self.path), "SystemExit", exit_status(call))
            elif name in {"sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir"}:
                yield self._path_step(call.args[-1] if call.args else None, node)
        else:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(target, ast.Attribute) and dotted(target) == "sys.path" for target in targets):
                yield self._path_step(node.value, node)

    def _path_step(self, value: ast.expr | None, node: ast.stmt) -> Step:
        listed = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value] if value is not None else []
        entries = [path_value(item, self.names) for item in listed if not isinstance(item, ast.Starred)]
        known = tuple(entry for entry in entries if entry is not None)
        complete = bool(known) and len(known) == len(entries)
        return PathStep(known if complete else None, span_of(node, self.path))


def exit_status(call: ast.Call) -> str | None:
    """The status that ``sys.exit(...)`` ends the process with; ``None`` where it is computed.

    Source: https://docs.python.org/3/library/sys.html#sys.exit (``None`` is 0, text is printed and 1).
    """
    if not call.args:
        return "0"
    value = call.args[0]
    if not isinstance(value, ast.Constant):
        return None
    if isinstance(value.value, int):
        return str(int(value.value) & 0xFF)
    return "0" if value.value is None else "1"


def catches_import_error(node: ast.AST) -> bool:
    """Whether a statement is a ``try`` or ``suppress`` that catches an ``ImportError`` of its body and goes on."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return any(catches & _CATCHING for catches, _ in context_catches(node))
    clauses = getattr(node, "handlers", ())
    return any(caught(clause, {})[0] & _CATCHING and not leaves(clause.body) for clause in clauses)


def _works(body: Sequence[ast.stmt]) -> bool:
    """See ``TryStep.works``."""
    others = [node for node in body if not isinstance(node, _IMPORTS)]
    return len(others) > _FEW or not all(isinstance(node, _SIMPLE) for node in others)
