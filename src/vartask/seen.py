"""What a run was told about the file system: all that its result depends on."""

from __future__ import annotations

import os
import time

from vartask.records import dataclass, field

FileState = tuple[int, int, int, int]
"""Modification and change time in nanoseconds, size, inode.  A program can set the first back, not the second."""

_COARSE = 2_000_000_000
"""Nanoseconds: no file system counts time in longer steps (FAT; https://git-scm.com/docs/racy-git)."""


@dataclass(slots=True)
class Seen:
    """What a run was told about the file system, as far as the project itself does not need to remember it.

    ``listed`` has the names and modes of every directory that was listed, ``None`` where that failed.  ``opened`` has
    the state of each file when it was opened, and whether that was long enough after its last change to tell it from
    another one.  ``is_whole`` is false when something was answered that cannot be asked again.
    """

    listed: dict[str, tuple[tuple[str, int], ...] | None] = field(default_factory=dict)
    opened: dict[str, tuple[FileState, bool]] = field(default_factory=dict)
    links: dict[str, str | None] = field(default_factory=dict)
    times: dict[str, float | None] = field(default_factory=dict)
    is_whole: bool = True


def state_of(info: os.stat_result) -> FileState:
    """What tells a file from itself after a change."""
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino


def is_settled(state: FileState) -> bool:
    """Whether a file changed long enough ago that a change from now on gives it another time."""
    return time.time_ns() - max(state[0], state[1]) > _COARSE
