"""The real flake8 with the installed plugin; the findings are made by hand, so that every kind of them is there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ENGINE = '''
"""Python imports this module at start-up: it puts an engine with a report made by hand in the place of the real one."""
import sys
from types import ModuleType


def check(project, settings, steps):
    from vartask.model import Finding, Report, Span, Zip, Function

    if project.is_file("crash"):
        raise KeyError("boom")
    function = Function("Api", Span("template.yaml"), Zip.of("src", Span("template.yaml")), "sam")
    names = {"code": "VT201", "name": "import-not-packaged"}
    findings = [Finding(Span(f"src/m{i}.py", 2, 5), f"module {i}\\nis missing", **names) for i in range(4)]
    findings.append(Finding(Span("Dockerfile", 3), "not copied", at_handler=Span("src/m0.py", 1), **names))
    findings.append(Finding(Span("template.yaml", 3), "no home", **names))
    findings.append(Finding(Span("src/quiet.py", 1), "silenced", **names))
    return Report((function,) if not project.is_file("empty") else (), tuple(findings))


def catalogue():
    from vartask.model import Deployment, Rule

    return (Rule("VT201", "import-not-packaged", "error", Deployment, check, "", __name__),)


engine = ModuleType("vartask.engine")
engine.check, engine.catalogue = check, catalogue
sys.modules["vartask.engine"] = engine
'''

FROM_FILES = [f"src/m{number}.py:2:5: VT201 module {number} is missing [import-not-packaged]" for number in range(4)]
FROM_DOCKERFILE = "src/m0.py:1:1: VT201 not copied [import-not-packaged] (at Dockerfile:3)"
HOMELESS = "vartask: 1 more in files that flake8 does not show: run vartask check"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / "src").mkdir()
    for number in range(12):
        (project / "src" / f"m{number}.py").write_text("import os\nif os:\n    import sys\n    sys.exit()\n")
    (project / "src" / "quiet.py").write_text("import os  # noqa: VT201\nos.getcwd()\n")
    (tmp_path / "startup").mkdir()
    (tmp_path / "startup" / "sitecustomize.py").write_text(ENGINE)
    return project


def flake8(
    project: Path,
    *arguments: str,
    start: tuple[str, ...] = ("-m", "flake8"),
    stdin: str | None = None,
    debug: str = "1",
) -> tuple[list[str], list[str], int]:
    """The sorted lines of standard output, those of standard error, and the exit code."""
    scratch = project.parent / "scratch"
    scratch.mkdir(exist_ok=True)
    ours = {"PYTHONPATH": str(project.parent / "startup"), "TMPDIR": str(scratch), "VARTASK_DEBUG": debug}
    environment = {**os.environ, **ours}
    done = subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=project,
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
    )
    # pytest shows it where a test fails: what flake8 said is half of the explanation.
    sys.stdout.write(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return (
        sorted(line.removeprefix("./") for line in done.stdout.splitlines()),
        done.stderr.splitlines(),
        done.returncode,
    )


def analyses(lines: list[str]) -> int:
    return sum(line.startswith("vartask: analysing ") for line in lines)


@pytest.mark.parametrize("jobs", ["1", "auto", "4"])
def test_each_file_shows_its_findings_and_the_project_is_analysed_once(project: Path, jobs: str) -> None:
    shown, said, code = flake8(project, "-j", jobs)

    assert shown == sorted([*FROM_FILES, FROM_DOCKERFILE])
    assert code == 1
    assert analyses(said) == 1


def test_an_unchanged_project_is_not_analysed_by_the_next_run(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VARTASK_NO_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(project.parent / "cache"))
    first, said, _ = flake8(project)
    assert analyses(said) == 1
    startup = project.parent / "startup/sitecustomize.py"
    startup.write_text(
        startup.read_text().replace("    from vartask.model import Finding", "    raise KeyError\n    #", 1)
    )

    again, said, code = flake8(project)
    assert (again, analyses(said), code) == (first, 0, 1)
    (project / "crash").write_text("")
    shown, said, code = flake8(project)
    assert (shown, code) == ([], 1)
    assert "KeyError" in "".join(said)


def test_workers_that_are_not_forked_take_the_parents_result(project: Path) -> None:
    spawning = (
        "import multiprocessing, sys; multiprocessing.set_start_method('spawn');"
        "from flake8.main.cli import main; sys.exit(main())"
    )

    shown, said, code = flake8(project, "-j", "4", start=("-c", spawning))

    assert shown == sorted([*FROM_FILES, FROM_DOCKERFILE])
    assert code == 1
    assert analyses(said) == 1
    assert not list((project.parent / "scratch").glob("vartask-*"))


def test_what_flake8_has_no_line_for_is_said(project: Path) -> None:
    _, said, _ = flake8(project)

    assert HOMELESS in said


def test_one_file_shows_its_own_findings_only(project: Path) -> None:
    shown, _, _ = flake8(project, "src/m1.py", "src/m9.py")

    assert shown == [FROM_FILES[1]]


def test_a_buffer_shows_the_findings_of_the_file_it_is_called(project: Path) -> None:
    shown, _, _ = flake8(project, "--stdin-display-name", "src/m1.py", "-", stdin="import os\nos.getcwd()\n")

    assert shown == [FROM_FILES[1]]


def test_flake8_selects_and_ignores_the_codes(project: Path) -> None:
    ignored, _, ignored_code = flake8(project, "--extend-ignore", "VT2")
    chosen, _, _ = flake8(project, "--select", "VT201")

    assert (ignored, ignored_code) == ([], 0)
    assert chosen == sorted([*FROM_FILES, FROM_DOCKERFILE])


@pytest.mark.parametrize(("select", "times"), [("E,W", 0), ("E,V", 1), ("VT101", 1)])
def test_nothing_is_analysed_for_nothing(project: Path, select: str, times: int) -> None:
    _, said, _ = flake8(project, "--select", select)

    assert analyses(said) == times


def test_the_path_can_be_set_in_flake8s_configuration(project: Path) -> None:
    (project / "setup.cfg").write_text("[flake8]\nvartask-path = nowhere\n")

    shown, _, code = flake8(project)

    assert any("vartask: no such file or directory: " in line and line.endswith("nowhere") for line in shown)
    assert code == 1


def test_a_mistake_in_vartasks_configuration_is_one_line(project: Path) -> None:
    (project / "vartask.toml").write_text("selct = []\n")

    shown, said, code = flake8(project)

    assert any(line.endswith('vartask.toml:1: unknown key "selct", did you mean "select"?') for line in shown)
    assert code == 1
    assert not any("Traceback" in line for line in said)


def test_a_project_without_functions_is_said(project: Path) -> None:
    (project / "empty").touch()

    _, said, _ = flake8(project)

    assert any(line.startswith("vartask: no Lambda function was found in ") for line in said)


def test_a_failure_of_vartask_does_not_pass_as_clean(project: Path) -> None:
    (project / "crash").touch()

    shown, said, code = flake8(project, debug="")
    _, traced, traced_code = flake8(project)

    assert code == traced_code == 1
    assert "vartask failed, which is a bug in it: KeyError: 'boom'" in shown
    assert said == []
    assert traced[-1] == "KeyError: 'boom'"


def test_flake8_lists_the_plugin_with_its_version() -> None:
    done = subprocess.run([sys.executable, "-m", "flake8", "--version"], capture_output=True, text=True, check=True)

    assert "vartask: 0." in done.stdout
