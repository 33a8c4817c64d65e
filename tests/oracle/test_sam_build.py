"""The predicted ``/var/task`` and ``/opt`` of zip functions are what ``sam build`` writes.

Needs ``sam`` on PATH (``pip install aws-sam-cli`` in an environment of its own, or ``VARTASK_SAM=/path/to/sam``) and an
interpreter of the functions' runtime for it to find.  Nothing is downloaded: no project here asks for a distribution.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from vartask.artifact.zip import ZipTrees
from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import Present
from vartask.project import Project

SAM = os.environ.get("VARTASK_SAM") or shutil.which("sam")
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"

pytestmark = pytest.mark.skipif(SAM is None, reason="aws-sam-cli is not installed: pip install aws-sam-cli")

CLUTTER = (
    "{0}/app.py", "{0}/pkg/__init__.py", "{0}/pkg/__pycache__/a.cpython-312.pyc", "{0}/pkg/b.pyc", "{0}/x.so",
    "{0}/.gitignore", "{0}/.env", "{0}/.env.local", "{0}/env/__init__.py", "{0}/environment/e.py", "{0}/venv/v.py",
    "{0}/ENV/v.py", "{0}/.venv/v.py", "{0}/a.egg-info/PKG-INFO", "{0}/a.egg", "{0}/htmlcov/i.html", "{0}/.git/HEAD",
    "{0}/.coverage", "{0}/.coveragerc", "{0}/.vscode/s.json", "{0}/.idea/x", "{0}/tests/test_app.py", "{0}/.hidden",
    "{0}/node_modules_x/a.js", "{0}/sub/deep/venv/x.py", "{0}/sub/deep/kept.py", "{0}/pyproject.toml", "{0}/data.json",
    "{0}/.python-version", "{0}/.tox/x", "{0}/.pytest_cache/x", "{0}/.mypy_cache/x", "{0}/stale/__pycache__/o.pyc",
)  # fmt: skip

HEAD = f"""\
Transform: AWS::Serverless-2016-10-31
Globals: {{Function: {{Runtime: {RUNTIME}}}}}
Resources:
"""

SERVERLESS = "  F:\n    Type: AWS::Serverless::Function\n"
PARENTS = "    Metadata: {{BuildProperties: {{ParentPackageMode: {0}}}}}\n"
FROM_SRC = "    Properties: {CodeUri: src, Handler: app.h}\n"
LAYER = f"""\
  L:
    Type: AWS::Serverless::LayerVersion
    Metadata: {{BuildMethod: {RUNTIME}}}
    Properties: {{ContentUri: src}}
"""
PLAIN = f"""\
  F:
    Type: AWS::Lambda::Function
    Properties: {{Code: lib, Handler: a.h, Runtime: {RUNTIME}}}
"""
CASES = {
    "code_uri": (f"{SERVERLESS}    Properties: {{CodeUri: src/, Handler: app.h}}\n", ("src",)),
    "no_code_uri": (f"{SERVERLESS}    Properties: {{Handler: src.app.h}}\n", ("src",)),
    "plain": (PLAIN, ()),
    "explicit": (
        SERVERLESS + PARENTS.format("explicit, ParentPackages: a.b") + FROM_SRC,
        ("src",),
    ),
    "explicit_taken": (
        SERVERLESS + PARENTS.format("explicit, ParentPackages: pkg") + FROM_SRC,
        ("src",),
    ),
    "auto": (
        f"{SERVERLESS}{PARENTS.format('auto')}    Properties: {{CodeUri: src/fn, Handler: src.fn.app.h}}\n",
        ("src/fn",),
    ),
    "layer": (f"{SERVERLESS}    Properties: {{CodeUri: lib, Handler: a.h, Layers: [!Ref L]}}\n{LAYER}", ("src",)),
}


def lay_out(root: Path, template: str, directories: tuple[str, ...]) -> None:
    names = [name.format(directory) for directory in directories for name in CLUTTER]
    for name in [*names, "lib/a.py", "lib/deep/d.py", "common/c.py", "common/inner/i.py"]:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    for directory in directories:
        (root / directory / "linked").symlink_to(os.path.relpath(root / "common", root / directory))
        (root / directory / "linked.py").symlink_to(os.path.relpath(root / "common/c.py", root / directory))
    (root / "template.yaml").write_text(HEAD + template)


def built(root: Path, name: str) -> set[str]:
    base = root / ".aws-sam/build" / name
    return {path.relative_to(base).as_posix() for path in base.rglob("*") if path.is_file()}


def below(entries: Mapping[str, Present], root: str) -> set[str]:
    return {path.removeprefix(root) for path, entry in entries.items() if entry.kind == "f" and path.startswith(root)}


@pytest.mark.parametrize("case", CASES)
def test_prediction_and_build_have_the_same_files(tmp_path: Path, case: str) -> None:
    assert SAM is not None
    template, directories = CASES[case]
    lay_out(tmp_path, template, directories)
    project = Project(tmp_path)
    (function,) = find(project, Settings()).functions
    entries = ZipTrees(project).tree(function).entries
    environment = {
        **os.environ,
        "SAM_CLI_TELEMETRY": "0",
        "PATH": f"{Path(sys.executable).resolve().parent}{os.pathsep}{os.environ.get('PATH', '')}",
    }
    done = subprocess.run(
        [SAM, "build"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr

    assert below(entries, "/var/task/") == built(tmp_path, "F")
    if function.layers:
        assert below(entries, "/opt/") == built(tmp_path, "L")
