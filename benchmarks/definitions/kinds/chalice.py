"""AWS Chalice: ``chalice package``, on projects by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from chalice_packages.compare import CHALICE, HOW, PackagingFailed, compare
from chalice_packages.projects import PROJECTS, ChaliceProject


def measure(options: Options) -> Measured:
    """Every application, packaged in each of its stages."""
    del options
    if CHALICE is None:
        return Measured("chalice", "chalice package", missing=HOW)
    return Measured("chalice", "chalice package", tuple(_outcome(name, one) for name, one in PROJECTS.items()))


def _outcome(name: str, project: ChaliceProject) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "app"
        root.mkdir()
        try:
            compared = compare(root, project)
        except PackagingFailed as error:
            return Outcome(name, 0, 0, different=(f"packaging failed: {error}",))
    return Outcome(name, compared.equal, compared.files, different=compared.different)
