"""Run a project's commands, and compare the archives with what is predicted of them."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from script_runs.projects import ScriptProject
from vartask.artifact.scripts.packages import package_made
from vartask.artifact.zip import TASK_ROOT, predict_zip
from vartask.model import FileTree, Function, Span, Unknown
from vartask.project import Project


@dataclass(frozen=True, slots=True)
class Compared:
    """How many archives were predicted exactly, with how many files; the others with what is wrong with them."""

    equal: int
    files: int
    undecided: tuple[str, ...]
    different: tuple[str, ...]


def compare(root: Path, project: ScriptProject) -> Compared:
    """Predict first: the prediction sees what a checkout holds."""
    project.write(root)
    trees = {name: _predicted(root, name) for name in project.archives}
    _run(root, project)
    equal, files = 0, 0
    undecided: list[str] = []
    different: list[str] = []
    for name, tree in trees.items():
        if tree is None:
            different.append(f"{name}: no script is known to make it")
            continue
        doubt = next((one.reason for one in tree.regions if one.path == TASK_ROOT and one.distributions is None), None)
        if doubt is not None:
            undecided.append(name)
            continue
        real = _members(root / name)
        wrong = _difference(root, tree, real)
        different += [f"{name}: {wrong}"] if wrong else []
        equal += not wrong
        files += 0 if wrong else len(real)
    return Compared(equal, files, tuple(undecided), tuple(different))


def _predicted(root: Path, name: str) -> FileTree | None:
    project = Project(root)
    package = package_made(project, name)
    return None if package is None else predict_zip(project, Function("f", Span(name), package, "script"))


def _run(root: Path, project: ScriptProject) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(root), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_CACHE_DIR": "1"}
    for command in project.commands:
        subprocess.run(command, cwd=root / project.start, env=environment, check=True, capture_output=True, timeout=120)


def _members(path: Path) -> dict[str, int | None]:
    """Checksums by name, ``None`` for a directory."""
    with zipfile.ZipFile(path) as archive:
        return {one.filename.rstrip("/"): None if one.is_dir() else one.CRC for one in archive.infolist()}


def _difference(root: Path, tree: FileTree, real: dict[str, int | None]) -> str | None:
    below = f"{TASK_ROOT}/"
    predicted = {path.removeprefix(below): entry for path, entry in tree.entries.items() if path.startswith(below)}
    implied = {parent for name in real for parent in _parents(name)}
    missing = sorted(name for name in predicted if name not in real and name not in implied)
    extra = sorted(
        name for name in real if name not in predicted and not isinstance(tree.lookup(below + name), Unknown)
    )
    other = sorted(
        name
        for name, entry in predicted.items()
        if entry.kind == "f"
        and (known := _checksum(root, entry.source, entry.content)) is not None
        and real.get(name, known) != known
    )
    said = [f"{what}: {names}" for what, names in (("missing", missing), ("extra", extra), ("other", other)) if names]
    return "; ".join(said) or None


def _parents(name: str) -> set[str]:
    return {"/".join(name.split("/")[:depth]) for depth in range(1, name.count("/") + 1)}


def _checksum(root: Path, source: str | None, content: str | None) -> int | None:
    if source is not None:
        return zlib.crc32((root / source).read_bytes())
    return None if content is None else zlib.crc32(content.encode())
