"""pip refuses to install a project that does not want its Python: the build ends there."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import write
from vartask.config import Settings
from vartask.engine import check
from vartask.model import Report
from vartask.project import Project

PROJECT = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "orders"
version = "1"
requires-python = "{}"
"""


def built(directory: Path, wanted: str, command: str) -> Report:
    image = f'FROM public.ecr.aws/lambda/python:3.11\nCOPY . .\nRUN {command}\nCMD ["app.handler"]\n'
    code = "def handler(event, context):\n    return 1\n"
    write(directory, {"Dockerfile": image, "pyproject.toml": PROJECT.format(wanted), "app.py": code})
    return check(Project(directory), Settings())


@pytest.mark.parametrize("command", ["pip install .", "pip install --no-cache-dir -e .", "python -m pip install ./"])
@pytest.mark.parametrize("wanted", [">=3.12", ">3.11.90,<4", "<3.11", "==3.9.*"])
def test_a_project_that_wants_another_python_ends_the_build(tmp_path: Path, wanted: str, command: str) -> None:
    report = built(tmp_path, wanted, command)
    assert [gap.reason[:26] for gap in report.gaps] == ["the image cannot be built:"]
    assert report.gaps[0].span.line == 3


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        (">=3.9", "pip install ."),
        (">=3.11.7", "pip install ."),
        ("nonsense", "pip install ."),
        (">=3.12", "pip install --ignore-requires-python ."),
        (">=3.12", "true"),
    ],
)
def test_what_may_fit_is_no_error(tmp_path: Path, wanted: str, command: str) -> None:
    assert not any("cannot be built" in gap.reason for gap in built(tmp_path, wanted, command).gaps)
