"""What ``--profile`` counts: each stage without those inside it, and nothing unless asked."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from vartask import timing
from vartask.cli import main
from vartask.engine import catalogue
from vartask.model import Deployment
from vartask.timing import stage


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """Processor time that goes on only when a test says so."""
    now = [10.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])
    yield now
    timing.end()


def test_a_stage_does_not_count_the_stages_inside_it(clock: list[float]) -> None:
    watch = timing.begin()
    with stage("outer"):
        clock[0] += 1
        with stage("inner"):
            clock[0] += 5
        clock[0] += 2
        with stage("inner"):
            clock[0] += 1
    clock[0] += 100
    assert watch.seconds == {"outer": 3.0, "inner": 6.0}
    assert watch.times == {"outer": 1, "inner": 2}


def test_a_function_that_fails_has_ended(clock: list[float]) -> None:
    @stage("failing")
    def fail() -> None:
        clock[0] += 1
        raise KeyError

    watch = timing.begin()
    with pytest.raises(KeyError), stage("outer"):
        fail()
    with stage("after"):
        clock[0] += 1
    assert watch.seconds == {"failing": 1.0, "outer": 0.0, "after": 1.0}


def test_the_table_has_the_longest_first_and_sums_up(clock: list[float]) -> None:
    watch = timing.begin()
    for name, seconds in (("short", 2.0), ("long", 8.0)):
        with stage(name):
            clock[0] += seconds
    lines = [" ".join(line.split()) for line in watch.table().splitlines()]
    assert lines == [
        "seconds % times stage",
        "8.000 40.0 1 long",
        "2.000 10.0 1 short",
        "10.000 50.0 everything else, starting included",
        "20.000 100.0 processor time in all",
    ]


def test_nothing_is_counted_unless_somebody_asks(clock: list[float]) -> None:
    watch = timing.begin()
    timing.end()
    with stage("a"):
        clock[0] += 1
    assert watch.seconds == {}


def test_the_option_names_every_stage_and_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "template.yaml").write_text(
        "Resources: {F: {Type: AWS::Serverless::Function,"
        " Properties: {Runtime: python3.12, CodeUri: ., Handler: app.handler}}}\n"
    )
    (tmp_path / "app.py").write_text("import os\n\ndef handler(event, context): ...\n")
    try:
        for _ in range(2):
            assert main(["check", "--profile", "--cache-dir", str(tmp_path / "cache"), str(tmp_path)]) == 0
    finally:
        timing.end()
    said = capsys.readouterr()
    assert said.out.count("0 findings in 1 function; 0 gaps") == 2
    for name in ("definitions: sam", "python: parsing", "python: facts", "imports: replay", "imports: rehearsal"):
        assert said.err.count(f"  {name}\n") == 2
    assert all(f"rule {rule.code} {rule.name}\n" in said.err for rule in catalogue() if rule.subject is Deployment)
    assert not (tmp_path / "cache").exists()
