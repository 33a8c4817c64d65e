"""What vartask says of projects, whole and broken, is what the real ``awslambdaric`` says.

``VARTASK_MUTANTS`` says how many mutants of each operator and base project are judged (default 1), ``VARTASK_SEED`` which.
``python benchmarks/imports`` prints the figures.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mutants.artifact import artifacts
from mutants.bench import Tally, run
from mutants.judge import judge
from mutants.oracle import Oracle
from mutants.projects import Base, bases, lay_out
from pythons import pythons

EACH = int(os.environ.get("VARTASK_MUTANTS", "1"))
SEED = int(os.environ.get("VARTASK_SEED", "4"))
ALL = bases()
OTHERS = {"3.9", "3.10", "3.12", "3.13"} - set(pythons())

needs_pythons = pytest.mark.skipif(
    bool(OTHERS), reason=f"no CPython {', '.join(sorted(OTHERS))} on this machine (pyenv)"
)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with closing(Oracle()) as found:
        yield found


@pytest.fixture(scope="module")
def tally() -> Tally:
    return run(ALL, EACH, SEED)


@needs_pythons
@pytest.mark.parametrize("base", ALL, ids=lambda base: base.name)
def test_a_base_project_starts_and_is_clean(base: Base, oracle: Oracle, tmp_path: Path) -> None:
    lay_out(tmp_path, base.files)
    assert not any(judged.init or judged.call or judged.notes for judged in judge(tmp_path).values())
    assert not [said for artifact in artifacts(base.files, base.index) if (said := oracle.ask(artifact)).when == "init"]


@needs_pythons
def test_there_are_a_thousand_mutants(tally: Tally) -> None:
    assert len(ALL) >= 25
    assert len(tally.verdicts) >= 1000


@needs_pythons
def test_no_working_mutant_is_called_broken(tally: Tally) -> None:
    assert tally.of("alarm") == [], "\n".join(map(str, tally.of("alarm")))


@needs_pythons
def test_failures_are_found_in_the_words_of_the_runtime(tally: Tally) -> None:
    """Not lower than docs/replay.md says, give or take what another sample of mutants changes."""
    counts = tally.counts
    assert counts["found"] + counts["weaker"] >= 0.97 * tally.failing, tally.summary()
    assert len(tally.wrong_words) <= 0.02 * counts["found"], tally.summary()
