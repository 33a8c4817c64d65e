"""What git tracks belongs to the project, whatever its ignore files say: as ``git check-ignore`` and ``git ls-files``."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from vartask import engine
from vartask.config import Settings
from vartask.project import Project
from written import project

FILES = {
    ".gitignore": "lib/\n.tool\n*.cfg\n/made.py\n",
    "app.py": "",
    "lib/kept.py": "",
    "lib/deep/kept.py": "",
    "lib/other.py": "",
    "src/lib/other.py": "",
    ".tool/config.json": "",
    ".tool/made/state.json": "",
    "a.cfg": "",
    "b/a.cfg": "",
    "made.py": "",
}
KEPT = ["lib/kept.py", "lib/deep/kept.py", ".tool/config.json", "b/a.cfg"]


def repository(root: Path, tracked: list[str], *, version: int = 2) -> Project:
    """The files above; git tracks what it does not ignore, and these."""
    made = project(root, FILES)
    _git(root, "init", "-q")
    _git(root, "add", ".")
    _git(root, "add", "-f", *tracked)
    _git(root, "update-index", f"--index-version={version}")
    return made


def _git(root: Path, *arguments: str) -> list[str]:
    done = subprocess.run(["git", "-C", root, *arguments], capture_output=True, check=True, text=True)
    return done.stdout.splitlines()


def test_what_is_tracked_is_listed_and_not_ignored(tmp_path: Path) -> None:
    made = repository(tmp_path, KEPT)
    assert set(made.files) == set(_git(tmp_path, "ls-files"))
    ignored = subprocess.run(
        ["git", "-C", tmp_path, "check-ignore", *FILES], capture_output=True, check=False, text=True
    )
    assert [path for path in FILES if made.ignored(path)] == ignored.stdout.split()


@pytest.mark.parametrize("version", [3, 4])
def test_other_versions_of_the_index_are_searched_or_hold_nothing(tmp_path: Path, version: int) -> None:
    made = repository(tmp_path, KEPT, version=version)
    assert ("lib/kept.py" in made.files) is (version != 4)
    assert "lib/other.py" not in made.files


def test_without_an_index_the_ignore_files_decide(tmp_path: Path) -> None:
    assert project(tmp_path, FILES).files == (".gitignore", "app.py")


def test_a_name_that_ends_as_a_tracked_one_is_not_tracked(tmp_path: Path) -> None:
    made = repository(tmp_path, ["b/a.cfg"])
    assert [path for path in made.files if path.endswith(".cfg")] == ["b/a.cfg"]
    assert made.ignored("src/lib")
    assert made.ignored("a.cfg")


def test_a_pipeline_packs_what_is_tracked(tmp_path: Path) -> None:
    workflow = """\
        jobs:
          deploy:
            steps:
              - run: |
                  zip -r f.zip app.py lib
                  aws lambda create-function --function-name f --runtime python3.12 \\
                    --handler app.handler --zip-file fileb://f.zip
        """
    code = "from lib.kept import value\n\ndef handler(event, context):\n    return value\n"
    files = {".gitignore": "lib/\n", "app.py": code, "lib/kept.py": "value = 1\n"}
    made = project(tmp_path, {**files, ".github/workflows/deploy.yml": workflow})
    _git(tmp_path, "init", "-q")
    assert [one.code for one in engine.check(made, Settings()).findings] == ["VT205"]
    _git(tmp_path, "add", "-f", ".")
    report = engine.check(Project(tmp_path), Settings())
    assert (report.findings, report.gaps, len(report.functions)) == ((), (), 1)
