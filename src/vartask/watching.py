"""Waiting until something changes that the result of a run depends on.

It is found by looking again and again: that works on every file system, over network mounts and in containers, and the
question is the very one that decides whether a remembered result still holds (:func:`vartask.snapshot.changes`).
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from vartask.cache import Cache
from vartask.seen import state_of
from vartask.stored import RESULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from vartask.snapshot import Snapshot

SHORTEST, LONGEST = 0.2, 10.0
"""Seconds between two looks, at least and at most."""

_PAUSE = 10
"""A pause takes as many times what the look before it took, so that waiting costs a tenth of a processor at most."""

QUIET = 0.1
"""Seconds without a change after which everything is taken to be saved: editors replace files in several steps."""

_BUSIEST = 2.0
"""Seconds after which a run begins even though something still changes (a log that is written all the time)."""


def wait(is_same: Callable[[], bool], state: Callable[[], object]) -> object:
    """Return once ``is_same`` is false and ``state`` has not changed for a moment; the result is that state."""
    while True:
        began = time.monotonic()
        if not is_same():
            return _settled(state)
        time.sleep(min(LONGEST, max(SHORTEST, _PAUSE * (time.monotonic() - began))))


def _settled(state: Callable[[], object]) -> object:
    last = time.monotonic() + _BUSIEST
    before = state()
    while True:
        time.sleep(QUIET)
        now = state()
        if now == before or time.monotonic() > last:
            return now
        before = now


def states(root: str, directories: Iterable[str]) -> tuple[object, ...]:
    """The state of every entry of the directories, which are relative to ``root``; ``None`` for one that is gone."""
    return tuple(_states(os.path.join(root, directory)) for directory in directories)


def _states(directory: str) -> tuple[object, ...] | None:
    try:
        with os.scandir(directory) as scan:
            return tuple(sorted((entry.name, state_of(entry.stat(follow_symlinks=False))) for entry in scan))
    except OSError:
        return None


class Memory(Cache):
    """The results of one process, which also go to and come from the cache on disk, where there is one."""

    def __init__(self) -> None:
        """Without any result, and without a cache on disk."""
        self.disk: Cache | None = None
        self.last: Snapshot | None = None
        """What the result depends on that was last found or kept; whoever finds that it does not hold takes it away."""
        self._parts: dict[str, dict[str, Any]] = {}

    def get(self, key: str, part: str) -> Any:
        """A part of the entry of a key."""
        found = self._parts.get(key, {}).get(part)
        if found is None and self.disk is not None:
            found = self.disk.get(key, part)
        if part == RESULT and found is not None:
            self.last = found[1]
        return found

    def put(self, key: str, parts: dict[str, Any]) -> None:
        """Keep an entry."""
        # Other settings have another key, and hardly anybody goes back to old ones.
        self._parts = {key: parts}
        self.last = parts[RESULT][1]
        if self.disk is not None:
            self.disk.put(key, parts)
