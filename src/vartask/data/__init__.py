"""Generated tables of what the runtimes are."""

from __future__ import annotations

from vartask.packaged import contents


def table(name: str) -> bytes:
    """The contents of a table."""
    return contents(__name__, __path__[0], name)
