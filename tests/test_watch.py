"""``vartask check --watch``: a real process, and files that change under it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vartask.cli import main
from watch_runs import watched

TEMPLATE = """\
Resources:
  F:
    Type: AWS::Serverless::Function
    Properties: {Runtime: python3.12, CodeUri: src, Handler: app.handler}
"""
GOOD = "import helper\n\n\ndef handler(event, context):\n    return helper.answer\n"
BAD = "import missing_module_of_mine\n\n\ndef handler(event, context):\n    return 1\n"
MISSING = "No module named 'missing_module_of_mine'"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    (made / "src").mkdir(parents=True)
    (made / "template.yaml").write_text(TEMPLATE)
    (made / "src/app.py").write_text(GOOD)
    (made / "src/helper.py").write_text("answer = 42\n")
    return made


def test_a_change_that_breaks_a_function_is_reported_and_its_repair_too(project: Path) -> None:
    with watched(project) as run:
        first = run.report()
        (project / "src/app.py").write_text(BAD)
        second = run.report()
        (project / "src/app.py").write_text(GOOD)
        third = run.report()

    assert "0 findings in 1 function" in first
    assert MISSING in second
    assert re.search(
        r"^\d\d:\d\d:\d\d 1 finding in 1 function, \d+\.\d\d s; waiting for changes$", second, re.MULTILINE
    )
    assert "0 findings in 1 function" in third
    assert MISSING not in third


def test_a_file_that_is_removed_or_comes_back_counts(project: Path) -> None:
    with watched(project) as run:
        run.report()
        (project / "src/helper.py").rename(project.parent / "helper.py")
        assert "No module named 'helper'" in run.report()
        (project.parent / "helper.py").rename(project / "src/helper.py")
        assert "0 findings" in run.report()


def test_a_new_file_in_a_new_directory_counts(project: Path) -> None:
    with watched(project) as run:
        assert "0 findings in 1 function" in run.report()
        (project / "more/deep").mkdir(parents=True)
        (project / "more/deep/template.yaml").write_text(TEMPLATE.replace("F:", "G:").replace("src", "."))
        said = run.until("in 2 functions")
        assert "cannot import" in said or "VT101" in said


def test_a_directory_that_is_replaced_as_git_does_it_counts(project: Path) -> None:
    other = project.parent / "other"
    shutil.copytree(project / "src", other)
    (other / "app.py").write_text(BAD)
    with watched(project) as run:
        run.report()
        (project / "src").rename(project.parent / "before")
        other.rename(project / "src")
        run.until(MISSING)


def test_a_file_that_an_editor_replaces_counts(project: Path) -> None:
    with watched(project) as run:
        run.report()
        (project / "src/.app.py.swp").write_text(BAD)
        os.replace(project / "src/.app.py.swp", project / "src/app.py")
        run.until(MISSING)


def test_of_two_quick_changes_the_last_one_is_reported(project: Path) -> None:
    with watched(project) as run:
        run.report()
        (project / "src/app.py").write_text(BAD)
        (project / "src/app.py").write_text(BAD.replace("missing", "another"))
        run.until("No module named 'another_module_of_mine'")


def test_a_file_that_is_only_touched_is_no_change(project: Path) -> None:
    with watched(project) as run:
        first = run.report()
        (project / "src/app.py").touch()
        (project / "src/helper.py").write_text("answer = 43\n")
        second = run.report()
        code = run.end()
    assert code == 130
    assert (first + second).count("waiting for changes") == run.text.count("waiting for changes") == 2


def test_the_configuration_is_read_again(project: Path) -> None:
    (project / "src/app.py").write_text(BAD)
    with watched(project) as run:
        assert MISSING in run.report()
        (project / "pyproject.toml").write_text('[tool.vartask]\nignore = ["VT2"]\n')
        assert "0 findings in 1 function" in run.report()
        (project / "pyproject.toml").unlink()
        assert MISSING in run.report()


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ("[tool.vartask\n", "pyproject.toml:1: not valid TOML"),
        ('[tool.vartask]\nignore = ["VT999"]\n', 'ignore: no rule "VT999"'),
    ],
)
def test_a_bad_configuration_is_one_line_and_the_watch_goes_on(project: Path, broken: str, words: str) -> None:
    with watched(project) as run:
        run.report()
        (project / "pyproject.toml").write_text(broken)
        said = [line for line in run.report().splitlines() if line]
        assert len(said) == 3
        assert said[0].endswith(" something has changed, checking again")
        assert said[1].startswith("vartask: ")
        assert words in said[1]
        assert said[2].endswith(" not checked; waiting for changes")
        (project / "pyproject.toml").write_text("[tool.vartask]\n")
        assert "0 findings in 1 function" in run.report()


def test_a_watch_may_begin_with_a_bad_configuration(project: Path) -> None:
    (project / "pyproject.toml").write_text("[tool.vartask\n")
    with watched(project) as run:
        assert "not valid TOML" in run.report()
        (project / "pyproject.toml").unlink()
        assert "0 findings in 1 function" in run.report()


def test_a_definition_that_is_half_written_is_reported_until_it_is_whole(project: Path) -> None:
    with watched(project) as run:
        run.report()
        (project / "template.yaml").write_text(TEMPLATE.rpartition(",")[0])
        assert "template.yaml:5:1: VT001 not YAML" in run.report()
        (project / "template.yaml").write_text("Resources:\n")
        run.until("not checked; waiting")
        (project / "template.yaml").write_text(TEMPLATE)
        run.until("0 findings in 1 function,")


def test_the_directory_that_is_watched_may_vanish_and_come_back(project: Path) -> None:
    with watched(project) as run:
        run.report()
        project.rename(project.parent / "away")
        assert f"vartask: {project}: No such file or directory\n" in run.report()
        shutil.copytree(project.parent / "away", project)
        run.until("0 findings in 1 function")


def test_the_options_of_a_check_hold_for_each_one(project: Path) -> None:
    (project / "src/app.py").write_text(BAD)
    shutil.copytree(project / "src", project / "other")
    (project / "other/template.yaml").write_text(TEMPLATE.replace("CodeUri: src", "CodeUri: ."))
    with watched(project, "--ignore", "VT2", "--exclude", "template.yaml", "--no-cache", "other", "src") as run:
        assert "No Lambda function was found" in run.report()
        (project / "other/template.yaml").rename(project / "other/template.yml")
        assert "0 findings in 1 function" in run.report()
    assert not (project.parent / "cache").exists()


def test_what_a_watch_found_out_the_next_check_remembers(project: Path) -> None:
    with watched(project) as run:
        run.report()
    assert len(list((project.parent / "cache/vartask").iterdir())) == 1


def test_ctrl_c_ends_it_without_a_word(project: Path) -> None:
    with watched(project) as run:
        run.report()
        before = run.text
        assert run.end() == 130
        assert run.text == before


def test_ctrl_c_ends_it_while_it_checks(project: Path) -> None:
    with watched(project) as run:
        run.until("checking")
        assert run.end() == 130
        assert "Traceback" not in run.text


def test_it_ends_when_nobody_reads_it_any_more(project: Path) -> None:
    command = [sys.executable, "-m", "vartask", "check", "--watch", "--no-cache"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(120) == 0
        assert process.stderr is not None
        assert process.stderr.read() == b""


def test_a_terminal_is_cleared_between_reports_and_a_pipe_is_not(project: Path) -> None:
    cleared = "\x1b[H\x1b[2J\x1b[3J"
    with watched(project, on_terminal=True) as run:
        assert cleared not in run.report()
        (project / "src/app.py").write_text(BAD)
        said = run.report()
        assert said.index("checking again") < said.index(cleared) < said.index("app.py:1:")
    with watched(project) as run:
        run.report()
        (project / "src/app.py").write_text(GOOD)
        assert cleared not in run.report()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--output-format", "json"], "--watch shows one text after the other: leave out --output-format json"),
        (["--output", "x"], "--output is about a single run: leave it out with --watch"),
        (["--report", "json=x"], "--report is about a single run: leave it out with --watch"),
        (["--profile"], "--profile is about a single run: leave it out with --watch"),
        (["--config", "nowhere.toml"], "no such configuration file: nowhere.toml"),
        (["--select", "VT999"], 'select: no rule "VT999"'),
        (["--ignore", "VT999"], 'ignore: no rule "VT999"'),
        (["nowhere"], "no such file or directory: nowhere"),
        (["-"], "no such file or directory: -"),
    ],
)
def test_what_no_change_of_a_file_mends_is_refused(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--watch", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert words in said.err
    assert said.err.count("\n") == 1
