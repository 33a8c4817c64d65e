"""The imports of a block of statements in the order they run, with the conditions and guards around them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from vartask.imports.conditions import dotted, evaluate
from vartask.imports.paths import path_value
from vartask.model import IfStep, ImportFact, PathStep, Span, Step, StopStep, TryStep

_CATCHING = frozenset({"ModuleNotFoundError", "ImportError", "Exception", "BaseException"})
_RAISED = _CATCHING | {"SyntaxError"}
EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit"})
"""Calls that end the process."""


def span_of(node: ast.AST, path: str) -> Span:
    """Where a node stands; columns count from 1."""
    line, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end_line, end_column = getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0
    return Span(path, line, column + 1, end_line, end_column + 1)


@dataclass(frozen=True, slots=True)
class StepReader:
    """Reads blocks of one file.  ``names`` are the file's simple top-level assignments."""

    path: str
    names: Mapping[str, ast.expr]

    def read(self, statements: Iterable[ast.stmt]) -> tuple[Step, ...]:
        """The steps of a block; bodies of functions are not part of it, bodies of classes are."""
        return tuple(step for statement in statements for step in self._statement(statement))

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
            yield StopStep(span_of(node, self.path))
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
        suppressed = {name for item in node.items for name in _suppressed(item.context_expr)}
        caught = frozenset(suppressed & _RAISED)
        if not caught:
            yield from body
        elif body:
            yield TryStep(body, ((),), (False,), (caught,), (False,), (), ())

    def _try(self, node: ast.Try) -> Step:
        clauses = [clause for clause in node.handlers if _raised_names(clause)]
        return TryStep(
            self.read(node.body),
            tuple(self.read(clause.body) for clause in clauses),
            tuple(_reraises(clause.body) for clause in clauses),
            tuple(frozenset(_raised_names(clause)) for clause in clauses),
            tuple(_raises_another(clause) for clause in clauses),
            self.read(node.orelse),
            self.read(node.finalbody),
        )

    def _expression(self, node: ast.Expr | ast.Assign | ast.AugAssign) -> Iterator[Step]:
        if isinstance(node, ast.Expr):
            call = node.value
            if not isinstance(call, ast.Call):
                return
            name = dotted(call.func)
            if name in EXITS:
                yield StopStep(span_of(node, self.path))
            elif name in {"sys.path.append", "sys.path.insert", "sys.path.extend", "site.addsitedir"}:
                yield self._path_step(call.args[-1] if call.args else None, node)
        else:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(dotted(target) == "sys.path" for target in targets):
                yield self._path_step(node.value, node)

    def _path_step(self, value: ast.expr | None, node: ast.stmt) -> Step:
        listed = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [value] if value is not None else []
        entries = [path_value(item, self.names) for item in listed if not isinstance(item, ast.Starred)]
        known = tuple(entry for entry in entries if entry is not None)
        complete = bool(known) and len(known) == len(entries)
        return PathStep(known if complete else None, span_of(node, self.path))


def _raised_names(clause: ast.ExceptHandler) -> set[str]:
    """The exceptions of a clause that an import may raise."""
    if clause.type is None:
        return {"BaseException"}
    types = clause.type.elts if isinstance(clause.type, ast.Tuple) else [clause.type]
    return {(dotted(item) or "").rpartition(".")[2] for item in types} & _RAISED


def catches_import_error(node: ast.AST) -> bool:
    """Whether a statement is a ``try`` or ``suppress`` that catches an ``ImportError`` of its body and goes on."""
    if isinstance(node, (ast.With, ast.AsyncWith)):
        return any(set(_suppressed(item.context_expr)) & _CATCHING for item in node.items)
    return any(_catches(clause) and not _reraises(clause.body) for clause in getattr(node, "handlers", ()))


def _catches(clause: ast.ExceptHandler) -> bool:
    return bool(_raised_names(clause) & _CATCHING)


def _reraises(body: Sequence[ast.stmt]) -> bool:
    """Whether a clause certainly ends by raising or leaving the process."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and dotted(last.value.func) in EXITS


def _raises_another(clause: ast.ExceptHandler) -> bool:
    """Whether a clause that raises does not raise what it has caught."""
    last = clause.body[-1]
    if not isinstance(last, ast.Raise) or last.exc is None:
        return not isinstance(last, ast.Raise)
    return clause.name is None or not (isinstance(last.exc, ast.Name) and last.exc.id == clause.name)


def _suppressed(item: ast.expr) -> Iterator[str]:
    """The exceptions of ``contextlib.suppress(...)``."""
    if isinstance(item, ast.Call) and (dotted(item.func) or "").rpartition(".")[2] == "suppress":
        for argument in item.args:
            yield (dotted(argument) or "").rpartition(".")[2]
