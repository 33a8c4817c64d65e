"""The names, kinds and links of a project's files.

Everything is addressed by POSIX paths relative to the project's root, and nothing outside the root is ever looked at: a
path that leaves it through ``..`` or through a symbolic link does not exist as far as the analysis is concerned.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Mapping

from vartask.seen import Questions, Seen

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal, TypeAlias

MAX_LINKS = 40
"""As many symbolic links as Linux follows before ELOOP (path_resolution(7))."""

Kind: TypeAlias = "Literal['f', 'd', 'l']"


class Stat:
    """Kind, permission bits and size of one directory entry, the link itself for a symbolic link."""

    __slots__ = ("_place", "_size", "kind", "mode")

    def __init__(self, kind: Kind, mode: int, size: int, place: tuple[Entries, str, str]) -> None:
        self.kind: Kind = kind
        self.mode = mode
        self._size = size
        self._place = place

    @property
    def size(self) -> int:
        """In bytes."""
        entries, directory, name = self._place
        # Only now does the result of a run depend on it.
        entries.note_size(name if directory == "." else f"{directory}/{name}", self._size)
        return self._size

    def is_larger(self, limit: int) -> bool:
        """Whether the size is above a limit, in bytes.

        Of a smaller file the result does not depend on its size: whoever goes on to use what it contains asks again.
        """
        return self._size > limit and self.size > limit


class Entries:
    """The entries of the directories below ``root``, each directory listed at most once."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.realpath(root)
        self._listings: dict[str, Mapping[str, Stat]] = {}
        self._resolved: dict[str, str | None] = {}
        self.seen = Seen()
        self.questions = Questions()

    # -- names ------------------------------------------------------------------------------------

    def relative(self, path: str) -> str | None:
        """The project's name for a path of the file system; ``None`` outside the root."""
        absolute = os.path.abspath(path)
        if absolute == self.root:
            return "."
        above = os.path.join(self.root, "")
        return absolute.removeprefix(above).replace(os.sep, "/") if absolute.startswith(above) else None

    def join(self, base: str, path: str) -> str | None:
        """``path`` as seen from the directory ``base``; ``None`` when it leaves the root or is absolute."""
        if path.startswith("/"):
            return None
        joined = posixpath.normpath(posixpath.join(base, path))
        return None if joined == ".." or joined.startswith("../") else joined

    def absolute(self, path: str) -> str:
        """The file system's name for one of the project's paths."""
        return self.root if path == "." else f"{self.root}/{path}"

    # -- looking ----------------------------------------------------------------------------------

    def listdir(self, directory: str) -> Mapping[str, Stat]:
        """The entries of a directory by name, sorted; empty when it is not one or cannot be read.

        Symbolic links in ``directory`` itself are followed as long as they stay inside the root.
        """
        self.questions.now.listed.add(directory)
        return self._listing(directory)

    def _listing(self, directory: str) -> Mapping[str, Stat]:
        known = self._listings.get(directory)
        if known is None:
            known = self._listings[directory] = self._scan(directory)
        return known

    def _scan(self, directory: str) -> Mapping[str, Stat]:
        resolved = self.resolve(directory)
        if resolved is None:
            return {}
        entries: dict[str, Stat] = {}
        modes: list[tuple[str, int]] = []
        self.seen.listed[resolved] = None
        try:
            with os.scandir(self.absolute(resolved)) as scan:
                for entry in sorted(scan, key=lambda item: item.name):
                    info = entry.stat(follow_symlinks=False)
                    modes.append((entry.name, info.st_mode))
                    kind = _kind(info.st_mode)
                    if kind is not None:
                        place = (self, resolved, entry.name)
                        entries[entry.name] = Stat(kind, stat.S_IMODE(info.st_mode), info.st_size, place)
        except OSError:
            return {}
        self.seen.listed[resolved] = tuple(modes)
        return entries

    def lstat(self, path: str) -> Stat | None:
        """The entry itself, not what a link points at; its parents are resolved inside the root."""
        if path == ".":
            return Stat("d", 0o755, 0, (self, ".", "."))
        parent, _, name = path.rpartition("/")
        parent = parent or "."
        if self.resolve(parent) != parent:
            return self.listdir(parent).get(name)
        # Whoever asks for one entry does not depend on the others.
        self.questions.now.entries.add(path)
        self.seen.entries.add(path)
        return self._listing(parent).get(name)

    def modified(self, path: str) -> float | None:
        """When the file was last written, in seconds as ``os.stat`` has them; ``None`` where there is none."""
        self.questions.now.times.add(path)
        self.seen.times[path] = found = self._modified(path)
        return found

    def _modified(self, path: str) -> float | None:
        resolved = self.resolve(path)
        try:
            return None if resolved is None else os.stat(self.absolute(resolved)).st_mtime
        except OSError:
            return None

    def resolve(self, path: str) -> str | None:
        """The path with every symbolic link followed; ``None`` when missing, circular, or outside the root."""
        self.questions.now.paths.add(path)
        if path not in self._resolved:
            self._resolved[path] = self._follow(path)
        return self._resolved[path]

    def _follow(self, path: str) -> str | None:
        parent, _, name = path.rpartition("/")
        entry = self._listings.get(parent or ".", {}).get(name)
        if entry is not None and parent != "." and entry.kind != "l" and self.resolve(parent or ".") == (parent or "."):
            # The directory was read and is what it is called: asking the system again would tell nothing new.
            return path
        done = "."
        todo = [part for part in path.split("/") if part not in ("", ".")]
        links = 0
        while todo:
            part = todo.pop(0)
            if part == "..":
                if done == ".":
                    return None
                done = posixpath.dirname(done) or "."
                continue
            here = part if done == "." else f"{done}/{part}"
            try:
                info = os.lstat(self.absolute(here))
            except (OSError, ValueError):
                return None
            if not stat.S_ISLNK(info.st_mode):
                done = here
                continue
            links += 1
            target = os.readlink(self.absolute(here))
            if links > MAX_LINKS or target.startswith("/"):
                return None
            todo = [piece for piece in target.split("/") if piece not in ("", ".")] + todo
        return done

    def kind(self, path: str) -> Literal["f", "d"] | None:
        """Whether the path is a file or a directory, links followed; ``None`` when neither."""
        resolved = self.resolve(path)
        if resolved is None:
            return None
        info = self.lstat(resolved)
        if info is None or info.kind == "l":
            return None
        return info.kind

    def is_file(self, path: str) -> bool:
        """Whether the path is a file, links followed."""
        return self.kind(path) == "f"

    def is_dir(self, path: str) -> bool:
        """Whether the path is a directory, links followed."""
        return self.kind(path) == "d"

    def readlink(self, path: str) -> str | None:
        """Where a symbolic link points, as written in it."""
        self.questions.now.links.add(path)
        try:
            found = os.readlink(self.absolute(path))
        except OSError:
            found = None
        self.seen.links[path] = found
        return found

    # -- what was asked ---------------------------------------------------------------------------

    def answers(self) -> dict[str, str | None]:
        """Every path that was asked for, with what it is once its links are followed."""
        return dict(self._resolved)

    def note_size(self, path: str, size: int) -> None:
        """Somebody asked for the size of an entry."""
        self.questions.now.sizes.add(path)
        self.seen.sizes[path] = size


def _kind(mode: int) -> Kind | None:
    if stat.S_ISREG(mode):
        return "f"
    if stat.S_ISDIR(mode):
        return "d"
    return "l" if stat.S_ISLNK(mode) else None
