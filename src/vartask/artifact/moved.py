"""Where something lies after the directory that holds it became another one."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from vartask.artifact.filesystem import is_below, is_in
from vartask.model import UnknownRegion
from vartask.records import replace


def moved_path(path: str, source: str, target: str) -> str:
    """``path``, at or below ``source``, as seen after ``source`` became ``target``."""
    return posixpath.join(target, path[len(source) :].lstrip("/")) if path != source else target


def moved_regions(region: UnknownRegion, source: str, target: str) -> Iterator[UnknownRegion]:
    """The part of a region that lies in ``source``, after that became ``target``."""
    holes = frozenset(moved_path(hole, source, target) for hole in region.holes if is_below(hole, source))
    gone = frozenset(moved_path(one, source, target) for one in region.gone if is_below(one, source))
    # Somewhere else it is no longer the runtime's own directory.
    runtime = region.runtime and source == target
    if is_in(region.path, source):
        yield replace(region, path=moved_path(region.path, source, target), holes=holes, runtime=runtime, gone=gone)
    elif region.covers(source):
        inner = replace(region, names=None, rooted=False)  # inside what was installed the layout is another
        yield replace(inner, path=target, holes=holes, runtime=runtime, gone=gone)
