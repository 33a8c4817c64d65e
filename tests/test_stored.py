"""A remembered result is the result that a new run has, whatever happened to the project in between."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from vartask import engine, seen, stored
from vartask.cache import Cache
from vartask.config import Settings
from vartask.model import Report
from vartask.project import Project
from vartask.reports import Style, renderer
from vartask.steps import Steps

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: src, Handler: app.handler}
  Two:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: src, Handler: jobs.nightly.run}
  Three:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties: {PackageType: Image}
"""
DOCKERFILE = """\
FROM public.ecr.aws/lambda/python:3.12
COPY src/ ${LAMBDA_TASK_ROOT}/
CMD ["app.handler"]
"""
FILES = {
    "template.yaml": TEMPLATE,
    "Dockerfile": DOCKERFILE,
    "src/app.py": "import helper\nfrom jobs import nightly\n\ndef handler(event, context):\n    return {}\n",
    "src/helper.py": "import json\nVALUE = 1\n",
    "src/jobs/__init__.py": "",
    "src/jobs/nightly.py": "from helper import VALUE\n\ndef run(event, context):\n    return VALUE\n",
    "src/requirements.txt": "requests==2.32.0\n",
    "tests/test_app.py": "from src.app import handler\n\ndef test_it():\n    handler({}, None)\n",
    "README.md": "# Words\n",
    "docs/more.md": "More.\n",
}
SOURCES = (
    "import helper\n\ndef handler(event, context):\n    return context.nothing\n",
    "from helper import ABSENT\n\ndef run(event, context):\n    return 1\n",
    "import boto3\nfrom jobs import nightly\n\ndef handler(event, context):\n    return {}\n",
    "def handler(event, context:\n",
    "VALUE = 1\n",
    "raise SystemExit(1)\n",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    for name, text in FILES.items():
        path = made / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return made


class Runs:
    """Checks a project with the cache and without, and counts what the cache saved."""

    def __init__(self, root: Path, directory: Path) -> None:
        self.root = root
        self.directory = directory
        self.saved = 0
        self.steps = Steps()

    def cached(self, settings: Settings | None = None) -> str:
        self.saved += 1
        settings = settings or Settings()
        seen = Project(self.root)

        def run(steps: Steps) -> Report:
            self.saved -= 1
            self.steps = steps
            return engine.check(seen, settings, steps)

        return self._shown(stored.check(seen, settings, Cache(str(self.directory), str(self.root)), run))

    def fresh(self) -> str:
        return self._shown(engine.check(Project(self.root), Settings()))

    def _shown(self, report: Report) -> str:
        style = Style(str(self.root), str(self.root), str(self.root), False, gaps=True)
        return "".join(str(renderer(form, "render")(report, style)) for form in ("json", "text"))


@pytest.fixture
def runs(root: Path, tmp_path: Path) -> Runs:
    return Runs(root, tmp_path / "cache")


# -- ways to change a project ---------------------------------------------------------------------


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file() or path.is_symlink())


def add(root: Path, random: Random) -> None:
    directory = random.choice(sorted({path.parent for path in _files(root)}))
    (directory / random.choice(["helper.py", "json.py", "__init__.py", "new.py", "template.json"])).write_text(
        random.choice(SOURCES)
    )


def delete(root: Path, random: Random) -> None:
    random.choice(_files(root)).unlink()


def modify(root: Path, random: Random) -> None:
    random.choice([path for path in _files(root) if path.is_file()]).write_text(random.choice(SOURCES))


def put_back(root: Path, random: Random) -> None:
    name = random.choice(sorted(FILES))
    path = root / name
    if path.is_symlink():
        path.unlink()
    if path.parent.is_dir():
        path.write_text(FILES[name])


def rename(root: Path, random: Random) -> None:
    path = random.choice(_files(root))
    path.rename(path.with_name(random.choice(["renamed.py", "app.py", "helper.py", "Dockerfile"])))


def touch_with_an_old_time(root: Path, random: Random) -> None:
    path = random.choice([path for path in _files(root) if path.is_file()])
    info = path.stat()
    data = path.read_bytes()
    # As long as before, and as old as before: only what it says is new.
    path.write_bytes(data.replace(b"handler", b"handles") if b"handler" in data else data[::-1])
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))


def touch(root: Path, random: Random) -> None:
    path = random.choice([path for path in _files(root) if path.is_file()])
    os.utime(path, (random.randint(0, 10**9),) * 2)


def change_mode(root: Path, random: Random) -> None:
    random.choice([path for path in _files(root) if path.is_file()]).chmod(random.choice([0o600, 0o644, 0o755]))


def link(root: Path, random: Random) -> None:
    path = random.choice(_files(root))
    target = random.choice(["helper.py", "../src/helper.py", "nowhere.py", "/etc/hosts", "README.md", "jobs"])
    path.unlink()
    path.symlink_to(target)


def link_a_directory(root: Path, _: Random) -> None:
    jobs = root / "src/jobs"
    if jobs.is_dir() and not jobs.is_symlink():
        jobs.rename(root / "docs/elsewhere")
        jobs.symlink_to("../docs/elsewhere")
    elif jobs.is_symlink():
        jobs.unlink()
        jobs.mkdir()


def retarget(root: Path, random: Random) -> None:
    path = random.choice([path for path in _files(root) if path.is_symlink()])
    path.unlink()
    path.symlink_to(random.choice(["helper.py", "app.py", "../README.md", "nowhere.py", "../docs/elsewhere"]))


def nothing(_: Path, __: Random) -> None:
    """The most frequent change of all."""


CHANGES: tuple[Callable[[Path, Random], None], ...] = (
    add, delete, modify, put_back, put_back, rename, touch_with_an_old_time, touch, change_mode, link,
    link_a_directory, retarget, nothing,
)  # fmt: skip


@pytest.mark.parametrize("settled", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_after_random_changes_the_result_is_that_of_a_run_without_cache(
    seed: int, settled: bool, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    if settled:
        # The times of files are trusted at once, not only after seconds.
        monkeypatch.setattr(seen, "_COARSE", -(10**9))
    random = Random(seed)  # noqa: S311 - reproducible on purpose
    assert runs.cached() == runs.fresh()
    for step in range(25):
        time.sleep(0.01)
        change = random.choice(CHANGES)
        try:
            change(runs.root, random)
        except (OSError, IndexError):
            continue
        assert runs.cached() == runs.fresh(), f"seed {seed}, step {step}: {change.__name__}"
    assert runs.saved


# -- what is saved --------------------------------------------------------------------------------


def test_an_unchanged_project_is_not_run_again(runs: Runs) -> None:
    first = runs.cached()
    assert runs.saved == 0
    assert runs.cached() == first
    assert runs.saved == 1


def test_a_file_that_the_run_did_not_read_may_change(runs: Runs, root: Path) -> None:
    runs.cached()
    (root / "docs/more.md").write_text("Other, and longer, words.\n")
    runs.cached()
    assert runs.saved == 1


@pytest.mark.parametrize("names_functions", [False, True])
def test_a_file_that_becomes_too_large_to_be_read_is_seen(names_functions: bool, runs: Runs, root: Path) -> None:
    text = FILES["template.yaml"] if names_functions else "Resources: {}\n"
    found = set()
    for padding in (0, 3_000_000, 0, 3_000_001, 3_000_000, 0):
        (root / "src/stack.yaml").write_text(text + "#" * padding + "\n")
        assert runs.cached() == runs.fresh()
        found.add(runs.cached())
    assert len(found) == (2 if names_functions else 1)


@pytest.mark.parametrize("name", ["src/helper.py", "src/jobs", "template.yaml"])
def test_a_link_that_points_elsewhere_is_seen(name: str, runs: Runs, root: Path) -> None:
    path = root / name
    first, second = (root / f"v{number}{path.suffix}" for number in (1, 2))
    path.rename(first)
    if first.is_dir():
        second.mkdir()
        (second / "__init__.py").write_text("")
    else:
        second.write_text("OTHER = 1\n")
    path.symlink_to(os.path.relpath(first, path.parent))
    before = runs.cached()
    assert runs.cached() == before
    path.unlink()
    path.symlink_to(os.path.relpath(second, path.parent))
    assert runs.cached() == runs.fresh() != before
    assert runs.saved == 1


def test_new_times_with_old_contents_are_looked_at_once(
    runs: Runs, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "_COARSE", -(10**9))
    runs.cached()
    for path in _files(root):
        os.utime(path, (10**9, 10**9))
    runs.cached()
    assert runs.saved == 1
    monkeypatch.setattr("vartask.snapshot.digest", lambda _: pytest.fail("a file was read again"))
    runs.cached()
    assert runs.saved == 2


def test_other_settings_have_a_result_of_their_own(runs: Runs, root: Path) -> None:
    (root / "src/helper.py").unlink()
    runs.cached()
    everything = runs.cached(Settings(ignore=("VT",)))
    assert runs.saved == 0
    assert everything == runs.cached(Settings(ignore=("VT",)))
    assert runs.cached() == runs.fresh() != everything


def test_a_run_that_crashed_is_not_remembered(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "check", lambda *_: Report(crashes=("rule x crashed",)))
    runs.cached()
    runs.cached()
    assert runs.saved == 0


def _results(runs: Runs) -> Path:
    return next(runs.directory.glob("*.results"))


def _broken() -> Iterator[Callable[[bytes], bytes]]:
    yield lambda data: data[: len(data) // 2]
    yield lambda data: data[:-1] + bytes([data[-1] ^ 1])
    yield lambda data: data[:30] + bytes([data[30] ^ 1]) + data[31:]
    yield lambda data: data[: len(data) // 2] + bytes([data[len(data) // 2] ^ 1]) + data[len(data) // 2 + 1 :]
    yield lambda _: b""
    yield lambda data: b"something else\n" + data
    yield lambda data: data + b"x"


@pytest.mark.parametrize("damage", list(_broken()))
def test_a_damaged_file_is_made_anew(damage: Callable[[bytes], bytes], runs: Runs) -> None:
    first = runs.cached()
    _results(runs).write_bytes(damage(_results(runs).read_bytes()))
    assert runs.cached() == first
    assert runs.cached() == first


def test_what_another_vartask_wrote_is_not_trusted(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as other:
        other.setattr("vartask.cache.edition", lambda: "0.0.1 on another Python")
        runs.cached()
    runs.cached()
    assert runs.saved == 0


def test_a_result_holds_nothing_but_values_of_the_model(root: Path, tmp_path: Path) -> None:
    import pickle

    class Bad:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {tmp_path / 'done'}",)

    runs = Runs(root, tmp_path / "cache")
    first = runs.cached()
    cache = Cache(str(runs.directory), str(root))
    key = next(iter(cache._entries()))  # noqa: SLF001 - its key
    stamp, snapshot, _ = cache.get(key, stored.RESULT)
    cache.put(key, {stored.RESULT: (stamp, snapshot, pickle.dumps(Bad()))})
    assert runs.cached() == first
    assert runs.saved == 0
    assert not (tmp_path / "done").exists()


def test_a_directory_that_cannot_be_written_is_no_error(root: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    runs = Runs(root, blocked)
    assert runs.cached() == runs.cached() == runs.fresh()
    assert runs.saved == 0


def test_what_git_begins_to_track_is_seen(root: Path, runs: Runs) -> None:
    (root / ".gitignore").write_text("src/\n*.yaml\n")
    subprocess.run(["git", "init", "-q", root], check=True)
    subprocess.run(["git", "-C", root, "add", "."], check=True)
    before = runs.cached()
    assert before == runs.fresh()
    subprocess.run(["git", "-C", root, "add", "-f", "."], check=True)
    assert runs.cached() == runs.fresh() != before
