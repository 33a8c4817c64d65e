"""GitHub takes so much of a comment and no more: whole pieces as they fit, and a count of those that do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

LIMIT = 65_536
"""Characters of a comment's body; GitHub answers a longer one with "body is too long (maximum is 65536 characters)"."""

_RESERVED = 1000
"""For the sentences that say what is left out."""


class Room:
    """What is left of the limit.  Counted in bytes, which are never fewer than characters however they are counted."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._left = limit - _RESERVED

    def take(self, text: str) -> bool:
        """Whether ``text`` fits; it is taken then."""
        size = _size(text)
        if size > self._left:
            return False
        self._left -= size
        return True

    def fitting(self, pieces: Iterable[str], share: float = 1.0) -> Iterator[str]:
        """The first pieces that fit into a ``share`` of the room; after the first that does not, there are none."""
        floor = self._left * (1 - share)
        for piece in pieces:
            if self._left - _size(piece) < floor or not self.take(piece):
                return
            yield piece


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace")) + 2
