"""Which paths git ignores, and which the user leaves out."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from functools import cached_property

from vartask.gitignore import IgnoreFile

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Ignores:
    """``read`` gives the text of a directory's ``.gitignore``, ``exclude`` are further patterns, from the root."""

    def __init__(self, read: Callable[[str], str | None], exclude: Sequence[str]) -> None:
        self._read = read
        self._exclude = exclude
        self._known: dict[str, tuple[tuple[int, IgnoreFile], ...]] = {}
        self._ignored: dict[str, bool] = {}

    def excluded(self, path: str, is_dir: bool) -> bool:
        """Whether the user leaves a path out."""
        return bool(self._exclude) and self._patterns.match_file(path + "/" if is_dir else path)

    def by_git(self, path: str, is_dir: bool) -> bool:
        """gitignore(5): the deepest ignore file with an opinion decides, its last matching line wins.

        What lies in an ignored directory is ignored, whatever is said of it.
        """
        directory = posixpath.dirname(path)
        if directory and self._directory_by_git(directory):
            return True
        for start, lines in self._files(directory or "."):
            verdict = lines.verdict(path[start:], is_dir=is_dir)
            if verdict is not None:
                return verdict
        return False

    def _directory_by_git(self, directory: str) -> bool:
        known = self._ignored.get(directory)
        if known is None:
            known = self._ignored[directory] = self.by_git(directory, is_dir=True)
        return known

    def _files(self, directory: str) -> tuple[tuple[int, IgnoreFile], ...]:
        """The ignore files of a directory and of those above it, the deepest first.

        Each with where the path that it judges starts in a path from the root.
        """
        known = self._known.get(directory)
        if known is None:
            above = () if directory == "." else self._files(posixpath.dirname(directory) or ".")
            text = self._read(directory)
            start = 0 if directory == "." else len(directory) + 1
            known = self._known[directory] = above if text is None else ((start, IgnoreFile(text)), *above)
        return known

    @cached_property
    def _patterns(self) -> GitIgnoreSpec:
        # Imported here: few exclude anything, and it takes longer than the listing.
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self._exclude)
