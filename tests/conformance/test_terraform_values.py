"""Values of expressions are those that Terraform gives them."""

from __future__ import annotations

import pytest

from terraform_values.expressions import EXPRESSIONS, FILES, recorded
from vartask.model import Span
from vartask.project import Project
from vartask.syntax import hcl
from vartask.syntax.hcl_values import Computed, Items, Table, Value
from vartask.syntax.terraform import load
from vartask.syntax.terraform_module import Module
from written import project

LAMBDA = 'resource "aws_lambda_function" "f" {}\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Module]:
    made = project(tmp_path_factory.mktemp("values"), {**FILES, "infra/lambda.tf": LAMBDA})
    return made, load(made).roots[0]


def as_json(value: Value) -> object:
    if isinstance(value, Table):
        return "partial" if value.partial else {key: as_json(item) for key, item in value.values.items()}
    if isinstance(value, Items):
        return [as_json(item) for item in value.values]
    return f"computed: {value.text}" if isinstance(value, Computed) else value.value


def test_every_expression_is_recorded() -> None:
    assert set(recorded()) == set(EXPRESSIONS)


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_a_value_is_terraforms(root: tuple[Project, Module], text: str) -> None:
    _, module = root
    expression = hcl.parse_expression(text, Span("x"))
    assert as_json(module.evaluate.soft(expression)) == recorded()[text]
