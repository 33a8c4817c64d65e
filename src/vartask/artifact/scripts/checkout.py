"""A virtual working copy: the repository as a fresh checkout has it, before a script runs in it."""

from __future__ import annotations

import posixpath
import re
from functools import cached_property, lru_cache

from vartask.artifact.filesystem import DIRECTORY, FileSystem
from vartask.artifact.generated import generated
from vartask.artifact.scripts.steps import MOUNT
from vartask.discovery import ALWAYS_SKIPPED
from vartask.model import Present, UnknownRegion
from vartask.project import Project
from vartask.records import dataclass, field

MAX_FILES = 5_000
"""A larger repository is followed only below the top directory of the script."""


@dataclass
class Checkout:
    """Working copies of one project."""

    project: Project
    _copies: dict[str, FileSystem] = field(default_factory=dict)
    _perhaps: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def copy(self, path: str, text: str) -> FileSystem:
        """A working copy for the script at ``path``, whose commands are ``text``.

        What git ignores is made by somebody: by the script itself where it speaks of it, else by who knows whom.
        """
        top = "."
        if len(self.project.files) > MAX_FILES and "/" in path and not path.startswith("."):
            top = path.partition("/")[0]
        copy = self._loaded(top).copy()
        words = set(re.findall(r"[\w.-]+", text))
        for place, reason in self._perhaps[top]:
            if not words.intersection(place.removeprefix(MOUNT).rpartition("/")[2:]):
                copy.doubt(UnknownRegion(place, reason))
        return copy

    def _loaded(self, top: str) -> FileSystem:
        if top not in self._copies:
            self._copies[top] = self._load(top)
        return self._copies[top]

    @cached_property
    def _tracked(self) -> tuple[frozenset[str], frozenset[str]]:
        """The files that git may have, and the directories that hold some."""
        tracked = frozenset(self.project.files)
        return tracked, frozenset(parent for path in tracked for parent in _parents(path))

    def _load(self, top: str) -> FileSystem:
        files = FileSystem()
        perhaps = self._perhaps.setdefault(top, [])
        for directory in ("/tmp", MOUNT):  # noqa: S108 -- every machine has it
            files.put(directory, DIRECTORY)
        holes = frozenset({"/tmp", MOUNT})  # noqa: S108
        files.doubt(UnknownRegion("/", "outside of the repository", holes=holes))
        if top != ".":
            own = posixpath.join(MOUNT, top)
            files.doubt(UnknownRegion(MOUNT, "another part of a large repository", holes=frozenset({own})))
            files.put(own, DIRECTORY)
        tracked, holding = self._tracked
        pending = [top]
        while pending:
            directory = pending.pop()
            listing = self.project.listdir(directory)
            if ".gitignore" in listing:
                perhaps += [
                    (posixpath.join(MOUNT, made), f"git ignores `{made}`, so a step before may make it")
                    for made in generated(self.project, directory)
                ]
            for name, info in listing.items():
                path = name if directory == "." else f"{directory}/{name}"
                place = posixpath.join(MOUNT, path)
                if info.kind == "d" and name in ALWAYS_SKIPPED:
                    files.doubt(UnknownRegion(place, f"`{path}` is not looked into"))
                elif not (path in tracked or path in holding or info.kind == "l") and self._left_out(path, info.kind):
                    perhaps.append((place, f"git ignores `{path}`, so it may be there or not"))
                elif info.kind == "l":
                    files.put(place, Present("l", path, target=self.project.readlink(path) or "", mode=0o777))
                elif info.kind == "d":
                    files.put(place, Present("d", mode=0o755))
                    pending.append(path)
                else:
                    files.put(place, Present("f", path, mode=info.mode))
        return files

    def _left_out(self, path: str, kind: str) -> bool:
        environment = kind == "d" and "pyvenv.cfg" in self.project.listdir(path)
        return environment or self.project.git_ignores(path, kind == "d")


@lru_cache(maxsize=100_000)
def _parents(path: str) -> tuple[str, ...]:
    parent = posixpath.dirname(path)
    return (*_parents(parent), parent) if parent else ()


def project_path(path: str | None) -> str | None:
    """The project's path of a place in the working copy; ``None`` outside of it."""
    if path is None:
        return None
    if path == MOUNT:
        return "."
    return path[len(MOUNT) + 1 :] if path.startswith(f"{MOUNT}/") else None
