"""What is said of a call that fails is what the real ``awslambdaric`` posts, word for word, on every CPython at hand."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import awslambdaric  # type: ignore[import-untyped]
import pytest

from deployments import deployed
from invocation_cases import HELPER, cases
from materialised import AT_INVOCATION, materialise, predicted
from pythons import pythons
from rule_pages import Example, examples
from vartask.config import Settings
from vartask.data.runtimes import SUPPORTED
from vartask.engine import Run, catalogue
from vartask.model import Text
from vartask.project import Project

DRIVER = Path(__file__).parent / "ask_invocation.py"
VERSIONS = sorted(set(pythons()) & set(SUPPORTED))
WORDLESS = {
    "failing/exception",  # the type of what is caught may be a subclass of what is named
    "failing/exception_nested",
}


def ask(version: str, asked: list[tuple[Path, str]]) -> list[str | None]:
    """What the runtime posts for each task root and handler; ``None`` for a response."""
    site = str(Path(awslambdaric.__file__).parents[1])
    command = [pythons()[version], "-B", "-W", "ignore", str(DRIVER), site]
    text = json.dumps([(str(root), handler) for root, handler in asked])
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=300)
    answers: list[str | None] = json.loads(done.stdout.splitlines()[-1])
    return answers


@pytest.mark.parametrize("version", VERSIONS)
def test_the_runtime_posts_what_is_predicted(version: str, tmp_path: Path) -> None:
    roots = {name: tmp_path / name for name in cases()}
    wrong: dict[str, tuple[object, object]] = {}
    said_before: dict[str, list[str | None]] = {}
    for name, text in cases().items():
        files = {"app.py": text, "helper.py": HELPER}
        deployment = deployed(roots[name], files, runtime=f"python{version}")
        said_before[name] = [outcome.error for outcome in deployment.invocation]
    answers = ask(version, [(root, "app.handler") for root in roots.values()])
    for (name, outcomes), said in zip(said_before.items(), answers, strict=True):
        kind = name.partition("/")[0]
        if kind == "failing" and said is None:
            wrong[name] = ("the runtime is content", outcomes)
        expected = [None] if name in WORDLESS else [said] if kind == "failing" else []
        if outcomes != expected:
            wrong[name] = (said, outcomes)
    assert wrong == {}


EXAMPLES = [example for rule in catalogue() if rule.code in AT_INVOCATION for example in examples(rule)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: f"{example.rule}-{example.title}")
def test_the_runtime_posts_what_the_page_says(example: Example, tmp_path: Path) -> None:
    example.write(tmp_path / "project")
    run = Run(Project(tmp_path / "project"), Settings())
    (function,) = run.declared.functions
    handler = run.handler(function)
    assert isinstance(handler, Text)
    root = materialise(run.project, run.trees.tree(function), tmp_path)
    (said,) = ask("{}.{}".format(*sys.version_info), [(root, handler.value)])
    assert predicted(run, function) == ({said} if example.title == "Bad" else set())
    assert (said is None) == (example.title == "Good")
