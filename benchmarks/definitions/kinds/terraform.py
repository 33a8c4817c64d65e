"""Terraform: ``archive_file`` and terraform-aws-modules/lambda, against what their packagers made of every project.

The packages are recorded (``tests/oracle/record_terraform_packages.py`` makes them anew, and random ones beside them).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from terraform_packages.compare import compared, recorded
from terraform_packages.projects import PROJECTS


def measure(options: Options) -> Measured:
    """Every recorded project."""
    del options
    names = recorded()
    outcomes = tuple(_outcome(name, names[name]) for name in PROJECTS)
    return Measured("terraform", "archive_file, package.py (recorded)", outcomes)


def _outcome(name: str, packaged: list[str]) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        found = compared(Path(directory), PROJECTS[name], packaged)
    if found.unknown:
        return Outcome(name, 0, 0, undecided=found.unknown)
    different = tuple(
        f"{what}: {', '.join(sorted(paths))}"
        for what, paths in (("not predicted", found.missing), ("not packaged", found.extra))
        if paths
    )
    return Outcome(name, 0 if different else 1, 0 if different else found.files, different=different)
