"""The only place that reads the user's files.

Everything is addressed by POSIX paths relative to the project's root, and nothing outside the root
is ever opened: a path that leaves it through ``..`` or through a symbolic link does not exist as far as
the analysis is concerned.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from functools import cached_property

from vartask.contents import MAX_BYTES, MEMBER, Contents, Unreadable
from vartask.discovery import Discovery
from vartask.entries import Stat
from vartask.seen import Lasting, Once, Word
from vartask.tracked import INDEX

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _T = TypeVar("_T")

__all__ = ["MAX_BYTES", "MEMBER", "STDIN", "Project", "Stat", "Unreadable"]

STDIN = "<stdin>"
"""The name of a file that is read from standard input: it stands in no directory."""


class Project(Contents):
    """The files of a project, read lazily and each at most once.

    ``root`` bounds everything; ``scopes`` are the directories or files to check, relative to it.
    ``exclude`` are additional gitignore-style patterns for discovery.
    """

    def __init__(
        self, root: str | os.PathLike[str], scopes: Sequence[str] = (".",), exclude: Sequence[str] = ()
    ) -> None:
        super().__init__(root)
        self.scopes = tuple(posixpath.normpath(scope) for scope in scopes)
        self.exclude = tuple(exclude)
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
