"""The file that keeps results: replaced whole, bounded, and removed by its own name only."""

from __future__ import annotations

import multiprocessing
import os
from pathlib import Path

import pytest

import vartask
from vartask import cache
from vartask.cache import Cache, clean, default_directory, of_project


def test_entries_come_back_as_they_were_put(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path), "/project")
    entry = ({"files": {"a": ((1, 2, 3, 4), b"x")}, "listed": {".": (("a", 33188),), "b": None}}, b"report")
    kept.put("key", {"result": entry, "steps": [1, 2]})
    assert Cache(str(tmp_path), "/project").get("key", "result") == entry
    assert Cache(str(tmp_path), "/project").get("key", "steps") == [1, 2]
    assert Cache(str(tmp_path), "/project").get("key", "more") is None
    assert Cache(str(tmp_path), "/project").get("other", "result") is None
    assert Cache(str(tmp_path), "/elsewhere").get("key", "result") is None


def test_only_the_newest_entries_are_kept(tmp_path: Path) -> None:
    kept = Cache(str(tmp_path), "/project")
    for number in range(20):
        kept.put(str(number), {"result": number})
    assert [number for number in range(20) if kept.get(str(number), "result") is not None] == [14, 15, 16, 17, 18, 19]


def test_only_so_many_projects_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_PROJECTS", 3)
    for number in range(6):
        Cache(str(tmp_path), f"/project{number}").put("key", {"result": 1})
    assert len(list(tmp_path.iterdir())) == 3


def test_an_entry_that_is_too_large_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_MAX_BYTES", 1000)
    kept = Cache(str(tmp_path), "/project")
    kept.put("small", {"result": bytes(300)})
    kept.put("key", {"result": bytes(2000)})
    assert kept.get("key", "result") is None
    kept.put("large", {"result": bytes(900)})
    assert kept.get("large", "result") == bytes(900)
    assert kept.get("small", "result") is None


def test_a_vartask_whose_files_cannot_be_listed_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "__file__", str(tmp_path / "vartask.zip/vartask/cache.py"))
    assert of_project("/project", str(tmp_path)) is None


def _install(directory: Path, text: str, *, record: bool = True) -> Path:
    """What an installer leaves: a package, and what it has recorded of it."""
    package = directory / "vartask"
    package.mkdir(parents=True)
    (package / "cache.py").write_text(text)
    hashed = f"vartask/cache.py,sha256={hash(text)},{len(text)}\nvartask/__pycache__/cache.cpython-311.pyc,,\n"
    if record:
        (directory / f"vartask-{vartask.__version__}.dist-info").mkdir()
        scripts = f"../../../bin/vartask,sha256={hash(directory)},200\n"
        (directory / f"vartask-{vartask.__version__}.dist-info/RECORD").write_text(scripts + hashed)
    return package / "cache.py"


def test_the_same_vartask_installed_again_may_use_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    editions: list[str] = []
    for name, text in (("one", "x = 1"), ("two", "x = 1"), ("other", "x = 2")):
        path = _install(tmp_path / name, text)
        os.utime(path, (len(editions), len(editions)))
        monkeypatch.setattr(cache, "__file__", str(path))
        editions.append(cache.edition())
    assert editions[0] == editions[1] != editions[2]


def test_an_editable_vartask_that_changes_is_another_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _install(tmp_path / "src", "x = 1", record=False)
    monkeypatch.setattr(cache, "__file__", str(path))
    before = cache.edition()
    assert cache.edition() == before
    os.utime(path, (1, 1))
    assert cache.edition() != before


def test_clean_removes_nothing_that_is_not_ours(tmp_path: Path) -> None:
    Cache(str(tmp_path), "/project").put("key", {"result": 1})
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "mine.results").write_text("mine")
    assert clean(str(tmp_path)) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.results", "notes.txt"]
    assert clean(str(tmp_path / "nowhere")) == 0


def _write(directory: str, text: str) -> None:
    kept = Cache(directory, "/project")
    for _ in range(50):
        kept.put("key", {"result": ({"who": text}, text.encode() * 1000)})


def test_of_runs_at_the_same_time_one_is_kept_whole(tmp_path: Path) -> None:
    writers = [multiprocessing.Process(target=_write, args=(str(tmp_path), text)) for text in ("a", "b")]
    for writer in writers:
        writer.start()
    seen = []
    reader = Cache(str(tmp_path), "/project")
    while any(writer.is_alive() for writer in writers):
        seen.append(reader.get("key", "result"))
    for writer in writers:
        writer.join()
    seen.append(reader.get("key", "result"))
    assert seen[-1] is not None
    assert all(one is None or one[1] == one[0]["who"].encode() * 1000 for one in seen)
    assert [path.suffix for path in tmp_path.iterdir()] == [".results"]


@pytest.mark.parametrize(("given", "expected"), [("/there", "/there/vartask"), ("relative", None), ("", None)])
def test_the_directory_is_that_of_the_platform(
    given: str, expected: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    monkeypatch.setenv("HOME", str(tmp_path))
    # A relative path there is to be ignored (XDG Base Directory Specification).
    assert default_directory() == (expected or str(tmp_path / ".cache/vartask"))
