"""Files that do not stand in the repository because a step before packaging makes them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from vartask.project import Project, Unreadable

_GLOB = frozenset("*?[\\")


def generated(project: Project, directory: str) -> Iterator[str]:
    """Paths below ``directory`` that are missing and that a ``.gitignore`` names outright.

    Nobody writes ``/functions/api/shared/`` into an ignore file unless something makes that directory.  Patterns with
    wildcards, and names without a place such as the ``lib/`` of every Python template, say no such thing; a bare
    ``config.py`` does, for the top of the directory.
    """
    here = directory
    found: dict[str, None] = {}
    while True:
        for pattern in _patterns(project, here):
            path = project.join(here, pattern.lstrip("/"))
            if "/" not in pattern and pattern.endswith(".py"):
                path = project.join(directory, pattern)
            elif "/" not in pattern:
                continue
            if path is not None and _is_below(path, directory) and project.lstat(path) is None:
                found[path] = None
        if here == ".":
            break
        here = posixpath.dirname(here) or "."
    yield from found


def _patterns(project: Project, directory: str) -> Iterator[str]:
    """The ignore file's patterns that name one path, without the slash that ends a directory's."""
    path = posixpath.normpath(posixpath.join(directory, ".gitignore"))
    if project.lstat(path) is None:
        return
    try:
        text = project.read_text(path)
    except Unreadable:
        return
    for line in text.splitlines():
        pattern = line.strip().rstrip("/")
        if pattern and pattern[0] not in "#!" and not _GLOB.intersection(pattern):
            yield pattern


def _is_below(path: str, directory: str) -> bool:
    return path != directory and (directory == "." or path.startswith(directory + "/"))
