"""Predicted images are what a real engine builds.

Needs the tests' own Docker Engine with its stand-in of AWS's base image: ``scripts/engine start`` and ``scripts/engine
base 3.11`` (as root, on Debian or Ubuntu).  ``VARTASK_BUILDS`` says how many random images to
build (default 500, always the same ones); with ``VARTASK_SEED`` they are others.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from built_images.compare import compare
from built_images.contexts import Case
from built_images.dockerfiles import BASE, Features, cases
from built_images.engine import HOW, Engine, running
from vartask.data.builders import builder_named

BUILDS = int(os.environ.get("VARTASK_BUILDS", "500"))
SEED = os.environ.get("VARTASK_SEED")
COUNTEREXAMPLE = Path("counterexample.json")


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


def test_random_images_hold_what_was_predicted(engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    builder = builder_named(f"buildkit@{engine.buildkit}")
    features = Features(parents="parents" in builder.flags("COPY"))
    tally: Counter[str] = Counter()

    @settings(
        max_examples=BUILDS,
        derandomize=SEED is None,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases(features))
    def check(case: Case) -> None:
        kept, answers = compare(engine, case, builder)
        wrong = [what for verdict, what in answers if verdict == "wrong"]
        if wrong:
            # The last one written is the smallest: it belongs in tests/conformance/counterexamples, once it is mended.
            kept.save(COUNTEREXAMPLE)
        assert not wrong, f"{case.dockerfile}\n{wrong}\nkept as {COUNTEREXAMPLE}"
        tally.update(verdict for verdict, _ in answers)
        tally["failed" if kept.observed[0].startswith("ERROR: ") else "built"] += 1

    (seed(int(SEED))(check) if SEED is not None else check)()
    with capsys.disabled():
        share = tally["unknown"] / max(1, tally["unknown"] + tally["right"])
        print(  # noqa: T201 - the figures
            f"\n{builder.name}: {tally['built']} images and {tally['failed']} failing builds, {share:.1%} of the answers unknown"
        )
    assert tally["built"] > BUILDS // 3
