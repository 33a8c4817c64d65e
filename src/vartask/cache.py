"""One file per project in the user's cache directory: results of earlier runs, and what each of them depends on.

The file is replaced whole (``os.replace``), so that a reader sees an old one or a new one and never a mix; of two runs
at the same time the last one's stays.  What cannot be read is as good as not there.  Nothing of it is trusted that
another vartask or another Python wrote.
"""

from __future__ import annotations

import marshal
import os
import sys

from vartask import __version__

# Not typing's: a result that is remembered is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, BinaryIO

_MAGIC = b"vartask results 2\n"
_SUFFIX = ".results"
_DIGEST = 16
_ENTRIES = 6
"""Results that are kept for one project: other paths, settings or options have results of their own."""

_PROJECTS = 200
"""Files that are kept in the directory; those that nobody used for longest go first."""

_MAX_BYTES = 64 * 1024 * 1024

_LENGTH = 8

Place = tuple[int, int, bytes]
"""Where a part is in the file: offset, length, checksum."""


def default_directory() -> str | None:
    """Where caches belong on this system; ``None`` where there is no such place.

    Sources: XDG Base Directory Specification, "Standard Directories" of Apple's File System Programming Guide,
    ``FOLDERID_LocalAppData`` of Windows.
    """
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):
        home = os.path.expanduser("~")
        if sys.platform == "win32":
            base = os.environ.get("LOCALAPPDATA", os.path.join(home, "AppData", "Local"))
        else:
            base = os.path.join(home, "Library", "Caches") if sys.platform == "darwin" else os.path.join(home, ".cache")
    return os.path.join(base, "vartask") if os.path.isabs(base) else None


def edition() -> str:
    """This vartask on this Python: what tells its files from those of another one.

    A CI installs the same version anew each time, and its results are good all the same: the hashes that the installer
    has recorded count (https://packaging.python.org/en/latest/specifications/recording-installed-packages/).
    """
    here = os.path.dirname(os.path.abspath(__file__))
    record = os.path.join(os.path.dirname(here), f"vartask-{__version__}.dist-info", "RECORD")
    files = _recorded(record) or _state(here)
    return f"{__version__} {files} {sys.version} {sys.flags.optimize}"


def _recorded(record: str) -> str | None:
    """The hashes of an installed vartask's files; ``None`` where no installer has recorded them."""
    try:
        with open(record, "rb") as stream:
            lines = [line for line in stream if line.startswith(b"vartask/") and b",sha256=" in line]
    except OSError:
        return None
    return _checksum(b"".join(sorted(lines))).hex() if lines else None


def _state(directory: str) -> str:
    """Times and sizes of the files of an editable install, which change without a version.  Raises ``OSError``."""
    newest = size = 0
    pending = [directory]
    while pending:
        with os.scandir(pending.pop()) as scan:
            for entry in scan:
                if entry.name.endswith((".py", ".txt")):
                    info = entry.stat()
                    newest, size = max(newest, info.st_mtime_ns), size + info.st_size
                elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                    pending.append(entry.path)
    return f"{newest} {size}"


class Cache:
    """The results of one project."""

    def __init__(self, directory: str, root: str) -> None:
        from _blake2 import blake2b

        self._directory = directory
        name = blake2b(os.fsencode(root), digest_size=_DIGEST).hexdigest()
        self._path = os.path.join(directory, name + _SUFFIX)
        self._edition = edition()

    def get(self, key: str, part: str) -> Any:
        """A part of the entry of a key, plain values; ``None`` where there is none."""
        try:
            with open(self._path, "rb") as stream:
                places = self._places(stream)
                place = places.get(key, {}).get(part)
                data = None if place is None else _checked(stream, place)
        except (OSError, ValueError, EOFError, TypeError):
            return None
        return None if data is None else marshal.loads(data)  # noqa: S302 - the checksum is that of what was written

    def put(self, key: str, parts: dict[str, Any]) -> None:
        """Keep an entry; where that cannot be done, the next run is slow again and nothing else happens."""
        try:
            entries = self._entries()
            entries.pop(key, None)
            made = {part: marshal.dumps(value) for part, value in parts.items()}
            kept = dict([*entries.items(), (key, made)][-_ENTRIES:])
            while len(kept) > 1 and _size(kept) > _MAX_BYTES:
                del kept[next(iter(kept))]
            if _size(kept) <= _MAX_BYTES:
                self._write(kept)
        except (OSError, ValueError):
            return

    def _entries(self) -> dict[str, dict[str, bytes]]:
        """Every entry that is there and whole, its parts as they are in the file."""
        found: dict[str, dict[str, bytes]] = {}
        try:
            with open(self._path, "rb") as stream:
                for key, places in self._places(stream).items():
                    parts = {part: _checked(stream, place) for part, place in places.items()}
                    found[key] = {part: data for part, data in parts.items() if data is not None}
        except (OSError, ValueError, EOFError, TypeError):
            return found
        return found

    def _places(self, stream: BinaryIO) -> dict[str, dict[str, Place]]:
        """The table of contents.  Raises ``ValueError`` for another file, and what ``marshal`` raises."""
        head = stream.read(len(_MAGIC) + _LENGTH + _DIGEST)
        length = int.from_bytes(head[len(_MAGIC) :][:_LENGTH], "little")
        if not head.startswith(_MAGIC) or length > _MAX_BYTES:
            raise ValueError("not a file of results")
        contents = stream.read(length)
        if head[-_DIGEST:] != _checksum(contents):
            raise ValueError("a damaged file of results")
        edition_of_it, places = marshal.loads(contents)  # noqa: S302 - the checksum is that of what was written
        if edition_of_it != self._edition:
            return {}
        first = len(head) + length
        return {
            key: {part: (first + offset, size, digest) for part, (offset, size, digest) in parts.items()}
            for key, parts in places.items()
        }

    def _write(self, entries: dict[str, dict[str, bytes]]) -> None:
        os.makedirs(self._directory, mode=0o700, exist_ok=True)
        places: dict[str, dict[str, Place]] = {}
        offset = 0
        for key, parts in entries.items():
            places[key] = {}
            for part, data in parts.items():
                places[key][part] = (offset, len(data), _checksum(data))
                offset += len(data)
        contents = marshal.dumps((self._edition, places))
        head = _MAGIC + len(contents).to_bytes(_LENGTH, "little") + _checksum(contents)
        temporary = f"{self._path}.{os.getpid()}.new"
        try:
            with open(temporary, "wb", opener=_private) as stream:
                stream.write(head + contents)
                for parts in entries.values():
                    stream.writelines(parts.values())
            os.replace(temporary, self._path)
        except OSError:
            if os.path.exists(temporary):
                os.remove(temporary)
            raise
        _shrink(self._directory, _PROJECTS)


def _size(entries: dict[str, dict[str, bytes]]) -> int:
    return sum(len(data) for parts in entries.values() for data in parts.values())


def _checked(stream: BinaryIO, place: Place) -> bytes | None:
    """The bytes of a part, if they are what was written."""
    offset, size, digest = place
    if size > _MAX_BYTES:
        return None
    stream.seek(offset)
    data = stream.read(size)
    return data if _checksum(data) == digest else None


def of_project(root: str, directory: str | None = None) -> Cache | None:
    """The results of a project, in the user's cache directory (``VARTASK_NO_CACHE`` forbids it) or one that is named.

    ``None`` where none are to be kept.
    """
    if directory is None:
        directory = None if os.environ.get("VARTASK_NO_CACHE") else default_directory()
    try:
        return Cache(directory, root) if directory is not None else None
    except OSError:
        # Files of vartask that stand in no directory (a zip archive) cannot be told from those of another one.
        return None


def clean(directory: str) -> int:
    """Remove what vartask has put into a directory; how many files that were."""
    return _shrink(directory, 0)


def _shrink(directory: str, most: int) -> int:
    try:
        names = [name for name in os.listdir(directory) if name.endswith((_SUFFIX, ".new")) and _is_ours(name)]
        paths = sorted((os.path.join(directory, name) for name in names), key=os.path.getmtime)
    except OSError:
        return 0
    return sum(map(_removed, paths[: max(0, len(paths) - most)]))


def _removed(path: str) -> bool:
    try:
        os.remove(path)
    except OSError:
        # Another run was quicker.
        return False
    return True


def _is_ours(name: str) -> bool:
    stem = name.partition(".")[0]
    return len(stem) == 2 * _DIGEST and _SUFFIX in name and all(letter in "0123456789abcdef" for letter in stem)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _checksum(data: bytes) -> bytes:
    from _blake2 import blake2b

    return blake2b(data, digest_size=_DIGEST).digest()
