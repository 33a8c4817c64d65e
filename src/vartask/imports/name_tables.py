"""The bindings of one block of statements in the order they run, each with what it is bound to where that is plain."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator

from vartask.imports.steps import catches_import_error
from vartask.records import dataclass, field
from vartask.syntax.python_nodes import children

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
Source = FunctionNode | ast.ClassDef | ast.expr | ast.ExceptHandler | ast.alias

_INNER = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


@dataclass(frozen=True, slots=True)
class Entry:
    """One binding.

    ``index`` orders the bindings of a block; ``source`` is ``None`` where it is not plain what is bound.
    ``statement`` is the import that an alias belongs to.
    """

    index: int
    source: Source | None
    statement: ast.Import | ast.ImportFrom | None = None


@dataclass(slots=True)
class NameTable:
    """The names of a block, and its star imports by their place among the bindings."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    stars: list[tuple[int, ast.ImportFrom]] = field(default_factory=list)
    size: int = 0


def name_table(statements: Iterable[ast.stmt], decide: Callable[[ast.expr], bool | None]) -> NameTable:
    """Read a block.

    ``decide`` settles the conditions of ``if``; what stands below one that it cannot settle is not plain.
    """
    reader = _Reader(NameTable(), decide)
    reader.read(statements, plain=True)
    return reader.table


@dataclass(slots=True)
class _Reader:
    table: NameTable
    decide: Callable[[ast.expr], bool | None]

    def read(self, statements: Iterable[ast.stmt], *, plain: bool) -> None:
        for node in statements:
            self.table.size += 1
            self._statement(node, plain)

    def _bind(self, name: str, source: Source | None, statement: ast.Import | ast.ImportFrom | None = None) -> None:
        self.table.entries.setdefault(name, []).append(Entry(self.table.size, source, statement))

    def _statement(self, node: ast.stmt, plain: bool) -> None:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._bind(node.name, node if plain else None)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node, plain)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            self._assign(node, plain)
        elif isinstance(node, ast.If):
            self._unclear(node.test)
            truth = self.decide(node.test)
            if truth is not False:
                self.read(node.body, plain=plain and truth is True)
            if truth is not True:
                self.read(node.orelse, plain=plain and truth is False)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            for item in node.items:
                self._unclear(item)
            self.read(node.body, plain=plain and not catches_import_error(node))
        else:
            self._other(node)

    def _other(self, node: ast.stmt) -> None:
        for child in children(node):
            if isinstance(child, ast.ExceptHandler):
                if child.name:
                    self._bind(child.name, child)
                self.read(child.body, plain=False)
            elif isinstance(child, ast.match_case):
                self._unclear(child.pattern)
                self.read(child.body, plain=False)
            elif isinstance(child, ast.stmt):
                self.table.size += 1
                self._statement(child, plain=False)
            else:
                self._unclear(child)

    def _assign(self, node: ast.Assign | ast.AnnAssign, plain: bool) -> None:
        if node.value is None:
            return
        self._unclear(node.value)
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                self._bind(target.id, node.value if plain else None)
            else:
                self._unclear(target)

    def _import(self, node: ast.Import | ast.ImportFrom, plain: bool) -> None:
        for alias in node.names:
            if alias.name == "*" and isinstance(node, ast.ImportFrom):
                self.table.stars.append((self.table.size, node))
                continue
            name = alias.asname or alias.name
            name = name.partition(".")[0] if isinstance(node, ast.Import) and not alias.asname else name
            self._bind(name, alias if plain else None, node)

    def _unclear(self, part: ast.AST) -> None:
        for name in _stored(part):
            self._bind(name, None)


def _stored(part: ast.AST) -> Iterator[str]:
    """Names that an expression, target or pattern binds, inner functions left out."""
    pending = [part]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            yield node.id
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        if not isinstance(node, _INNER):
            pending.extend(children(node))


def own_nodes(function: FunctionNode | ast.Lambda) -> Iterator[ast.AST]:
    """The nodes of a function's own body, those of functions and classes inside it left out."""
    body = function.body if isinstance(function.body, list) else [function.body]
    pending: list[ast.AST] = list(body)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, _INNER):
            pending.extend(children(node))


def is_generator(function: FunctionNode | ast.Lambda) -> bool:
    """Whether calling the function makes a generator."""
    return any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in own_nodes(function))
