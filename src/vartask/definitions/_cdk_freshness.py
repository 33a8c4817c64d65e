"""Where the cloud assemblies of a project are, and whether they still say what its sources say.

An assembly is what was synthesised last, not what stands in the editor.  It counts as long as nothing that it was made
from has been written since (docs/decisions.md, "A cloud assembly counts while it is fresh").
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from vartask.discovery import ASSEMBLY_MANIFEST, is_assembly
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass

CONFIG: Final = "cdk.json"
DEFAULT: Final = "cdk.out"

_NO_INPUT: Final = regex(
    r"(?:\A|/)(?:tests?|__tests__|spec|docs?|\.github|\.vscode|\.idea)/"
    r"|\.(?:md|rst|adoc|png|jpe?g|svg|gif|drawio|puml|test\.[jt]s|spec\.[jt]s|d\.ts)\Z"
    r"|(?:\A|/)(?:\.gitignore|\.gitattributes|\.npmignore|LICENSE[^/]*|NOTICE[^/]*|CODEOWNERS|test_[^/]+\.py|conftest\.py"
    r"|\.pre-commit-config\.yaml|cdk\.context\.json)\Z",
    re.IGNORECASE,
)
"""Files of an application that ``cdk synth`` does not read (unless an asset holds them, which is asked separately)."""

_INDEX: Final = ".git/index"


@dataclass(frozen=True, slots=True)
class Place:
    """A cloud assembly's ``directory`` and the application's, ``app``; ``stale`` says why it does not count."""

    directory: str
    app: str
    stale: str | None = None


def places(project: Project) -> tuple[Place, ...]:
    """Every assembly that belongs to a directory of the project's scopes."""
    found: dict[str, str] = {}
    for directory in sorted(_directories(project)):
        for name in _names(project, directory):
            path = project.join(directory, name)
            if path is not None and path not in found and is_assembly(project.listdir(path)):
                found[path] = directory
    return tuple(Place(path, app, _stale(project, path, app)) for path, app in found.items())


def counts_for(project: Project, directory: str) -> Place | None:
    """The fresh assembly of the application whose ``cdk.json`` stands in ``directory``."""
    for name in _names(project, directory):
        path = project.join(directory, name)
        if path is not None and is_assembly(project.listdir(path)):
            return Place(path, directory) if _stale(project, path, directory) is None else None
    return None


def _directories(project: Project) -> set[str]:
    """Directories that hold files of the project, and the scopes themselves: a user may name an assembly."""
    found: set[str] = set()
    for scope in project.scopes:
        if is_assembly(project.listdir(scope)):
            found.add(posixpath.dirname(scope) or ".")
        elif project.is_dir(scope):
            found.add(scope)
    found.update(posixpath.dirname(path) or "." for path in project.files)
    return found


def _names(project: Project, directory: str) -> Iterator[str]:
    entries = project.listdir(directory)
    configured = _configured(project, directory) if CONFIG in entries else None
    yield configured or DEFAULT


def _configured(project: Project, directory: str) -> str | None:
    """``output`` of ``cdk.json``, which ``cdk synth --output`` has as its default."""
    # Imported here: few projects have the file.
    import json

    try:
        settings = json.loads(project.read_text(posixpath.normpath(posixpath.join(directory, CONFIG))))
    except (Unreadable, ValueError, RecursionError):
        return None
    output = settings.get("output") if isinstance(settings, dict) else None
    return output if isinstance(output, str) and output else None


def _stale(project: Project, assembly: str, app: str) -> str | None:
    written = project.modified(f"{assembly}/{ASSEMBLY_MANIFEST}")
    if written is None:
        return "its manifest cannot be read"
    if _committed(project, assembly):
        return "it is committed, so nothing tells what it was made from"
    newer = newer_than(project, app, written)
    return None if newer is None else f"`{newer}` has been written since"


def newer_than(project: Project, directory: str, written: float) -> str | None:
    """The first file below ``directory`` that a synthesis reads and that has been written after a point in time."""
    prefix = "" if directory == "." else directory + "/"
    for path in project.files:
        if path.startswith(prefix) and not _NO_INPUT.search(path[len(prefix) :]):
            modified = project.modified(path)
            if modified is not None and modified > written:
                return path
    return None


def _committed(project: Project, assembly: str) -> bool:
    """Whether git tracks the assembly: a checkout then gives it and its sources the same, meaningless times.

    The index names every tracked file in full, except in version 4, which cuts off what the name before begins with
    (https://git-scm.com/docs/index-format); the manifest's own name is there either way only when it is tracked.
    """
    if project.ignored(f"{assembly}/{ASSEMBLY_MANIFEST}"):
        return False
    try:
        index = project.read_bytes(_INDEX)
    except Unreadable:
        return False
    return f"{assembly}/{ASSEMBLY_MANIFEST}".encode() in index
