"""Which paths git ignores, as ``git check-ignore`` says it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from vartask.ignores import Ignores

CASES = [
    # pattern, ignored, not ignored; a path with a slash at its end is a directory
    ("build", ["build", "a/build", "build/", "build/a"], ["builds", "a.build"]),
    ("build/", ["build/", "a/build/", "build/a"], ["build"]),
    ("/build", ["build", "build/a"], ["a/build"]),
    ("a/b", ["a/b", "a/b/c"], ["c/a/b"]),
    ("*.pyc", ["a.pyc", "b/a.pyc", ".pyc"], ["a.py", "pyc"]),
    ("*.egg-info/", ["a.egg-info/", "a.egg-info/b"], ["a.egg-info"]),
    ("a/*", ["a/b", "a/b/c"], ["a/", "b/a"]),
    ("a/*.py", ["a/b.py"], ["a/b/c.py"]),
    ("**/a/b", ["a/b", "c/a/b", "c/d/a/b"], ["a/c/b"]),
    ("a/**", ["a/b", "a/b/c"], ["a/", "b/a"]),
    ("a/**/b", ["a/b", "a/c/b", "a/c/d/b"], ["a/cb"]),
    ("a**b/c", ["ab/c", "axb/c"], ["a/b/c"]),
    ("a?c", ["abc", "x/a-c"], ["ac", "abbc"]),
    ("[ab]x", ["ax", "bx"], ["cx", "[ab]x"]),
    ("[!ab]x", ["cx"], ["ax"]),
    ("[^a-c]x", ["dx", "-x"], ["bx"]),
    ("[]-]x", ["]x", "-x"], ["ax"]),
    ("[[:digit:]]x", ["1x"], ["ax"]),
    ("[z-a]x", ["zx"], ["bx", "ax"]),
    ("[[:none:]]x", [], ["nx", "[x"]),
    ("[ab", [], ["[ab", "a"]),
    ("a\\", [], ["a", "a\\"]),
    ("\\#a", ["#a"], ["a"]),
    ("\\!a", ["!a"], ["a"]),
    ("#a", [], ["a", "#a"]),
    ("a  ", ["a"], ["a  "]),
    ("a\\ ", ["a "], ["a"]),
    ("a\r", ["a"], ["a\r"]),
    ("/", [], ["a", "a/"]),
    ("!", [], ["a", "!"]),
    ("*\n!*/\n!*.py", ["a.txt", "b/a.txt"], ["b/", "a.py", "b/a.py"]),
    ("*.log\n!keep.log", ["a.log"], ["keep.log", "b/keep.log"]),
    ("build/\n!build/keep", ["build/keep"], []),
    ("\ufeffa\nb", ["a", "b"], []),
]


@pytest.mark.parametrize(("text", "ignored", "others"), CASES, ids=[repr(case[0]) for case in CASES])
def test_what_a_pattern_ignores(text: str, ignored: list[str], others: list[str]) -> None:
    ignores = Ignores({".": text}.get, ())
    assert [path for path in (*ignored, *others) if ignores.by_git(path.rstrip("/"), path.endswith("/"))] == ignored


@pytest.mark.parametrize(("text", "ignored", "others"), CASES, ids=[repr(case[0]) for case in CASES])
def test_git_says_the_same(tmp_path: Path, text: str, ignored: list[str], others: list[str]) -> None:
    for path in (*ignored, *others):
        _repository(tmp_path / str(len(path)) / path.replace("/", "_"), text, [path], [path] if path in ignored else [])


def test_a_deeper_file_decides_and_nothing_comes_back_out_of_an_ignored_directory() -> None:
    texts = {".": "*.log\nout/\n", "a": "!b.log\nc\n", "out": "!kept\n"}
    ignores = Ignores(texts.get, ())
    paths = ["a/b.log", "a/d.log", "a/c", "c", "out/kept", "out/x/kept"]
    assert [path for path in paths if ignores.by_git(path, is_dir=False)] == [
        "a/d.log",
        "a/c",
        "out/kept",
        "out/x/kept",
    ]


@pytest.mark.parametrize("seed", range(4))
def test_random_files_are_read_as_git_reads_them(tmp_path: Path, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - the same files every time
    names = ["a", "b", "ab", "a.b", "[a", "a]", "a b", "-", "!a", "#a", "a*", "x\\y", "1"]
    parts = ["a", "b", "*", "?", "**", "/", "[a", "]", "[ab]", "[!a]", "[a-b]", "\\", "!", " ", "#", ".", "[[:alpha:]]"]
    directories = [f"{one}d/{two}d" for one in names for two in names[:4]]
    files = [f"{directory}/{name}" for directory in directories for name in names[:4]] + names
    for directory in directories:
        (tmp_path / directory).mkdir(parents=True)
    for path in files:
        (tmp_path / path).touch()
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    for _ in range(60):
        text = "\n".join("".join(draw.choices(parts, k=draw.randint(1, 6))) for _ in range(draw.randint(1, 4)))
        ignores = Ignores({".": text}.get, ())
        ours = [path for path in files if ignores.by_git(path, is_dir=False)]
        ours += [path for path in directories if ignores.by_git(path, is_dir=True)]
        assert ours == _ignored(tmp_path, text, [*files, *directories]), text


def _repository(root: Path, text: str, paths: list[str], ignored: list[str]) -> None:
    """Claim what git ignores of some paths, which are made for it."""
    root.mkdir(parents=True)
    subprocess.run(["git", "init", "-q", root], check=True)
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).mkdir() if path.endswith("/") else (root / path).touch()
    assert _ignored(root, text, paths) == ignored


def _ignored(root: Path, text: str, paths: list[str]) -> list[str]:
    (root / ".gitignore").write_text(text, encoding="utf-8", newline="")
    done = subprocess.run(
        ["git", "-C", root, "check-ignore", "--no-index", "-z", "--stdin"],
        input="\0".join(path.rstrip("/") for path in paths).encode(),
        capture_output=True,
        check=False,
    )
    said = set(done.stdout.decode().split("\0"))
    return [path for path in paths if path.rstrip("/") in said]


def test_no_package_is_needed_for_an_ignore_file() -> None:
    code = (
        "import sys; from vartask.ignores import Ignores;"
        "assert Ignores({'.': 'a[bc]'}.get, ()).by_git('ab', False);"
        "print('pathspec' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
