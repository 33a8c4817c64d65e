"""One file, one rendering of a report.

A module here is a format of the same name; its ``render(report, style)`` makes the text of a whole report.  A format
may also have ``functions(report, style)``, ``tree(function, predicted, style)``,
``verify(seen, style)`` and ``rules(catalogue)``.
"""

from __future__ import annotations

import os
import pkgutil
from importlib import import_module
from typing import Any

from vartask.model import Report, Rule
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is wished.

    ``root`` is the project's root, to which spans are relative; ``cwd`` the working directory and ``checked`` the
    directory checked; all three absolute.  ``gaps`` lists every gap, ``rules`` are those whose pages may be quoted.
    """

    root: str
    cwd: str
    checked: str
    color: bool = False
    gaps: bool = False
    rules: tuple[Rule, ...] = ()

    def path(self, path: str, base: str) -> str:
        """One of the project's paths as seen from ``base``, which is one of the three directories."""
        if path.startswith("<"):
            # Standard input stands in no directory.
            return path
        absolute = os.path.normpath(os.path.join(self.root, path))
        try:
            return os.path.relpath(absolute, base).replace(os.sep, "/")
        except ValueError:  # Another drive, on Windows.
            return absolute.replace(os.sep, "/")


def formats(renders: str = "render") -> tuple[str, ...]:
    """The formats that have the named renderer, ``text`` first."""
    names = sorted((module.name for module in pkgutil.iter_modules(__path__)), key=lambda name: (name != "text", name))
    return tuple(name for name in names if hasattr(_module(name), renders))


def renderer(name: str, renders: str = "render") -> Any:
    """The function that renders in the format ``name``.

    A format without a word of its own for what was seen in containers renders the report that the rules make of it.
    """
    module = _module(name)
    if renders == "verify" and not hasattr(module, renders):
        return lambda seen, style: module.render(seen.report, style)
    return getattr(module, renders)


def _module(name: str) -> Any:
    return import_module(f"{__name__}.{name}")


def counted(number: int, noun: str) -> str:
    """``1 finding``, ``2 findings``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def summary(report: Report) -> str:
    """The last line of a report: what was found, in how much, and what could not be decided."""
    parts = [f"{counted(len(report.findings), 'finding')} in {counted(len(report.functions), 'function')}"]
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed")
    parts.append(counted(len(report.gaps), "gap"))
    return "; ".join(parts)
