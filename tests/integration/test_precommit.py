"""The real pre-commit runs the hook of this repository on a real git repository.

It makes an environment for the hook, as it does for users: pip must be able to reach an index.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.installs

ROOT = Path(__file__).parents[2]
SHIPPED = ("src", "pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml")

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Function
    Properties: {CodeUri: src, Handler: app.handler, Runtime: python3.12}
"""
BROKEN = {
    "template.yaml": TEMPLATE,
    "src/app.py": "from shared.words import GREETING\n\n\ndef handler(event, context):\n    return GREETING\n",
    "shared/__init__.py": "",
    "shared/words.py": "GREETING = 'hello'\n",
}


def git(directory: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit_all(directory: Path) -> str:
    git(directory, "add", "-A")
    git(directory, "commit", "-qm", "state", "--no-verify")
    return git(directory, "rev-parse", "HEAD")


@pytest.fixture(scope="module")
def hook(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """This working tree as a git repository that offers the hook, and its commit."""
    home = tmp_path_factory.mktemp("hook")
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, home / name)
    git(home, "init", "-q")
    return home, commit_all(home)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit-home")


@pytest.fixture
def repository(tmp_path: Path, hook: tuple[Path, str]) -> Path:
    source, revision = hook
    git(tmp_path, "init", "-q")
    config = f"repos:\n- repo: {source}\n  rev: {revision}\n  hooks:\n  - id: vartask\n"
    for name, text in {**BROKEN, ".pre-commit-config.yaml": config}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def pre_commit(repository: Path, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments],
        cwd=repository,
        env={**os.environ, "PRE_COMMIT_HOME": str(cache), "PRE_COMMIT_COLOR": "never"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_hook_stops_a_commit_that_would_break_a_function(repository: Path, cache: Path) -> None:
    git(repository, "add", "-A")

    done = pre_commit(repository, cache, "run")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "- hook id: vartask" in done.stdout
    assert "- exit code: 1" in done.stdout
    assert "src/app.py:1:" in done.stdout
    assert "No module named 'shared'" in done.stdout


def test_the_hook_lets_a_mended_commit_pass(repository: Path, cache: Path) -> None:
    (repository / "shared").rename(repository / "src" / "shared")
    git(repository, "add", "-A")

    done = pre_commit(repository, cache, "run")

    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout


def test_a_commit_that_only_deletes_a_file_is_checked_too(repository: Path, cache: Path) -> None:
    (repository / "shared").rename(repository / "src" / "shared")
    commit_all(repository)
    git(repository, "rm", "-q", "src/shared/words.py")

    done = pre_commit(repository, cache, "run")

    assert done.returncode == 1, done.stdout + done.stderr
    assert "No module named 'shared.words'" in done.stdout


def test_the_installed_hook_runs_when_git_commits(repository: Path, cache: Path) -> None:
    assert pre_commit(repository, cache, "install").returncode == 0
    git(repository, "add", "-A")

    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
    done = subprocess.run(
        ["git", *identity, "commit", "-m", "broken"],
        cwd=repository,
        env={**os.environ, "PRE_COMMIT_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "src/app.py:1:" in done.stdout + done.stderr


def test_the_manifest_is_what_pre_commit_accepts() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(ROOT / ".pre-commit-hooks.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
