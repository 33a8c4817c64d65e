"""``vartask verify`` on observations that were saved before: no engine is needed, and nothing runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from vartask.cli import main
from vartask.reports import formats

OBSERVATION = {
    "version": 1,
    "images": [
        {
            "image": "orders",
            "python": "3.12.4",
            "roots": ["/var/task"],
            "files": [{"path": "/var/task/app.py"}],
            "functions": [{"function": "Orders", "handler": "app.handler", "verdict": "ok", "init_milliseconds": 12.5}],
        }
    ],
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One image function that starts, and what was seen of it."""
    (tmp_path / "template.yaml").write_text(
        "Resources:\n  Orders:\n    Type: AWS::Serverless::Function\n    Properties: {PackageType: Image}\n"
        "    Metadata: {Dockerfile: Dockerfile, DockerContext: .}\n"
    )
    (tmp_path / "Dockerfile").write_text('FROM public.ecr.aws/lambda/python:3.12\nCOPY *.py ./\nCMD ["app.handler"]\n')
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return {}\n")
    (tmp_path / "seen.json").write_text(json.dumps(OBSERVATION))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("project")
def test_what_was_saved_is_judged_without_an_engine(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--observation", "seen.json"]) == 0
    output = capsys.readouterr().out
    assert "ok  Orders  app.handler  12 ms" in output
    assert output.endswith(
        "1 function started in 1 image: 0 failed; 0 findings; 0 differences from the prediction; 0 gaps\n"
    )


def test_a_difference_makes_the_run_fail_and_says_what_to_do(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "helpers.py").write_text("")
    assert main(["verify", "--observation", "seen.json"]) == 1
    output = capsys.readouterr().out
    assert "Dockerfile:2:1: VT003 /var/task/helpers.py: predicted a file from helpers.py, but it is not there" in output
    assert "--save-observation" in output


def test_an_observation_can_be_saved_again(project: Path) -> None:
    assert main(["verify", "--observation", "seen.json", "--save-observation", "again.json"]) == 0
    assert main(["verify", "--observation", "again.json"]) == 0
    assert json.loads((project / "again.json").read_text())["images"][0]["roots"] == ["/var/task"]


def test_a_gap_is_fatal_when_it_is_wished(project: Path) -> None:
    offline = '"init error", "message": "gaierror: [Errno -3] Temporary failure in name resolution"'
    (project / "seen.json").write_text(json.dumps(OBSERVATION).replace('"ok"', offline))
    assert main(["verify", "--observation", "seen.json"]) == 0
    assert main(["verify", "--observation", "seen.json", "--strict"]) == 1


@pytest.mark.usefixtures("project")
def test_an_observation_is_not_built(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--observation", "seen.json", "--build"]) == 2
    assert "not allowed with" in capsys.readouterr().err


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize("name", formats())
def test_every_format_can_tell_what_was_seen(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--observation", "seen.json", "--output-format", name]) == 0
    assert "Traceback" not in capsys.readouterr().out


@pytest.mark.usefixtures("project")
@pytest.mark.parametrize(("file", "reason"), [("gone.json", "No such file"), ("app.py", "not what vartask verify")])
def test_a_bad_record_is_one_line(file: str, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--observation", file]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"vartask: --observation {file}: ")
    assert reason in errors
    assert errors.count("\n") == 1
