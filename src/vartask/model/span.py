"""Where something is written."""

from __future__ import annotations

from vartask.records import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in one of the project's files.

    ``path`` is POSIX style and relative to the project's root.  Lines and columns count from 1,
    as editors show them; columns count characters, not bytes.  ``end_line`` and ``end_column``
    (exclusive) are 0 where only the start is known.
    """

    path: str
    line: int = 1
    column: int = 1
    end_line: int = 0
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True, slots=True)
class Text:
    """A string and the place where it is written."""

    value: str
    span: Span
