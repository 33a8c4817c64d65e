"""What distributions on PyPI bring and need: the modules of each, and the distributions that it requires in turn.

The table ``distributions.txt`` beside this file is made by scripts/refresh_distributions.py from the metadata of the
distributions themselves (``RECORD``, ``METADATA``), read in November 2026; each line tells the versions that were read.
It is loaded when the first question is asked.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from vartask.data import table
from vartask.data.import_names import IMPORTED_AS
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution.

    ``modules`` are dotted: ``google.cloud.storage`` where ``google`` and ``google.cloud`` are namespace packages, which
    others share.  ``needs`` are what it requires as the table writes it: a normalised name, extras in brackets behind
    it, then ``@`` and the minor versions of Python that need it where not all do, and before it the extra, with a
    colon, that alone requires it.  ``versions`` are those whose metadata was read.
    """

    name: str
    versions: tuple[str, ...]
    modules: frozenset[str]
    needs: tuple[str, ...] = ()

    def requires(self, extras: frozenset[str] = frozenset(), python: str | None = None) -> frozenset[str]:
        """What an installation with these extras brings along, on Python ``3.X`` or any."""
        found: set[str] = set()
        for item in self.needs:
            extra, _, wanted = item.rpartition(":")
            name, _, minors = wanted.partition("@")
            if (not extra or extra in extras) and (not minors or python is None or python[2:] in minors.split(",")):
                found.add(name)
        return frozenset(found)


@cache
def _lines() -> dict[str, str]:
    data = table("distributions.txt")
    found: dict[str, str] = {}
    for line in data.decode("ascii").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            found[name] = rest
    return found


def known() -> frozenset[str]:
    """The normalised names of every distribution in the table."""
    return frozenset(_lines())


@cache
def distribution(name: str) -> Distribution | None:
    """A distribution by its normalised name; ``None`` when its metadata was never read."""
    text = _lines().get(name)
    if text is None:
        return None
    brought, _, needed = text.partition("|")
    versions, *modules = brought.split()
    return Distribution(name, tuple(versions.split(",")), frozenset(modules), tuple(needed.split()))


def split_extras(written: str) -> tuple[str, frozenset[str]]:
    """``moto[s3,sqs]`` -> ``moto`` and its extras."""
    name, _, extras = written.partition("[")
    return name, frozenset(item for item in extras.rstrip("]").split(",") if item)


def with_needs(names: frozenset[str], python: str | None = None) -> frozenset[str]:
    """The names (extras in brackets) with what they are known to need in turn, on Python ``3.X`` or any."""
    found: set[str] = set()
    pending = list(names)
    while pending:
        written = pending.pop()
        if written not in found:
            found.add(written)
            name, extras = split_extras(written)
            row = distribution(name)
            pending += row.requires(extras, python) if row is not None else ()
    return frozenset(found)


@cache
def _owners() -> dict[str, frozenset[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for name, text in _lines().items():
        for module in text.partition("|")[0].split()[1:]:
            found[module].add(name)
    for module, names in IMPORTED_AS.items():
        found[module] |= set(names.split())
    return {module: frozenset(names) for module, names in found.items()}


def owners(name: str) -> frozenset[str]:
    """The distributions that are known to bring a dotted module: itself, or the package it is in."""
    found: set[str] = set()
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        found |= _owners().get(".".join(parts[:depth]), frozenset())
    return frozenset(found)
