"""Patterns and expansion: tables that are tedious to build images for."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vartask.artifact.expand import ExpandError, UnknownValue, expand, expand_heredoc
from vartask.artifact.gomatch import BadPattern, match, matcher
from vartask.artifact.modes import changed_mode, owner

VARIABLES: dict[str, str | None] = {"A": "1", "E": "", "S": "foobarbaz", "U": None, "B": "a b"}


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("$A", "1"),
        ("${A}x", "1x"),
        ("$A.py", "1.py"),
        ("$NOPE/x", "/x"),
        (r"\$A", "$A"),
        ("'$A'", "$A"),
        ('"$A"', "1"),
        (r'"\$A"', "$A"),
        (r'"\n"', r"\n"),
        (r"a\ b", "a b"),
        ("${NOPE:-d}", "d"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${A:+alt}", "alt"),
        ("${E:+alt}", ""),
        ("${E+alt}", "alt"),
        ("${NOPE:-${A}}", "1"),
        ("${U:-d}", "d"),
        ("${S#f*b}", "arbaz"),
        ("${S##f*b}", "az"),
        ("${S%b*}", "foobar"),
        ("${S%%b*}", "foo"),
        ("${S/ba/fo}", "fooforbaz"),
        ("${S//ba/fo}", "fooforfoz"),
        ("$", "$"),
        ("$B", "a b"),
    ],
)
def test_words_expand_as_the_builder_expands_them(word: str, value: str) -> None:
    assert expand(word, VARIABLES) == value


def test_the_escape_character_may_be_a_backquote() -> None:
    assert expand(r"C:\foo", {}, "`") == r"C:\foo"


@pytest.mark.parametrize("word", ["$U", "x${U}", "${U#a}", "${U:?m}"])
def test_a_word_with_an_unknown_value_is_unknown_and_names_it(word: str) -> None:
    with pytest.raises(UnknownValue) as caught:
        expand(word, VARIABLES)
    assert caught.value.name == "U"


def test_unset_names_are_unknown_where_the_environment_is() -> None:
    with pytest.raises(UnknownValue):
        expand("$LAMBDA_TASK_ROOT", {}, everything=False)


@pytest.mark.parametrize("word", ["'open", '"open', "${A", "${A!x}", "${NOPE:?needed}"])
def test_what_the_builder_refuses_is_an_error(word: str) -> None:
    with pytest.raises(ExpandError):
        expand(word, VARIABLES)


def test_heredocs_keep_their_quotes() -> None:
    assert expand_heredoc("'$A' \"$A\" \\$A", VARIABLES) == "'1' \"1\" $A"


@given(st.text(alphabet="${}AU:-+?#%/'\"\\ x", max_size=20))
def test_any_word_expands_or_is_refused(word: str) -> None:
    with contextlib.suppress(ExpandError, UnknownValue):
        assert isinstance(expand(word, VARIABLES), str)


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("*.py", ".hidden.py", True),
        ("*.py", "a/b.py", False),
        ("?.py", "a.py", True),
        ("[a-c].py", "b.py", True),
        ("[^a].py", "a.py", False),
        ("[!a].py", "a.py", True),
        ("{a,b}", "a", False),
        ("**/x", "a/x", True),
        ("**/x", "a/b/x", False),
        ("[[]x", "[x", True),
    ],
)
def test_copys_patterns_are_gos(pattern: str, path: str, answer: bool) -> None:
    assert match(pattern, path) is answer


@pytest.mark.parametrize("pattern", ["[", "[a-", "[]a]", "a\\"])
def test_malformed_patterns_are_errors(pattern: str) -> None:
    with pytest.raises(BadPattern):
        match(pattern, "a")


@pytest.mark.parametrize(
    ("patterns", "path", "out"),
    [
        (["*.pyc"], "a.pyc", True),
        (["*.pyc"], "d/a.pyc", False),
        (["**/*.pyc"], "a.pyc", True),
        (["**/*.pyc"], "d/e/a.pyc", True),
        (["**pyc"], "d/a.pyc", True),
        (["tests"], "tests/a/b", True),
        (["tests"], "src/tests/b", False),
        (["/tests/"], "tests/b", True),
        (["./a/../tests"], "tests", True),
        (["a", "!a/b"], "a/b/c", False),
        (["a", "!a/b", "**/c"], "a/b/c", True),
        (["!a", "a"], "a", True),
        (["*", "!src"], "src/x", False),
        (["*", "!src"], "lib/x", True),
        (["**"], "a/b", True),
        (["src/**"], "src/a/b", True),
        (["src/**"], "src", False),
        (["src/**/c"], "src/c", True),
        (["! a", "b"], "a", False),
        (["README.md"], "readme.md", False),
        (["a.b"], "axb", False),
    ],
)
def test_ignore_patterns_are_mobys(patterns: list[str], path: str, out: bool) -> None:
    assert (matcher(patterns).decide(path) is not None) is out


@pytest.mark.parametrize(
    ("mode", "change", "is_dir", "result"),
    [
        (0o600, "755", False, 0o755),
        (0o600, "u=rwX,go=rX", False, 0o644),
        (0o700, "u=rwX,go=rX", False, 0o755),
        (0o600, "u=rwX,go=rX", True, 0o755),
        (0o644, "+x", False, 0o755),
        (0o755, "go-rx", False, 0o700),
        (0o644, "nonsense", False, 0o644),
        (0o644, None, False, 0o644),
    ],
)
def test_modes_change_as_chmod_says(mode: int, change: str | None, is_dir: bool, result: int) -> None:
    assert changed_mode(mode, change, is_dir=is_dir) == result


def test_one_number_is_user_and_group() -> None:
    assert owner("7") == (7, 7)
    assert owner("7:8") == (7, 8)
    assert owner("nobody:www-data") == (0, 0)
