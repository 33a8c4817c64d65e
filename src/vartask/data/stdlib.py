"""The standard library per Python version: its modules and the public names in them.

The table ``stdlib.txt`` beside this file is made by scripts/refresh_stdlib.py from CPython 3.6 to 3.13 themselves and,
for 3.14, from typeshed.  A line is ``module origin [*] name ...``; ``@9-11`` behind a word limits it to those minor
versions, and ``*`` says that the module may have more names than are written.
"""

from __future__ import annotations

from functools import cache

from vartask.data import table
from vartask.records import dataclass

MINORS = range(6, 15)
"""The minor versions of Python 3 that the table knows."""

NOT_LISTED = frozenset({"__future__", "__main__", "encodings", "idlelib", "lib2to3", "test", "tkinter", "turtledemo"})
"""Top-level modules whose sub-modules or names the table does not tell completely."""


@dataclass(frozen=True, slots=True)
class StdlibModule:
    """A module of the standard library, in whichever version.

    ``minors`` are the versions that may have it, ``names`` maps a public name to the versions that may have that.
    ``origins`` is ``package``, ``source``, ``builtin``, ``unknown``, an extension module's stem or
    ``=NAME:FILE`` for a module that calls itself otherwise, per version.
    ``complete`` is false where a name that is not written may be there all the same (another machine's, say).
    """

    minors: frozenset[int]
    origins: dict[int, str]
    names: dict[str, frozenset[int]]
    complete: bool

    def tells(self, name: str) -> bool:
        """Whether a name that is not written is certainly not there.

        What differs between machines and is nowhere documented are constants of the system's headers, in capitals;
        other platforms' functions and classes are in typeshed, and so in the table.
        """
        return bool(self.names) and (self.complete or name != name.upper())


@cache
def _lines() -> dict[str, str]:
    """Module name -> the rest of its line, versions of the module included."""
    data = table("stdlib.txt")
    found: dict[str, str] = {}
    for line in data.decode("ascii").splitlines():
        if not line.startswith("#"):
            word, _, rest = line.partition(" ")
            name, _, bounds = word.partition("@")
            found[name] = f"{bounds} {rest}"
    return found


@cache
def _minors(bounds: str) -> frozenset[int]:
    """``9-11,13`` -> the numbers; nothing written means every version."""
    if not bounds:
        return frozenset(MINORS)
    numbers: set[int] = set()
    for part in bounds.split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return frozenset(numbers)


@cache
def stdlib_modules(version: str) -> frozenset[str]:
    """The top-level names that ``import`` finds in Python ``3.X`` without any package installed."""
    minor = minor_of(version)
    return frozenset(
        name for name, text in _lines().items() if "." not in name and minor in _minors(text.partition(" ")[0])
    )


def stdlib_names() -> frozenset[str]:
    """The dotted name of every module that any version has."""
    return frozenset(_lines())


@cache
def stdlib_module(name: str) -> StdlibModule | None:
    """A module by its dotted name; ``None`` when no version has it."""
    text = _lines().get(name)
    if text is None:
        return None
    bounds, kinds, *words = text.split(" ")
    there = _minors(bounds)
    origins: dict[int, str] = {}
    for kind in kinds.split(";"):
        word, _, limits = kind.partition("@")
        origins.update(dict.fromkeys(_minors(limits), word))
    names = {word.partition("@")[0]: _minors(word.partition("@")[2]) for word in words if word != "*"}
    return StdlibModule(there, origins, names, complete="*" not in words)


def minor_of(version: str) -> int:
    """``3.12`` -> 12."""
    return int(version.partition(".")[2])
