"""The real flake8, the installed plugin and the real engine, on the projects of ``fixtures/``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).parents[2] / "fixtures"
BROKEN = ("image-handler-not-copied", "lazy-router-prefix", "shared-not-packaged", "context-attribute")


def run(module: str, directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=directory,
        env={**os.environ, "VARTASK_DEBUG": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def flake8(directory: Path, jobs: str) -> tuple[list[str], str]:
    done = run("flake8", directory, "--select", "VT", "-j", jobs)
    return sorted(line.removeprefix("./") for line in done.stdout.splitlines()), done.stderr


def checked(directory: Path) -> list[dict[str, Any]]:
    done = run("vartask", directory, "check", "--output-format", "json")
    findings: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return findings


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / request.param / "failing", project)
    (project / ".git").mkdir()
    return project


@pytest.mark.parametrize("jobs", ["1", "auto"])
def test_flake8_shows_what_check_finds_and_analyses_once(broken: Path, jobs: str) -> None:
    findings = checked(broken)
    assert findings

    shown, said = flake8(broken, jobs)

    in_python = [
        f"{finding['path']}:{finding['line']}:{finding['column']}: {finding['code']} {finding['message']}"
        f" [{finding['name']}]"
        for finding in findings
        if finding["path"].endswith(".py")
    ]
    assert [line for line in shown if not line.endswith(")")] == sorted(in_python)
    assert len(shown) == len(findings)
    assert said.count("vartask: analysing ") == 1


def test_a_finding_on_a_dockerfile_or_template_stands_at_the_handler_it_breaks(tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / "image-handler-not-copied" / "failing", project)
    (project / ".git").mkdir()
    [finding] = [finding for finding in checked(project) if finding["name"] == "handler-not-packaged"]

    shown, _ = flake8(project, "auto")

    [line] = [line for line in shown if "[handler-not-packaged]" in line]
    assert not finding["path"].endswith(".py")
    assert line.endswith(f" (at {finding['path']}:{finding['line']})")
    assert line.startswith("services/api/src/scheduler/query_tool_handler.py:")


@pytest.mark.parametrize("fixture", BROKEN)
def test_a_mended_project_is_clean(fixture: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    shutil.copytree(FIXTURES / fixture / "mended", project)
    (project / ".git").mkdir()

    shown, said = flake8(project, "auto")

    assert shown == []
    assert "no Lambda function was found" not in said
