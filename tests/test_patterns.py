"""Expressions made by ``vartask.patterns`` answer as those of ``re`` do, and cost nothing until they are asked."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import vartask
from vartask.patterns import regex

SOURCES = Path(vartask.__file__).parent


@pytest.mark.parametrize("flags", [0, re.IGNORECASE])
def test_every_question_has_the_answer_of_re(flags: int) -> None:
    for name, arguments in [
        ("search", ("xAb",)),
        ("match", ("abc",)),
        ("fullmatch", ("ab",)),
        ("split", ("1ab2aB3",)),
        ("findall", ("ab Ab",)),
        ("sub", ("-", "ab Ab")),
        ("subn", ("-", "ab Ab")),
    ]:
        ours, theirs = getattr(regex("ab", flags), name)(*arguments), getattr(re.compile("ab", flags), name)(*arguments)
        assert repr(ours) == repr(theirs)
    assert [found.span() for found in regex("a", flags).finditer("a1A")] == [
        found.span() for found in re.finditer("a", "a1A", flags)
    ]


def test_a_second_question_does_not_compile_again(monkeypatch: pytest.MonkeyPatch) -> None:
    pattern = regex("ab")
    assert pattern.match("ab")
    monkeypatch.setattr(re, "compile", None)
    assert pattern.match("ab")
    assert pattern.search("cab")


def test_what_else_a_compiled_expression_has() -> None:
    pattern = regex("(?P<one>a)", re.MULTILINE)
    assert (pattern.pattern, pattern.groups, dict(pattern.groupindex)) == ("(?P<one>a)", 1, {"one": 1})
    assert not hasattr(pattern, "none")


def _modules() -> Iterator[str]:
    for info in pkgutil.walk_packages(vartask.__path__, "vartask."):
        if ".probe" not in info.name and not info.name.endswith("__main__"):
            yield info.name


def test_every_expression_of_vartask_compiles() -> None:
    made = {
        id(value): value
        for name in _modules()
        for value in vars(importlib.import_module(name)).values()
        if type(value) is regex
    }
    assert len(made) > 200
    for pattern in made.values():
        assert pattern.groups >= 0


def test_no_module_compiles_an_expression_when_it_is_imported() -> None:
    for path in SOURCES.rglob("*.py"):
        if "probe" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            assert [node.lineno for node in _run_at_import(tree) if ast.unparse(node) == "re.compile"] == [], path


def _run_at_import(node: ast.AST) -> Iterator[ast.Attribute]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute):
            yield child
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from _run_at_import(child)


def test_nothing_is_compiled_for_the_catalogue_of_rules() -> None:
    code = (
        "import re, vartask.patterns as patterns;"
        "patterns.re = None;"  # whatever compiles now, fails
        "from vartask.engine import catalogue; print(len(catalogue()) > 30)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
