"""Functions, handlers, environments, layers and files of applications in Python are what ``cdk synth`` makes of them.

Needs ``VARTASK_CDK_PYTHON``: an interpreter with ``aws-cdk-lib`` (``scripts/cdk`` makes one), and ``node``.
"""

from __future__ import annotations

import os
import shutil
import zipfile
from pathlib import Path

import pytest

from cdk_builds.compare import from_assembly, from_source
from cdk_builds.python_apps import APPS, HANDLER
from cdk_builds.tool import AVAILABLE, HOW, deployed, synthesise

pytestmark = pytest.mark.skipif(not AVAILABLE, reason=HOW)


def write(root: Path, files: dict[str, str]) -> None:
    """Write an application."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("zip:"):
            with zipfile.ZipFile(path, "w") as archive:
                for member in text.removeprefix("zip:").split(","):
                    archive.writestr(member, HANDLER)
        else:
            path.write_text(text, encoding="utf-8")
    directory = root / "infra" if (root / "infra/app.py").exists() else root
    (directory / "cdk.json").write_text('{"app": "python3 app.py"}')
    for path in root.rglob("*"):
        os.utime(path, (1_000_000_000, 1_000_000_000))


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every application with its assembly."""
    roots = {name: tmp_path_factory.mktemp(name) for name in APPS}
    for name, root in roots.items():
        write(root, APPS[name])
    synthesise(roots.values())
    return roots


@pytest.mark.parametrize("name", APPS)
def test_an_assembly_is_read_as_it_is(synthesised: dict[str, Path], name: str) -> None:
    root = synthesised[name]
    expected = deployed(root)
    assert expected
    assert from_assembly(root) == expected


@pytest.mark.parametrize("name", APPS)
def test_a_program_is_predicted_as_it_is_synthesised(synthesised: dict[str, Path], tmp_path: Path, name: str) -> None:
    expected = deployed(synthesised[name])
    root = shutil.copytree(synthesised[name], tmp_path / "app", ignore=shutil.ignore_patterns("cdk.out", "__pycache__"))
    assert from_source(root) == expected
