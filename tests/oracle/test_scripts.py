"""The archives that scripts are predicted to make are those that ``bash``, ``make`` and ``zip`` do make."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from script_runs.compare import compare
from script_runs.projects import PROJECTS

MISSING = [tool for tool in ("bash", "make", "zip", "unzip") if shutil.which(tool) is None]

pytestmark = pytest.mark.skipif(
    bool(MISSING) and not os.environ.get("CI"),
    reason=f"not installed: {', '.join(MISSING)} (apt-get install zip unzip)",
)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_script_makes_the_archives_that_are_predicted(tmp_path: Path, name: str) -> None:
    project = PROJECTS[name]
    compared = compare(tmp_path, project)
    assert compared.different == ()
    assert compared.undecided == project.undecided
    assert compared.equal == len(project.archives) - len(project.undecided)
