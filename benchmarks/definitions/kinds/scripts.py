"""Packaging by script: ``bash``, ``make`` and ``zip``, on projects by hand."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from script_runs.compare import compare
from script_runs.projects import PROJECTS, ScriptProject


def measure(options: Options) -> Measured:
    """Every project, packaged by its own script."""
    del options
    missing = [tool for tool in ("bash", "make", "zip", "unzip") if shutil.which(tool) is None]
    if missing:
        return Measured("scripts", "bash, make, zip", missing=f"not installed: {', '.join(missing)}")
    return Measured("scripts", "bash, make, zip", tuple(_outcome(name, one) for name, one in PROJECTS.items()))


def _outcome(name: str, project: ScriptProject) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        compared = compare(Path(directory), project)
    return Outcome(name, compared.equal, compared.files, compared.undecided, compared.different)
