"""The probe's parts on this machine, with code that the tests write; the containers are in ``oracle``."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from vartask.verify import script
from vartask.verify.probe.listing import DIGITS, Listing, is_installed, look
from vartask.verify.probe.processes import ending
from vartask.verify.probe.telling import Teller

PROBE = Path(script.__file__).parent / "probe"
OLDEST = (3, 7)


@pytest.mark.parametrize("path", sorted(PROBE.glob("*.py")), ids=lambda path: path.name)
def test_the_probe_is_python_3_7_and_imports_nothing_but_the_standard_library(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"), feature_version=OLDEST)
    for node in ast.walk(tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        for name in names:
            top = name.partition(".")[0]
            assert name.startswith("vartask.verify.probe.") or top in sys.stdlib_module_names


def listed(
    directory: Path, texts: list[Path] | None = None, *, known: frozenset[str] = frozenset(), **limits: int
) -> list[dict[str, Any]]:
    """What is told of a directory."""
    output = directory.parent / "told"
    with output.open("wb") as file:
        listing = Listing(Teller("@", file.fileno()), limits.pop("limit", 1000), known, **limits)
        listing.files([str(directory)], [str(path) for path in texts or [directory]])
    return [json.loads(line.removeprefix("@")) for line in output.read_text(encoding="ascii").splitlines()]


def of_kind(told: list[dict[str, Any]], kind: str) -> list[Any]:
    return [one for one in told if one["kind"] == kind]


@pytest.fixture
def task(tmp_path: Path) -> Path:
    made = tmp_path / "task"
    made.mkdir()
    return made


def test_every_path_is_told_once_with_its_kind(task: Path) -> None:
    (task / "app.py").write_text("x = 1\n")
    (task / "pkg").mkdir()
    (task / "pkg/data.bin").write_bytes(b"\0")
    (task / "link").symlink_to("app.py")
    entries = {one["path"]: one for told in of_kind(listed(task), "files") for one in told["entries"]}
    assert {Path(path).name: one["type"] for path, one in entries.items()} == {
        "app.py": "f",
        "pkg": "d",
        "data.bin": "f",
        "link": "l",
    }
    assert entries[str(task / "app.py")]["sha256"] == hashlib.sha256(b"x = 1\n").hexdigest()
    assert entries[str(task / "link")]["target"] == "app.py"


def test_names_that_are_no_utf_8_are_told(task: Path) -> None:
    with open(os.fsencode(task) + b"/\xff\nodd.py", "wb") as file:
        file.write(b"pass\n")
    told = listed(task)
    (files,) = of_kind(told, "files")
    assert os.fsencode(files["entries"][0]["path"]).endswith(b"/\xff\nodd.py")
    assert len(of_kind(told, "text")) == 1


def test_more_paths_than_the_limit_are_said_aloud(task: Path) -> None:
    for number in range(5):
        (task / f"d{number}").mkdir()
    assert of_kind(listed(task, limit=3), "more") == [{"kind": "more", "path": str(task)}]
    assert of_kind(listed(task, limit=5), "more") == []


def test_a_pipe_is_no_file_to_read(task: Path) -> None:
    os.mkfifo(task / "pipe.py")
    entry = look(str(task / "pipe.py"))
    assert entry is not None
    assert entry["sha256"] is None


def test_the_text_of_a_file_is_told_unless_the_host_has_it(task: Path) -> None:
    (task / "own.py").write_bytes("name = 'Zürich'\n".encode())
    (task / "known.py").write_text("known = 1\n")
    known = frozenset([hashlib.sha256(b"known = 1\n").hexdigest()[:DIGITS]])
    (told,) = of_kind(listed(task, known=known), "text")
    assert told["path"] == str(task / "own.py")
    assert told["text"].encode("latin-1").decode() == "name = 'Zürich'\n"


def test_only_what_is_asked_for_is_read(task: Path) -> None:
    for name in ("in", "out"):
        (task / name).mkdir()
        (task / name / "a.py").write_text(f"{name} = 1\n")
    (told,) = of_kind(listed(task, [task / "in"]), "text")
    assert told["path"] == str(task / "in/a.py")


def test_what_distributions_have_installed_is_not_told(task: Path) -> None:
    for name in ("requests/api.py", "src/app.py", "loose.py", "bare_name/x.py", "bare_name/own/y.py"):
        (task / name).parent.mkdir(parents=True, exist_ok=True)
        (task / name).write_text(f"'{name}'\n")
    for name, record in (("requests-2.dist-info", "requests/api.py,,\nloose.py,,\n"), ("bare.name-1.dist-info", None)):
        (task / name).mkdir()
        if record is not None:
            (task / name / "RECORD").write_text(record)
    assert [one["path"] for one in of_kind(listed(task), "text")] == [str(task / "src/app.py")]
    assert is_installed(str(task / "bare_name/own/y.py"))
    assert not is_installed(str(task / "src/app.py"))


def test_texts_have_a_limit_in_all_and_what_is_left_out_is_said(task: Path) -> None:
    (task / "a.py").write_text("a" * 60)
    (task / "b.py").write_text("b" * 60)
    told = listed(task, room=100)
    assert [one["path"] for one in of_kind(told, "text")] == [str(task / "a.py")]
    assert [one["path"] for one in of_kind(told, "unsent")] == [str(task / "b.py")]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (0, "Runtime exited without providing a reason"),
        (3 << 8, "Runtime exited with error: exit status 3"),
        (9, "Runtime exited with error: signal: killed"),
        (11, "Runtime exited with error: signal: segmentation fault"),
        (139, "Runtime exited with error: signal: segmentation fault"),
    ],
)
def test_the_end_of_a_process_is_told_as_lambda_does(status: int, words: str) -> None:
    assert ending(status) == words


def test_what_is_sent_is_ascii_and_starts_in_any_python(tmp_path: Path) -> None:
    """A name may be anything; the task may be larger than any pipe."""
    spec = {
        "mark": "@", "roots": [], "texts": [], "limit": 10, "seconds": 60, "functions": [],
        "known": [f"{number:016x}" for number in range(50_000)], "odd": "\ud800 \N{SNOWMAN} \n",
    }  # fmt: skip
    payload = script.payload(spec)
    assert payload.isascii()
    assert len(payload) > 2**19
    command = [sys.executable, *script.command()]
    done = subprocess.run(command, input=payload, capture_output=True, check=True, cwd=tmp_path, timeout=60)
    told = [json.loads(line[1:]) for line in done.stdout.splitlines()]
    assert [one["kind"] for one in told] == ["environment", "runtime", "listed", "end"]
