"""What vartask says an older CPython says of a file is what that CPython says, word for word."""

from __future__ import annotations

import random
import sys
import textwrap

import pytest

import pythons
from newer_snippets import NEWER
from python_snippets import SNIPPETS
from vartask.data.runtimes import SUPPORTED, version_tuple
from vartask.model import Span, SyntaxProblem
from vartask.syntax.python import parse

COMPILER = """
import json, sys
said = []
for source in json.load(sys.stdin):
    try:
        compile(source.encode(), "app.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        said.append(str(error))
    else:
        said.append(None)
print(json.dumps(said))
"""
VERSIONS = sorted(set(pythons.pythons()) & set(SUPPORTED), key=version_tuple)
PROGRAMS = [*SNIPPETS, *NEWER]


def words(source: str, version: str) -> str | None:
    """``None`` for a file that is read, or ``?`` for one that is refused in words that are not known."""
    parsed, target = parse(source.encode(), "app.py"), version_tuple(version)
    problem = parsed.problem
    use = next((use for use in parsed.uses if use.since > target), None)
    if use is not None and (problem is None or not use.late):
        problem = SyntaxProblem("", Span("app.py"), said=use.said)
    if problem is None:
        return None
    said = problem.words(target)
    return f"{said[0]} (app.py, line {said[1]})" if said is not None else "?"


@pytest.mark.parametrize("version", VERSIONS)
def test_the_words_are_those_of_the_compiler(version: str) -> None:
    real = pythons.ask(version, COMPILER, PROGRAMS)
    pairs = [(source, words(source, version), said) for source, said in zip(PROGRAMS, real, strict=True)]
    assert [pair for pair in pairs if pair[1] not in {None, "?", pair[2]}] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_words_are_those_of_the_compiler_where_several_uses_stand_in_a_file(version: str) -> None:
    programs = several(400, seed=version)
    real = pythons.ask(version, COMPILER, programs)
    pairs = [(source, words(source, version), said) for source, said in zip(programs, real, strict=True)]
    assert [pair for pair in pairs if pair[1] not in {None, "?", pair[2]}] == []


def several(count: int, seed: str) -> list[str]:
    """Programs of two or three others, within a function or not."""
    choice = random.Random(seed)  # noqa: S311
    whole = [program for program in NEWER if "'''" not in program and "\\\n" not in program]
    found = []
    for _ in range(count):
        parts = choice.sample(whole, choice.randint(2, 3))
        inside = choice.random() < 0.5
        indented = ["async def outer():\n" + textwrap.indent(part, "    ") if inside else part for part in parts]
        found.append("".join(indented))
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_words_for_newer_grammar_are_nearly_always_known(version: str) -> None:
    newest = pythons.ask(VERSIONS[-1], COMPILER, PROGRAMS)
    own = pythons.ask(version, COMPILER, PROGRAMS)
    newer = [source for source, last, said in zip(PROGRAMS, newest, own, strict=True) if last is None and said]
    unknown = [source for source in newer if words(source, version) == "?"]
    assert len(unknown) <= len(newer) // 20 + 2, unknown


def test_the_words_of_the_tests_own_python_are_always_known() -> None:
    version = "{}.{}".format(*sys.version_info)
    refused = [
        source for source, said in zip(SNIPPETS, pythons.ask(version, COMPILER, list(SNIPPETS)), strict=True) if said
    ]
    assert len([source for source in refused if words(source, version) == "?"]) <= 3


@pytest.mark.parametrize(
    ("source", "version", "expected"),
    [
        ("x = 1\nmatch x:\n    case 1: pass\n", "3.9", (2, 1)),
        ("def f():\n    x = f'{d['a']}'\n", "3.11", (2, 9)),
        ("class A:\n    def f[T](self): pass\n", "3.11", (2, 10)),
        ("é = t'é'\n", "3.13", (1, 5)),
    ],
)
def test_a_use_stands_where_it_is_written(source: str, version: str, expected: tuple[int, int]) -> None:
    parsed = parse(source.encode(), "app.py")
    use = next(use for use in parsed.uses if use.since > version_tuple(version))
    assert (use.line, use.column) == expected
