"""When a watch looks, and when it believes that everything is saved; what its process remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from vartask import watching
from vartask.cache import Cache
from vartask.snapshot import Snapshot
from vartask.stored import RESULT, STEPS
from vartask.watching import LONGEST, QUIET, SHORTEST, Memory, states, wait


class Clock:
    """Time that passes only when somebody sleeps, or looks."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(watching, "time", made)
    return made


def test_a_look_that_takes_long_is_followed_by_a_long_pause(clock: Clock) -> None:
    costs = [0.001, 0.05, 60.0, 0.0]

    def look() -> bool:
        clock.now += costs.pop(0)
        return bool(costs)

    wait(look, lambda: None)
    assert clock.pauses == pytest.approx([SHORTEST, 0.5, LONGEST, QUIET])


def test_it_waits_until_two_looks_in_a_row_see_the_same(clock: Clock) -> None:
    seen = [1, 2, 3, 3, 4]
    assert wait(lambda: False, lambda: seen.pop(0)) == 3
    assert clock.pauses == [QUIET] * 3


def test_what_changes_all_the_time_is_not_waited_for_without_end(clock: Clock) -> None:
    def state() -> float:
        return clock.now

    assert wait(lambda: False, state) == clock.now
    assert clock.now < 3


def test_every_entry_counts_and_a_directory_that_is_gone_is_told(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/x").write_text("1")
    told = [states(str(tmp_path), [".", "a"])]
    (tmp_path / "a/x").write_text("22")
    told.append(states(str(tmp_path), [".", "a"]))
    (tmp_path / "a/y").write_text("1")
    told.append(states(str(tmp_path), [".", "a"]))
    (tmp_path / "a").rename(tmp_path / "b")
    told.append(states(str(tmp_path), [".", "a"]))

    assert len(set(told)) == 4
    assert told[-1][1] is None
    assert states(str(tmp_path), [".", "a"]) == told[-1]


def result(snapshot: Snapshot) -> dict[str, object]:
    return {RESULT: (b"stamp", snapshot, b"report")}


def test_a_process_remembers_without_a_cache_on_disk() -> None:
    memory, kept = Memory(), result({"listed": {"a": ()}})
    assert memory.get("k", RESULT) is memory.last is None
    memory.put("k", kept)
    assert memory.last == {"listed": {"a": ()}}
    memory.last = None
    assert memory.get("k", RESULT) == kept[RESULT]
    assert memory.last == {"listed": {"a": ()}}
    assert memory.get("k", STEPS) is memory.get("other", RESULT) is None


def test_what_a_process_finds_out_is_on_disk_for_others_too(tmp_path: Path) -> None:
    first, second, kept = Memory(), Memory(), result({"listed": {"a": ()}})
    first.disk, second.disk = Cache(str(tmp_path), "root"), Cache(str(tmp_path), "root")
    first.put("k", kept)
    assert second.get("k", RESULT) == kept[RESULT]
    assert second.last == {"listed": {"a": ()}}
