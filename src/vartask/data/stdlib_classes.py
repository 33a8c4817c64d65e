"""The standard library's classes: which attributes they and their objects have, in any version.

The table ``stdlib_classes.txt`` beside this file is made by scripts/refresh_stdlib_classes.py from CPython 3.9 to 3.13
themselves and typeshed.  It has three kinds of lines: ``NAME flags bases : attributes`` for a class by what it calls
itself (flags are ``*`` for one whose objects may have more attributes, ``!`` for one whose call makes an object of just
that class, and the name that errors show where it is another), ``=WRITTEN NAME`` for a class under another name, and
``>FUNCTION NAME`` for a function that gives an object of the class.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from vartask.data import table
from vartask.records import dataclass

_MADE_AS = {"pathlib.Path": "PosixPath", "pathlib.PurePath": "PurePosixPath"}
"""Classes whose call makes an object of a class below them on Linux."""


@dataclass(frozen=True, slots=True)
class StdlibClass:
    """A class of the standard library with all that it inherits.

    ``called`` is how Python's errors name its objects.  ``names`` are the attributes of the class and of its objects
    that any version or platform has; special names (``__init__``) are not among them.
    """

    name: str
    called: str
    names: frozenset[str]

    def lacks(self, name: str) -> bool:
        """Whether neither the class nor its objects have an attribute; private names are never judged."""
        return not name.startswith("_") and name not in self.names


@dataclass(frozen=True, slots=True)
class _Line:
    bases: tuple[str, ...]
    names: tuple[str, ...]
    called: str
    open: bool
    exact: bool


@cache
def _lines() -> dict[str, str]:
    """The first word of a line -> its rest."""
    data = table("stdlib_classes.txt")
    return dict(line.split(" ", 1) for line in data.decode("ascii").splitlines() if not line.startswith("#"))


@cache
def _line(name: str) -> _Line | None:
    text = _lines().get(name)
    if text is None:
        return None
    head, _, names = text.partition(":")
    flags, *bases = head.split()
    called = flags.lstrip("*!-") or name.rpartition(".")[2]
    return _Line(tuple(bases), tuple(names.split()), called, "*" in flags, "!" in flags)


@cache
def _known(name: str) -> StdlibClass | None:
    names = _all_names(name, frozenset())
    line = _line(name)
    if names is None or line is None:
        return None
    return StdlibClass(name, line.called, names)


def _all_names(name: str, inside: frozenset[str]) -> frozenset[str] | None:
    """The names of a class and its bases; ``None`` when one of them may have others."""
    line = _line(name)
    if line is None or line.open:
        return None
    found = set(line.names)
    for base in line.bases:
        inherited = frozenset() if base in inside else _all_names(base, inside | {name})
        if inherited is None:
            return None
        found |= inherited
    return frozenset(found)


@cache
def _derived() -> dict[str, tuple[str, ...]]:
    """Class -> the classes that inherit from it directly."""
    found: dict[str, list[str]] = {}
    for name in _lines():
        line = _line(name) if name[0] not in "=>" else None
        for base in line.bases if line is not None else ():
            found.setdefault(base, []).append(name)
    return {base: tuple(names) for base, names in found.items()}


def _below(name: str, seen: set[str]) -> Iterator[str]:
    for inner in _derived().get(name, ()):
        if inner not in seen:
            seen.add(inner)
            yield inner
            yield from _below(inner, seen)


def stdlib_class(path: str) -> StdlibClass | None:
    """The class that is written ``graphlib.TopologicalSorter``; ``None`` for none whose attributes are all known."""
    return _known(_lines().get(f"={path}", path))


@cache
def made_by(path: str) -> StdlibClass | None:
    """What calling a class or function of the standard library gives; ``None`` when that is not known.

    A function may give an object of a class below the one that it names: what any of those has counts as there.
    """
    name = _lines().get(f"={path}", path)
    line = _line(name)
    if line is not None:
        return _renamed(_known(name)) if line.exact else None
    returned = _lines().get(f">{path}")
    made = None if returned is None else _known(returned)
    if made is None:
        return None
    names = set(made.names)
    for inner in _below(made.name, set()):
        more = _all_names(inner, frozenset())
        if more is None:
            return None
        names |= more
    return _renamed(StdlibClass(made.name, made.called, frozenset(names)))


def _renamed(made: StdlibClass | None) -> StdlibClass | None:
    if made is None or made.name not in _MADE_AS:
        return made
    return StdlibClass(made.name, _MADE_AS[made.name], made.names)
