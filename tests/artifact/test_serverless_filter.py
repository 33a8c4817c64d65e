from __future__ import annotations

import pytest

from vartask.artifact.filters import Filters, Unsure
from vartask.artifact.filters._picomatch import compiled, expand
from vartask.artifact.filters.serverless import matcher
from vartask.model import Filter, Span, Text

AT = Span("serverless.yml", 9)


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*.py", "app.py", True),
        ("*.py", ".app.py", True),
        ("*.py", "src/app.py", False),
        ("**.py", "src/app.py", True),
        ("**.min.py", "src/app.min.py", True),
        ("a**.py", "a/b.py", False),
        ("**", "a/b/c", True),
        ("**", "../a", False),
        ("src/**", "src", True),
        ("src/**", "src/a/b", True),
        ("src/**", "srcs/a", False),
        ("*/**", "a", False),
        ("**/a.py", "a.py", True),
        ("**/a.py", "b/c/a.py", True),
        ("src/**/a.py", "src/a.py", True),
        ("src/**/a.py", "src/b/c/a.py", True),
        ("./src/a.py", "src/a.py", True),
        ("?.py", "a.py", True),
        ("?.py", "ab.py", False),
        ("[ab].py", "b.py", True),
        ("[ab].py", "[ab].py", True),
        ("[^ab].py", "c.py", True),
        ("[^ab].py", "a.py", False),
        ("[a-c].py", "b.py", True),
        ("{a,b}/*.{py,js}", "b/x.js", True),
        ("{a,b/{c,d}}/x", "b/d/x", True),
        ("{a}.py", "{a}.py", True),
        ("x{1..3}", "x2", True),
        ("!(tests)/x", "src/x", True),
        ("!(tests)/x", "tests/x", False),
        ("@(a|b).py", "a.py", True),
        ("+(ab).py", "abab.py", True),
        ("?(a)b.py", "b.py", True),
        ("*.@(py|js)", "x.js", True),
        ("!*.py", "a.py", False),
        ("!*.py", "a.js", True),
        ("!!*.py", "a.py", True),
        (r"\*.py", "*.py", True),
        (r"\*.py", "a.py", False),
        ("a.b", "axb", False),
        ("a+b$c^", "a+b$c^", True),
        ("[", "[", True),
    ],
)
def test_a_pattern_means_what_picomatch_says(pattern: str, path: str, matches: bool) -> None:
    assert compiled(pattern).matches(path) is matches


@pytest.mark.parametrize("pattern", ["", "a(b", "[!a]", "[[:alpha:]]", '"a"', "+(a|*(b))", "x" * 5000])
def test_what_is_not_sure_is_said(pattern: str) -> None:
    with pytest.raises(Unsure):
        compiled(pattern)


def test_braces_are_taken_apart() -> None:
    assert sorted(expand("{a,b{1..2}}/{x,}")) == ["a/", "a/x", "b1/", "b1/x", "b2/", "b2/x"]
    assert expand("{a}") == ["{a}"]


def kept(patterns: tuple[str, ...], *paths: str) -> list[str]:
    decide = matcher(patterns)
    return [path for path in paths if decide(path, False) is None]


FILES = ("app.py", "src/a.py", "src/lib/b.py", "tests/t.py")


@pytest.mark.parametrize(
    ("patterns", "left"),
    [
        ((), FILES),
        (("!tests/**",), FILES[:3]),
        (("!tests",), FILES[:3]),
        (("-tests",), FILES),
        (("-tests/**",), FILES[:3]),
        (("-**", "app.py"), FILES[:1]),
        (("app.py", "!**"), ()),
        (("!**", "src/**", "!src/lib/**"), FILES[1:2]),
        (("!tests", "tests/t.py"), FILES),
        (("!tests", "**"), FILES[:3]),
        (("-src/**", "-!src/a.py"), (FILES[0], FILES[1], FILES[3])),
    ],
)
def test_patterns_choose_files(patterns: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert tuple(kept(patterns, *FILES)) == left


def test_files_outside_of_the_service_are_found_by_patterns_that_lead_there() -> None:
    assert kept(("../shared/**",), "../shared/a.py", "../other/b.py", "app.py") == ["../shared/a.py", "app.py"]


def test_a_directory_is_left_out_whole_where_nothing_brings_any_of_it_back() -> None:
    decide = matcher(("-.git/**", "!**", "src/**", "*.py"))
    assert decide(".git", True) is not None
    assert decide("node_modules", True) is not None
    assert decide("src", True) is None
    assert decide("src/lib", True) is None


def test_the_line_of_the_last_pattern_is_told() -> None:
    patterns = (
        "-.git/**",
        Text("!tests/**", Span("serverless.yml", 3)),
        Text("!tests/t.py", Span("serverless.yml", 4)),
    )
    filters = Filters((Filter("serverless", patterns),), AT)
    assert filters.left_out("tests/t.py", directory=False) == Span("serverless.yml", 4)
    assert filters.left_out(".git", directory=True) == AT
    assert filters.left_out("app.py", directory=False) is None


def test_a_prefix_stands_before_the_path() -> None:
    filters = Filters((Filter("serverless", ("!**", "../shared/*.py"), "../shared/"),), AT)
    assert filters.left_out("a.py", directory=False) is None
    assert filters.left_out("sub/a.py", directory=False) == AT
