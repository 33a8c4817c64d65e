"""Filters of the AWS CDK; what they leave out is recorded from rsync 3.5 and aws-cdk-lib 2.269."""

from __future__ import annotations

import pytest

from vartask.artifact.filters import Decide, Unsure, cdk_glob, dockerignore, gitignore, rsync

FILES = [
    ".env",
    "README.md",
    "a/b.py",
    "a/tests/t.py",
    "app.py",
    "node_modules/x.js",
    "src/.hidden/h.py",
    "src/app.py",
    "src/tests/test_a.py",
    "tests/t.py",
]


def left_out(decide: Decide) -> str:
    """Files that are out, themselves or with a directory above them."""
    out: list[str] = []
    for path in FILES:
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        if decide(path, False) is not None or any(decide(one, True) is not None for one in above):
            out.append(path)
    return " ".join(out)


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["tests"], "a/tests/t.py src/tests/test_a.py tests/t.py"),
        (["/tests"], "tests/t.py"),
        (["*.py", "!src"], "a/b.py a/tests/t.py app.py src/.hidden/h.py src/app.py src/tests/test_a.py tests/t.py"),
        (["src/*.py"], "src/app.py"),
        (["**/tests/"], "a/tests/t.py src/tests/test_a.py tests/t.py"),
        (["/src/**"], "src/.hidden/h.py src/app.py src/tests/test_a.py"),
        ([".*"], ".env src/.hidden/h.py"),
        (["a/b.py", "node_modules/"], "a/b.py node_modules/x.js"),
        (["src/tests/*.py"], "src/tests/test_a.py"),
        (["[a-b].py"], "a/b.py"),
        (["**/app.py"], "app.py src/app.py"),
        ([""], ""),
    ],
)
def test_rsync_leaves_out_what_the_first_pattern_matches(patterns: list[str], expected: str) -> None:
    assert left_out(rsync.matcher(tuple(patterns))) == expected


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["tests"], "a/tests/t.py src/tests/test_a.py tests/t.py"),
        (["tests/"], ""),
        (["/app.py"], ""),
        (["*.py", "!app.py"], "a/b.py a/tests/t.py src/.hidden/h.py src/tests/test_a.py tests/t.py"),
        (["**/*.py"], "a/b.py a/tests/t.py app.py src/app.py src/tests/test_a.py tests/t.py"),
        (
            ["**/**", "!app.py"],
            "README.md a/b.py a/tests/t.py node_modules/x.js src/.hidden/h.py src/app.py src/tests/test_a.py tests/t.py",
        ),
        (["src/**"], "src/app.py src/tests/test_a.py"),
        (["**/tests/**"], "a/tests/t.py src/tests/test_a.py tests/t.py"),
        ([".*"], ".env src/.hidden/h.py"),
        (["{a,src}/*.py"], "a/b.py src/app.py"),
        (["[a-b].py"], "a/b.py"),
        (["#app.py"], ""),
        (["src/*"], "src/app.py src/tests/test_a.py"),
        (["./app.py"], ""),
        (["node_modules", ".env", "*.md"], ".env README.md node_modules/x.js"),
    ],
)
def test_the_cdks_globs_are_minimatchs(patterns: list[str], expected: str) -> None:
    assert left_out(cdk_glob.matcher(tuple(patterns))) == expected


def test_git_and_docker_have_their_own_rules() -> None:
    assert left_out(gitignore.matcher(("tests/", "!a/tests/"))) == "src/tests/test_a.py tests/t.py"
    assert left_out(dockerignore.matcher(("src", "!src/app.py"))) == "src/.hidden/h.py src/tests/test_a.py"


@pytest.mark.parametrize("pattern", ["- x", "+ x", "!", "/"])
def test_rules_that_are_no_patterns_are_not_guessed(pattern: str) -> None:
    with pytest.raises(Unsure):
        rsync.matcher((pattern,))


def test_extended_globs_are_not_guessed() -> None:
    with pytest.raises(Unsure):
        cdk_glob.matcher(("+(a|b)*.py",))
