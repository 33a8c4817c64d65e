"""A rehearsal is made once for the functions to which the same happens, and for no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vartask.config import Settings
from vartask.engine import Run
from vartask.imports.rehearsal import Rehearsal, Rehearsed
from vartask.project import Project
from vartask.steps import Steps

if TYPE_CHECKING:
    from pathlib import Path

    from vartask.seen import Asked

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Runtime: python3.12, CodeUri: src/}
Resources:
"""

FUNCTION = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties: {{{properties}}}
"""

IMAGE = """\
  {name}:
    Type: AWS::Serverless::Function
    Properties: {{PackageType: Image, ImageConfig: {{Command: [{handler}]}}}}
    Metadata: {{DockerContext: src, Dockerfile: Dockerfile}}
"""

CODE = "def one(event, context):\n    return {}\n\n\ndef two(event, context):\n    return {}\n"


def _write(root: Path, template: str) -> Run:
    (root / "src").mkdir()
    for name in ("app.py", "other.py"):
        (root / "src" / name).write_text(CODE)
    (root / "src/Dockerfile").write_text(
        "FROM public.ecr.aws/lambda/python:3.12\nCOPY app.py other.py ${LAMBDA_TASK_ROOT}/\n"
    )
    (root / "template.yaml").write_text(template)
    return Run(Project(root), Settings(), Steps(keeps=True))


def _rehearsed(run: Run, monkeypatch: pytest.MonkeyPatch) -> list[Asked]:
    """What each rehearsal that was made asked of the project."""
    made: list[Asked] = []
    real = Rehearsal.start

    def start(self: Rehearsal, name: str) -> Rehearsed:
        made.append(run.project.questions.now)
        return real(self, name)

    monkeypatch.setattr(Rehearsal, "start", start)
    return made


@pytest.mark.parametrize(
    ("second", "rehearsed"),
    [
        ("Handler: app.one", 1),
        ("Handler: app.two, Timeout: 30, MemorySize: 512", 1),
        ("Handler: other.one", 2),
        ("Handler: app.one, Environment: {Variables: {TABLE: orders}}", 2),
        ("Handler: app.one, Runtime: python3.13", 2),
        ("Handler: app.one, Architectures: [arm64]", 2),
        ("Handler: app.one, CodeUri: src", 2),
        ("Handler: app.one, Layers: [!Ref Unknown]", 2),
    ],
)
def test_functions_that_differ_only_in_what_init_cannot_see_share_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, second: str, rehearsed: int
) -> None:
    first = FUNCTION.format(name="First", properties="Handler: app.one")
    run = _write(tmp_path, TEMPLATE + first + FUNCTION.format(name="Second", properties=second))
    made = _rehearsed(run, monkeypatch)
    assert [deployment.crash for deployment in run.deployments] == [None, None]
    assert len(made) == rehearsed


@pytest.mark.parametrize(("handler", "rehearsed"), [("app.two", 1), ("other.one", 2)])
def test_functions_of_one_image_share_it_by_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, handler: str, rehearsed: int
) -> None:
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    template += IMAGE.format(name="First", handler="app.one") + IMAGE.format(name="Second", handler=handler)
    run = _write(tmp_path, template)
    made = _rehearsed(run, monkeypatch)
    assert [deployment.crash for deployment in run.deployments] == [None, None]
    assert len(made) == rehearsed


def test_who_takes_a_rehearsal_depends_on_what_it_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = FUNCTION.format(name="First", properties="Handler: app.one")
    run = _write(tmp_path, TEMPLATE + first + FUNCTION.format(name="Second", properties="Handler: app.two"))
    made = _rehearsed(run, monkeypatch)
    for function in run.declared.functions:
        with run.project.questions.step() as step:
            run.replayed(function)
        assert made[0] in step.within
    assert len(made) == 1
