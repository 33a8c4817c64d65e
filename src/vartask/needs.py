"""Which questions a step depends on: from what was asked to the numbers of a snapshot's questions."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from vartask.project import MEMBER
from vartask.seen import Asked
from vartask.snapshot import Snapshot, numbered

_MANY = 64
"""Questions of a step within others from which on they are a group, so that they are kept once."""

_Numbers = tuple[frozenset[int], frozenset[int], frozenset[str]]
"""Of questions, and of groups; and the names of steps that are kept for themselves."""


class Needs:
    """The numbers for the steps of one run, whose answers ``snapshot`` has."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._numbers = {question: number for number, question in enumerate(numbered(snapshot))}
        self._known: dict[Asked, _Numbers] = {}
        self.groups: list[bytes] = []

    def of(self, asked: Asked) -> tuple[bytes, tuple[int, ...], tuple[str, ...]]:
        """What a step and those within it depend on: numbers of questions, those of groups, and what they use."""
        questions, groups, uses = self._all(asked)
        return array("I", sorted(questions)).tobytes(), tuple(sorted(groups)), tuple(sorted(uses))

    def _all(self, asked: Asked) -> _Numbers:
        questions = set(self._own(asked))
        groups: set[int] = set()
        uses = set(asked.uses)
        for inner in asked.within:
            inner_questions, inner_groups, inner_uses = self._inner(inner)
            questions |= inner_questions
            groups |= inner_groups
            uses |= inner_uses
        return frozenset(questions), frozenset(groups), frozenset(uses)

    def _inner(self, asked: Asked) -> _Numbers:
        known = self._known.get(asked)
        if known is None:
            questions, groups, uses = self._all(asked)
            if len(questions) > _MANY:
                groups |= {len(self.groups)}
                self.groups.append(array("I", sorted(questions)).tobytes())
                questions = frozenset()
            known = self._known[asked] = (questions, groups, uses)
        return known

    def _own(self, asked: Asked) -> Iterator[int]:
        for path in asked.paths:
            yield from self._path(path)
        for path in asked.entries:
            yield from self._numbered("entries", path)
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
        is_member = MEMBER in path and self._resolved(path) is None
        return path.split(MEMBER, 1)[0] if is_member else path

    def _led_to(self, kind: str, path: str) -> Iterator[int]:
        yield from self._path(path)
        resolved = self._resolved(path)
        if resolved is not None:
            yield from self._numbered(kind, resolved)

    def _path(self, path: str) -> Iterator[int]:
        yield from self._numbered("plain" if path in self._snapshot["plain"] else "paths", path)

    def _resolved(self, path: str) -> str | None:
        if path in self._snapshot["plain"]:
            return path if self._snapshot["plain"][path] else None
        found: str | None = self._snapshot["paths"].get(path)
        return found

    def _numbered(self, kind: str, path: str) -> Iterator[int]:
        number = self._numbers.get((kind, path))
        if number is not None:
            yield number
