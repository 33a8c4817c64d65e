"""The command line, with the engine played by reports made by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO, TextIOWrapper
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast

import pytest

import vartask
from report_samples import CLEAN, CRASHED, CRON, NOT_PACKAGED, REPORT, RULES, TREE
from vartask.cli import main
from vartask.config import Settings
from vartask.model import Function, Report, Rule, Text
from vartask.project import Project


class Engine:
    """Stands in for the engine: keeps what it was asked for and answers with a report made by hand."""

    def __init__(self, report: Report | Exception) -> None:
        self.report = report
        self.asked: list[tuple[Project, Settings]] = []
        self.rules = RULES

    def catalogue(self) -> tuple[Rule, ...]:
        return self.rules

    def check(self, project: Project, settings: Settings, _: object = None) -> Report:
        self.asked.append((project, settings))
        if isinstance(self.report, Exception):
            raise self.report
        return self.report

    def Run(self, project: Project, settings: Settings) -> SimpleNamespace:  # noqa: N802 - it is the engine's class
        report = self.check(project, settings)

        def handler(function: Function) -> Text | None:
            value = report.handlers[report.functions.index(function)]
            return Text(value, function.span) if value else None

        return SimpleNamespace(declared=report, handler=handler, trees=SimpleNamespace(tree=lambda _function: TREE))


@pytest.fixture(autouse=True)
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "VARTASK_DEBUG"):
        monkeypatch.delenv(name, raising=False)


Play = Callable[[Report | Exception], Engine]
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch) -> Play:
    def use(report: Report | Exception) -> Engine:
        engine = Engine(report)
        monkeypatch.setitem(sys.modules, "vartask.engine", cast("ModuleType", engine))
        monkeypatch.setattr(vartask, "engine", engine, raising=False)
        return engine

    return use


# -- exit codes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "arguments", "code"),
    [
        (CLEAN, [], 0),
        (REPORT, [], 1),
        (REPORT, ["--exit-zero"], 0),
        (replace(REPORT, findings=()), [], 0),
        (replace(REPORT, findings=()), ["--strict"], 1),
        (CLEAN, ["--strict"], 0),
        (Report(), [], 2),
        (Report(), ["--exit-zero"], 2),
        (Report(findings=(NOT_PACKAGED,)), [], 1),
        (CRASHED, [], 3),
        (replace(CRASHED, findings=(NOT_PACKAGED,)), ["--exit-zero"], 3),
    ],
)
def test_the_exit_code_tells_clean_from_findings_from_failure(
    play: Play, report: Report, arguments: list[str], code: int
) -> None:
    play(report)

    assert main(["check", *arguments]) == code


def test_gaps_are_listed_where_they_are_fatal(play: Play, capsys: Capture) -> None:
    play(replace(REPORT, findings=()))

    main(["check", "--strict"])

    assert "gap RUN make may put anything" in capsys.readouterr().out


def test_no_function_is_said_loudly_with_the_way_out(play: Play, capsys: Capture) -> None:
    play(Report())

    main(["check"])

    captured = capsys.readouterr()
    assert captured.out.startswith("No Lambda function was found")
    assert "vartask: no Lambda function was found in the whole project; looked for: " in captured.err
    assert "[[tool.vartask.function]] in pyproject.toml" in captured.err


def test_a_crashed_rule_hides_nothing_and_is_said(play: Play, capsys: Capture) -> None:
    play(replace(CRASHED, findings=(NOT_PACKAGED,)))

    main(["check"])

    captured = capsys.readouterr()
    assert "VT101 handler module" in captured.out
    assert "vartask: failed: rule VT101 failed on Cron" in captured.err


def test_our_own_failure_is_one_line_and_how_to_report_it(play: Play, capsys: Capture) -> None:
    play(KeyError("boom\nagain"))

    assert main(["check"]) == 3

    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "vartask: failed: KeyError: 'boom\\nagain'",
        "vartask: this is a bug in vartask: please report it, with what VARTASK_DEBUG=1 adds to this output",
    ]


@pytest.mark.parametrize("arguments", [["--debug"], []])
def test_the_traceback_is_there_for_whoever_asks(
    play: Play, capsys: Capture, monkeypatch: pytest.MonkeyPatch, arguments: list[str]
) -> None:
    play(KeyError("boom"))
    if not arguments:
        monkeypatch.setenv("VARTASK_DEBUG", "1")

    assert main(["check", *arguments]) == 3
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_an_interrupt_is_no_bug(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = play(CLEAN)

    def interrupted(*_arguments: object) -> Report:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "check", interrupted)

    assert main(["check"]) == 130


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["check", "nowhere"], "vartask: no such file or directory: nowhere"),
        (["check", "--select", "VT9"], 'vartask: select: no rule "VT9", did you mean "VT'),
        (
            ["check", "--ignore", "context-atribute"],
            'vartask: ignore: no rule "context-atribute", did you mean "context-',
        ),
        (["check", "--config", "none.toml"], "vartask: none.toml: cannot be read: No such file or directory"),
        (["check", "--output", "no/such/dir"], "vartask: cannot write no/such/dir: No such file or directory"),
        (["explain", "vt111"], 'vartask: no rule "vt111", did you mean "VT101"?'),
        (["tree", "cron"], 'vartask: no function "cron", did you mean "Cron"?'),
        (["check", "--output-format", "xml"], "vartask check: error: argument --output-format: invalid choice: 'xml'"),
        ([], "vartask: error: the following arguments are required: COMMAND"),
    ],
)
def test_a_wrong_argument_is_one_clear_line(play: Play, capsys: Capture, arguments: list[str], line: str) -> None:
    play(CLEAN)

    assert main(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith(line)


def test_a_mistake_in_the_configuration_is_one_clear_line(play: Play, capsys: Capture) -> None:
    engine = play(CLEAN)
    Path("vartask.toml").write_text("selct = []", encoding="utf-8")

    assert main(["check"]) == 2
    assert capsys.readouterr().err.endswith('vartask.toml:1: unknown key "selct", did you mean "select"?\n')
    assert not engine.asked


# -- what is asked of the engine ------------------------------------------------------------------


def asked(engine: Engine) -> tuple[Project, Settings]:
    [once] = engine.asked
    return once


def test_the_root_is_where_git_is_and_the_paths_are_its_scopes(play: Play, tmp_path: Path) -> None:
    engine = play(CLEAN)
    (tmp_path / "services" / "api").mkdir(parents=True)
    (tmp_path / "services" / "Dockerfile").touch()

    main(["check", "services/api", "services/Dockerfile"])

    project, _ = asked(engine)
    assert project.root == str(tmp_path.resolve())
    assert project.scopes == ("services/api", "services/Dockerfile")


def test_without_git_the_root_is_the_directory_the_paths_share(play: Play, tmp_path: Path) -> None:
    engine = play(CLEAN)
    (tmp_path / ".git").rmdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "c").mkdir()

    main(["check", "a/b", "a/c"])

    project, _ = asked(engine)
    assert project.root == str((tmp_path / "a").resolve())
    assert project.scopes == ("b", "c")


def test_the_arguments_go_before_the_configuration(play: Play, tmp_path: Path) -> None:
    engine = play(CLEAN)
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "vartask.toml").write_text(
        'select = ["VT1"]\nignore = ["VT401"]\nexclude = ["old"]\n', encoding="utf-8"
    )

    main(["check", "api", "--select", "VT4,VT101", "--ignore", "context-attribute", "--exclude", "new", "--strict"])

    project, settings = asked(engine)
    assert settings.select == ("VT4", "VT101")
    assert settings.ignore == ("VT401", "context-attribute")
    assert settings.strict
    assert project.exclude == ("/api/**/old", "new")


def test_a_configuration_given_by_name_is_read_instead_of_the_nearest(play: Play) -> None:
    engine = play(CLEAN)
    Path("vartask.toml").write_text('ignore = ["VT1"]', encoding="utf-8")
    Path("other.toml").write_text('ignore = ["VT4"]', encoding="utf-8")

    main(["check", "--config", "other.toml"])

    assert asked(engine)[1].ignore == ("VT4",)


# -- output ---------------------------------------------------------------------------------------


def test_every_format_of_the_package_can_be_asked_for(play: Play, capsys: Capture) -> None:
    play(REPORT)
    first = {}
    for name in ("text", "json", "sarif", "github", "markdown"):
        assert main(["check", "--output-format", name]) == 1
        first[name] = capsys.readouterr().out.split("\n")[0][:20]

    assert first == {
        "text": "services/api/Dockerf",
        "json": "{",
        "sarif": "{",
        "github": "::error file=service",
        "markdown": "<!-- vartask check -",
    }


def test_machine_formats_stay_whole_when_the_run_is_not(play: Play, capsys: Capture) -> None:
    play(replace(CRASHED, functions=(), handlers=()))

    assert main(["check", "--output-format", "json"]) == 3
    assert json.loads(capsys.readouterr().out)["crashes"]


def test_sarif_has_the_rules_of_the_catalogue(play: Play, capsys: Capture) -> None:
    play(CLEAN)

    main(["check", "--output-format", "sarif"])

    driver = json.loads(capsys.readouterr().out)["runs"][0]["tool"]["driver"]
    assert [rule["id"] for rule in driver["rules"]] == ["VT101", "VT401"]


def test_text_is_relative_to_where_one_stands_and_json_to_what_is_checked(
    play: Play, capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(REPORT)
    (tmp_path / "services" / "api").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "services")

    main(["check", "api"])
    assert capsys.readouterr().out.startswith("api/Dockerfile:7:1: ")
    main(["check", "api", "--output-format", "json"])
    assert json.loads(capsys.readouterr().out)["findings"][0]["path"] == "Dockerfile"
    main(["check", "api", "--output-format", "github"])
    assert capsys.readouterr().out.startswith("::error file=services/api/Dockerfile,")


def test_a_report_can_go_to_a_file(play: Play, capsys: Capture) -> None:
    play(REPORT)

    assert main(["check", "--output", "report.txt"]) == 1

    assert capsys.readouterr().out == ""
    assert Path("report.txt").read_text(encoding="utf-8").startswith("services/api/Dockerfile:7:1: VT101")


@pytest.mark.parametrize(
    ("environment", "arguments", "colored"),
    [
        ({}, [], False),
        ({"FORCE_COLOR": "1"}, [], True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, [], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
        ({"FORCE_COLOR": "1"}, ["--color", "never"], False),
    ],
)
def test_colour_follows_the_conventions(
    play: Play,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    arguments: list[str],
    colored: bool,
) -> None:
    play(REPORT)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    main(["check", *arguments])

    assert ("\x1b[" in capsys.readouterr().out) is colored


class Terminal(TextIOWrapper):
    """A standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("term", "colored"), [("xterm", True), ("dumb", False)])
def test_a_terminal_gets_colour(play: Play, monkeypatch: pytest.MonkeyPatch, term: str, colored: bool) -> None:
    play(REPORT)
    buffer = BytesIO()
    monkeypatch.setattr(sys, "stdout", Terminal(buffer, encoding="ascii"))
    monkeypatch.setenv("TERM", term)

    main(["check"])

    assert (b"\x1b[" in buffer.getvalue()) is colored


def test_output_is_utf8_whatever_the_locale_and_whatever_the_name(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    play(Report(functions=(CRON,), findings=(replace(NOT_PACKAGED, message="naïve → \udcff"),), handlers=(None,)))
    buffer = BytesIO()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(buffer, encoding="ascii"))

    assert main(["check"]) == 1

    assert "naïve → \\udcff" in buffer.getvalue().decode("utf-8")


# -- the other commands ---------------------------------------------------------------------------


def test_functions_lists_what_was_found(play: Play, capsys: Capture) -> None:
    play(REPORT)

    assert main(["functions"]) == 0
    text = capsys.readouterr().out
    assert main(["functions", "--output-format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert text.splitlines()[2].split() == ["Cron", "cron.handler", "-", "zip", "src", "template.yaml:7"]
    assert [function["handler"] for function in document["functions"]] == [
        "src.scheduler.query_tool_handler.handler",
        "cron.handler",
        None,
    ]


def test_functions_is_loud_too_when_there_are_none(play: Play, capsys: Capture) -> None:
    play(Report())

    assert main(["functions"]) == 2
    assert "no Lambda function was found" in capsys.readouterr().err


def test_tree_shows_one_function(play: Play, capsys: Capture) -> None:
    play(REPORT)

    assert main(["tree", "QueryTool"]) == 0
    assert "/var/task/app.py          <- services/api/Dockerfile:5  services/api/app.py\n" in capsys.readouterr().out
    assert main(["tree", "QueryTool", ".", "--output-format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["function"] == "QueryTool"


def test_tree_guesses_at_nothing_when_two_functions_share_a_name(play: Play, capsys: Capture) -> None:
    play(Report(functions=(CRON, CRON), handlers=(None, None)))

    assert main(["tree", "Cron"]) == 2
    message = '2 functions are called "Cron" (template.yaml:7, template.yaml:7): name a PATH that holds one of them'
    assert capsys.readouterr().err == f"vartask: {message}\n"


@pytest.mark.parametrize("rule", ["VT101", "vt101", "handler-not-packaged"])
def test_explain_prints_the_page(play: Play, capsys: Capture, rule: str) -> None:
    play(CLEAN)

    assert main(["explain", rule]) == 0
    assert capsys.readouterr().out == (
        "VT101 handler-not-packaged (error)\n\nThe handler's module is not in the artifact.\n\n"
        "## Why\n\nLambda cannot import it.\n"
    )


def test_explain_without_docstrings_says_why_there_is_nothing(play: Play, capsys: Capture) -> None:
    play(CLEAN)

    assert main(["explain", "VT401"]) == 2
    assert "python -OO leaves out" in capsys.readouterr().err


def test_rules_are_listed(play: Play, capsys: Capture) -> None:
    play(CLEAN)

    assert main(["rules"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == (
        "VT101  handler-not-packaged  error     The handler's module is not in the artifact."
    )
    assert main(["rules", "--output-format", "json"]) == 0
    assert [rule["code"] for rule in json.loads(capsys.readouterr().out)["rules"]] == ["VT101", "VT401"]


# -- the installed command ------------------------------------------------------------------------


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vartask", *arguments],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, **environment},
        check=False,
    )


@pytest.mark.parametrize("arguments", [["--version"], ["-V"], ["--version", "check"]])
def test_the_version_is_told(arguments: list[str]) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"vartask {vartask.__version__}\n", "")


def test_the_version_imports_next_to_nothing() -> None:
    script = (
        "import sys; before = set(sys.modules); from vartask.cli import main; main(['--version']);"
        "print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    imported = done.stdout.splitlines()[1].split()
    assert set(imported) <= {"__future__", "vartask", "vartask.cli", "vartask.commands"}


def test_a_project_imports_only_what_its_files_need(tmp_path: Path) -> None:
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n  One:\n    Type: AWS::Serverless::Function\n"
    (tmp_path / "template.yaml").write_text(
        f"{template}    Properties: {{Runtime: python3.12, Handler: app.f, CodeUri: .}}\n"
    )
    (tmp_path / "samconfig.toml").write_text('[default.deploy.parameters]\nstack_name = "one"\n')
    (tmp_path / "app.py").write_text("def f(event, context):\n    return {}\n")
    script = "import sys; from vartask.cli import main; main(['check', '--no-cache']); print(*sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)

    findings, modules = done.stdout.splitlines()
    assert findings == "0 findings in 1 function; 0 gaps"
    foreign = {"tomli", "pathspec", "libcst", "tree_sitter", "dockerfile_parse", "dataclasses", "inspect"}
    own = {
        f"vartask.definitions._{name}"
        for name in ("cdk_assembly_functions", "script_functions", "serverless_functions")
    }
    assert not set(modules.split()) & (foreign | own)


def test_a_reader_that_goes_away_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as broken:
        done = subprocess.run(
            [sys.executable, "-m", "vartask", "rules"], stdout=broken, stderr=subprocess.PIPE, text=True, check=False
        )

    assert (done.returncode, done.stderr) == (0, "")


def test_help_names_every_command(capsys: Capture) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for command in ("check", "functions", "tree", "explain", "rules"):
        assert f"\n    {command} " in text
