"""Predicted images are what a real engine builds.

Needs the tests' own Docker Engine with its stand-in of AWS's base image: ``scripts/engine start`` and ``scripts/engine
base 3.11`` (as root, on Debian or Ubuntu).  ``VARTASK_BUILDS`` says how many random images to build (default 500, always
the same ones); with ``VARTASK_SEED`` they are others.
"""

from __future__ import annotations

import os

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from built_images.random_builds import random_builds, summary

BUILDS = int(os.environ.get("VARTASK_BUILDS", "500"))
SEED = os.environ.get("VARTASK_SEED")


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


def test_random_images_hold_what_was_predicted(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    tally = random_builds(engine, BUILDS, None if SEED is None else int(SEED))
    with capsys.disabled():
        print("\n" + summary(tally, engine))  # noqa: T201 - the figures
    assert tally["built"] > BUILDS // 3
