"""The 231 recorded cases, built again by the engine at hand: its own answers decide, not those on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_images.compare import same_failure
from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from built_images.recorded import ARCHIVE, ELSEWHERE
from dockercases import Answer, Case, Terms, judge, read_cases
from vartask.data.builders import builder_named


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


def test_every_recorded_case_is_predicted_as_it_is_built_today(engine: Engine, tmp_path: Path) -> None:
    builder = f"buildkit@{engine.buildkit}"
    wrong: dict[str, list[str]] = {}
    right = 0
    cases = [case for case in read_cases(ARCHIVE, tmp_path) if case.name not in ELSEWHERE]
    for case in cases:
        for verdict, what in answers(engine, case, builder):
            right += verdict == "right"
            if verdict == "wrong":
                wrong.setdefault(case.name, []).append(what)
    assert wrong == {}
    assert right > len(cases)


def answers(engine: Engine, case: Case, builder: str) -> list[Answer]:
    base = None if case.text("base") == "scratch" else BASE
    built = engine.build(case.directory / "context", case.flags(), base=base)
    observed = built.lines if built.error is None else [f"ERROR: {built.error}"]
    return list(judge(case.tree(builder_named(builder)), observed, Terms(case.digest, same_error=same_failure)))
