"""The predicted ``/var/task`` and ``/opt`` of zip functions are what ``sam build`` writes and ``sam package`` uploads.

Needs ``sam`` on PATH (``pip install aws-sam-cli uv`` in an environment of its own, or ``VARTASK_SAM=/path/to/sam``).
Nothing is downloaded: what is installed stands in the project as a wheel.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sam_builds.compare import compare
from sam_builds.projects import PROJECTS, SamProject
from sam_builds.random_projects import random_project
from sam_builds.tool import HOW, SAM

pytestmark = pytest.mark.skipif(SAM is None, reason=HOW)


def assert_packaged_as_predicted(root: Path, project: SamProject) -> None:
    project.write(root)
    compared = compare(root, project.runs)
    assert compared.different == ()
    assert tuple(text.partition(":")[0] for text in compared.undecided) == project.undecided
    assert compared.equal or project.undecided


@pytest.mark.parametrize("name", PROJECTS)
def test_prediction_and_package_have_the_same_files(tmp_path: Path, name: str) -> None:
    assert_packaged_as_predicted(tmp_path, PROJECTS[name])


@pytest.mark.parametrize("seed", range(12))
def test_prediction_and_package_of_a_random_project_have_the_same_files(tmp_path: Path, seed: int) -> None:
    assert_packaged_as_predicted(tmp_path, random_project(seed))
