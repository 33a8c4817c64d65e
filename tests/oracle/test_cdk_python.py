"""Functions, handlers, environments, layers and files of applications in Python are what ``cdk synth`` makes of them.

Needs ``VARTASK_CDK_PYTHON``: an interpreter with ``aws-cdk-lib`` (``scripts/cdk`` makes one), and ``node``.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cdk_builds.compare import from_assembly, from_source
from cdk_builds.python_apps import APPS, write_app
from cdk_builds.tool import AVAILABLE, HOW, deployed, synthesise

pytestmark = pytest.mark.skipif(not AVAILABLE, reason=HOW)


@pytest.fixture(scope="session")
def synthesised(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every application with its assembly."""
    roots = {name: tmp_path_factory.mktemp(name) for name in APPS}
    for name, root in roots.items():
        write_app(root, APPS[name])
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
