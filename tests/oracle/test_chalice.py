"""The functions and files of a Chalice application are those that ``chalice package`` makes.

Needs Chalice in an environment of its own, with ``VARTASK_CHALICE=/path/to/chalice`` or on PATH.  Nothing is downloaded:
what is installed stands beside the project as a wheel.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from chalice_packages.compare import CHALICE, HOW, compare
from chalice_packages.projects import PROJECTS

pytestmark = pytest.mark.skipif(CHALICE is None, reason=HOW)


@pytest.mark.parametrize("name", PROJECTS)
def test_an_application_is_packaged_as_predicted(tmp_path: Path, name: str) -> None:
    root = tmp_path / "app"
    root.mkdir()
    compared = compare(root, PROJECTS[name])
    assert compared.different == ()
    assert compared.equal
