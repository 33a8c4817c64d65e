"""Files predicted = files packaged, for every form of ``source_path`` and ``archive_file``."""

from __future__ import annotations

from pathlib import Path

import pytest

from terraform_packages.compare import compared, recorded
from terraform_packages.projects import PROJECTS


def test_every_project_is_recorded() -> None:
    assert recorded().keys() == PROJECTS.keys()


@pytest.mark.parametrize("name", PROJECTS)
def test_prediction_and_package_have_the_same_files(tmp_path: Path, name: str) -> None:
    found = compared(tmp_path, PROJECTS[name], recorded()[name])
    assert (sorted(found.missing), sorted(found.extra)) == ([], [])
    assert found.unknown == ()
