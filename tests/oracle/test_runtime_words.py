"""What vartask quotes after ``Lambda`` is what the real ``awslambdaric`` says, word for word.

Every Bad example of a rule page, and a table of handlers, is laid out as ``/var/task`` would be and given to the real runtime client.
"""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from deployments import deployed, errors, write
from handler_cases import FILES, HANDLERS
from materialised import AT_INVOCATION, materialise, predicted
from rule_pages import Example, examples
from runtime_client import ask
from vartask.config import Settings
from vartask.engine import Run, catalogue
from vartask.model import Deployment, Function, Text
from vartask.project import Project


def at_home(said: str, function: Function) -> str:
    """The runtime's words with its standard library where Lambda has it."""
    return said.replace(sysconfig.get_path("stdlib"), f"/var/lang/lib/{function.runtime}") if function.runtime else said


EXAMPLES = [
    example
    for rule in catalogue()
    # What only a container shows is on no page that this interpreter could start.
    if rule.subject is Deployment
    if rule.code[:3] in {"VT1", "VT2"} and rule.severity == "error" and rule.code not in AT_INVOCATION
    for example in examples(rule)
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}-{example.title}")
def test_the_runtime_says_what_the_page_says(example: Example, tmp_path: Path) -> None:
    example.write(tmp_path / "project")
    run = Run(Project(tmp_path / "project"), Settings())
    for function in run.declared.functions:
        handler = run.handler(function)
        assert isinstance(handler, Text)
        root = materialise(run.project, run.trees.tree(function), tmp_path)
        said = ask(root, handler.value)
        if example.title == "Good":
            assert said is None
        else:
            assert said is not None
            assert at_home(said.replace(str(root), "/var/task"), function) in predicted(run, function)


@pytest.mark.parametrize("handler", HANDLERS)
def test_the_runtime_says_what_the_replay_says(handler: str, tmp_path: Path) -> None:
    write(tmp_path / "task", FILES)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    deployment = deployed(tmp_path / "task", {}, handler, runtime=version)
    assert deployment.handler is not None
    problem = deployment.handler.problem
    expected = f"{problem.error_type}: {problem.text}" if problem is not None else None
    if problem is None:
        texts = errors(deployment)
        module = handler.rpartition(".")[0]
        if texts:
            expected = f"Runtime.ImportModuleError: Unable to import module {module!r}: {texts[0]}"
    said = ask(tmp_path / "task", handler)
    assert (said or "").replace(str(tmp_path / "task"), "/var/task") == (expected or "")
