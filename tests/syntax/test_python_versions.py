"""What vartask says of a file on a target is what that CPython's own compiler says."""

from __future__ import annotations

import random
import sys
import textwrap
from collections.abc import Sequence
from functools import cache

import pytest

import pythons
from python_snippets import EXCEPTIONS, SNIPPETS
from vartask.data.runtimes import SUPPORTED
from vartask.syntax.python import parse

COMPILER = """
import json, sys
said = []
for source in json.load(sys.stdin):
    try:
        compile(source.encode(), "app.py", "exec", dont_inherit=True)
    except SyntaxError as error:
        said.append(error.msg)
    else:
        said.append(None)
print(json.dumps(said))
"""
VERSIONS = sorted(set(pythons.pythons()) & set(SUPPORTED))


@cache
def verdict(source: str, version: str) -> str:
    """``fine``, ``refused`` or ``doubt``."""
    parsed = parse(source.encode(), "app.py")
    if parsed.problem is not None:
        return "refused" if parsed.problem.fatal else "doubt"
    return "refused" if parsed.grammar > tuple(int(part) for part in version.split(".")) else "fine"


def compared(sources: Sequence[str], version: str) -> list[tuple[str, str, str | None]]:
    """The sources on which vartask and the compiler differ."""
    real = pythons.ask(version, COMPILER, list(sources))
    found = [(source, verdict(source, version), said) for source, said in zip(sources, real, strict=True)]
    return [(source, ours, said) for source, ours, said in found if (ours == "refused") != (said is not None)]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_construct_is_judged_as_the_compiler_does(version: str) -> None:
    assert compared(SNIPPETS, version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_constructs_are_judged_alike_inside_others(version: str) -> None:
    differing = compared(composed(400, seed=version), version)
    assert [item for item in differing if item[1] != "doubt"] == []
    # Two mistakes at different places, one of them in newer grammar, leave a doubt: a gap in the report.
    assert len(differing) < 12


def test_an_exception_is_never_a_false_alarm_on_the_tests_own_python() -> None:
    version = "{}.{}".format(*sys.version_info)
    wrong = [source for source, ours, said in compared(list(EXCEPTIONS), version) if said is None and ours == "refused"]
    assert set(wrong) <= {"x = f'{a:\n}'\n"}


def composed(count: int, seed: str) -> list[str]:
    """Snippets one after the other, in functions, classes, branches and loops."""
    choice = random.Random(seed)  # noqa: S311
    around = (
        "def outer():\n{}",
        "async def outer():\n{}",
        "class Outer:\n{}",
        "if condition:\n{}",
        "{}",
        "for i in y:\n{}",
    )
    found = []
    for _ in range(count):
        parts = choice.sample(
            [item for item in SNIPPETS if "\\\n" not in item and "'''" not in item], choice.randint(1, 2)
        )
        source = "".join(
            choice.choice(around).replace("{}", textwrap.indent(part, "    ")) if choice.random() < 0.8 else part
            for part in parts
        )
        found.append(source)
    return found
