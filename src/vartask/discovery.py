"""Which files belong to a project: not those that git ignores, that are left out, or that tools have made.

What git tracks belongs to it, whatever the ignore files say.
"""

from __future__ import annotations

import posixpath
from functools import cached_property

from vartask.ignores import Ignores
from vartask.seen import Once
from vartask.timing import stage
from vartask.tracked import Tracked

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any, Protocol

    from vartask.seen import Questions, Word

    class Entry(Protocol):
        """One entry of a directory: a file, a directory or a link (``f``, ``d``, ``l``)."""

        @property
        def kind(self) -> str:
            """What it is, the link itself for a symbolic link."""

    class Directories(Protocol):
        """What is asked of a project."""

        @property
        def scopes(self) -> Sequence[str]:
            """The directories or files to check."""

        @property
        def exclude(self) -> Sequence[str]:
            """Patterns of what is left out."""

        @property
        def questions(self) -> Questions:
            """Who asks."""

        def lasting(self, name: str, make: Callable[[Any], tuple[str, ...]]) -> tuple[str, ...]:
            """A value that is kept for the next run."""

        def listdir(self, directory: str) -> Mapping[str, Entry]:
            """The entries of a directory."""

        def is_file(self, path: str) -> bool:
            """Whether a path is a file, links followed."""

        def is_dir(self, path: str) -> bool:
            """Whether a path is a directory, links followed."""


ASSEMBLY_MANIFEST = "manifest.json"
"""The file of a cloud assembly that says what is in it."""

ALWAYS_SKIPPED = frozenset({".git", ".hg", ".svn", "__pycache__", "node_modules", ".tox", ".nox", ".mypy_cache"})
"""Directories that never declare a function, whatever the ignore files say."""


class Discovery:
    """The files of one project.

    ``ignore_file`` gives the text of a directory's ``.gitignore``, ``in_index`` tells whether git's index has a word.
    """

    def __init__(
        self, project: Directories, ignore_file: Callable[[str], str | None], in_index: Callable[[Word], bool]
    ) -> None:
        self._project = project
        self._ignore_file = ignore_file
        self._asked = Once(project.questions)
        self._tracked = Tracked(project.questions, in_index)

    @property
    def files(self) -> tuple[str, ...]:
        """Every file below the scopes that is not left out, sorted."""
        return self._project.lasting("files: of the project", lambda _: self._discovered())

    @stage("files: listing")
    def _discovered(self) -> tuple[str, ...]:
        project = self._project
        found: dict[str, None] = {}
        for scope in project.scopes:
            if project.is_file(scope):
                found[scope] = None
            elif project.is_dir(scope) and not is_assembly(project.listdir(scope)):
                found.update(dict.fromkeys(self._walk(scope)))
        return tuple(sorted(found))

    def _walk(self, directory: str) -> Iterator[str]:
        listdir, out = self._project.listdir, self._left_out
        pending = [directory]
        while pending:
            here = pending.pop()
            self._ask_ignore_files(here)
            for name, entry in listdir(here).items():
                path = name if here == "." else f"{here}/{name}"
                if entry.kind == "d":
                    if name not in ALWAYS_SKIPPED and not out(path, True) and not _is_made(listdir(path)):
                        pending.append(path)
                elif not out(path, False) and (entry.kind == "f" or self._project.is_file(path)):
                    yield path

    def _left_out(self, path: str, is_dir: bool) -> bool:
        by_git = self._ignores.by_git(path, is_dir) and not self._tracked.has(path, is_dir)
        return by_git or self._ignores.excluded(path, is_dir)

    # -- what git ignores -------------------------------------------------------------------------

    def ignored(self, path: str) -> bool:
        """Whether git would ignore the path (itself or a parent), whether or not it exists."""
        parts = path.split("/")
        return any(
            self.git_ignores("/".join(parts[:depth]), depth < len(parts)) for depth in range(1, len(parts) + 1)
        ) or self.git_ignores(path, True)

    def git_ignores(self, path: str, is_dir: bool) -> bool:
        """gitignore(5): the deepest ignore file with an opinion decides, its last matching line wins."""
        self._ask_ignore_files(posixpath.dirname(path) or ".")
        ignored = self._ignores.by_git(path, is_dir)
        return ignored and not self._tracked.has(path, False) and not self._tracked.has(path, True)

    def _ask_ignore_files(self, directory: str) -> None:
        """What is said of paths in a directory depends on its ignore file and on those above it."""

        def ask() -> None:
            self._ignore_file(directory)
            if directory not in {".", "/"}:
                self._ask_ignore_files(posixpath.dirname(directory) or ".")

        self._asked.get(directory, ask)

    @cached_property
    def _ignores(self) -> Ignores:
        return Ignores(self._ignore_file, self._project.exclude)


def _is_made(entries: Mapping[str, Entry]) -> bool:
    return _is_virtualenv(entries) or is_assembly(entries)


def is_assembly(entries: Mapping[str, Entry]) -> bool:
    """Whether a directory is a cloud assembly: what ``cdk synth`` writes, with a file ``cdk.out`` that has its version.

    It holds copies of the project's files, so it is looked for by name and never walked through
    (``CloudAssemblyBuilder`` of https://github.com/aws/aws-cdk, ``writeJson('cdk.out', {version})``).
    """
    marker = entries.get("cdk.out")
    return marker is not None and marker.kind == "f" and ASSEMBLY_MANIFEST in entries


def _is_virtualenv(entries: Mapping[str, Entry]) -> bool:
    """PEP 405: a virtual environment is the directory that holds ``pyvenv.cfg``."""
    return "pyvenv.cfg" in entries
