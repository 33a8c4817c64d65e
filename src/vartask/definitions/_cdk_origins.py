"""Which directory of the repository an asset was made from.

An assembly does not say: ``asset.<hash>`` is a copy, whole or bundled.  Files with the same relative path and the same
contents tell.
"""

from __future__ import annotations

import posixpath
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from vartask.artifact.same import same_contents
from vartask.project import Project
from vartask.records import dataclass, field

_MOST_ASKED: Final = 200
"""Files of one asset that are compared: a bundled one may hold thousands that pip has put there."""

_MOST_LISTED: Final = 20_000
_INSTALLED: Final = (".dist-info", ".egg-info", "__pycache__", "node_modules", ".git")


@dataclass
class Origins:
    """Answers for the assets of one project, each once."""

    project: Project
    _known: dict[str, str | None] = field(default_factory=dict)

    def of(self, asset: str) -> str | None:
        """The directory that most of an asset's files come from; ``None`` when none of them stands elsewhere."""
        if asset not in self._known:
            self._known[asset] = self._find(asset)
        return self._known[asset]

    def changed(self, asset: str, origin: str) -> str | None:
        """The first file of a plain copy whose original is there and has other contents by now."""
        for path in self.files(asset):
            original = posixpath.normpath(posixpath.join(origin, path))
            if self.project.is_file(original) and not same_contents(self.project, f"{asset}/{path}", original):
                return original
        return None

    def files(self, asset: str) -> Iterator[str]:
        """The files of an asset, relative to it."""
        pending, listed = [asset], 0
        while pending and listed < _MOST_LISTED:
            here = pending.pop(0)
            for name, entry in self.project.listdir(here).items():
                path = f"{here}/{name}"
                if entry.kind == "d" and not name.endswith(_INSTALLED):
                    pending.append(path)
                elif entry.kind == "f":
                    listed += 1
                    yield path[len(asset) + 1 :]

    def _find(self, asset: str) -> str | None:
        votes: Counter[str] = Counter()
        asked = 0
        for path in self.files(asset):
            info = self.project.lstat(f"{asset}/{path}")
            candidates = self._by_name.get(posixpath.basename(path), ()) if info is not None and info.size else ()
            roots = [_root(one, path) for one in candidates]
            for candidate, root in zip(candidates, roots, strict=True):
                if root is not None and same_contents(self.project, f"{asset}/{path}", candidate):
                    votes[root] += 1
            asked += bool(candidates)
            if asked >= _MOST_ASKED:
                break
        if not votes:
            return None
        best = max(votes.values())
        return min((root for root, count in votes.items() if count == best), key=lambda root: (root.count("/"), root))

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for path in self.project.files:
            found[posixpath.basename(path)].append(path)
        return found


def _root(path: str, relative: str) -> str | None:
    """The directory below which ``path`` is ``relative``."""
    if path == relative:
        return "."
    return path[: -len(relative) - 1] if path.endswith("/" + relative) else None
