"""What is in the image: paths, and the text of Python files that the host has not got."""

from __future__ import annotations

import csv
import hashlib
import os
import re
import stat

if False:  # only for type checkers
    from vartask.verify.probe.telling import Facts, Teller

DIGITS = 16
"""Hex digits of a SHA-256 by which the host names the files that it has."""
TEXT_BYTES = 1024 * 1024
ALL_TEXT_BYTES = 20 * 1024 * 1024
INFO = ".dist-info"


class Listing:
    """Tells every path below some directories once, until there are more than ``limit``."""

    def __init__(self, teller: Teller, limit: int, known: frozenset[str], room: int = ALL_TEXT_BYTES) -> None:
        self._teller = teller
        self._limit = limit
        self._known = known
        self._room = room
        self._seen: set[str] = set()
        self._whole = True

    def files(self, roots: list[str], texts: list[str]) -> bool:
        """Tell everything below ``roots``, and of what is below ``texts`` the text that the host does not know.

        Whether that was every path.
        """
        for root in roots:
            for directory, names, files in os.walk(root, onerror=self._unreadable):
                names[:] = sorted(name for name in names if os.path.join(directory, name) not in self._seen)
                if directory in self._seen:
                    continue
                self._seen.add(directory)
                if not self._directory(directory, sorted(names + files)):
                    return False
                if any(is_below(directory, text) for text in texts):
                    self._texts(directory, files)
        return self._whole

    def _unreadable(self, error: OSError) -> None:
        """A root that is not there is fine; what this user may not read, Lambda's may not either."""
        if not isinstance(error, FileNotFoundError):
            self._whole = False
            self._teller.tell("unread", path=error.filename, reason=error.strerror)

    def _directory(self, directory: str, names: list[str]) -> bool:
        entries = [look(os.path.join(directory, name)) for name in names]
        self._teller.tell("files", entries=[entry for entry in entries if entry is not None])
        self._limit -= len(entries)
        if self._limit < 0:
            self._teller.tell("more", path=directory)
        return self._limit >= 0

    def _texts(self, directory: str, files: list[str]) -> None:
        for name in sorted(files):
            if name.endswith(".py"):
                self._text(os.path.join(directory, name))

    def _text(self, path: str) -> None:
        data = content(path)
        if data is None or hashlib.sha256(data).hexdigest()[:DIGITS] in self._known or is_installed(path):
            return
        if len(data) > min(TEXT_BYTES, self._room):
            self._teller.tell("unsent", path=path)
            return
        self._room -= len(data)
        self._teller.tell("text", path=path, text=data.decode("latin-1"))


def is_below(path: str, root: str) -> bool:
    """Whether a path is a directory or in it."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def look(path: str) -> Facts | None:
    """One path with its kind, mode and owner; ``None`` when it cannot be looked at."""
    try:
        info = os.lstat(path)
        entry: Facts = {"path": path, "mode": stat.S_IMODE(info.st_mode), "uid": info.st_uid, "gid": info.st_gid}
        if stat.S_ISLNK(info.st_mode):
            entry.update(type="l", target=os.readlink(path))
        elif stat.S_ISDIR(info.st_mode):
            entry["type"] = "d"
        else:
            entry.update(type="f", size=info.st_size, sha256=digest(path) if path.endswith(".py") else None)
    except OSError:
        return None
    return entry


def content(path: str) -> bytes | None:
    """A regular file's bytes; ``None`` when it is none, or when this user may not read it."""
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):
            return None  # a pipe would wait for a writer for ever
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def digest(path: str) -> str | None:
    """SHA-256 of a file."""
    data = content(path)
    return None if data is None else hashlib.sha256(data).hexdigest()


_OWNED: dict[str, tuple[set[str], set[str]]] = {}
"""Directory -> what installed distributions have put there: paths that they recorded, and top-level names."""


def is_installed(path: str) -> bool:
    """Whether a distribution that is installed beside it, at whatever height, has put a file there."""
    directory, inside = os.path.split(path)
    while directory:
        if directory not in _OWNED:
            _OWNED[directory] = _owned(directory)
        paths, names = _OWNED[directory]
        if inside in paths or inside.split("/")[0] in names:
            return True
        directory, name = os.path.split(directory)
        if not name:
            return False
        inside = f"{name}/{inside}"
    return False


def _owned(directory: str) -> tuple[set[str], set[str]]:
    paths: set[str] = set()
    names: set[str] = set()
    try:
        infos = [name for name in os.listdir(directory) if name.endswith(INFO)]
    except OSError:
        return paths, names
    for info in infos:
        recorded = _recorded(os.path.join(directory, info))
        paths |= recorded
        if not recorded:
            # Whoever makes packages smaller leaves the records out.
            names |= _names(os.path.join(directory, info))
    return paths, names


def _recorded(info: str) -> set[str]:
    """Paths that a distribution lists as its own.

    Source: https://packaging.python.org/en/latest/specifications/recording-installed-packages/.
    """
    text = content(os.path.join(info, "RECORD")) or b""
    return {row[0] for row in csv.reader(text.decode("utf-8", "replace").splitlines()) if row}


def _names(info: str) -> set[str]:
    text = content(os.path.join(info, "top_level.txt")) or b""
    names = text.decode("utf-8", "replace").split()
    names = names or [re.sub(r"[-.]", "_", os.path.basename(info)[: -len(INFO)].split("-")[0])]
    return {*names, *(f"{name}.py" for name in names)}
