"""The walks give what ``ast``'s own give, but for the nodes that have neither place nor children."""

from __future__ import annotations

import ast
import sysconfig
from pathlib import Path

import pytest

from vartask.syntax.python_nodes import children, walk

_LEFT_OUT = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
_FILES = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


def _kept(nodes: list[ast.AST]) -> list[ast.AST]:
    return [node for node in nodes if not isinstance(node, _LEFT_OUT)]


@pytest.mark.parametrize("start", range(0, len(_FILES), 40))
def test_every_node_of_the_standard_library_comes_in_the_order_of_ast(start: int) -> None:
    for path in _FILES[start : start + 40]:
        tree = ast.parse(path.read_bytes())
        theirs = _kept(list(ast.walk(tree)))
        assert walk(tree) == theirs, path
        assert all(children(node) == _kept(list(ast.iter_child_nodes(node))) for node in theirs), path


@pytest.mark.parametrize(
    "source",
    [
        "f = {**a, 'b': 1}",
        "def f(a, /, b=1, *c, d, e=2, **g) -> int: ...",
        "match x:\n    case Point(1, y=2) | {'k': v, **rest} | [1, *others] | None if z: pass",
        "async def f():\n    async with a as b, c: return [d async for e in g if h]",
        "global a\nx: int\nprint(f'{a!r:>{w}}', *b, **c)",
        "try: pass\nexcept E as e: pass\nelse: pass\nfinally: pass",
    ],
)
def test_nodes_with_gaps_and_words_in_their_lists(source: str) -> None:
    tree = ast.parse(source)
    assert walk(tree) == _kept(list(ast.walk(tree)))


def test_a_node_made_without_all_its_fields_is_walked() -> None:
    call = ast.Call(func=ast.Name("f", ast.Load()))  # type: ignore[call-arg]
    assert [type(node) for node in walk(call)] == [ast.Call, ast.Name]
