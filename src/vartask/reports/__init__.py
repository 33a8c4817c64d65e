"""One file, one rendering of a report.

A module here is a format of the same name; its ``render(report, style)`` makes the text of a whole report.  A format
may also have ``functions(report, style)``, ``tree(function, predicted, style)``,
``verify(seen, style)`` and ``rules(catalogue)``.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module

from vartask.packaged import modules
from vartask.records import dataclass

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from vartask.model import Report, Rule, Span, Started, Verification

UNHANDLED = "LAMBDA_WARNING: Unhandled exception"
"""What AWS's runtime client logs before an error that nobody caught (``awslambdaric.bootstrap``)."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a report is wished.

    ``root`` is the project's root, to which spans are relative; ``cwd`` the working directory and ``checked`` the
    directory checked; all three absolute.  ``gaps`` lists every gap, ``strict`` makes them fatal,
    ``rules`` are those whose pages may be quoted.
    ``source`` gives the line that a span begins in.  ``browse`` is the address below which a browser shows the
    project's files, ``arguments`` what the command was given, to be given again.
    """

    root: str
    cwd: str
    checked: str
    color: bool = False
    gaps: bool = False
    rules: tuple[Rule, ...] = ()
    strict: bool = False
    source: Callable[[Span], str | None] = lambda _: None
    browse: str | None = None
    arguments: tuple[str, ...] = ()

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

    def url(self, span: Span) -> str | None:
        """Where a browser shows a line; ``None`` when it cannot, as for a file inside an archive."""
        path = self.path(span.path, self.root)
        if self.browse is None or path.startswith(("<", "../", "/")) or "!/" in path:
            return None
        from urllib.parse import quote

        try:
            # A file's name need not be UTF-8; Python then holds its bytes as surrogates (PEP 383).
            return f"{self.browse}/{quote(path.encode('utf-8', 'surrogateescape'))}#L{span.line}"
        except UnicodeEncodeError:
            return None

    def command(self, *words: str) -> str:
        """What to type at the project's root for the same run with ``words`` before its arguments."""
        import shlex

        where = self.path(self.cwd, self.root)
        line = shlex.join((*words, *self.arguments))
        return line if where == "." else f"cd {shlex.quote(where)} && {line}"


def formats(renders: str = "render") -> tuple[str, ...]:
    """The formats that have the named renderer, ``text`` first."""
    names = sorted(modules(__path__), key=lambda name: (name != "text", name))
    # Every format renders a report, so none has to be imported to know that.
    return tuple(name for name in names if renders == "render" or hasattr(_module(name), renders))


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


def untold(seen: Verification) -> tuple[Started, ...]:
    """The functions that fail in their containers, or at an event, without a finding that has the reason.

    Those of an image that could not be looked into are not among them: that stands with the image.
    """
    told = {(name, one.runtime_message) for one in seen.report.findings for name in one.functions}
    return tuple(
        one
        for image in seen.observations
        for one in image.started
        if one.failed
        and not (one.verdict == "not reached" and image.error)
        and (one.verdict == "ok" or (one.function, one.message) not in told)
    )


def summary(report: Report) -> str:
    """The last line of a report: what was found, in how much, and what could not be decided."""
    parts = [f"{counted(len(report.findings), 'finding')} in {counted(len(report.functions), 'function')}"]
    if report.suppressed:
        parts.append(f"{len(report.suppressed)} suppressed")
    parts.append(counted(len(report.gaps), "gap"))
    return "; ".join(parts)
