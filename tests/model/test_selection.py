from __future__ import annotations

import pytest

from vartask.model import Finding, Span
from vartask.model.selection import allowed, selected, silenced, suppressed

CODE, NAME = "VT101", "handler-not-packaged"


@pytest.mark.parametrize(
    ("select", "ignore", "expected"),
    [
        (None, (), True),
        (None, ("VT101",), False),
        (None, ("VT1",), False),
        (None, ("VT2",), True),
        ((), (), False),
        (("VT2",), (), False),
        (("VT1",), (), True),
        (("handler-not-packaged",), (), True),
        (("handler",), (), False),
        (("VT1",), ("VT101",), False),
        (("VT101",), ("VT1",), True),
        (("handler-not-packaged",), ("VT1",), True),
        (("VT101",), ("handler-not-packaged",), False),
        (("",), (), False),
    ],
)
def test_the_more_exact_selector_decides(
    select: tuple[str, ...] | None, ignore: tuple[str, ...], expected: bool
) -> None:
    assert selected(CODE, NAME, select, ignore) is expected


@pytest.mark.parametrize(
    "line",
    [
        "x = 1  # vartask: allow[handler-not-packaged]",
        "x = 1  # vartask: allow[VT101]",
        "x = 1  #vartask:allow[vt101]",
        "x = 1  # vartask: allow[other-rule, handler-not-packaged] because the layer has it",
        "x = 1  # vartask: allow[VT1]",
        'handler = "a.b" // vartask: allow[VT101]',
        "x = 1  # type: ignore  # vartask: allow[VT101]",
    ],
)
def test_a_comment_at_the_end_of_the_line_allows_the_rule(line: str) -> None:
    assert allowed(line, "", CODE, NAME)
    assert not allowed(line, "", "VT999", "other")


def test_a_comment_alone_on_the_line_above_allows_the_rule() -> None:
    assert allowed("COPY a b", "  # vartask: allow[handler-not-packaged]", CODE, NAME)


def test_a_comment_at_the_end_of_the_line_above_speaks_for_that_line_only() -> None:
    assert not allowed("y = 2", "x = 1  # vartask: allow[VT101]", CODE, NAME)


@pytest.mark.parametrize(
    "line", ["x = 1", "vartask: allow[VT101]", "# vartask: allow[]", "# vartask: allow", "# vartask: allow[VT2]"]
)
def test_anything_else_allows_nothing(line: str) -> None:
    assert not allowed(line, line, CODE, NAME)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("import x  # noqa", True),
        ("import x  # NOQA", True),
        ("import x  #noqa", True),
        ("import x  # noqa: VT101", True),
        ("import x  # noqa:E501,VT1", True),
        ("import x  # noqa: E501 VT101", True),
        ("import x  # noqa: handler-not-packaged", True),
        ("import x  # noqa: E501", False),
        ("import x  # noqa: VT2", False),
        ("import x  # noqable", False),
        ("import x", False),
    ],
)
def test_noqa_is_read_as_flake8_does(line: str, expected: bool) -> None:
    assert silenced(line, CODE, NAME) is expected


def finding(path: str, line: int) -> Finding:
    return Finding(Span(path, line), "message", code=CODE, name=NAME)


def test_noqa_counts_in_python_files_only() -> None:
    assert suppressed(finding("a.py", 1), ["import x  # noqa"])
    assert not suppressed(finding("Dockerfile", 1), ["COPY x  # noqa"])


def test_the_comment_on_the_line_before_the_first_is_no_last_line() -> None:
    assert not suppressed(finding("Dockerfile", 1), ["COPY a b", "# vartask: allow[VT101]"])


def test_a_line_that_the_file_does_not_have_suppresses_nothing() -> None:
    assert not suppressed(finding("a.py", 9), ["import x  # noqa"])
