"""The only place that reads the user's files.

Everything is addressed by POSIX paths relative to the project's root, and nothing outside the root
is ever opened: a path that leaves it through ``..`` or through a symbolic link does not exist as far as
the analysis is concerned.
"""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property

from vartask.discovery import Discovery
from vartask.model.span import Span
from vartask.seen import Lasting, Once, Questions, Seen, Word, has_any, is_settled, key_of, state_of
from vartask.timing import stage
from vartask.tracked import INDEX

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO, Literal, TypeAlias, TypeVar

    _T = TypeVar("_T")

MAX_BYTES = 8 * 1024 * 1024
"""Larger files are data, not source: reading one costs seconds and tells nothing."""

MAX_LINKS = 40
"""As many symbolic links as Linux follows before ELOOP (path_resolution(7))."""

MEMBER = "!/"
"""Between a zip archive's path and the name of a file in it: ``dist/x-1.0-py3-none-any.whl!/x/__init__.py``."""

STDIN = "<stdin>"
"""The name of a file that is read from standard input: it stands in no directory."""

Kind: TypeAlias = "Literal['f', 'd', 'l']"


class Unreadable(Exception):
    """A file cannot be used; the text says why, in words fit for a report."""


class Stat:
    """Kind, permission bits and size of one directory entry, the link itself for a symbolic link."""

    __slots__ = ("_place", "_size", "kind", "mode")

    def __init__(self, kind: Kind, mode: int, size: int, place: tuple[Project, str, str]) -> None:
        self.kind: Kind = kind
        self.mode = mode
        self._size = size
        self._place = place

    @property
    def size(self) -> int:
        """In bytes."""
        project, directory, name = self._place
        # Only now does the result of a run depend on it.
        project.note_size(name if directory == "." else f"{directory}/{name}", self._size)
        return self._size

    def is_larger(self, limit: int) -> bool:
        """Whether the size is above a limit, in bytes.

        Of a smaller file the result does not depend on its size: whoever goes on to use what it contains asks again.
        """
        return self._size > limit and self.size > limit


class Project:
    """The files of a project, read lazily and each at most once.

    ``root`` bounds everything; ``scopes`` are the directories or files to check, relative to it.
    ``exclude`` are additional gitignore-style patterns for discovery.
    """

    def __init__(
        self, root: str | os.PathLike[str], scopes: Sequence[str] = (".",), exclude: Sequence[str] = ()
    ) -> None:
        self.root = os.path.realpath(root)
        self.scopes = tuple(posixpath.normpath(scope) for scope in scopes)
        self.exclude = tuple(exclude)
        self._listings: dict[str, Mapping[str, Stat]] = {}
        self._bytes: dict[str, bytes] = {}
        self._resolved: dict[str, str | None] = {}
        self.seen = Seen()
        self.questions = Questions()
        self.made = Once(self.questions)
        """What the layers above make once of all files, by a name."""
        self.kept = Lasting(self.questions)

    @cached_property
    def whole(self) -> Project:
        """The whole project, whatever part of it is checked: what one is told, the other knows."""
        if self.scopes == (".",):
            return self
        made = Project(self.root, exclude=self.exclude)
        made._listings, made._bytes, made._resolved = self._listings, self._bytes, self._resolved
        made.seen, made.questions, made.kept = self.seen, self.questions, self.kept
        return made

    def lasting(self, name: str, make: Callable[[Project], _T]) -> _T:
        """What is made once of the files and kept for the next run: plain values, and those of the model.

        ``make`` is given the project; whatever else it uses must follow from the settings and the name.
        """
        return self.kept.get(name if self.scopes == (".",) else f"{name} in {self.scopes}", lambda: make(self))

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

    # -- reading ----------------------------------------------------------------------------------

    def read_bytes(self, path: str) -> bytes:
        """The contents of a file.  Raises :class:`Unreadable`."""
        self.questions.now.opened.add(path)
        known = self._bytes.get(path)
        if known is not None:
            resolved = self._resolved.get(path)
            if resolved is not None:
                # Asked as when it was first opened: whoever reads it depends on the same.
                self.lstat(resolved)
            return known
        if MEMBER in path and self.resolve(path) is None:
            data = self._member(*path.split(MEMBER, 1))
        else:
            data = self._whole(path)
        self._bytes[path] = data
        return data

    def mentions(self, path: str, word: Word) -> bool:
        """Whether a file has a word, what a pattern finds, or one of alternatives.  Raises :class:`Unreadable`.

        Who asks only this does not depend on the rest of the file.
        """
        data = self._bytes.get(path)
        if data is None:
            around = self.questions.now
            with self.questions.step() as asked:
                data = self.read_bytes(path)
            around.within.discard(asked)
        resolved = self.resolve(path)
        if isinstance(word, tuple):
            found = has_any(data, word)
        else:
            found = word in data if isinstance(word, bytes) else word.search(data) is not None
        if resolved is None:
            # A member of an archive.
            self.read_bytes(path)
            return found
        self.questions.now.words.add(resolved)
        self.seen.words.setdefault(resolved, {})[key_of(word)] = found
        return found

    @contextmanager
    def open(self, path: str) -> Iterator[BinaryIO]:
        """A file to read parts of, whatever its size (an archive's directory).  Raises :class:`Unreadable`."""
        with os.fdopen(self._descriptor(path), "rb") as stream:
            yield stream

    @stage("files: reading")
    def _whole(self, path: str) -> bytes:
        descriptor = self._descriptor(path)
        try:
            size = os.fstat(descriptor).st_size
            _check_size(size)
            # Without the layers of an open file, which cost more than reading does.
            data = os.read(descriptor, size + 1)
            while more := os.read(descriptor, MAX_BYTES):
                data += more
        finally:
            os.close(descriptor)
        return data

    def _descriptor(self, path: str) -> int:
        """An open file, to be closed by the caller.  Raises :class:`Unreadable`."""
        self.questions.now.opened.add(path)
        resolved = self.resolve(path)
        info = self.lstat(resolved) if resolved is not None else None
        if resolved is None or info is None:
            raise Unreadable("the file does not exist inside the project")
        if info.kind != "f":
            raise Unreadable("not a regular file")
        try:
            # Windows would otherwise turn line ends into others.
            descriptor = os.open(self.absolute(resolved), os.O_RDONLY | getattr(os, "O_BINARY", 0))
        except OSError as error:
            self.seen.is_whole = False
            raise Unreadable(f"cannot be read: {error.strerror}") from error
        self._note(resolved, os.fstat(descriptor))
        return descriptor

    def _note(self, resolved: str, info: os.stat_result) -> None:
        """Remember in which state a file was when it was opened."""
        state = state_of(info)
        known = self.seen.opened.get(resolved)
        if known is not None and known[0] != state:
            self.seen.is_whole = False
        self.seen.opened[resolved] = (state, is_settled(state))

    def _member(self, archive: str, name: str) -> bytes:
        """One file of a zip archive; its contents are decompressed only now."""
        # Imported here: few projects hold archives.
        import zipfile
        import zlib

        try:
            with self.open(archive) as stream, zipfile.ZipFile(stream) as opened:
                _check_size(opened.getinfo(name).file_size)
                return opened.read(name)
        except (zipfile.BadZipFile, zlib.error, LookupError, RuntimeError, ValueError, OSError) as error:
            raise Unreadable(f"cannot be read from the archive: {error}") from error

    def supply(self, path: str, data: bytes) -> None:
        """Let ``path`` have these contents, whatever is on disk: a file that somebody hands over."""
        self._bytes[path] = data
        self.seen.is_whole = False

    def read_text(self, path: str) -> str:
        """The contents of a UTF-8 file without its byte order mark.  Raises :class:`Unreadable`."""
        data = self.read_bytes(path)
        if b"\0" in data:
            line = data.count(b"\n", 0, data.index(0)) + 1
            raise Unreadable(f"line {line} has a NUL byte, so it is not a text file")
        try:
            return data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise Unreadable(
                f"line {line} is not UTF-8 (byte 0x{data[error.start]:02x}): save the file as UTF-8"
            ) from error

    def line(self, span: Span) -> str | None:
        """The line that a span begins in, or ``None`` when it is no line of a text file of the project."""
        try:
            lines = self.read_text(span.path).split("\n")
        except Unreadable:
            return None
        return lines[span.line - 1] if 0 < span.line <= len(lines) else None

    # -- what was asked ---------------------------------------------------------------------------

    def answers(self) -> dict[str, str | None]:
        """Every path that was asked for, with what it is once its links are followed."""
        return dict(self._resolved)

    def contents(self) -> dict[str, bytes]:
        """The files that were read whole, by their names once links are followed."""
        read = ((self._resolved.get(path), data) for path, data in self._bytes.items())
        return {resolved: data for resolved, data in read if resolved is not None}

    def note_size(self, path: str, size: int) -> None:
        """Somebody asked for the size of an entry."""
        self.questions.now.sizes.add(path)
        self.seen.sizes[path] = size

    # -- discovery --------------------------------------------------------------------------------

    @property
    def files(self) -> tuple[str, ...]:
        """Every file below the scopes that neither ``.gitignore`` nor ``exclude`` leaves out, sorted.

        Directory links are not followed, so loops end; file links are listed when they stay inside the root.
        """
        return self._discovery.files

    def in_scope(self, path: str) -> bool:
        """Whether a path lies below one of the scopes."""
        return any(scope in {".", path} or path.startswith(scope + "/") for scope in self.scopes)

    def ignored(self, path: str) -> bool:
        """Whether git would ignore the path (itself or a parent), whether or not it exists."""
        return self._discovery.ignored(path)

    def git_ignores(self, path: str, is_dir: bool) -> bool:
        """Whether git would ignore the path itself, whatever it says of the directories above."""
        return self._discovery.git_ignores(path, is_dir)

    @cached_property
    def _discovery(self) -> Discovery:
        return Discovery(self, self._ignore_file, self._in_index)

    def _ignore_file(self, directory: str) -> str | None:
        """The text of a directory's ``.gitignore``, if it has one that can be read."""
        path = ".gitignore" if directory == "." else f"{directory}/.gitignore"
        if self.lstat(path) is None:
            return None
        try:
            return self.read_text(path)
        except Unreadable:
            return None

    def _in_index(self, word: Word) -> bool:
        """Whether git's index has a word; one that cannot be read has none."""
        try:
            return self.is_file(INDEX) and self.mentions(INDEX, word)
        except Unreadable:
            return False


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        most = MAX_BYTES // 1_048_576
        raise Unreadable(f"the file has {size / 1_048_576:.0f} MiB, more than the {most} MiB that are read")


def _kind(mode: int) -> Kind | None:
    if stat.S_ISREG(mode):
        return "f"
    if stat.S_ISDIR(mode):
        return "d"
    return "l" if stat.S_ISLNK(mode) else None
