"""The files of a Zappa package are those that ``zappa package`` puts in.

Needs Zappa in an environment of its own, with ``VARTASK_ZAPPA=/path/to/zappa`` or on PATH.  Nothing is downloaded.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from zappa_packages.compare import HOW, ZAPPA, compare
from zappa_packages.projects import PROJECTS

pytestmark = pytest.mark.skipif(ZAPPA is None, reason=HOW)


@pytest.mark.parametrize("name", PROJECTS)
def test_a_project_is_packaged_as_predicted(tmp_path: Path, name: str) -> None:
    root = tmp_path / "app"
    root.mkdir()
    compared = compare(root, PROJECTS[name])
    assert compared.different == ()
    assert compared.files
