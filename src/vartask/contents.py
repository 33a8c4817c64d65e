"""The contents of a project's files, each read at most once and never from outside the root."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from vartask.entries import Entries
from vartask.model.span import Span
from vartask.seen import Word, has_any, is_settled, key_of, state_of
from vartask.timing import stage

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

MAX_BYTES = 8 * 1024 * 1024
"""Larger files are data, not source: reading one costs seconds and tells nothing."""

MEMBER = "!/"
"""Between a zip archive's path and the name of a file in it: ``dist/x-1.0-py3-none-any.whl!/x/__init__.py``."""


class Unreadable(Exception):
    """A file cannot be used; the text says why, in words fit for a report."""


class Contents(Entries):
    """What the files below ``root`` hold."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        super().__init__(root)
        self._bytes: dict[str, bytes] = {}

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

    def contents(self) -> dict[str, bytes]:
        """The files that were read whole, by their names once links are followed."""
        read = ((self._resolved.get(path), data) for path, data in self._bytes.items())
        return {resolved: data for resolved, data in read if resolved is not None}


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        most = MAX_BYTES // 1_048_576
        raise Unreadable(f"the file has {size / 1_048_576:.0f} MiB, more than the {most} MiB that are read")
