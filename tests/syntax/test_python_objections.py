"""Where the nodes of a file say that the compiler takes it, the compiler takes it."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from vartask.syntax.python import parse
from vartask.syntax.python_nodes import nodes_of
from vartask.syntax.python_objections import compiler_may_object

_FILES = sorted(Path(sysconfig.get_path("stdlib")).glob("*.py"))


def _refusal(tree: ast.Module) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, "app.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error.msg
    return None


def _spared(tree: ast.Module, source: bytes | str) -> bool:
    nodes_of.cache_clear()
    return not compiler_may_object(tree, source)


REFUSED = [
    "return 1",
    "class A:\n    return 1",
    "def f():\n    class A:\n        return 1",
    "if x:\n    return",
    "with x:\n    for y in z:\n        return",
    "try:\n    pass\nfinally:\n    return",
    "yield 1",
    "x = yield",
    "class A:\n    yield 1",
    "def f():\n    class A:\n        x = yield 1",
    "def f(x=(yield 1)): pass",
    "def f():\n    return [(yield x) for x in y]",
    "def f():\n    yield [(yield x) for x in y]",
    "def f():\n    yield from {(yield x): 1 for x in y}",
    "f(yield_ := 1)\nyield from f",
    "await x",
    "def f():\n    await x",
    "def f():\n    async with x: pass",
    "async def f():\n    yield 1\n    return 2",
    "async def f():\n    yield from x",
    "lambda: (await x)",
    "break",
    "continue",
    "for x in y: pass\nelse: break",
    "while x: pass\nelse:\n    continue",
    "for x in y:\n    def f():\n        break",
    "for x in y:\n    class A:\n        continue",
    "while x:\n    if y:\n        pass\nif z: break",
    "try: pass\nexcept: pass\nexcept E: pass",
    "def f():\n    try: pass\n    except: pass\n    except E: pass",
    "def f():\n    from os import *",
    "class A:\n    from os import *",
    "nonlocal x",
    "def f():\n    nonlocal x",
    "def f(x):\n    global x",
    "def f():\n    x = 1\n    global x",
    "def f():\n    print(x)\n    global x",
    "def f():\n    global x\n    x: int = 1",
    "x = 1\nglobal x",
    "def f(a, a): pass",
    "def f(a, *a): pass",
    "def f(a, *, a): pass",
    "def f(a, /, a): pass",
    "def f(a, **a): pass",
    "def f(*a, **a): pass",
    "lambda a, a: 1",
    "class A:\n    def f(self, __x, _A__x): pass",
    "f(a=1, a=2)",
    "f(a=1, **b, a=2)",
    "class A(a=1, a=2): pass",
    "@f(a=1, a=2)\nclass A: pass",
    "import os\nfrom __future__ import annotations",
    "x = 1; from __future__ import annotations",
    "def f():\n    from __future__ import annotations",
    "'doc'\n'doc'\nfrom __future__ import annotations",
    "1\nfrom __future__ import annotations",
    "b'doc'\nfrom __future__ import annotations",
    "from __future__ import annotations\nimport os\nfrom __future__ import division",
    "from __future__ import annotations\nif x:\n    from __future__ import division",
    "from __future__ import braces",
    "from __future__ import nothing",
    "from __future__ import *",
    "*a, *b = c",
    "[*a, [*b, *d]] = c",
    "*a = c",
    "for *a in b: pass",
    "*a",
    "x = *a",
    "def f():\n    return *a",
    "for x in *a: pass",
    "with x as [*a, *b]: pass",
    "def f():\n    yield *a",
    "x = y[(*a, b)] = *c",
    "[x := 1 for x in y]",
    "[1 for x in (z := y)]",
    "class A:\n    [z := x for x in y]",
    "[lambda: (x := 1) for x in y if [x := 2]]",
    "__debug__ = 1",
    "x.__debug__ = 1",
    "def __debug__(): pass",
    "class __debug__: pass",
    "def f(__debug__): pass",
    "f(__debug__=1)",
    "import __debug__",
    "import x as __debug__",
    "for __debug__ in x: pass",
    "with x as __debug__: pass",
    "try: pass\nexcept E as __debug__: pass",
    "match x:\n    case __debug__: pass",
    "match x:\n    case {**__debug__}: pass",
    "__d\uff45bug__ = 1",
    "\uff3f_debug__ = 1",
    "".join(" " * depth + "for x in y:\n" for depth in range(21)) + " " * 21 + "pass",
    "".join(" " * depth + "with x:\n" for depth in range(21)) + " " * 21 + "pass",
    "with " + ", ".join(f"x{number}" for number in range(21)) + ": pass",
    "".join(" " * depth + "try:\n" for depth in range(21))
    + " " * 21
    + "pass\n"
    + "".join(" " * depth + "finally: pass\n" for depth in reversed(range(21))),
    "def f():\n    x = [i for i in (yield 1)]\n    class A:\n        yield 2",
]


@pytest.mark.parametrize("source", REFUSED)
def test_what_the_compiler_refuses_is_never_spared(source: str) -> None:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        # On this host the parser refuses it already, so it never comes before the compiler.
        return
    if _refusal(tree) is not None:
        assert not _spared(tree, source)


def test_nearly_all_of_these_are_refused_by_the_host() -> None:
    taken = [source for source in REFUSED if _taken(source)]
    assert len(taken) < 6


def _taken(source: str) -> bool:
    try:
        return _refusal(ast.parse(source)) is None
    except SyntaxError:
        return False


@pytest.mark.parametrize(
    "source",
    [
        "",
        "'doc'\nfrom __future__ import annotations\nfrom __future__ import division\nfrom os import *",
        "def f(a, /, b, *c, d=1, **e):\n    return f(a, *c, d=b, **e)",
        "def f():\n    x = yield 1\n    yield from x\n    for y in x:\n        yield",
        "for a, *b in c:\n    if a:\n        break\n    continue\nelse:\n    [*a, b] = {*c}",
        "class A(*bases, metaclass=M):\n    def f(self):\n        return self.x",
        "try: pass\nexcept E as e: pass\nexcept: pass\nelse: pass\nfinally: pass",
        "if (x := f()):\n    print(f'{x!r}')",
        "x = 'é'",
    ],
)
def test_plain_code_is_spared_the_compiler(source: str) -> None:
    assert _spared(ast.parse(source), source)


@pytest.mark.parametrize("start", range(0, len(_FILES), 40))
def test_most_of_the_standard_library_is_spared_and_compiles(start: int) -> None:
    spared = 0
    for path in _FILES[start : start + 40]:
        data = path.read_bytes()
        tree = ast.parse(data)
        if _spared(tree, data if data.isascii() else data.decode()):
            spared += 1
            assert _refusal(tree) is None, path
    assert spared > 2


@pytest.mark.parametrize("start", range(0, len(_FILES), 40))
def test_statements_and_names_that_were_moved_are_refused_or_spared_as_the_compiler_says(start: int) -> None:
    for path in _FILES[start : start + 40]:
        data = path.read_bytes()
        if not data.isascii() or len(data) > 30_000:
            continue
        for made in _made_worse(ast.parse(data)):
            if _spared(made, data):
                assert _refusal(made) is None, ast.unparse(made)[:2000]


def _made_worse(tree: ast.Module) -> Iterator[ast.Module]:
    """The file with one thing moved to where it may not stand, a different one each time."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in functions[:6]:
        # The body of a function stands where the function stood.
        yield ast.Module([*node.body], [])
    for node in functions[:3]:
        inner = ast.parse("class A: pass")
        inner.body[0].body = node.body  # type: ignore[attr-defined]
        yield inner
        names = [item.arg for item in node.args.args]
        if len(names) > 1:
            first = node.args.args[0].arg
            node.args.args[0].arg = names[-1]
            yield tree
            node.args.args[0].arg = first
    for call in [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.keywords) > 1][:3]:
        name = call.keywords[0].arg
        call.keywords[0].arg = call.keywords[1].arg
        yield tree
        call.keywords[0].arg = name


def test_a_problem_that_only_the_compiler_sees_is_still_found() -> None:
    problem = parse(b"import os\n\nfor x in y:\n    return x\n", "app.py").problem
    assert problem is not None
    assert (problem.message, problem.span.line) == ("'return' outside function", 4)
