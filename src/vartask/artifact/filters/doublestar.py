"""Paths below the directory, with ``*``, ``**``, ``[...]`` and ``{...}``: ``excludes`` of Terraform's ``archive_file``.

The provider compares each path with every pattern as the library doublestar does, and does not enter a directory that
one of them matches (hashicorp/terraform-provider-archive, ``internal/provider/zip_archiver.go``, 2.5.0 to 2.8.0).  A
slash at a pattern's end therefore matches nothing.
"""

from __future__ import annotations

from vartask.artifact.filters import Decide, Unsure
from vartask.syntax.doublestar import BadPattern, match


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The first pattern that matches.  Raises :class:`Unsure` for one that is malformed: the provider fails then."""
    known = [(index, pattern) for index, pattern in enumerate(patterns) if pattern]
    try:
        for _, pattern in known:
            match(pattern, "")
    except BadPattern as error:
        raise Unsure(f"the pattern `{error}` is malformed") from error

    def decide(path: str, _directory: bool) -> int | None:
        return next((index for index, pattern in known if match(pattern, path)), None)

    return decide
