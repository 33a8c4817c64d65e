"""Syntax trees are let go between functions, those that were not asked for longest first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from vartask import engine
from vartask.config import Settings
from vartask.imports.library import Library
from vartask.project import Project

if TYPE_CHECKING:
    import pytest

FUNCTION = """\
  F{number}:
    Type: AWS::Serverless::Function
    Properties: {{Runtime: python3.12, CodeUri: ., Handler: app{number}.handler}}
"""


def _project(root: Path, functions: int) -> Project:
    resources = "".join(FUNCTION.format(number=number) for number in range(functions))
    (root / "template.yaml").write_text(f"Resources:\n{resources}")
    (root / "shared.py").write_text("import lacking\n")
    for number in range(functions):
        code = "import shared\n\ndef handler(event, context):\n    return context.nothing\n"
        (root / f"app{number}.py").write_text(code)
    return Project(root)


def test_the_last_ones_asked_for_stay(tmp_path: Path) -> None:
    library = Library(_project(tmp_path, 3))
    trees = {name: library.parsed(name).tree for name in ("app0.py", "app1.py", "app2.py")}
    library.parsed("app0.py")
    library.forget(2)
    assert library.parsed("app0.py").tree is trees["app0.py"]
    assert library.parsed("app2.py").tree is trees["app2.py"]
    assert library.parsed("app1.py").tree is not trees["app1.py"]


def test_findings_are_the_same_when_everything_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = _project(tmp_path, 5)
    before = engine.check(project, Settings())
    monkeypatch.setattr(engine, "_TREES", 0)
    after = engine.check(Project(tmp_path), Settings())
    assert after == before
    assert len(before.findings) > 5
