"""What a run has looked at in a project, and whether all of it still is as it was.

A run asks the file system through :class:`vartask.project.Project` alone, so the answers that it was given are all that
its result depends on.  When the same questions have the same answers, the result is the same.
"""

from __future__ import annotations

import os
import posixpath
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vartask.project import Project
    from vartask.seen import FileState

Snapshot = dict[str, Any]
"""Plain values only, so that ``marshal`` can keep it.

``listed``: directory -> names and modes of its entries, ``None`` where it cannot be listed.  ``files``: file ->
(state or ``None``, hash of its contents or ``None``).  ``sizes``: file -> bytes.  ``paths``: path -> what it is with
its links followed, for those whose answer ``listed`` does not imply.  ``links`` and ``times``: see ``Project.readlink``
and ``Project.modified``.
"""


def take(project: Project) -> Snapshot | None:
    """What the project was asked so far; ``None`` when some of it cannot be asked again."""
    seen = project.seen
    if not seen.is_whole:
        return None
    contents = project.contents()
    return {
        "listed": dict(seen.listed),
        "files": {
            path: (state if settled else None, digest(contents[path]) if path in contents else None)
            for path, (state, settled) in seen.opened.items()
        },
        "sizes": project.sizes_that_mattered(),
        "paths": _not_implied(project.answers(), seen.listed),
        "links": dict(seen.links),
        "times": dict(seen.times),
    }


def digest(data: bytes) -> bytes:
    """The hash of a file's contents."""
    # Imported here: where nothing has changed, nothing is hashed.
    from hashlib import blake2b

    return blake2b(data, digest_size=16).digest()


def _not_implied(
    answers: dict[str, str | None], listed: dict[str, tuple[tuple[str, int], ...] | None]
) -> dict[str, str | None]:
    """The answers that do not follow from the listings: those that links, or directories never listed, are part of."""
    names = {directory: frozenset(name for name, _ in entries or ()) for directory, entries in listed.items()}
    plain: dict[str, bool | None] = {".": True}

    def settle(path: str) -> bool | None:
        """``True`` for what is there without any link, ``False`` for what is not, ``None`` for what is not implied."""
        if path not in plain:
            parent, name = posixpath.split(path)
            above = settle(parent or ".")
            if above is not True:
                plain[path] = above
            elif listed.get(parent or ".") is None:
                plain[path] = None
            else:
                plain[path] = _direct(path) if name in names[parent or "."] else False
        return plain[path]

    def _direct(path: str) -> bool | None:
        return True if answers.get(path, path) == path and path not in linked else None

    linked = {
        posixpath.join(directory, name) if directory != "." else name
        for directory, entries in listed.items()
        for name, mode in entries or ()
        if stat.S_ISLNK(mode)
    }
    kept: dict[str, str | None] = {}
    for path, answer in answers.items():
        implied = None
        if not path.startswith("/") and posixpath.normpath(path) == path:
            implied = settle(path)
        if implied is None or (answer == path) is not implied or (answer is None) is implied:
            kept[path] = answer
    return kept


def is_true(snapshot: Snapshot, root: str) -> bool:
    """Whether every answer would be given again.  ``snapshot`` gets the new state of files that only were touched."""
    files: dict[str, tuple[FileState | None, bytes | None]] = snapshot["files"]
    found: dict[str, os.stat_result] = {}
    for directory, entries in snapshot["listed"].items():
        if _listing(root, directory, files, found) != entries:
            return False
    return (
        all(_same(root, path, known, found, files) for path, known in list(files.items()))
        and all(_size(root, path) == size for path, size in snapshot["sizes"].items())
        and _same_answers(snapshot, root)
    )


def _listing(
    root: str, directory: str, files: dict[str, tuple[FileState | None, bytes | None]], found: dict[str, os.stat_result]
) -> tuple[tuple[str, int], ...] | None:
    prefix = "" if directory == "." else f"{directory}/"
    entries: list[tuple[str, int]] = []
    try:
        with os.scandir(f"{root}/{prefix}") as scan:
            for entry in scan:
                info = entry.stat(follow_symlinks=False)
                name = entry.name
                entries.append((name, info.st_mode))
                if prefix + name in files:
                    found[prefix + name] = info
    except OSError:
        return None
    entries.sort()
    return tuple(entries)


def _same(
    root: str,
    path: str,
    known: tuple[FileState | None, bytes | None],
    found: dict[str, os.stat_result],
    files: dict[str, tuple[FileState | None, bytes | None]],
) -> bool:
    state, contents = known
    try:
        info = found.get(path) or os.stat(f"{root}/{path}", follow_symlinks=False)
    except OSError:
        return False
    now = (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino)
    if state == now:
        return True
    if contents is None:
        return False
    from vartask.seen import is_settled, state_of

    try:
        with open(f"{root}/{path}", "rb") as stream:
            before = state_of(os.fstat(stream.fileno()))
            if digest(stream.read()) != contents:
                return False
    except OSError:
        return False
    files[path] = (before if is_settled(before) else None, contents)
    return True


def _size(root: str, path: str) -> int | None:
    try:
        return os.stat(f"{root}/{path}", follow_symlinks=False).st_size
    except OSError:
        return None


def _same_answers(snapshot: Snapshot, root: str) -> bool:
    if not snapshot["paths"] and not snapshot["links"] and not snapshot["times"]:
        return True
    from pathlib import Path

    from vartask.project import Project

    fresh = Project(Path(root))
    return (
        all(fresh.resolve(path) == answer for path, answer in snapshot["paths"].items())
        and all(fresh.readlink(path) == answer for path, answer in snapshot["links"].items())
        and all(fresh.modified(path) == answer for path, answer in snapshot["times"].items())
    )
