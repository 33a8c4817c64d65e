"""Behind the handler of an observability layer, the function's own handler is judged, in the wrapper's words."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed
from vartask.config import Settings
from vartask.data.wrapper_handlers import WRAPPERS
from vartask.engine import check
from vartask.model import Deployment, UnknownRegion
from vartask.project import Project
from wrapper_cases import FILES, HANDLER, WORKING

LAYER = UnknownRegion("/opt", "the layer `Datadog` is published elsewhere")
NAMED = [(name, wrapper) for wrapper in WRAPPERS for name in sorted(wrapper.handlers)]


def wrapped(
    directory: Path, handler: str, environment: dict[str, str | None], files: dict[str, str] | None = None
) -> Deployment:
    return deployed(directory, FILES if files is None else files, handler, regions=(LAYER,), environment=environment)


@pytest.mark.parametrize(("name", "wrapper"), NAMED)
@pytest.mark.parametrize("value", WORKING)
def test_the_handler_in_the_variable_is_resolved(name: str, wrapper: object, value: str, tmp_path: Path) -> None:
    variable = next(item.variable for item in WRAPPERS if item is wrapper)
    found = wrapped(tmp_path, name, {variable: value}).handler
    if variable == "SENTRY_INITIAL_HANDLER" and "/" in value:
        assert found is None
        return
    assert found is not None
    assert found.problem is None
    assert found.module is not None
    assert found.module.source == value.rpartition(".")[0].replace(".", "/") + ".py"


@pytest.mark.parametrize(("name", "wrapper"), NAMED)
def test_a_handler_that_is_not_there_is_refuted(name: str, wrapper: object, tmp_path: Path) -> None:
    variable = next(item.variable for item in WRAPPERS if item is wrapper)
    for value in ("app.nope", "nodot"):
        found = wrapped(tmp_path, name, {variable: value}).handler
        assert found is not None
        assert found.problem is not None
        assert "{" not in found.problem.text


@pytest.mark.parametrize(("name", "wrapper"), NAMED)
@pytest.mark.parametrize("environment", [{}, None])
def test_without_a_value_nothing_is_said_but_a_gap(
    name: str, wrapper: object, environment: dict[str, str] | None, tmp_path: Path
) -> None:
    variable = next(item.variable for item in WRAPPERS if item is wrapper)
    deployment = wrapped(tmp_path, name, {variable: None} if environment is None else {})
    assert deployment.handler is None
    assert any(variable in gap.reason for gap in deployment.gaps)


def test_imports_of_the_wrapped_handler_fail_in_the_wrappers_words(tmp_path: Path) -> None:
    files = {"src/bad.py": "import shared.x\n" + HANDLER, "shared/x.py": "", "template.yaml": TEMPLATE}
    report = laid_out(tmp_path, files, "bad.handler")
    (finding,) = report
    assert finding.code == "VT201"
    text = "Runtime.ImportModuleError: Unable to import module 'datadog_lambda.handler': No module named 'shared'"
    assert finding.runtime_message == text


TEMPLATE = """Resources:
  Orders:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      CodeUri: src/
      Handler: datadog_lambda.handler.handler
      Layers: ["arn:aws:lambda:eu-west-1:464622532012:layer:Datadog-Python312:99"]
      Environment:
        Variables:
          DD_LAMBDA_HANDLER: VALUE
"""


def laid_out(directory: Path, files: dict[str, str], value: str) -> list:  # type: ignore[type-arg]
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("VALUE", value), encoding="utf-8")
    return list(check(Project(directory), Settings()).findings)


@pytest.mark.parametrize(("value", "code"), [("app.nope", "VT102"), ("nomod.handler", "VT101"), ("nodot", "VT103")])
def test_the_finding_stands_at_the_variable(value: str, code: str, tmp_path: Path) -> None:
    (finding,) = laid_out(tmp_path, {"template.yaml": TEMPLATE, "src/app.py": HANDLER}, value)
    assert (finding.code, finding.span.path, finding.span.line, finding.span.column) == (code, "template.yaml", 11, 11)


def test_a_module_of_the_project_with_the_wrappers_name_is_itself(tmp_path: Path) -> None:
    files = {"newrelic_lambda_wrapper.py": "import os\n" + HANDLER}
    found = deployed(tmp_path, files, "newrelic_lambda_wrapper.handler").handler
    assert found is not None
    assert found.module is not None
    assert found.problem is None


def test_a_wrapper_that_nothing_brings_is_missing(tmp_path: Path) -> None:
    environment: dict[str, str | None] = {"DD_LAMBDA_HANDLER": "app.handler"}
    found = deployed(tmp_path, FILES, "datadog_lambda.handler.handler", environment=environment).handler
    assert found is not None
    assert found.problem is not None
    assert found.problem.text.endswith("No module named 'datadog_lambda'")


@pytest.mark.parametrize(
    ("program", "text"),
    [
        ("/opt/otel-instrument", "Unable to import module 'otel_wrapper': No module named 'nomod'"),
        ("/opt/datadog_wrapper", "Unable to import module 'datadog_lambda.handler': No module named 'nomod'"),
        ("/opt/lumigo_wrapper", "Unable to import module 'nomod': No module named 'nomod'"),
        ("/opt/own-script", "Unable to import module 'nomod': No module named 'nomod'"),
    ],
)
def test_an_exec_wrapper_keeps_the_verdict(program: str, text: str, tmp_path: Path) -> None:
    environment: dict[str, str | None] = {"AWS_LAMBDA_EXEC_WRAPPER": program}
    assert (found := deployed(tmp_path, FILES, "app.handler", environment=environment).handler) is not None
    assert found.problem is None
    assert (found := deployed(tmp_path, FILES, "nomod.handler", environment=environment).handler) is not None
    assert found.problem is not None
    assert found.problem.text == text


def test_a_program_that_may_hand_over_another_handler_leaves_calls_open(tmp_path: Path) -> None:
    for program, count in (("/opt/own-script", 0), ("/opt/datadog_wrapper", 1), ("/opt/dynatrace", 1)):
        environment: dict[str, str | None] = {"AWS_LAMBDA_EXEC_WRAPPER": program}
        deployment = deployed(tmp_path, FILES, "one.handler", environment=environment)
        assert len(deployment.invocation) == count
        assert [gap.span.path for gap in deployment.gaps if "starts another" in gap.reason] == ["one.py"] * (1 - count)


def test_a_web_server_is_no_handler(tmp_path: Path) -> None:
    environment: dict[str, str | None] = {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"}
    deployment = deployed(tmp_path, FILES, "run.sh", environment=environment)
    assert deployment.handler is None
    assert [gap.reason for gap in deployment.gaps if "Web Adapter" in gap.reason]


def test_a_wrapper_in_an_image_reads_the_images_environment(tmp_path: Path) -> None:
    dockerfile = (
        "FROM public.ecr.aws/lambda/python:3.12\nRUN pip install datadog-lambda\nCOPY app.py ./\n"
        'ENV DD_LAMBDA_HANDLER="app.nope"\nCMD ["datadog_lambda.handler.handler"]\n'
    )
    (finding,) = laid_out(tmp_path, {"Dockerfile": dockerfile, "app.py": HANDLER}, "")
    assert (finding.code, finding.span.path, finding.span.line) == ("VT102", "Dockerfile", 4)
    assert finding.runtime_message == "AttributeError: module 'app' has no attribute 'nope'"
