"""What packaging tools leave behind: one file for each tool.

A module here has ``places(directory)`` (where the tool writes that is run there) and ``read(directory) -> Output |
None``; it is found by being here.  A directory that holds something else gives ``None``, one that is damaged raises
:class:`BadOutput`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

from vartask.records import dataclass, field


class BadOutput(Exception):
    """A tool's output cannot be read; one line with its path says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One function in a tool's output.

    ``names`` are what its definition may call it, the surest first; ``source`` is the absolute path of the directory
    that it was built from, where the output tells, ``twin`` the package of another function that is the same build.
    """

    names: tuple[str, ...]
    handler: str | None
    package: Path
    source: str | None = None
    twin: Path | None = None


@dataclass(frozen=True, slots=True)
class Output:
    """What one run of a tool has written to ``directory``.

    ``tool`` is the kind of definition that it is made of, as in :attr:`~vartask.model.function.Function.declared_by`;
    ``written`` the time of the run, in seconds; ``layers`` are packages by the layer's name, ``None`` for a name that
    several have.  ``shared`` is the package of all functions that it has no entry for, ``runtime``
    their runtime.
    """

    tool: frozenset[str]
    directory: Path
    written: float
    entries: tuple[Entry, ...] = ()
    layers: Mapping[str, Path | None] = field(default_factory=dict)
    shared: Path | None = None
    runtime: str | None = None
    readable: bool = False


@cache
def tools() -> tuple[ModuleType, ...]:
    """The module of every tool."""
    names = sorted(info.name for info in pkgutil.iter_modules(__path__))
    return tuple(importlib.import_module(f"{__name__}.{name}") for name in names)


def near(directory: Path) -> Iterator[Path]:
    """The directories that tools have written to which were run in ``directory``."""
    for tool in tools():
        yield from (place for place in tool.places(directory) if place.is_dir())


def read(directory: Path) -> Output | None:
    """The output that a directory is, if it is one.  Raises :class:`BadOutput`."""
    for tool in tools():
        found: Output | None = tool.read(directory)
        if found is not None:
            return found
    return None


def by_name(pairs: list[tuple[str, Path]]) -> dict[str, Path | None]:
    """Layers by name; ``None`` where two different packages have the same."""
    found: dict[str, Path | None] = {}
    for name, path in pairs:
        found[name] = path if found.get(name, path) == path else None
    return found
