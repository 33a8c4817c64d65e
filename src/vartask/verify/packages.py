"""A built zip package, or the directory that a tool would zip, as the tar archive that an engine unpacks into an image.

Nothing is unpacked on this machine: whatever names, links and modes an archive has, they only come to be in the image.
An engine's ``ADD`` unpacks a local tar archive with its modes and links
(https://docs.docker.com/reference/dockerfile/#adding-local-tar-archives).
"""

from __future__ import annotations

import os
import posixpath
import stat
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

from vartask.records import dataclass, field

_READABLE = 0o444
_DIRECTORY = 0o755
_FILE = 0o644
"""Of members without permission bits, which tools on Windows write."""


class BadPackage(Exception):
    """The package cannot be read; one line with its path says why."""


@dataclass(frozen=True, slots=True)
class Package:
    """What becomes ``/var/task`` or goes into ``/opt``.

    ``path`` is a ``.zip``, a directory or a single file.  ``readable`` says that the tool which zips the directory
    makes every file readable for all, as ``sam package`` does (``make_zip_with_lambda_permissions`` of aws-sam-cli
    1.170). ``texts`` are the names
    and contents of its files where they do not stand on disk; ``path`` is then only a name.
    """

    path: Path
    readable: bool = False
    texts: tuple[tuple[str, str], ...] = ()


def pack(package: Package, into: Path) -> bool:
    """Write the tar archive of a package; whether it has any member.  Raises :class:`BadPackage`."""
    try:
        with tarfile.open(into, "w", format=tarfile.GNU_FORMAT, errors="surrogateescape") as archive:
            writer = _Writer(archive)
            for name, text in package.texts:
                data = text.encode("utf-8", "surrogateescape")
                writer.add(name, tarfile.REGTYPE, _FILE, 0, (len(data), BytesIO(data)))
            if package.texts:
                return True
            if package.path.is_dir():
                _directory(package, writer)
            elif package.path.suffix.lower() == ".zip" or zipfile.is_zipfile(package.path):
                _archive(package.path, writer)
            else:
                _file(package, package.path, package.path.name, writer)
            return bool(writer.members)
    except OSError as error:
        raise BadPackage(f"{error.filename or package.path}: {error.strerror or error}") from error


@dataclass
class _Writer:
    """Adds members, each with the directories above it."""

    archive: tarfile.TarFile
    members: set[str] = field(default_factory=set)

    def add(self, name: str, kind: bytes, mode: int, when: float, content: tuple[int, IO[bytes]] | None = None) -> None:
        """Add one member; of the same name, the last stays."""
        above = posixpath.dirname(name)
        if above and above not in self.members:
            self.add(above, tarfile.DIRTYPE, _DIRECTORY, when)
        member = _member(name, kind, mode, when)
        self.members.add(name)
        if content is None:
            self.archive.addfile(member)
        else:
            member.size, stream = content
            self.archive.addfile(member, stream)

    def link(self, name: str, target: str, when: float) -> None:
        """Add a symbolic link."""
        above = posixpath.dirname(name)
        if above and above not in self.members:
            self.add(above, tarfile.DIRTYPE, _DIRECTORY, when)
        member = _member(name, tarfile.SYMTYPE, 0o777, when)
        member.linkname = target
        self.members.add(name)
        self.archive.addfile(member)


def _member(name: str, kind: bytes, mode: int, when: float) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = kind, mode, int(when)
    return member


# -- directories -----------------------------------------------------------------------------------------


def _directory(package: Package, writer: _Writer) -> None:
    """Files only, links followed: so it is zipped by every tool that deploys a directory.

    ``os.walk(followlinks=True)`` in ``make_zip_with_permissions`` of aws-sam-cli and in ``make_zip`` of aws-cli,
    ``glob('**', {nodir: true, follow: true})`` in ``zipDirectory`` of cdk-assets, and ``archive_file`` of Terraform
    (``zip_archiver.go``).
    """
    for path, name in _files(package.path):
        if path.is_file():
            _file(package, path, name, writer)
        elif path.is_symlink():
            writer.link(name, os.readlink(path), path.lstat().st_mtime)


def _files(top: Path) -> Iterator[tuple[Path, str]]:
    pending: list[tuple[Path, str, frozenset[str]]] = [(top, "", frozenset())]
    while pending:
        directory, prefix, above = pending.pop()
        real = os.path.realpath(directory)
        if real in above:
            raise BadPackage(f"{directory}: a symbolic link to a directory that contains it")
        with os.scandir(directory) as scan:
            entries = sorted(scan, key=lambda entry: entry.name)
        for entry in entries:
            if entry.is_dir():
                pending.append((Path(entry.path), f"{prefix}{entry.name}/", above | {real}))
            else:
                yield Path(entry.path), f"{prefix}{entry.name}"


def _file(package: Package, path: Path, name: str, writer: _Writer) -> None:
    with path.open("rb") as stream:
        facts = os.fstat(stream.fileno())
        mode = stat.S_IMODE(facts.st_mode) & 0o777 | (_READABLE if package.readable else 0)
        writer.add(name, tarfile.REGTYPE, mode, facts.st_mtime, (facts.st_size, stream))


# -- archives --------------------------------------------------------------------------------------------


def _archive(path: Path, writer: _Writer) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                _unzip(archive, member, writer)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BadPackage(f"{path} cannot be read as a zip archive: {error}") from error


def _unzip(archive: zipfile.ZipFile, member: zipfile.ZipInfo, writer: _Writer) -> None:
    """Lambda keeps the permission bits of an archive.

    A file in it that others may not read is a function's "permission denied"
    (https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html).
    """
    name = _inside(member.filename)
    if name == ".":
        return
    bits = member.external_attr >> 16
    mode = stat.S_IMODE(bits) & 0o777
    when = _time(member)
    if member.is_dir():
        if name not in writer.members:
            writer.add(name, tarfile.DIRTYPE, mode or _DIRECTORY, when)
    elif stat.S_ISLNK(bits):
        writer.link(name, archive.read(member).decode("utf-8", "surrogateescape"), when)
    else:
        with archive.open(member) as stream:
            # Read whole: what an archive says of a size is not always so, and a tar archive has to be told it first.
            content = stream.read()
        writer.add(name, tarfile.REGTYPE, mode or _FILE, when, (len(content), BytesIO(content)))


def _inside(name: str) -> str:
    place = posixpath.normpath(name)
    if place.startswith(("/", "../")) or place == "..":
        raise ValueError(f"it holds {name!r}, a path that leads out of it")
    return place


def _time(member: zipfile.ZipInfo) -> float:
    """Archives have local times without a zone; Lambda's clock is UTC."""
    import calendar

    try:
        return float(calendar.timegm((*member.date_time, 0, 0, 0)))
    except ValueError:
        return time.time()


def newest(paths: Iterable[Path]) -> float | None:
    """When the last of some paths was written; ``None`` where none is there."""
    return max((path.stat().st_mtime for path in paths if path.exists()), default=None)
