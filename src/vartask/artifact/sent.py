"""What of a build context BuildKit gets: its client sends only what some source of the needed stages names.

A pattern that matches nothing in a directory is fine as long as the directory itself is there, and it is there only
when another source brought it along.  Files that an ignore file leaves out are never sent.
"""

from __future__ import annotations

from collections.abc import Iterable

from vartask.artifact.context import ContextTree
from vartask.artifact.filesystem import is_in, resolve
from vartask.artifact.gomatch import BadPattern, has_wildcards
from vartask.artifact.matching import matching, split_pattern
from vartask.model import Absent


class Sent:
    """The part of a context that ``sources`` name, as paths below it; ``None`` is a source that nobody knows."""

    def __init__(self, tree: ContextTree, sources: Iterable[str | None]) -> None:
        self.tree = tree
        self.sources = tuple(dict.fromkeys(sources))

    def has(self, directory: str) -> bool | None:
        """Whether the builder gets a directory of the context; ``None`` when that cannot be told."""
        answers = {self._brings(source, directory) for source in self.sources}
        return True if True in answers else None if None in answers else False

    def _brings(self, source: str | None, directory: str) -> bool | None:
        if source is None or "**" in source:
            return None
        path = "/" + source if source != "." else "/"
        if not has_wildcards(path):
            found = [path] if not isinstance(self.tree.get(resolve(self.tree, path) or path), Absent) else []
        else:
            base, rest = split_pattern(path)
            try:
                found = list(matching(self.tree, resolve(self.tree, base) or base, rest))
            except BadPattern:
                return None
        return any(is_in(directory, one) or is_in(one, directory) for one in found)
