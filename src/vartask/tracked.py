"""What git keeps although an ignore file names it: files that are in its index (gitignore(5), "already tracked").

The index is searched for the bytes of a path, not read entry by entry: the name stands behind two bytes of flags, whose
last twelve bits are its length, and before a NUL byte (gitformat-index(5), versions 2 and 3).  Version 4 shortens names
by what the one before begins with: there nothing is found, and everything that is ignored counts as not tracked.
"""

from __future__ import annotations

import posixpath
import re

from vartask.seen import Once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from vartask.seen import Questions, Word

INDEX = ".git/index"
_LONGEST = 0xFFF
"""Longer names have this for their length."""


class Tracked:
    """What is tracked below the root; ``in_index`` tells whether the index there has a word.

    A path costs one search, since few are asked for: those that an ignore file names, and nothing below them.  Where
    there are many in one directory, mostly none of them is tracked: then the directory costs one search.
    """

    def __init__(self, questions: Questions, in_index: Callable[[Word], bool]) -> None:
        self._in_index = in_index
        self._known = Once(questions)

    def has(self, path: str, is_dir: bool) -> bool:
        """Whether git tracks the file, or something in the directory."""
        return self._known.get((path, is_dir), lambda: self._holds(path) if is_dir else self._names(path))

    def _names(self, path: str) -> bool:
        directory = posixpath.dirname(path)
        if directory and not self._known.get(directory, lambda: self._in_index(_below(directory))):
            return False
        name = path.encode("utf-8", "surrogateescape")
        return self._in_index(min(len(name), _LONGEST).to_bytes(2, "big") + name + b"\0")

    def _holds(self, directory: str) -> bool:
        start = _below(directory)
        # The flags tell the beginning of a name from its middle; to look for them as well takes much longer.
        return self._in_index(start) and self._in_index(re.compile(rb"[\0-\x0f](?s:.)" + re.escape(start)))


def _below(directory: str) -> bytes:
    """How the names of all that is in a directory begin."""
    return directory.encode("utf-8", "surrogateescape") + b"/"
