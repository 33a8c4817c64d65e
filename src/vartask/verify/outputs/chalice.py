"""``.chalice/deployments``: the packages that ``chalice deploy`` made.

Read from chalice 1.34 (``deploy/packager.py``): ``<digest>-python3.11.zip`` for the application and
``managed-layer-<digest>-python3.11.zip`` for its automatic layer.  The digest is of what is installed, so that older
ones stay beside the newest; where there are several, none is taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vartask.patterns import regex
from vartask.verify.outputs import Output
from vartask.verify.packages import newest

MARK: Final = ".chalice/deployments"

_LAYER: Final = "managed-layer"
_RUNTIME: Final = regex(r"-(python3\.\d+)\.zip\Z")


def places(directory: Path) -> Iterator[Path]:
    """Where ``chalice deploy`` keeps its packages."""
    yield directory / MARK


def read(directory: Path) -> Output | None:
    """The output of ``chalice deploy``."""
    if not directory.as_posix().endswith(f"/{MARK}"):
        return None
    archives = sorted(directory.glob("*.zip"))
    layers = [path for path in archives if path.name.startswith(f"{_LAYER}-")]
    packages = [path for path in archives if path not in layers]
    if len(packages) != 1:
        return None
    written = newest(packages) or 0.0
    runtime = _RUNTIME.search(packages[0].name)
    layer = {_LAYER: layers[0]} if len(layers) == 1 else {}
    return Output(
        frozenset({"chalice"}),
        directory,
        written,
        layers=layer,
        shared=packages[0],
        runtime=runtime[1] if runtime else None,
    )
