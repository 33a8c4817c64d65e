from __future__ import annotations

from pathlib import Path

import pytest

from vartask.definitions._unread import unread
from written import project

TEMPLATE = "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: {{ runtime }}\n"


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("cloudformation/app.yaml.j2", TEMPLATE + "      Handler: main.lambda_handler\n"),
        ("main.tf.tmpl", 'resource "aws_lambda_function" "f" {\n  runtime = "python3.12"\n}\n'),
        ("serverless.yml.erb", "provider: {runtime: python3.12}\nfunctions:\n  f:\n    handler: src/app.handler\n"),
    ],
)
def test_a_definition_that_is_still_to_be_rendered_is_a_gap(tmp_path: Path, path: str, text: str) -> None:
    (gap,) = unread(project(tmp_path, {path: text}))
    assert gap.span.path == path
    assert gap.reason.startswith("a template that another program renders first is not read")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("page.html.j2", "<p>python</p>"),
        ("app.yaml.j2", "Resources:\n  F:\n    Type: AWS::Lambda::Function\n    Properties: {Runtime: nodejs20.x}\n"),
    ],
)
def test_other_templates_are_no_gap(tmp_path: Path, path: str, text: str) -> None:
    assert unread(project(tmp_path, {path: text})) == ()


def test_the_other_provider_of_aws_for_terraform_is_a_gap(tmp_path: Path) -> None:
    text = 'resource "awscc_lambda_function" "f" {\n  runtime = "python3.12"\n}\n'
    (gap,) = unread(project(tmp_path, {"main.tf": text}))
    assert "awscc_lambda_function" in gap.reason


TRAVIS = "deploy:\n  - provider: lambda\n    function_name: f\n    runtime: python3.12\n    handler_name: app\n"
OWN = "function_name: f\nhandler: service.handler\nruntime: python3.12\n"
SST = 'new sst.aws.Function("F", { runtime: "python3.12", handler: "api/app.handler" });\n'


@pytest.mark.parametrize(
    ("files", "path"),
    [
        ({".travis.yml": TRAVIS}, ".travis.yml"),
        ({"bot/config.yaml": OWN}, "bot/config.yaml"),
        ({"sst.config.ts": "export default $config({});\n", "infra/api.ts": SST}, "sst.config.ts"),
    ],
)
def test_a_tool_that_is_not_read_is_a_gap(tmp_path: Path, files: dict[str, str], path: str) -> None:
    (gap,) = unread(project(tmp_path, files))
    assert (gap.span.path, gap.reason.partition(" is not read")[1]) == (path, " is not read")


@pytest.mark.parametrize(
    "files",
    [
        {".travis.yml": TRAVIS.replace("python3.12", "nodejs20.x")},
        {".travis.yml": "language: python\ndeploy: {provider: pypi}\n"},
        {"bot/config.yaml": OWN.replace("python3.12", "3")},
        {"sst.config.ts": SST.replace("python3.12", "nodejs22.x")},
        {"infra/api.ts": SST},
    ],
)
def test_a_tool_that_deploys_something_else_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    assert unread(project(tmp_path, files)) == ()


@pytest.mark.parametrize(
    ("action", "named"),
    [
        ("someone/zip-lambda-python@v1", True),
        ("appleboy/lambda-action@v1", False),
        ("aws-actions/aws-lambda-deploy@v1", False),
        ("someone/invoke-lambda@v1", False),
        ("LambdaTest/LambdaTest-tunnel-action@v2", False),
        ("actions/checkout@v4", False),
    ],
)
def test_an_action_that_deploys_functions_is_a_gap_unless_it_is_known(tmp_path: Path, action: str, named: bool) -> None:
    workflow = f"jobs:\n  deploy:\n    steps:\n      - uses: {action}\n"
    gaps = unread(project(tmp_path, {".github/workflows/deploy.yml": workflow, "app.py": ""}))
    assert [(gap.span.line, action.partition("@")[0] in gap.reason) for gap in gaps] == [(4, True)] * named
