"""The house keeps its own rules: who may import whom, and what is imported when."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HEAVY = ("rich", "libcst", "yaml", "tree_sitter", "pathspec", "dockerfile_parse", "tomli")


def test_upper_layers_import_lower_ones_only() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "The house KEPT" in done.stdout


@pytest.mark.parametrize(
    "module", ["vartask.cli", "vartask.config", "vartask.project", "vartask.reports", "vartask.model"]
)
def test_heavy_packages_are_imported_only_where_they_are_needed(module: str) -> None:
    script = f"import sys, {module}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert done.stdout.split() == []


SAM = """\
Resources:
  One:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.handler, Runtime: python3.12, CodeUri: src/}
"""


def imported_by_a_check(project: Path, *arguments: str) -> set[str]:
    """What the command imports, run on a project as an own process."""
    script = (
        "import sys; before = set(sys.modules); from vartask.cli import main\n"
        f"try: main({['check', *arguments, str(project)]!r})\n"
        "finally: print(*sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "0 findings in 1 function" in done.stdout
    return set(done.stdout.splitlines()[-1].split())


def small_project(root: Path) -> Path:
    (root / "src").mkdir(parents=True)
    (root / "template.yaml").write_text(SAM, encoding="utf-8")
    (root / "src" / "app.py").write_text(
        "import json\n\n\ndef handler(event, context):\n    return json.dumps(event)\n"
    )
    (root / ".gitignore").write_text("__pycache__/\n*.egg-info/\n[Bb]uild/\n")
    (root / "src" / "requirements.txt").write_text("requests==2.32.3\n")
    return root


def test_a_small_project_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    imported = imported_by_a_check(small_project(tmp_path / "project"), "--no-cache")

    assert "vartask.engine" in imported
    assert not imported & {
        *("dataclasses", "inspect", "pathlib", "pathspec", "libcst", "rich", "tree_sitter", "dockerfile_parse"),
        *("subprocess", "hashlib", "tempfile", "zipfile", "importlib.metadata", "decimal", "logging"),
        *(
            "vartask.artifact.copy",
            "vartask.artifact.image",
            "vartask.artifact.stages",
            "vartask.syntax.dockerfile",
        ),
        *("vartask.syntax.hcl", "vartask.syntax.program", "vartask.syntax.shell", "vartask.verification"),
    }


def test_a_remembered_result_is_shown_without_what_makes_one(tmp_path: Path) -> None:
    project = small_project(tmp_path / "project")
    arguments = ("--cache-dir", str(tmp_path / "cache"))
    imported_by_a_check(project, *arguments)
    imported = imported_by_a_check(project, *arguments)

    assert "vartask.stored" in imported
    assert not imported & {
        *("ast", "dataclasses", "inspect", "json", "pathlib", "pickle", "typing", "urllib", "yaml"),
        *("vartask.engine", "vartask.steps", "vartask.rules", "vartask.definitions", "vartask.imports"),
    }


def speaks(path: Path) -> bool:
    """Whether a file prints, exits, or touches a standard stream."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "input", "exit"}
        ):
            return True
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {
            "sys.stdin",
            "sys.stdout",
            "sys.stderr",
            "sys.exit",
        }:
            return True
    return False


def test_only_the_command_line_and_the_flake8_adapter_speak() -> None:
    house = ROOT / "src" / "vartask"
    # The probe is a program of its own, which containers run.
    files = [path for path in sorted(house.rglob("*.py")) if house / "verify/probe" not in path.parents]
    speakers = [path.relative_to(house).as_posix() for path in files if speaks(path)]

    assert speakers == ["__main__.py", "cli.py", "commands/speaking.py", "flake8.py"]


def test_ways_to_declare_functions_do_not_know_each_other() -> None:
    house = ROOT / "src" / "vartask" / "definitions"
    ways = {path.stem for path in house.glob("*.py") if not path.stem.startswith("_")}
    for path in house.glob("*.py"):
        if path.stem in ways:
            known = {
                (node.module or "").rpartition(".")[2]
                for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("vartask.definitions.")
            }
            assert not known & ways, path
