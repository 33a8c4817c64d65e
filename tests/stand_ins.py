"""Wheels that stand in for real distributions, and pip, which installs them as a build does.

A stand-in brings the modules of the table, which have every name, and needs what the table says; the table itself is compared with real
metadata in ``tests/data``.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from vartask.data.distributions import distribution
from vartask.model import FileTree
from wheelhouse import Wheel

HOST = f"{sys.version_info.major}.{sys.version_info.minor}"
ANY_NAME = (
    "def __getattr__(name):\n    if name.startswith('__'):\n        raise AttributeError(name)\n    return name\n"
)


def write(name: str, directory: Path, needs: Iterable[str] | None = None) -> Path:
    """A wheel with the modules that the table knows of a distribution, or with one called like it."""
    row = distribution(name)
    modules = row.modules if row is not None else {name.replace("-", "_")}
    files = {f"{module.replace('.', '/')}/__init__.py": ANY_NAME for module in sorted(modules)}
    wanted = (row.requires(python=HOST) if row is not None else ()) if needs is None else needs
    return Wheel(name.replace("-", "_"), files=files, requires=sorted(wanted)).write(directory)


def pip(target: Path, wheels: Path, *arguments: str) -> None:
    """``pip install -t`` from the stand-ins alone."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-compile", "--find-links", str(wheels)]
    command += ["--no-warn-conflicts", "--disable-pip-version-check", "-t", str(target), *arguments]
    subprocess.run(command, check=True, timeout=120, capture_output=True, env={"PATH": "/usr/bin:/bin"})


def installed(tree: FileTree, directory: Path) -> None:
    """Put into ``directory`` what the tree says may be installed into ``/var/task``, without what that needs."""
    names = {name for region in tree.regions for name in region.distributions or () if region.path == "/var/task"}
    for name in sorted(names):
        wheel = write(name, directory.parent / "wheels", ())
        pip(directory, wheel.parent, "--no-deps", wheel.stem.partition("-")[0])
