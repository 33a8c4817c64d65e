"""Templates that are deployed without ``sam build``: what requirements list may not be installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Gap, Span
from written import project

TEMPLATE = """\
Resources:
  A:
    Type: AWS::Lambda::Function
    Properties: {Runtime: python3.12, Handler: app.handler, Code: src}
"""
APP = {"template.yaml": TEMPLATE, "src/app.py": "", "src/requirements.txt": "boto3\nrequests\n"}
PACKAGE = "aws cloudformation package --s3-bucket b --template-file template.yaml --output-template-file out.yaml"


def gaps(root: Path, files: dict[str, str]) -> tuple[Gap, ...]:
    return find(project(root, {**APP, **files}), Settings()).gaps


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("deploy.sh", f"#!/bin/sh\n{PACKAGE}\n", 2),
        ("README.md", "Run:\n\n    sam package \\\n      --template template.yaml\n", 3),
        (".github/workflows/d.yml", "jobs:\n  d:\n    steps:\n      - run: sam deploy --stack-name x\n", 4),
        ("buildspec.yml", "- >\n  sam package\n    --template-file ./template.yaml\n", 2),
    ],
)
def test_a_template_that_is_deployed_as_it_stands_has_what_is_beside_the_code(
    tmp_path: Path, path: str, text: str, line: int
) -> None:
    reason = (
        "template.yaml is deployed as it stands, and nothing here runs `sam build`: `src/requirements.txt` may not be"
    )
    assert gaps(tmp_path, {path: text}) == (Gap(Span(path, line), f"{reason} installed", ("A",)),)


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"deploy.sh": f"{PACKAGE}\n", "src/requirements.txt": "boto3\nurllib3\n"},
        {"deploy.sh": f"{PACKAGE}\n", "README.md": "First `sam build`.\n"},
        {"deploy.sh": f"{PACKAGE}\n", "tasks.py": "run(['sam', 'build'])\n"},
        {"deploy.sh": f"pip install -r src/requirements.txt -t src\n{PACKAGE}\n"},
        {"deploy.sh": "sam deploy -t packaged.yaml\n"},
        {"deploy.sh": "aws cloudformation package --template-file other.yaml\n"},
        {"other/deploy.sh": "cd .. ; sam deploy\n"},
    ],
)
def test_what_is_built_or_needs_nothing_is_no_gap(tmp_path: Path, files: dict[str, str]) -> None:
    assert gaps(tmp_path, files) == ()


def test_the_functions_of_one_template_are_one_gap(tmp_path: Path) -> None:
    second = TEMPLATE.partition("\n")[2].replace("  A:", "  B:").replace("src", "lib")
    files = {"template.yaml": TEMPLATE + second, "lib/app.py": "", "lib/requirements.txt": "requests\n"}
    (found,) = gaps(tmp_path, {**files, "deploy.sh": f"{PACKAGE}\n"})
    assert found.functions == ("A", "B")
    assert "`lib/requirements.txt` and 1 more may not be installed" in found.reason
