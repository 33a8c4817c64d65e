"""Whether CPython's compiler may refuse a file that its parser has accepted.

Asking the compiler takes as long as parsing.  Most files hold nothing that it could object to, and their nodes show
it.  What it objects to are the ``SyntaxError`` messages of symtable.c, compile.c and future.c in CPython's ``Python``
directory.  ``False`` is meant to be certain: the tests compare it with the host's compiler, on the standard library
and on files made worse by hand, and the same was done under CPython 3.10 to 3.13.  Where a newer Python brings other
kinds of nodes, the compiler is asked.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from itertools import takewhile
from typing import NamedTuple

from vartask.syntax.python_nodes import FileNodes, nodes_of

_DEEPEST = 100
"""Nodes one below the other.  The compiler's own limit hangs on the depth of the interpreter's stack: at most 1,000."""

_MOST_BLOCKS = 16
"""Loops, ``with`` items and parts of ``try`` one inside the other: the compiler takes 20 (``CO_MAXBLOCKS``)."""

_FUTURES = frozenset({"annotations", "absolute_import", "division", "print_function", "unicode_literals"})

_HARMLESS: frozenset[type[ast.AST]] = frozenset(
    {
        ast.AnnAssign, ast.Assert, ast.Assign, ast.Attribute, ast.AugAssign, ast.BinOp, ast.BoolOp, ast.Break,
        ast.Call, ast.ClassDef, ast.Compare, ast.Constant, ast.Continue, ast.Delete, ast.Dict, ast.DictComp,
        ast.ExceptHandler, ast.Expr, ast.For, ast.FormattedValue, ast.FunctionDef, ast.GeneratorExp, ast.If,
        ast.IfExp, ast.Import, ast.ImportFrom, ast.JoinedStr, ast.Lambda, ast.List, ast.ListComp, ast.Module,
        ast.Name, ast.NamedExpr, ast.Pass, ast.Raise, ast.Return, ast.Set, ast.SetComp, ast.Slice, ast.Starred,
        ast.Subscript, ast.Try, ast.Tuple, ast.UnaryOp, ast.While, ast.With, ast.Yield, ast.YieldFrom, ast.alias,
        ast.arg, ast.arguments, ast.comprehension, ast.keyword, ast.withitem,
    }
)  # fmt: skip
"""What this module knows the rules for.  ``global``, ``async``, type parameters and what is newer have many."""


def compiler_may_object(tree: ast.Module, source: bytes | str) -> bool:
    """Whether compiling a tree that the host's parser made of ``source`` may end in a ``SyntaxError``."""
    nodes = nodes_of(tree)
    return (
        nodes.depth > _DEEPEST
        or not nodes.classes <= _HARMLESS
        or _says_debug(source)
        or (ast.NamedExpr in nodes.classes and ast.comprehension in nodes.classes)
        or any(_repeats_a_parameter(node) for node in nodes.of(ast.arguments))
        or any(_repeats_a_keyword(node) for node in nodes.of(ast.Call) if len(node.keywords) > 1)
        or any(_repeats_a_keyword(node) for node in nodes.of(ast.ClassDef))
        or (ast.Starred in nodes.classes and not _stars_are_taken(nodes))
        or not _imports_are_taken(tree, nodes)
        or not _statements_are_taken(tree, nodes)
    )


def _says_debug(source: bytes | str) -> bool:
    """Nothing may be called ``__debug__``, in whatever letters: names are compared as NFKC (PEP 3131)."""
    if isinstance(source, bytes):
        return b"__debug__" in source
    import unicodedata

    return "__debug__" in unicodedata.normalize("NFKC", source)


def _repeats_a_parameter(node: ast.arguments) -> bool:
    names = [item.arg for item in node.args]
    if node.posonlyargs or node.kwonlyargs or node.vararg or node.kwarg:
        others = (*node.posonlyargs, *node.kwonlyargs, node.vararg, node.kwarg)
        names += [item.arg for item in others if item is not None]
    # In a class ``__a`` is called ``_Class__a``, which another parameter may be called as well.
    return len(set(names)) < len(names) or any(name.startswith("__") for name in names)


def _repeats_a_keyword(node: ast.Call | ast.ClassDef) -> bool:
    names = [item.arg for item in node.keywords if item.arg is not None]
    return len(set(names)) < len(names)


def _stars_are_taken(nodes: FileNodes) -> bool:
    """Whether all starred expressions stand where a call or a display is filled, or once among targets."""
    taken = sum(_stars(node.args) for node in nodes.of(ast.Call))
    taken += sum(_stars(node.bases) for node in nodes.of(ast.ClassDef))
    taken += sum(_stars(node.elts) for node in nodes.of(ast.Set))
    displays: list[ast.List | ast.Tuple] = [*nodes.of(ast.List), *nodes.of(ast.Tuple)]
    for node in displays:
        stars = _stars(node.elts)
        if isinstance(node.ctx, ast.Load) or (isinstance(node.ctx, ast.Store) and stars == 1):
            taken += stars
    return taken == len(nodes.of(ast.Starred))


def _stars(items: Iterable[ast.expr]) -> int:
    return sum(item.__class__ is ast.Starred for item in items)


def _imports_are_taken(tree: ast.Module, nodes: FileNodes) -> bool:
    """``import *`` only at the top, ``from __future__`` only in front of everything else."""
    futures = 0
    for node in nodes.of(ast.ImportFrom):
        futures += node.module == "__future__"
        if node.names[0].name == "*" and node not in tree.body:
            return False
    if not futures:
        return True
    documented = ast.get_docstring(tree, clean=False) is not None
    leading = takewhile(_is_known_future, tree.body[documented:])
    return sum(1 for _ in leading) == futures


def _is_known_future(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and node.level == 0
        and all(alias.name in _FUTURES for alias in node.names)
    )


class _Block(NamedTuple):
    """Statements, whether they are a function's own and in a loop of it, and in how many of ``_MOST_BLOCKS``."""

    body: list[ast.stmt]
    function: bool = False
    loop: bool = False
    blocks: int = 0


def _statements_are_taken(tree: ast.Module, nodes: FileNodes) -> bool:
    """Whether every statement may stand where it does, and every ``yield`` in a function: expressions are spared."""
    yields = len(nodes.of(ast.Yield)) + len(nodes.of(ast.YieldFrom))
    pending = [_Block(tree.body)]
    while pending:
        block = pending.pop()
        if block.blocks > _MOST_BLOCKS:
            return False
        for node in block.body:
            if node.__class__ in _PLACED:
                if not _may_stand(node, block):
                    return False
                pending += _blocks_in(node, block)
        if yields and block.function:
            yields -= sum(getattr(node, "value", None).__class__ in _YIELDS for node in block.body)
    return not yields


def _may_stand(node: ast.stmt, block: _Block) -> bool:
    if isinstance(node, ast.Return):
        return block.function
    if isinstance(node, (ast.Break, ast.Continue)):
        return block.loop
    # A bare ``except`` comes last.
    return not isinstance(node, ast.Try) or all(clause.type is not None for clause in node.handlers[:-1])


def _blocks_in(node: ast.stmt, block: _Block) -> Iterator[_Block]:
    if isinstance(node, ast.FunctionDef):
        yield _Block(node.body, function=True)
    elif isinstance(node, ast.ClassDef):
        yield _Block(node.body)
    elif isinstance(node, ast.If):
        yield block._replace(body=node.body)
        yield block._replace(body=node.orelse)
    elif isinstance(node, (ast.For, ast.While)):
        yield _Block(node.body, block.function, loop=True, blocks=block.blocks + 1)
        yield block._replace(body=node.orelse)
    elif isinstance(node, ast.With):
        yield block._replace(body=node.body, blocks=block.blocks + len(node.items))
    elif isinstance(node, ast.Try):
        # ``finally``, ``except`` and the name that a clause deletes at its end are a block each.
        for body in (node.body, node.orelse, node.finalbody, *(clause.body for clause in node.handlers)):
            yield block._replace(body=body, blocks=block.blocks + 3)


_YIELDS = frozenset({ast.Yield, ast.YieldFrom})

_PLACED = frozenset(
    {
        ast.Break, ast.ClassDef, ast.Continue, ast.For, ast.FunctionDef, ast.If, ast.Return, ast.Try, ast.While,
        ast.With,
    }
)  # fmt: skip
"""Statements that may not stand everywhere, and those that others stand in."""
