"""The tests' own Docker Engine, and that a run leaves nothing in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from container_runs import left


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


@pytest.fixture
def clean(engine: Engine) -> Iterator[Engine]:
    """Containers, images and temporary files are those from before."""
    before = left(engine)
    yield engine
    assert left(engine) == before
