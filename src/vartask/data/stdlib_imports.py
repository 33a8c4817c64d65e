"""What the modules of the standard library and of the bundled SDK certainly import when they are imported, in order.

The table ``stdlib_imports.txt`` beside this file is made by scripts/refresh_stdlib_imports.py from the sources of
CPython 3.9 to 3.13, and of three versions of boto3 from 2025 and 2026: what all of them import is written.  Imports in
functions, under conditions and with a clause that catches their failure are left out.
"""

from __future__ import annotations

from functools import cache

from vartask.data import table
from vartask.records import dataclass

_NEWEST = 13
LOADED_LATER = frozenset({"logging.config", "logging.handlers"})
"""Sub-modules of packages that the runtime has loaded before the handler, which it itself does not load."""


@dataclass(frozen=True, slots=True)
class Need:
    """``import module``, ``from module import names``, or ``module.attribute`` of a module that is imported."""

    module: str
    names: tuple[str, ...] = ()
    attribute: str | None = None


@cache
def _table(minor: int) -> dict[str, str]:
    data = table("stdlib_imports.txt")
    found: dict[str, str] = {}
    for line in data.decode("ascii").splitlines():
        word, _, rest = line.partition(" ")
        name, _, bounds = word.partition("@")
        if not line.startswith("#") and (not bounds or str(minor) in bounds.split(",")):
            found[name] = rest
    return found


def needs_of(name: str, version: str) -> tuple[tuple[Need, ...], bool]:
    """What a module imports in Python ``3.X``, and whether that is certain: a later version's imports may be others."""
    minor = int(version.partition(".")[2])
    text = _table(min(minor, _NEWEST)).get(name, "")
    return tuple(_need(word) for word in text.split()), minor <= _NEWEST


def _need(word: str) -> Need:
    if word.endswith("!"):
        module, _, attribute = word[:-1].rpartition(".")
        return Need(module, (), attribute)
    module, _, names = word.partition(":")
    return Need(module, tuple(names.split(",")) if names else ())
