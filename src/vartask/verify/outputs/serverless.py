"""``.serverless``: the Serverless Framework's packages, and a state file that says whose they are.

Read from serverless 3.40: ``save-service-state.js`` for ``serverless-state.json``, ``package-service.js`` and
``package/lib/layers`` for the archives (a function's own is ``<function>.zip``, the service's ``<service>.zip``, a
layer's ``<layer>.zip``).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from vartask.verify.outputs import BadOutput, Entry, Output

MARK: Final = ".serverless"
_STATE: Final = "serverless-state.json"


def places(directory: Path) -> Iterator[Path]:
    """Where ``serverless package`` writes."""
    yield directory / MARK


def read(directory: Path) -> Output | None:
    """The output of ``serverless package``."""
    state = directory / _STATE
    if not state.is_file():
        return None
    try:
        found = json.loads(state.read_text(encoding="utf-8"))
        written = state.stat().st_mtime
    except (OSError, ValueError, RecursionError) as error:
        raise BadOutput(f"{state}: {error}") from error
    service = _mapping(found, "service")
    whole = _archive(directory, _mapping(found, "package").get("artifact"))
    entries = []
    for name, function in _mapping(service, "functions").items():
        own = function.get("package") if isinstance(function, dict) else None
        named = own.get("artifact") if isinstance(own, dict) else None
        package = _archive(directory, named) if named else whole
        handler = function.get("handler") if isinstance(function, dict) else None
        if package is not None:
            entries.append(Entry((name,), handler if isinstance(handler, str) else None, package))
    archives: dict[str, Path | None] = {path.stem: path for path in sorted(directory.glob("*.zip"))}
    return Output(frozenset({"serverless"}), directory, written, tuple(entries), archives)


def _mapping(parent: object, name: str) -> Mapping[str, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _archive(directory: Path, named: object) -> Path | None:
    """An archive that the state names: as it stood on the machine that packaged, or beside the state file."""
    if not isinstance(named, str) or not named:
        return None
    # An absolute path stays what it is when it is joined.
    for path in (directory / named, directory / Path(named).name, directory.parent / named):
        if path.is_file():
            return path
    return None
