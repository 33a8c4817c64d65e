"""Whether a module that nothing in the repository defines is installed: what the lists of distributions bring.

A list is what the artifact's doubtful regions name (a requirements file, a lock file, a layer).  What a distribution
brings is known from its metadata; of one whose metadata was never read, only names tell, and they never prove that it
does not bring something.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import cached_property

from vartask.data.distributions import distribution, owners, split_extras, with_needs
from vartask.imports.distributions import for_type_checkers, likely_brings
from vartask.imports.scene import Scene
from vartask.imports.search import STDLIB_MARK
from vartask.model import Span, UnknownRegion
from vartask.model.distribution import ANY_DISTRIBUTION, normalise
from vartask.records import dataclass

_SHORT = 2
"""Words of two letters are in every other word."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A distribution that is installed brings the module."""


@dataclass(frozen=True, slots=True)
class NotInstalled:
    """Nothing that is installed brings the module.

    ``certain`` is false where only what is asked for is known, and not everything that comes with it, or where the list
    is complete and nobody knows what something on it brings that has nothing to do with the module.  ``asked`` is
    where the list stands, ``None`` when nothing is installed at all; ``owners`` are distributions that would bring it.
    """

    certain: bool
    asked: UnknownRegion | None
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Open:
    """It cannot be known; ``reason`` says why."""

    reason: str
    at: Span | None


Answer = Brought | NotInstalled | Open


class ThirdParty:
    """Answers for one function."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._known: dict[str, Answer] = {}

    def ask(self, name: str) -> Answer:
        """Whether something that is installed brings the dotted module."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._judge(name)
        return known

    def namespace(self, name: str) -> bool:
        """Whether the module is a namespace package (PEP 420) that installed distributions only add portions to."""
        rows = [distribution(split_extras(item)[0]) for item in self._everything(name)]
        modules = frozenset().union(*(row.modules for row in rows if row is not None))
        return any(module.startswith(f"{name}.") for module in modules) and not modules & set(_prefixes(name))

    def first_missing(self, name: str) -> str:
        """The part of a missing module's name that Python says it cannot find."""
        everything = self._everything(name)
        return next(part for part in [*_prefixes(name), name] if not any(brings(part, item) for item in everything))

    def _everything(self, name: str) -> frozenset[str]:
        return frozenset().union(*(self._whole(region) for region in self._regions(name.partition(".")[0])))

    def _judge(self, name: str) -> Answer:
        regions = self._regions(name.partition(".")[0])
        asked = frozenset().union(*(region.distributions or frozenset() for region in regions))
        if any(brings(name, item) for item in asked):
            return Brought()
        unlisted = next((region for region in regions if region.distributions is None), None)
        if unlisted is not None:
            return Open(unlisted.reason, unlisted.at)
        whole = self._everything(name)
        if any(brings(name, item) for item in whole):
            return Brought()
        return self._lacking(name, regions, whole)

    def _lacking(self, name: str, regions: list[UnknownRegion], whole: frozenset[str]) -> Answer:
        """Nothing is known to bring the module: who knows what everything brings may say that it is missing."""
        homes = owners(name)
        strange = sorted(filter(_unread, whole))
        listed = next((region for region in regions if region.distributions), None)
        complete = all(region.complete or not region.distributions for region in regions)
        if ANY_DISTRIBUTION in whole:
            region = next(region for region in regions if ANY_DISTRIBUTION in (region.distributions or ()))
            return Open(region.reason, region.at)
        if complete and homes and not any(_akin(item, name, homes) for item in strange):
            return NotInstalled(not strange, listed, tuple(sorted(homes)))
        if strange:
            region = next(region for region in regions if self._whole(region) & set(strange))
            shown = ", ".join(f"`{item}`" for item in strange[:3]) + (" and others" if strange[3:] else "")
            return Open(f"what {shown} brings is not known", region.at)
        return NotInstalled(complete, listed, tuple(sorted(homes)))

    def _whole(self, region: UnknownRegion) -> frozenset[str]:
        """What is in a region's list, and what that is known to need in turn."""
        names = region.distributions or frozenset()
        return names if region.complete else with_needs(names, self._scene.resolver.path.version)

    def _regions(self, top: str) -> list[UnknownRegion]:
        """The doubtful regions that a module of this name may be in; those of the runtime are told by its tables."""
        paths = [
            path
            for directory in self._directories
            for path in (f"{directory}/{top}.py", f"{directory}/{top}/__init__.py")
        ]
        return [
            region
            for region in self._added
            if ANY_DISTRIBUTION in (region.distributions or ())
            or any(region.covers(path) and _leads_to(region, path) for path in paths)
        ]

    @cached_property
    def _added(self) -> list[UnknownRegion]:
        return [region for region in self._scene.tree.regions if not region.runtime]

    @property
    def _directories(self) -> Iterable[str]:
        resolver = self._scene.resolver
        found = [item for item in (*resolver.path.directories, *resolver.added) if item != STDLIB_MARK]
        return [posixpath.normpath(item) for item in found]


def _leads_to(region: UnknownRegion, path: str) -> bool:
    """Whether the distributions of a region may bring the first directory on the way to ``path``.

    What is installed in ``/opt`` is not in ``/opt/python``: a layer without that directory cannot be imported from.
    """
    if not region.rooted or posixpath.dirname(path) == region.path:
        return True
    first, _, rest = path[len(region.path.rstrip("/")) + 1 :].partition("/")
    if rest in {"__init__.py", ""}:
        return True
    listed = region.distributions or frozenset()
    return any(_unread(item) or brings(first, item) for item in listed)


def brings(name: str, written: str) -> bool:
    """Whether a distribution (normalised, extras in brackets) brings a dotted module, as far as is known."""
    item = split_extras(written)[0]
    top = name.partition(".")[0]
    row = distribution(item)
    if row is None:
        return item in owners(name) or likely_brings(top, item)
    if normalise(top) == item:
        return True  # whatever the versions that were read brought
    return bool(row.modules & set(_prefixes(name))) or any(module.startswith(f"{name}.") for module in row.modules)


def _unread(written: str) -> bool:
    """Whether nobody knows what a distribution brings."""
    name = split_extras(written)[0]
    return distribution(name) is None and not for_type_checkers(name)


def _akin(written: str, name: str, homes: Iterable[str]) -> bool:
    """Whether a distribution's name has to do with a module or with those that are known to bring it: forks do."""
    words = set(split_extras(written)[0].split("-"))
    others = {word for item in (normalise(name.partition(".")[0]), *homes) for word in item.split("-")}
    return any(one in other or other in one for one in words for other in others if min(len(one), len(other)) > _SHORT)


def _prefixes(name: str) -> list[str]:
    """``a.b.c`` -> ``a``, ``a.b``, ``a.b.c``."""
    parts = name.split(".")
    return [".".join(parts[: depth + 1]) for depth in range(len(parts))]
