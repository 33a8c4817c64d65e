"""The Markdown report as the command makes it: with the project's own lines, links, and the command to type again."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vartask.cli import main

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(FIXTURES / "image-handler-not-copied/failing", tmp_path / "project")
    (tmp_path / "project/.git").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "project"


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["check", "--output-format", "markdown", *arguments]) == 1
    return capsys.readouterr().out


def test_the_line_to_change_is_the_files_own(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = (project / "services/api/Dockerfile").read_text().split("\n")[6]
    assert f"The line to change:\n\n```dockerfile\n{line}\n```\n" in report(capsys)


@pytest.mark.parametrize(
    "ci",
    [
        {
            "GITHUB_SERVER_URL": "https://ghe.example",
            "GITHUB_REPOSITORY": "o/r",
            "GITHUB_SHA": "abc",
            "GITHUB_WORKSPACE": ".",
        },
        {"CI_PROJECT_URL": "https://gitlab.example/o/r", "CI_COMMIT_SHA": "abc", "CI_PROJECT_DIR": "."},
    ],
)
def test_in_ci_places_are_links_into_the_commit(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, ci: dict[str, str]
) -> None:
    for name, value in ci.items():
        monkeypatch.setenv(name, str(project) if value == "." else value)
    kind = "https://ghe.example/o/r/blob" if "GITHUB_SHA" in ci else "https://gitlab.example/o/r/-/blob"
    assert f"[`services/api/Dockerfile:7`]({kind}/abc/services/api/Dockerfile#L7)" in report(capsys)


def test_another_checkout_than_the_cis_own_has_no_links(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.parent))
    for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_SHA"):
        monkeypatch.setenv(name, "x")
    assert "](" not in report(capsys)


def test_the_command_in_it_finds_the_same_again(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "other dir").mkdir()
    monkeypatch.chdir(project / "other dir")
    text = report(
        capsys, "../services", "../infra", "--ignore", "VT4", "--exclude", "*.md", "--gaps", "--color", "never"
    )
    line = next(line for line in text.split("\n") if line.startswith("Reproduce: "))
    command = line.removeprefix("Reproduce: ").strip("`")
    assert command == (
        "cd 'other dir' && vartask check --select VT101 --exclude '*.md' --ignore VT4 ../services ../infra"
    )
    again = command.replace("vartask", f"{shlex.quote(sys.executable)} -m vartask")
    done = subprocess.run(["sh", "-c", again], cwd=project, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert "VT101 handler module `src.scheduler.query_tool_handler` is not in the image" in done.stdout


def test_a_configuration_by_name_is_named_again(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "other.toml").write_text("ignore = ['VT4']\n")
    assert "`vartask check --select VT101 --config other.toml`" in report(capsys, "--config", "other.toml")
