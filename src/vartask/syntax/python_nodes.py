"""Walks through syntax trees, as ``ast.walk`` and ``ast.iter_child_nodes`` do them, at a fraction of their cost.

Nearly all the time that facts take is spent walking, so this is written for speed.  Left out are the nodes that say how
a name is used and which operator stands between operands (``ast.Load``, ``ast.Add``): they have neither place nor
children, and a tree has as many of them as of all others.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Set as AbstractSet

_Node = TypeVar("_Node", bound=ast.AST)

_LEAVES = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
_LEAF_FIELDS = frozenset({"ctx", "op", "ops"})
_TEXTS = frozenset(
    {"id", "attr", "asname", "type_comment", "kind", "conversion", "lineno", "module", "level", "simple"}
)
"""Fields that never hold a node, whatever the class (https://docs.python.org/3/library/ast.html, the grammar)."""

_NAME, _CONSTANT, _ATTRIBUTE, _CALL, _KEYWORD = ast.Name, ast.Constant, ast.Attribute, ast.Call, ast.keyword
_EXPR, _SUBSCRIPT, _ASSIGN = ast.Expr, ast.Subscript, ast.Assign

_MIXED = frozenset({"keys", "kw_defaults", "kwd_attrs"})
"""Lists that do not hold nodes alone: ``None`` for ``{**mapping}`` and for a parameter without default, and words."""

SIMPLE_STATEMENTS: frozenset[type[ast.AST]] = frozenset(
    {
        ast.AnnAssign, ast.Assert, ast.Assign, ast.AugAssign, ast.Break, ast.Continue, ast.Delete, ast.Expr, ast.Global,
        ast.Import, ast.ImportFrom, ast.Nonlocal, ast.Pass, ast.Raise, ast.Return,
    }
)  # fmt: skip
"""Statements that hold no others (https://docs.python.org/3/reference/simple_stmts.html), but for ``type``."""


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, in the order of ``ast.iter_child_nodes``."""
    read = _READERS.get(node.__class__)
    if read is None:
        read = _READERS[node.__class__] = _reader(node.__class__)
    try:
        return read(node)
    except AttributeError:
        # Made by hand, without all of its fields.
        return [child for child in ast.iter_child_nodes(node) if not isinstance(child, _LEAVES)]


def walk(node: ast.AST) -> list[ast.AST]:
    """The node and all below it, in the order of ``ast.walk``: outer before inner."""
    found = [node]
    extend = found.extend
    for one in found:
        # Half of all nodes are names and constants.
        if _READERS.get(one.__class__) is not _nothing:
            extend(children(one))
    return found


class FileNodes:
    """The nodes of a whole file: ``every`` in the order of :func:`walk`, and by their class.

    ``depth`` is how many nodes stand one below the other.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.every: list[ast.AST] = [tree]
        self.depth = 0
        self._by_class: defaultdict[type[ast.AST], list[Any]] = defaultdict(list)
        start = 0
        while start < len(self.every):
            level = self.every[start:]
            start = len(self.every)
            self._level(level)
            self.depth += 1

    def _level(self, level: list[ast.AST]) -> None:
        """Take in nodes of one depth.  The commonest classes are read here: a call for each would double the time."""
        append, extend, by_class = self.every.append, self.every.extend, self._by_class
        one: Any
        for one in level:
            kind = one.__class__
            by_class[kind].append(one)
            if kind is _NAME or kind is _CONSTANT:
                continue
            if kind is _ATTRIBUTE or kind is _EXPR or kind is _KEYWORD:
                append(one.value)
            elif kind is _CALL:
                append(one.func)
                extend(one.args)
                extend(one.keywords)
            elif kind is _SUBSCRIPT:
                append(one.value)
                append(one.slice)
            elif kind is _ASSIGN:
                extend(one.targets)
                append(one.value)
            else:
                extend(children(one))

    @property
    def classes(self) -> AbstractSet[type[ast.AST]]:
        """The classes that the file has nodes of."""
        return self._by_class.keys()

    def of(self, kind: type[_Node]) -> list[_Node]:
        """The nodes of this very class, in the order of :func:`walk`; not to be changed."""
        return self._by_class.get(kind, [])


@lru_cache(maxsize=2)
def nodes_of(tree: ast.Module) -> FileNodes:
    """The nodes of a whole file, for all those that look through it one after the other: it is walked once."""
    return FileNodes(tree)


def walked(tree: ast.Module) -> list[ast.AST]:
    """:func:`walk` of a whole file, done once; not to be changed."""
    return nodes_of(tree).every


def _reader(kind: type[ast.AST]) -> Callable[[ast.AST], list[ast.AST]]:
    """A function that reads the children of nodes of one class."""
    fields = [name for name in kind._fields if name not in _LEAF_FIELDS | _TEXTS]
    if not fields or kind in {ast.Constant, ast.Global, ast.Nonlocal}:
        return _nothing
    if len(fields) == 1:
        return _single(attrgetter(*fields))
    return _several(attrgetter(*fields), filtered=bool(_MIXED & set(fields)))


def _nothing(_: ast.AST) -> list[ast.AST]:
    return []


def _single(get: Callable[[ast.AST], object]) -> Callable[[ast.AST], list[ast.AST]]:
    def read(node: ast.AST) -> list[ast.AST]:
        value = get(node)
        if isinstance(value, ast.AST):
            return [value]
        return _nodes(value)

    return read


def _several(get: Callable[[ast.AST], tuple[object, ...]], *, filtered: bool) -> Callable[[ast.AST], list[ast.AST]]:
    def read(node: ast.AST) -> list[ast.AST]:
        found: list[ast.AST] = []
        for value in get(node):
            if isinstance(value, ast.AST):
                found.append(value)
            elif value.__class__ is list:
                found += value
        return _nodes(found) if filtered else found

    return read


def _nodes(value: object) -> list[ast.AST]:
    return [item for item in value if isinstance(item, ast.AST)] if isinstance(value, list) else []


_READERS: dict[type[ast.AST], Callable[[ast.AST], list[ast.AST]]] = {}
