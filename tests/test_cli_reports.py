"""``--report FORMAT=FILE``: further reports of one run."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from vartask.cli import main

FIXTURES = Path(__file__).parents[1] / "fixtures"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(FIXTURES / "image-handler-not-copied/failing", tmp_path, dirs_exist_ok=True)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_run_writes_every_report_that_is_wished(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = ["--report", "json=a.json", "--report", "markdown=b=c.md", "--report", "text=plain.txt"]
    assert main(["check", "--color", "always", "--output-format", "github", *more]) == 1
    assert capsys.readouterr().out.startswith("::error file=")
    assert json.loads((project / "a.json").read_text())["findings"][0]["code"] == "VT101"
    assert (project / "b=c.md").read_text().startswith("<!-- vartask check -->")
    text = (project / "plain.txt").read_text()
    assert "VT101" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("given", ["nothing=a", "json", "json=", "=a"])
@pytest.mark.parametrize("command", ["check", "verify"])
def test_a_report_that_cannot_be_is_told_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str], command: str, given: str
) -> None:
    assert main([command, "--report", given]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(f"vartask: --report {given.partition('=')[0]}")
    assert "markdown" in told.err
    assert not (project / "a").exists()


def test_a_file_that_cannot_be_written_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--report", "json=missing/a.json"]) == 2
    assert capsys.readouterr().err == "vartask: cannot write missing/a.json: No such file or directory\n"
