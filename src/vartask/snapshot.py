"""What a run has looked at in a project, and what of it is not any more as it was.

A run asks the file system through :class:`vartask.project.Project` alone, so the answers that it was given are all that
its result depends on.  When the same questions have the same answers, the result is the same; so has each step of it.
"""

from __future__ import annotations

import os
import stat

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any, TypeAlias

    from vartask.listings import Entries
    from vartask.project import Project
    from vartask.seen import FileState, WordKey

Snapshot: TypeAlias = "dict[str, dict[str, Any]]"
"""Kind of question -> path -> answer; plain values only, so that ``marshal`` can keep it.

``listed``: names and modes of a directory's entries, ``None`` where it cannot be listed.  ``files``: (state or
``None``, hash of the contents or ``None``).  ``sizes``: bytes.  ``plain``: whether it is there, where listings say so;
``paths``: what it is with its links followed, where they do not.  ``entries``: mode, ``None`` where there is none.
``links`` and ``times``: see ``Project.readlink`` and ``Project.modified``.  ``words``:
word -> whether the file has it.  ``watched``: as ``files``, for those of which nothing matters but ``words``.
``looked``: as ``listed``, for directories of which nothing matters but ``plain`` and ``entries``.
"""

KINDS = ("listed", "files", "sizes", "paths", "plain", "entries", "links", "times", "words")
"""Those that steps depend on, in the order in which their questions are numbered."""

Known = tuple["FileState | None", "bytes | None"]


def take(project: Project) -> Snapshot | None:
    """What the project was asked so far; ``None`` when some of it cannot be asked again."""
    seen = project.seen
    if not seen.is_whole:
        return None
    # Imported here: an unchanged project does without.
    from vartask.listings import Listings

    contents, answers = project.contents(), project.answers()
    listings = Listings(seen.listed)
    plain = {path: there for path in answers if (there := listings.has(path)) is not None}
    # Of what changed while the run read it, both answers were given.
    plain = {path: there for path, there in plain.items() if answers[path] == (path if there else None)}
    return {
        "listed": dict(seen.listed),
        "files": {
            path: (state if settled else None, digest(contents[path]) if path in contents else None)
            for path, (state, settled) in seen.opened.items()
        },
        "sizes": dict(seen.sizes),
        "paths": {path: answer for path, answer in answers.items() if path not in plain},
        "plain": plain,
        "entries": {path: listings.mode(path) for path in seen.entries},
        "links": dict(seen.links),
        "times": dict(seen.times),
        "words": {path: dict(words) for path, words in seen.words.items()},
        "watched": {},
        "looked": {},
    }


def digest(data: bytes) -> bytes:
    """The hash of a file's contents."""
    # Imported here: where nothing has changed, nothing is hashed.  hashlib would bring OpenSSL along.
    from _blake2 import blake2b

    return blake2b(data, digest_size=16).digest()


def numbered(snapshot: Snapshot) -> Iterator[tuple[str, str]]:
    """Every question, in the order of its number."""
    for kind in KINDS:
        for path in snapshot[kind]:
            yield kind, path


# -- what has changed -----------------------------------------------------------------------------


class Changes:
    """What of a snapshot is not any more as it was; false where all of it is.

    ``numbers`` are those of the questions that have another answer now.  ``listings`` are what directories have now in
    which something else changed: what was asked of paths in these has been asked again.
    """

    __slots__ = ("listings", "numbers")

    def __init__(self, numbers: set[int], listings: dict[str, Entries]) -> None:
        self.numbers = numbers
        self.listings = listings

    def __bool__(self) -> bool:
        return bool(self.numbers)


def changes(snapshot: Snapshot, root: str) -> Changes:
    """Look at all of it.

    ``snapshot`` gets the new state of files that only were touched, and of directories in which nothing that matters
    has changed.
    """
    look = _Look(snapshot, root)
    numbers = set(look.changes())
    if not numbers:
        snapshot["looked"].update(look.now)
    return Changes(numbers, look.now)


class _Look:
    """One look at the file system."""

    def __init__(self, snapshot: Snapshot, root: str) -> None:
        self._snapshot = snapshot
        self._root = root
        self._files: dict[str, Known] = snapshot["files"]
        self._watched: dict[str, Known] = snapshot["watched"]
        self._states = {path: known[0] for files in (self._files, self._watched) for path, known in files.items()}
        """What is not seen to be as it was while its directory is listed stays here."""
        self._moved: set[str] = set()
        """Entries that are new, gone or of another mode."""
        self.now: dict[str, Entries] = {}
        self._other: dict[str, bytes | None] = {}
        """Files that are not what they were, with what they are now if that was read."""

    def changes(self) -> Iterator[int]:
        first = 0
        paths, links, times = self._answers()
        first_looks = (self._listed, self._read_files, self._sizes)
        looks = (*first_looks, paths, self._plain, self._entry_modes, links, times, self._words)
        for kind, look in zip(KINDS, looks, strict=True):
            changed = set(look())
            answers = self._snapshot[kind]
            if changed:
                yield from (number for number, path in enumerate(answers, first) if path in changed)
            first += len(answers)

    def _listed(self) -> list[str]:
        """The directories whose entries are others now; every entry is looked at once, for all that depends on it."""
        changed: list[str] = []
        for kind in ("listed", "looked"):
            for directory, entries in self._snapshot[kind].items():
                now = self._entries("" if directory == "." else f"{directory}/")
                if now != entries:
                    from vartask.listings import differing

                    changed.append(directory)
                    self._moved.update(differing(directory, entries, now))
                    self.now[directory] = now
        return changed

    def _plain(self) -> list[str]:
        if not self._moved:
            return []
        from vartask.listings import is_below

        resolve = self._project().resolve
        answers = self._snapshot["plain"]
        asked = [path for path in answers if is_below(path, self._moved)]
        return [path for path in asked if resolve(path) != (path if answers[path] else None)]

    def _entry_modes(self) -> list[str]:
        if not self._moved:
            return []
        from vartask.listings import is_below

        answers = self._snapshot["entries"]
        asked = [path for path in answers if is_below(path, self._moved)]
        return [path for path in asked if self._mode(path) != answers[path]]

    def _mode(self, path: str) -> int | None:
        # A link that has taken the place of a directory above is a change of that.
        try:
            return os.stat(f"{self._root}/{path}", follow_symlinks=False).st_mode
        except OSError:
            return None

    def _entries(self, prefix: str) -> tuple[tuple[str, int], ...] | None:
        states = self._states
        entries: list[tuple[str, int]] = []
        try:
            with os.scandir(f"{self._root}/{prefix}") as scan:
                for entry in scan:
                    info = entry.stat(follow_symlinks=False)
                    name = entry.name
                    entries.append((name, info.st_mode))
                    path = prefix + name
                    known = states.get(path)
                    if known is not None and known == (info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino):
                        del states[path]
        except OSError:
            return None
        entries.sort()
        return tuple(entries)

    def _read_files(self) -> Iterator[str]:
        for path in [path for path in self._states if path in self._files]:
            now = self._compared(path, self._files[path])
            if now is None:
                yield path
            else:
                self._files[path] = now

    def _compared(self, path: str, known: Known) -> Known | None:
        """What is known of a file that has the contents which it had, ``None`` for one that has others."""
        state, contents = known
        try:
            info = os.stat(f"{self._root}/{path}", follow_symlinks=False)
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

    def _words(self) -> Iterator[str]:
        for path in [path for path in self._states if path in self._watched]:
            now = self._compared(path, self._watched[path])
            if now is not None:
                self._watched[path] = now
        for path, data in self._other.items():
            known = self._snapshot["words"].get(path)
            if known is None:
                continue
            if data is None or not _has(data, known):
                yield path
            elif path in self._watched:
                # Its state is taken when it is next looked at; the contents are these.
                self._watched[path] = (None, digest(data))

    def _sizes(self) -> list[str]:
        return [path for path, known in self._snapshot["sizes"].items() if self._size(path) != known]

    def _size(self, path: str) -> int | None:
        try:
            return os.stat(f"{self._root}/{path}", follow_symlinks=False).st_size
        except OSError:
            return None

    def _answers(self) -> Iterator[Callable[[], Iterable[str]]]:
        """Looks at the questions that a project answers."""
        yield lambda: self._asked_again("paths", lambda project: project.resolve)
        yield lambda: self._asked_again("links", lambda project: project.readlink)
        yield lambda: self._asked_again("times", lambda project: project.modified)

    def _asked_again(self, kind: str, of: Callable[[Project], Callable[[str], object]]) -> list[str]:
        answers = self._snapshot[kind]
        if not answers:
            return []
        ask = of(self._project())
        return [path for path, known in answers.items() if ask(path) != known]

    def _project(self) -> Project:
        from vartask.project import Project

        return Project(self._root)


def _has(data: bytes, words: dict[WordKey, bool]) -> bool:
    """Whether a file has the words that it had, and lacks those that it lacked."""
    from vartask.seen import has_word

    return all(has_word(data, word) is had for word, had in words.items())
