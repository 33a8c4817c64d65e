"""Which questions a step depends on: from what was asked to the numbers of a snapshot's questions."""

from __future__ import annotations

import posixpath
import stat
from array import array
from collections.abc import Iterator
from functools import cached_property

from vartask.project import MEMBER
from vartask.seen import Asked
from vartask.snapshot import Snapshot, numbered

_MANY = 64
"""Questions of a step within others from which on they are a group, so that they are kept once."""

_Numbers = tuple[frozenset[int], frozenset[int]]
"""Of questions, and of groups."""


class Needs:
    """The numbers for the steps of one run, whose answers ``snapshot`` has."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._numbers = {question: number for number, question in enumerate(numbered(snapshot))}
        self._known: dict[Asked, _Numbers] = {}
        self._paths: dict[str, tuple[int, ...]] = {}
        self._implied: dict[str, tuple[bool, tuple[int, ...]] | None] = {".": (True, ())}
        self.groups: list[bytes] = []

    def of(self, asked: Asked) -> tuple[bytes, tuple[int, ...]]:
        """The numbers of the questions that a step and those within it have asked, and of their groups."""
        questions, groups = self._all(asked)
        return array("I", sorted(questions)).tobytes(), tuple(sorted(groups))

    def _all(self, asked: Asked) -> _Numbers:
        questions = set(self._own(asked))
        groups: set[int] = set()
        for inner in asked.within:
            inner_questions, inner_groups = self._inner(inner)
            questions |= inner_questions
            groups |= inner_groups
        return frozenset(questions), frozenset(groups)

    def _inner(self, asked: Asked) -> _Numbers:
        known = self._known.get(asked)
        if known is None:
            questions, groups = self._all(asked)
            if len(questions) > _MANY:
                groups |= {len(self.groups)}
                self.groups.append(array("I", sorted(questions)).tobytes())
                questions = frozenset()
            known = self._known[asked] = (questions, groups)
        return known

    def _own(self, asked: Asked) -> Iterator[int]:
        for path in asked.paths:
            yield from self._path(path)
        for path in asked.listed:
            yield from self._led_to("listed", path)
        for path in asked.opened:
            yield from self._led_to("files", self._archive(path))
        for kind, places in (
            ("sizes", asked.sizes), ("links", asked.links), ("times", asked.times), ("words", asked.words),
        ):  # fmt: skip
            for path in places:
                yield self._numbers[kind, path]

    def _archive(self, path: str) -> str:
        """The archive that a member is in."""
        is_member = MEMBER in path and self._snapshot["paths"].get(path) is None
        return path.split(MEMBER, 1)[0] if is_member else path

    def _led_to(self, kind: str, path: str) -> Iterator[int]:
        yield from self._path(path)
        resolved = self._snapshot["paths"].get(path)
        if resolved is not None and (kind, resolved) in self._numbers:
            yield self._numbers[kind, resolved]

    # -- paths ------------------------------------------------------------------------------------

    def _path(self, path: str) -> tuple[int, ...]:
        """What the answer to where a path leads follows from: listings, or else itself."""
        known = self._paths.get(path)
        if known is None:
            known = self._paths[path] = self._listings(path) or self._itself(path)
        return known

    def _itself(self, path: str) -> tuple[int, ...]:
        number = self._numbers.get(("paths", path))
        return () if number is None else (number,)

    def _listings(self, path: str) -> tuple[int, ...] | None:
        if path.startswith("/") or posixpath.normpath(path) != path:
            return None
        implied = self._settled(path)
        if implied is None:
            return None
        answer = self._snapshot["paths"].get(path)
        return implied[1] if answer == (path if implied[0] else None) else None

    def _settled(self, path: str) -> tuple[bool, tuple[int, ...]] | None:
        """Whether a path is there without any link or not there at all, and the listings that say so.

        ``None`` where listings do not say it.
        """
        if path not in self._implied:
            parent, name = posixpath.split(path)
            parent = parent or "."
            above = self._settled(parent)
            listing = self._names.get(parent)
            if above is None or not above[0]:
                self._implied[path] = above
            elif listing is None:
                self._implied[path] = None
            else:
                numbers = (*above[1], self._numbers["listed", parent])
                mode = listing.get(name)
                is_link = mode is not None and stat.S_ISLNK(mode)
                self._implied[path] = None if is_link else (mode is not None, numbers)
        return self._implied[path]

    @cached_property
    def _names(self) -> dict[str, dict[str, int]]:
        """Directory -> names and modes of its entries, for those that can be listed."""
        return {
            directory: dict(entries) for directory, entries in self._snapshot["listed"].items() if entries is not None
        }
