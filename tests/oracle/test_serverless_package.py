"""The predicted packages, handlers and variables are those of ``serverless package``.

Needs Node.js and the packages that ``scripts/serverless`` installs (``VARTASK_SERVERLESS=/path`` where they are elsewhere
than in its default place).  Nothing of a service leaves the machine: distributions come from wheels that are made here.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from serverless_packages.compare import compare
from serverless_packages.projects import PROJECTS
from serverless_packages.tool import HOW, READY

pytestmark = pytest.mark.skipif(not READY, reason=HOW)


@pytest.mark.parametrize("name", PROJECTS)
def test_prediction_and_package_have_the_same_files(tmp_path: Path, name: str) -> None:
    compared = compare(tmp_path, PROJECTS[name])
    assert (compared.different, compared.undecided) == ((), ())
    assert compared.equal
