from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from vartask.model import Span
from vartask.syntax.python import parse
from vartask.syntax.python_places import span_of


def problem(source: bytes | str) -> tuple[str, int, bool]:
    parsed = parse(source if isinstance(source, bytes) else source.encode(), "app.py")
    assert parsed.tree is None
    assert parsed.problem is not None
    return parsed.problem.message, parsed.problem.span.line, parsed.problem.fatal


def test_a_plain_file_parses_without_a_problem() -> None:
    parsed = parse(b"import os\n\ndef handler(event, context):\n    return 1\n", "app.py")
    assert parsed.tree is not None
    assert [type(node).__name__ for node in parsed.tree.body] == ["Import", "FunctionDef"]
    assert parsed.problem is None
    assert parsed.grammar == (3, 0)


def test_an_empty_file_is_a_module_without_statements() -> None:
    parsed = parse(b"", "app.py")
    assert parsed.tree is not None
    assert parsed.tree.body == []


def test_columns_count_characters_after_non_ascii_text() -> None:
    parsed = parse("x = 'é€😀'; import boto3\n".encode(), "app.py")
    assert parsed.tree is not None
    assert span_of(parsed.tree.body[1], "app.py") == Span("app.py", 1, 12, 1, 24)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_columns_count_characters_with_every_line_end(newline: str) -> None:
    parsed = parse(f"a = 1{newline}b = 'é'; c = 2{newline}".encode(), "app.py")
    assert parsed.tree is not None
    assert span_of(parsed.tree.body[2], "app.py") == Span("app.py", 2, 10, 2, 15)


def test_a_latin_1_file_that_says_so_is_read() -> None:
    parsed = parse("# -*- coding: latin-1 -*-\nx = 'é'; y = 1\n".encode("latin-1"), "app.py")
    assert parsed.tree is not None
    assign = parsed.tree.body[0]
    assert isinstance(assign, ast.Assign)
    assert isinstance(assign.value, ast.Constant)
    assert assign.value.value == "é"
    assert parsed.tree.body[1].col_offset == 9


def test_a_byte_order_mark_is_not_part_of_the_first_line() -> None:
    parsed = parse(b"\xef\xbb\xbfx = '\xc3\xa9'; y = 1\n", "app.py")
    assert parsed.tree is not None
    assert parsed.tree.body[1].col_offset == 9


def test_a_file_that_is_not_utf_8_is_refused_at_the_line_of_the_byte() -> None:
    message, line, fatal = problem(b"a = 1\nb = 2\nx = 'caf\xe9'\n")
    assert "'utf-8' codec can't decode byte 0xe9" in message
    assert (line, fatal) == (3, True)


def test_a_byte_that_is_not_utf_8_in_the_first_line_is_refused_there() -> None:
    message, line, fatal = problem(b"x = 'caf\xe9'\n")
    assert "utf-8" in message
    assert (line, fatal) == (1, True)


def test_an_unknown_encoding_is_refused_by_every_runtime() -> None:
    message, _, fatal = problem(b"# coding: klingon\nx = 1\n")
    assert message == "unknown encoding: klingon"
    assert fatal


def test_a_nul_byte_is_refused_at_its_line() -> None:
    assert problem(b"a = 1\nb = \0 2\n") == ("source code string cannot contain null bytes", 2, True)


def test_two_hundred_and_one_brackets_are_refused_by_every_runtime() -> None:
    message, line, fatal = problem("x = " + "[" * 5000 + "]" * 5000)
    assert message == "too many nested parentheses"
    assert (line, fatal) == (1, True)


@pytest.mark.parametrize(
    "source",
    ["-" * 100_000 + "1", "a" + ".b" * 50_000, "1" + "+1" * 50_000, "not " * 50_000 + "x", "lambda:" * 50_000 + "1"],
    ids=["minus", "attribute", "plus", "not", "lambda"],
)
def test_endless_expressions_are_a_doubt_and_not_a_crash(source: str) -> None:
    message, _, fatal = problem(source)
    assert "nested too deeply" in message
    assert not fatal


def test_an_elif_chain_of_thousands_does_not_crash() -> None:
    parsed = parse(("if a:\n  pass\n" + "elif a:\n  pass\n" * 20_000).encode(), "app.py")
    assert parsed.tree is not None or (parsed.problem is not None and not parsed.problem.fatal)


def test_a_syntax_error_has_its_line_and_column() -> None:
    parsed = parse(b"a = 1\ndef f(\n    return 1\n", "app.py")
    assert parsed.problem is not None
    assert parsed.problem.fatal
    assert parsed.problem.span.path == "app.py"
    assert parsed.problem.span.line in (2, 3)


@pytest.mark.parametrize(
    "source", ["print 'x'\n", "exec 'x'\n", "try:\n    pass\nfinally\n    pass\n", "x = 0777\n", "raise E, 'x'\n"]
)
def test_what_no_python_3_accepts_is_fatal(source: str) -> None:
    assert problem(source)[2]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x = 1\nreturn x\n", "'return' outside function"),
        ("x = 1\nawait x\n", "'await' outside function"),
        ("x = 1\nfrom __future__ import annotations\n", "from __future__ imports must occur at the beginning"),
        ("x = 1\nbreak\n", "'break' outside loop"),
        ("x = 1\ndef f(a, a): pass\n", "duplicate argument 'a'"),
        ("def f():\n    from os import *\n", "import * only allowed at module level"),
    ],
)
def test_what_only_the_compiler_refuses_is_refused(source: str, text: str) -> None:
    message, line, fatal = problem(source)
    assert text in message
    assert (line, fatal) == (2, True)


def test_parsing_says_nothing_on_its_own_even_when_warnings_are_errors() -> None:
    source = r"import re; re.compile('\d'); x = 1 is 1; assert (x, 'y'); y = 0x1for z in ()"
    code = (
        "from vartask.syntax.python import parse\n"
        f"parsed = parse({source[:60]!r}.encode(), 'app.py')\n"
        "assert parsed.tree is not None, parsed.problem\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
