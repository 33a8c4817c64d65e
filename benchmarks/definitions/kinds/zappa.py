"""Zappa: ``zappa package``, on projects by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from zappa_packages.compare import HOW, ZAPPA, PackagingFailed, compare
from zappa_packages.projects import PROJECTS, ZappaProject


def measure(options: Options) -> Measured:
    """Every project, packaged."""
    del options
    if ZAPPA is None:
        return Measured("zappa", "zappa package", missing=HOW)
    return Measured("zappa", "zappa package", tuple(_outcome(name, one) for name, one in PROJECTS.items()))


def _outcome(name: str, project: ZappaProject) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "app"
        root.mkdir()
        try:
            compared = compare(root, project)
        except PackagingFailed as error:
            return Outcome(name, 0, 0, different=(f"packaging failed: {error}",))
    return Outcome(name, int(not compared.different), compared.files, different=compared.different)
