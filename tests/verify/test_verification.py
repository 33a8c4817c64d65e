"""What the container's word makes of the predictions, from observations that are written down."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from vartask.config import Settings
from vartask.engine import Run
from vartask.model import Verification
from vartask.project import Project
from vartask.verification import verified
from vartask.verify.record import BadRecord, dump, load

DOCKERFILE = 'FROM public.ecr.aws/lambda/python:3.12\nCOPY *.py ./\nCMD ["app.handler"]\n'
TEMPLATE = """\
Resources:
  Orders:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties:
      PackageType: Image
"""
HANDLER = "def handler(event, context):\n    return {}\n"


def seen(
    directory: Path, code: str, *, template: str = TEMPLATE, dockerfile: str = DOCKERFILE, **facts: Any
) -> Verification:
    """Judge one observation of a project that has one function."""
    (directory / "template.yaml").write_text(template)
    (directory / "Dockerfile").write_text(dockerfile)
    (directory / "app.py").write_text(code)
    image: dict[str, Any] = {
        "image": "orders",
        "python": "3.12.4",
        "roots": ["/var/task"],
        "files": [{"path": "/var/task/app.py"}],
        "functions": [{"function": "Orders", "handler": "app.handler", "verdict": "ok"}],
    }
    for key, value in facts.items():
        image[key] = [{**image["functions"][0], **value}] if key == "functions" else value
    return verified(Run(Project(directory), Settings()), load(json.dumps({"version": 1, "images": [image]})))


def failing(message: str, trace: str = "", verdict: str = "init error") -> dict[str, str]:
    return {"verdict": verdict, "message": message, "trace": trace}


def codes(found: Verification) -> list[str]:
    return [finding.code for finding in found.report.findings]


def test_a_function_that_starts_as_predicted_is_clean(tmp_path: Path) -> None:
    found = seen(tmp_path, HANDLER)
    assert (codes(found), found.drifts, found.failed) == ([], (), False)


def test_a_finding_that_the_container_confirms_stands_alone(tmp_path: Path) -> None:
    message = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'helper'"
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/helper.py").write_text("")
    found = seen(tmp_path, f"import helper\n{HANDLER}", functions=failing(message))
    assert (codes(found), found.drifts, found.failed) == (["VT201"], (), True)


def test_a_finding_that_the_container_refutes_is_a_difference_and_no_finding(tmp_path: Path) -> None:
    found = seen(tmp_path, f"import sys\nsys.exit(1)\n{HANDLER}")
    assert codes(found) == ["VT003"]
    assert [(one.kind, one.observed) for one in found.drifts] == [("message", "it starts")]


def test_a_failure_that_nothing_foretold_is_a_finding_at_the_last_line_of_the_project(tmp_path: Path) -> None:
    trace = '  File "/var/task/app.py", line 2, in <module>\n  File "/var/lang/lib/python3.12/ctypes/__init__.py", line 9, in f\n'
    found = seen(tmp_path, f"import ctypes\nctypes.CDLL('x')\n{HANDLER}", functions=failing("OSError: x", trace))
    assert [(one.code, one.span.path, one.span.line) for one in found.report.findings] == [("VT107", "app.py", 2)]


def test_the_same_rules_run_on_the_files_that_are_there(tmp_path: Path) -> None:
    message = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'helper'"
    (tmp_path / "helper.py").write_text("")
    found = seen(tmp_path, f"import helper\n{HANDLER}", functions=failing(message))
    assert codes(found) == ["VT003", "VT201"]
    assert [(one.kind, one.subject) for one in found.drifts if one.kind != "message"] == [
        ("missing", "/var/task/helper.py")
    ]


def test_a_file_with_another_text_is_a_difference_and_judged_as_it_is(tmp_path: Path) -> None:
    old = f"raise RuntimeError('old')\n{HANDLER}"
    files = [{"path": "/var/task/app.py", "sha256": hashlib.sha256(old.encode()).hexdigest(), "text": old}]
    found = seen(tmp_path, HANDLER, functions=failing("RuntimeError: old"))
    assert codes(found) == ["VT107"]
    found = seen(tmp_path, HANDLER, functions=failing("RuntimeError: old"), files=files)
    assert codes(found) == ["VT003", "VT213"]
    assert ("content", "/var/task/app.py") in [(one.kind, one.subject) for one in found.drifts]


@pytest.mark.parametrize(
    ("message", "trace"),
    [
        ("URLError: <urlopen error [Errno 101] Network is unreachable>", ""),
        ('EndpointConnectionError: Could not connect to the endpoint URL: "https://ssm"', ""),
        ("RuntimeError: no settings", "socket.gaierror: [Errno -3] Temporary failure in name resolution"),
    ],
)
def test_a_function_that_needs_the_network_is_a_gap(tmp_path: Path, message: str, trace: str) -> None:
    found = seen(tmp_path, HANDLER, functions=failing(message, trace))
    assert (codes(found), found.drifts, found.failed) == ([], (), False)
    assert "reaches for the network" in found.gaps[0].reason


def test_a_value_that_only_the_deployment_knows_is_a_gap(tmp_path: Path) -> None:
    template = TEMPLATE + "      Environment: {Variables: {LIMIT: !Ref Limit}}\n"
    message = "ValueError: invalid literal for int() with base 10: 'set-by-the-deployment'"
    found = seen(tmp_path, HANDLER, template=template, functions=failing(message))
    assert (codes(found), found.failed) == ([], False)
    assert "LIMIT" in found.gaps[0].reason


def test_a_process_that_ends_may_miss_what_the_deployment_sets(tmp_path: Path) -> None:
    template = TEMPLATE + "      Environment: {Variables: {LIMIT: !Ref Limit}}\n"
    ended = failing("Runtime.ExitError: Runtime exited with error: exit status 1", verdict="exited")
    assert codes(seen(tmp_path, HANDLER, functions=ended)) == ["VT107"]
    assert codes(seen(tmp_path, HANDLER, template=template, functions=ended)) == []
    offline = {**ended, "output": "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='a', port=443)"}
    assert codes(seen(tmp_path, HANDLER, functions=offline)) == []


def test_a_missing_module_is_certain_whatever_the_environment(tmp_path: Path) -> None:
    template = TEMPLATE + "      Environment: {Variables: {LIMIT: !Ref Limit}}\n"
    message = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'connection'"
    assert codes(seen(tmp_path, HANDLER, template=template, functions=failing(message))) == ["VT107"]


def test_the_image_has_another_python_than_its_base_should(tmp_path: Path) -> None:
    found = seen(tmp_path, HANDLER, python="3.11.9")
    assert [(one.kind, one.subject, one.predicted, one.observed) for one in found.drifts] == [
        ("environment", "the Python version", "3.12", "3.11.9")
    ]


def test_the_image_has_another_entrypoint_and_task_root(tmp_path: Path) -> None:
    config = {"workdir": "/app", "entrypoint": ["/bin/sh"], "env": {"LAMBDA_TASK_ROOT": "/app"}}
    found = seen(tmp_path, HANDLER, config=config)
    subjects = [one.subject for one in found.drifts if one.kind == "environment"]
    assert subjects == ["the working directory", "LAMBDA_TASK_ROOT", "the entrypoint"]


@pytest.mark.parametrize("verdict", ["timeout", "killed"])
def test_time_and_memory_are_not_predicted(tmp_path: Path, verdict: str) -> None:
    found = seen(tmp_path, HANDLER, functions=failing("too much", verdict=verdict))
    assert (codes(found), found.drifts) == (["VT107"], ())


def test_a_function_that_nothing_declares_any_more_is_a_gap(tmp_path: Path) -> None:
    found = seen(tmp_path, HANDLER, functions={"function": "Gone"})
    assert [gap.reason for gap in found.gaps] == ["Gone was seen in orders, and nothing here declares it"]


def test_a_record_reads_as_it_was_written(tmp_path: Path) -> None:
    files = [
        {"path": "/var/task/app.py", "type": "f", "mode": "0755", "uid": 5, "sha256": "ab", "text": "x = 1\n"},
        {"path": "/var/task/link", "type": "l", "mode": "0777", "target": "app.py"},
    ]
    config = {"workdir": "/var/task", "entrypoint": ["/e"], "cmd": ["app.handler"], "env": {"A": "b"}}
    found = seen(tmp_path, HANDLER, config=config, files=files).observations
    assert load(dump(found)) == found


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 9, "images": []}', '{"version": 1, "images": [{}]}'])
def test_what_is_no_record_is_refused(text: str) -> None:
    with pytest.raises(BadRecord):
        load(text)


def test_a_record_keeps_what_could_not_be_seen(tmp_path: Path) -> None:
    gap = {"span": {"path": "template.yaml", "line": 2}, "reason": "too many paths", "functions": ["Orders"]}
    found = seen(tmp_path, HANDLER, gaps=[gap], path=["/var/task"], packages=["/p"], task_root="/var/task")
    assert [one.reason for one in found.gaps] == ["too many paths"]
    (again,) = load(dump(found.observations))
    assert (again.gaps, again.path, again.packages, again.task_root) == (
        found.observations[0].gaps,
        ("/var/task",),
        ("/p",),
        "/var/task",
    )


@pytest.mark.parametrize("verdict", ["not reached", "wrong architecture", "failed"])
def test_what_says_nothing_of_a_function_is_a_gap(tmp_path: Path, verdict: str) -> None:
    found = seen(tmp_path, HANDLER, functions=failing("docker build: exit code: 7", verdict=verdict))
    assert (codes(found), found.drifts) == ([], ())
    assert [(gap.reason, gap.functions) for gap in found.gaps] == [("orders: docker build: exit code: 7", ("Orders",))]


def test_an_image_for_another_architecture_than_declared_differs(tmp_path: Path) -> None:
    template = TEMPLATE + "      Architectures: [arm64]\n"
    found = seen(tmp_path, HANDLER, template=template, architecture="x86_64")
    assert [(one.subject, one.observed) for one in found.drifts] == [("the architecture", "x86_64")]
    assert seen(tmp_path, HANDLER, template=template, architecture="arm64").drifts == ()


def test_a_package_on_another_python_than_declared_is_a_gap(tmp_path: Path) -> None:
    template = TEMPLATE.replace("      PackageType: Image", "      Runtime: python3.12\n      Handler: app.handler")
    found = seen(
        tmp_path,
        HANDLER,
        template=template.replace("    Metadata: {Dockerfile: Dockerfile, DockerContext: .}\n", ""),
        python="3.11.7",
    )
    assert [one.kind for one in found.drifts if one.kind == "environment"] == []
    assert "it ran on Python 3.11.7, and the function declares 3.12" in [gap.reason for gap in found.gaps]


def test_a_file_that_a_command_made_is_told_at_the_command(tmp_path: Path) -> None:
    made = "import nothere\n"
    files = [
        {"path": "/var/task/app.py"},
        {"path": "/var/task/made.py", "sha256": hashlib.sha256(made.encode()).hexdigest(), "text": made},
    ]
    message = "Runtime.ImportModuleError: Unable to import module 'app': No module named 'nothere'"
    dockerfile = DOCKERFILE.replace("CMD", "RUN ./generate > made.py\nCMD")
    code = f"import made\n{HANDLER}"
    found = seen(tmp_path, code, dockerfile=dockerfile, files=files, functions=failing(message))
    assert [(one.code, str(one.span)) for one in found.report.findings] == [("VT205", "Dockerfile:3")]
