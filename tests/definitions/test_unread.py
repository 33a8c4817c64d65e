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
