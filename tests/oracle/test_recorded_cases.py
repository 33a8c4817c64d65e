"""The 231 recorded cases, built again by the engine at hand: its own answers decide, not those on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_images.compare import same_failure
from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from dockercases import Answer, Case, Terms, judge, read_cases
from vartask.data.builders import builder_named

ARCHIVE = Path(__file__).parents[1] / "conformance/dockercases.tar.gz"

ELSEWHERE = {
    "add_git": "fetches a repository",
    "add_git_subdir": "fetches a repository",
    "add_url_name": "downloads a file",
    "add_url_query": "downloads a file",
    "add_url_tar": "downloads a file",
    "add_url_tar_unpack": "downloads a file",
    "chown_name": "the stand-in has the users of another distribution",
    "poetry_export": "takes files from an image that is not on this machine",
    "poetry_in_project": "takes files from an image that is not on this machine",
    **dict.fromkeys(
        ("uv_export", "uv_pip_nosystem", "uv_pip_system", "uv_pip_target", "uv_sync"),
        "takes uv from an image that is not on this machine",
    ),
}
"""Cases that cannot be built without a network, or whose answer depends on more than the stand-in has."""


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
