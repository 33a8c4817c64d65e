"""Dockerfiles whose prediction was wrong once, found by random builds (tests/oracle/test_images.py) and made small."""

from __future__ import annotations

from pathlib import Path

import pytest

from built_images.compare import Kept
from vartask.data.builders import builder_named

CASES = sorted(Path(__file__).with_name("counterexamples").glob("*.json"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_was_predicted_wrong_once_is_right_now(path: Path, tmp_path: Path) -> None:
    kept = Kept.load(path)
    answers = kept.answers(tmp_path, builder_named(kept.builder))
    assert [what for verdict, what in answers if verdict == "wrong"] == []
    assert any(verdict == "right" for verdict, _ in answers)


def test_there_are_cases() -> None:
    assert CASES
