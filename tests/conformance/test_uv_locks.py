"""Lock files that the real uv made, read for each Python: the names that uv itself exports (``record_uv_locks.py``)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from image_projects import predict
from vartask.artifact.locks import MAIN, Selection, read_lock
from vartask.artifact.target import Target

CASES = json.loads((Path(__file__).parent / "uv_locks.json").read_text(encoding="utf-8"))
PYTHONS = ("3.9", "3.10", "3.11", "3.13")
ALL = frozenset({MAIN, "dev", "docs"})
SELECTIONS = {
    "--no-default-groups": Selection(),
    "": Selection(frozenset({MAIN, "dev"})),
    "--all-groups": Selection(ALL),
    "--only-group docs": Selection(frozenset({"docs"})),
    "--extra more": Selection(frozenset({MAIN, "dev"}), frozenset({"more"})),
}


def exported(text: str, python: str) -> frozenset[str]:
    """The names that uv's export installs on Linux."""
    variables = {"python_version": python, "python_full_version": f"{python}.4", "platform_machine": "x86_64"}
    wanted = [Requirement(line) for line in text.splitlines() if line and not line.startswith("#")]
    return frozenset(
        item.name
        for item in wanted
        if item.marker is None or item.marker.evaluate({**variables, "sys_platform": "linux"})
    )


def test_the_record_has_something_of_everything() -> None:
    locks = "".join(case["lock"] for case in CASES)
    assert len(CASES) >= 20
    assert all(
        word in locks for word in ("optional-dependencies", "dev-dependencies", "resolution-markers", "extra = [")
    )


@pytest.mark.parametrize("number", range(len(CASES)))
@pytest.mark.parametrize("options", SELECTIONS)
def test_a_lock_file_brings_what_uv_exports(number: int, options: str) -> None:
    case = CASES[number]
    for python in PYTHONS:
        selection = SELECTIONS[options].for_target(Target(python, "x86_64"))
        assert read_lock("uv.lock", case["lock"], case["pyproject"], selection) == exported(
            case["exports"][options], python
        )


@pytest.mark.parametrize("number", range(len(CASES)))
def test_a_build_with_the_same_options_installs_the_same(tmp_path: Path, number: int) -> None:
    case = CASES[number]
    for index, (options, text) in enumerate(case["exports"].items()):
        dockerfile = (
            "FROM --platform=linux/amd64 public.ecr.aws/lambda/python:3.12\nCOPY uv.lock pyproject.toml ./\n"
            f"RUN uv export --frozen --no-emit-project {options} -o /r.txt && uv pip install -r /r.txt --target /var/task\n"
        )
        files = {"uv.lock": case["lock"], "pyproject.toml": case["pyproject"]}
        tree = predict(tmp_path / str(index), dockerfile, files)
        found = [region for region in tree.regions if region.path == "/var/task" and region.distributions is not None]
        expected = exported(text, "3.12")
        assert [region.distributions for region in found] == ([expected] if expected else [])
        assert all(region.complete for region in found)
