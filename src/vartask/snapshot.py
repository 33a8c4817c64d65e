"""What a run has looked at in a project, and what of it is not any more as it was.

A run asks the file system through :class:`vartask.project.Project` alone, so the answers that it was given are all that
its result depends on.  When the same questions have the same answers, the result is the same; so has each step of it.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vartask.project import Project
    from vartask.seen import FileState, WordKey

Snapshot = dict[str, dict[str, Any]]
"""Kind of question -> path -> answer; plain values only, so that ``marshal`` can keep it.

``listed``: names and modes of a directory's entries, ``None`` where it cannot be listed.  ``files``: (state or
``None``, hash of the contents or ``None``).  ``sizes``: bytes.  ``paths``: what it is with its links followed, where
``listed`` does not imply that.  ``links`` and ``times``: see ``Project.readlink`` and ``Project.modified``.  ``words``:
word -> whether the file has it.  ``watched``: as ``files``, for those of which nothing matters but ``words``.
"""

KINDS = ("listed", "files", "sizes", "paths", "links", "times", "words")
"""Those that steps depend on, in the order in which their questions are numbered."""

Known = tuple["FileState | None", "bytes | None"]


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
        "sizes": dict(seen.sizes),
        "paths": project.answers(),
        "links": dict(seen.links),
        "times": dict(seen.times),
        "words": {path: dict(words) for path, words in seen.words.items()},
        "watched": {},
    }


def digest(data: bytes) -> bytes:
    """The hash of a file's contents."""
    # Imported here: where nothing has changed, nothing is hashed.
    from hashlib import blake2b

    return blake2b(data, digest_size=16).digest()


def numbered(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Every question, in the order of its number."""
    for kind in KINDS:
        for path in snapshot[kind]:
            yield kind, path


# -- what has changed -----------------------------------------------------------------------------


def changes(snapshot: Snapshot, root: str) -> set[int]:
    """The numbers of the questions that have another answer now.

    ``snapshot`` gets the new state of files that only were touched.
    """
    return set(_Look(snapshot, root).changes())


class _Look:
    """One look at the file system."""

    def __init__(self, snapshot: Snapshot, root: str) -> None:
        self._snapshot = snapshot
        self._root = root
        self._files: dict[str, Known] = snapshot["files"]
        self._found: dict[str, os.stat_result] = {}
        self._other: dict[str, bytes | None] = {}
        """Files that are not what they were, with what they are now if that was read."""

    def changes(self) -> Iterator[int]:
        snapshot, first = self._snapshot, 0
        judges = (self._listed, self._file, self._size, *self._answers(), self._words)
        for kind, is_same in zip(KINDS, judges, strict=True):
            answers = snapshot[kind]
            for number, (path, known) in enumerate(list(answers.items()), first):
                if not is_same(path, known):
                    yield number
            first += len(answers)

    def _listed(self, directory: str, known: tuple[tuple[str, int], ...] | None) -> bool:
        prefix = "" if directory == "." else f"{directory}/"
        files, found = self._files, self._found
        entries: list[tuple[str, int]] = []
        try:
            with os.scandir(f"{self._root}/{prefix}") as scan:
                for entry in scan:
                    info = entry.stat(follow_symlinks=False)
                    name = entry.name
                    entries.append((name, info.st_mode))
                    if prefix + name in files:
                        found[prefix + name] = info
        except OSError:
            return known is None
        entries.sort()
        return tuple(entries) == known

    def _file(self, path: str, known: Known) -> bool:
        now = self._compared(path, known)
        if now is None:
            return False
        if now is not known:
            self._files[path] = now
        return True

    def _compared(self, path: str, known: Known) -> Known | None:
        """What is known of a file that has the contents which it had, ``None`` for one that has others."""
        state, contents = known
        try:
            info = self._found.get(path) or os.stat(f"{self._root}/{path}", follow_symlinks=False)
        except OSError:
            self._other[path] = None
            return None
        if state == (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino):
            return known
        # A FIFO that has taken a file's place would be waited for.
        now, data = self._read(path) if contents is not None and stat.S_ISREG(info.st_mode) else (None, None)
        if data is not None and digest(data) == contents:
            return now, contents
        self._other[path] = data
        return None

    def _read(self, path: str) -> tuple[FileState | None, bytes | None]:
        from vartask.seen import is_settled, state_of

        try:
            with open(f"{self._root}/{path}", "rb") as stream:
                state = state_of(os.fstat(stream.fileno()))
                return state if is_settled(state) else None, stream.read()
        except OSError:
            return None, None

    def _words(self, path: str, known: dict[WordKey, bool]) -> bool:
        watched = self._snapshot["watched"]
        if path in watched:
            now = self._compared(path, watched[path])
            if now is not None:
                watched[path] = now
                return True
        if path not in self._other:
            return True
        data = self._other[path]
        from vartask.seen import has_word

        if data is None or any(has_word(data, word) is not had for word, had in known.items()):
            return False
        if path in watched:
            # Another state is looked at when the file is next found to be not as it was; the contents are these.
            watched[path] = (None, digest(data))
        return True

    def _size(self, path: str, known: int) -> bool:
        try:
            return os.stat(f"{self._root}/{path}", follow_symlinks=False).st_size == known
        except OSError:
            return False

    def _answers(self) -> Iterator[Any]:
        """Judges of the questions that a project answers: paths, links, times."""
        if not (self._snapshot["paths"] or self._snapshot["links"] or self._snapshot["times"]):
            yield from (None, None, None)
            return
        from pathlib import Path

        from vartask.project import Project

        fresh = Project(Path(self._root))
        for ask in (fresh.resolve, fresh.readlink, fresh.modified):
            yield lambda path, known, ask=ask: ask(path) == known
