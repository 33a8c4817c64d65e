"""Paths below the directory, character for character: ``excludes`` of ``archive_file`` before version 2.5.0."""

from __future__ import annotations

from vartask.artifact.filters import Decide


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The pattern that is the path; a directory is left out with all that is in it."""
    known = {pattern: index for index, pattern in reversed([*enumerate(patterns)]) if pattern}

    def decide(path: str, _directory: bool) -> int | None:
        return known.get(path)

    return decide
