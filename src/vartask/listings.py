"""What the listings of directories say of paths, and of which paths they say something else than before."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator

Entries = tuple[tuple[str, int], ...] | None
"""Names and modes of a directory's entries, sorted; ``None`` where it cannot be listed."""


class Listings:
    """Answers that follow from listings alone, so that nobody has to ask for the paths themselves again."""

    def __init__(self, listed: dict[str, Entries]) -> None:
        self._names = {directory: dict(entries) for directory, entries in listed.items() if entries is not None}
        self._known: dict[str, bool | None] = {".": True}

    def has(self, path: str) -> bool | None:
        """Whether a path is there without any link on the way; ``None`` where the listings do not say it."""
        if path.startswith("/") or posixpath.normpath(path) != path:
            return None
        return self._has(path)

    def _has(self, path: str) -> bool | None:
        if path not in self._known:
            parent, name = posixpath.split(path)
            above = self._has(parent or ".")
            self._known[path] = self._in(parent or ".", name) if above is True else above
        return self._known[path]

    def _in(self, parent: str, name: str) -> bool | None:
        names = self._names.get(parent)
        if names is None:
            return None
        mode = names.get(name)
        if mode is None:
            return False
        return None if stat.S_ISLNK(mode) else True

    def mode(self, path: str) -> int | None:
        """The mode of an entry of a listed directory; ``None`` where there is none."""
        parent, name = posixpath.split(path)
        return self._names.get(parent or ".", {}).get(name)


def differing(directory: str, before: Entries, now: Entries) -> Iterator[str]:
    """The paths of the entries that are new, gone, or of another mode; the directory itself if it cannot be listed."""
    if before is None or now is None:
        yield directory
        return
    for name, _ in set(before) ^ set(now):
        yield name if directory == "." else f"{directory}/{name}"


def above(path: str) -> Iterator[str]:
    """The directories on the way to a path, the nearest first."""
    while path != ".":
        path = path.rpartition("/")[0] or "."
        yield path


def is_below(path: str, others: set[str]) -> bool:
    """Whether a path, or a directory on the way to it, is one of others."""
    return path in others or any(directory in others for directory in above(path))
