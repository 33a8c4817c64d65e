"""Which paths git ignores, and which the user leaves out."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


class Ignores:
    """``read`` gives the text of a directory's ``.gitignore``, ``exclude`` are further patterns, from the root."""

    def __init__(self, read: Callable[[str], str | None], exclude: Sequence[str]) -> None:
        self._read = read
        self._exclude = exclude
        self._known: dict[str, tuple[tuple[int, GitIgnoreSpec], ...]] = {}

    def out(self, path: str, is_dir: bool) -> bool:
        """Whether a path is left out, by the user or by git."""
        if self._exclude and self._excluded.match_file(path + "/" if is_dir else path):
            return True
        return self.by_git(path, is_dir)

    def by_git(self, path: str, is_dir: bool) -> bool:
        """gitignore(5): the deepest ignore file with an opinion decides, its last matching line wins."""
        for start, spec in self._specs(posixpath.dirname(path) or "."):
            verdict = spec.check_file(path[start:] + ("/" if is_dir else "")).include
            if verdict is not None:
                return verdict
        return False

    def _specs(self, directory: str) -> tuple[tuple[int, GitIgnoreSpec], ...]:
        """The ignore files of a directory and of those above it, the deepest first.

        Each with where the path that it judges starts in a path from the root.
        """
        known = self._known.get(directory)
        if known is None:
            above = () if directory == "." else self._specs(posixpath.dirname(directory) or ".")
            own = self._spec(directory)
            start = 0 if directory == "." else len(directory) + 1
            known = self._known[directory] = above if own is None else ((start, own), *above)
        return known

    def _spec(self, directory: str) -> GitIgnoreSpec | None:
        text = self._read(directory)
        if text is None:
            return None
        # Imported here: most projects that are checked file by file have no ignore file, and it costs 30 ms.
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(text.splitlines())

    @cached_property
    def _excluded(self) -> GitIgnoreSpec:
        from pathspec import GitIgnoreSpec

        return GitIgnoreSpec.from_lines(self._exclude)
