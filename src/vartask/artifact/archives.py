"""Local tar archives that ADD extracts, listed without touching the disk."""

from __future__ import annotations

import io
import posixpath
import tarfile
import zlib
from lzma import LZMAError

from vartask.model import Present
from vartask.project import Project, Unreadable

MAX_MEMBERS = 50_000
MAX_TEXT = 1024 * 1024
ZSTD = b"\x28\xb5\x2f\xfd"
COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00")
TAR_MAGIC_AT = 257


class ArchiveError(Exception):
    """The archive's contents cannot be listed; the text says why."""


def members(project: Project, path: str) -> list[tuple[str, Present]] | None:
    """What a tar archive holds, as relative path and entry; ``None`` for a file that is no tar.

    Raises :class:`ArchiveError` where that cannot be told.
    """
    try:
        data = project.read_bytes(path)
    except Unreadable as error:
        raise ArchiveError(f"`{path}`: {error}") from error
    if data.startswith(ZSTD):
        raise ArchiveError(f"`{path}` is compressed with zstd, which is not read here")
    if not data.startswith(COMPRESSED) and data[TAR_MAGIC_AT : TAR_MAGIC_AT + 5] != b"ustar":
        return None
    try:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            return _list(archive, path)
    except (tarfile.TarError, EOFError, OSError, zlib.error, LZMAError, ValueError):
        # A compressed file that holds no tar is copied as it is.
        return None


def _list(archive: tarfile.TarFile, path: str) -> list[tuple[str, Present]] | None:
    found: list[tuple[str, Present]] = []
    empty = True
    for member in archive:
        empty = False
        name = posixpath.normpath("/" + member.name).lstrip("/")
        if len(found) >= MAX_MEMBERS:
            raise ArchiveError(f"`{path}` holds more than {MAX_MEMBERS} files")
        entry = _entry(archive, member)
        if name and entry is not None:
            found.append((name, entry))
    # Without a first member, the builder does not take it for an archive.
    return None if empty else found


def _entry(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Present | None:
    mode = member.mode & 0o7777
    if member.isdir():
        return Present("d", mode=mode, uid=member.uid, gid=member.gid)
    if member.issym():
        return Present("l", target=member.linkname, mode=0o777, uid=member.uid, gid=member.gid)
    if not (member.isfile() or member.islnk()):
        return None
    return Present("f", content=_text(archive, member), mode=mode, uid=member.uid, gid=member.gid)


def _text(archive: tarfile.TarFile, member: tarfile.TarInfo) -> str | None:
    """The text of a Python file in the archive: what it imports matters as much as that of any other."""
    if not member.name.endswith(".py") or member.size > MAX_TEXT:
        return None
    try:
        stream = archive.extractfile(member)
        return stream.read().decode("utf-8-sig") if stream is not None else None
    except (KeyError, UnicodeDecodeError):
        return None
