"""The same script in a real shell and on a predicted file tree."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

from vartask.artifact.commands import handler_of, unknown
from vartask.artifact.filesystem import DIRECTORY, FileSystem
from vartask.artifact.interpreter import Interpreter
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Span, Unknown
from vartask.project import Project

HOME = "/w"
"""Where the script runs, in the predicted tree; a real one runs in a temporary directory."""

Start = Mapping[str, str | None]
"""Paths and their text; a directory has ``None``."""


def predicted(script: str, start: Start, project: Path, *, shell: str = "sh") -> tuple[FileSystem, Status]:
    """What the interpreter says of the script's files and status."""
    files = FileSystem()
    files.put(HOME, DIRECTORY)
    for path, text in start.items():
        entry = DIRECTORY if text is None else Present("f", content=text, mode=0o644)
        files.make_dirs(str(Path(HOME, path).parent), DIRECTORY)
        files.put(f"{HOME}/{path}", entry)
    state = State(
        Project(project),
        files,
        Span("Dockerfile", 1),
        HOME,
        {"HOME": HOME},
        everything=True,
        stdin="",
        flavour="dash" if shell == "sh" else shell,
    )
    return files, Interpreter(state, handler_of, unknown).script(script)


def carried_out(script: str, start: Start, where: Path, *, shell: str = "sh") -> int:
    """Run the script below ``where``; its exit code."""
    where.mkdir()
    for path, text in start.items():
        place = where / path
        (place if text is None else place.parent).mkdir(parents=True, exist_ok=True)
        if text is not None:
            place.write_text(text)
    environment = {"PATH": os.environ["PATH"], "HOME": str(where), "LC_ALL": "C"}
    # A script of this test's own, in a directory of this test's own.
    done = subprocess.run(
        [shell, "-c", f"umask 022\n{script}"],
        cwd=where,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=20,
        check=False,
    )
    return done.returncode


def found(where: Path) -> dict[str, Present]:
    """What is really there, by path below ``HOME``."""
    entries: dict[str, Present] = {}
    for directory, names, files in os.walk(where):
        for name in (*names, *files):
            path = Path(directory, name)
            status = path.lstat()
            key = f"{HOME}/{path.relative_to(where)}"
            if path.is_symlink():
                # A Path would lose a slash at the end.
                entries[key] = Present("l", target=os.readlink(path), mode=0o777)
            else:
                text = None if path.is_dir() else path.read_bytes().decode("utf-8", "replace")
                entries[key] = Present("d" if text is None else "f", content=text, mode=stat.S_IMODE(status.st_mode))
    return entries


def differences(script: str, start: Start, tmp_path: Path, *, shell: str = "sh") -> list[str]:
    """Every certain answer that the real shell contradicts."""
    project = tmp_path / "project"
    project.mkdir(exist_ok=True)
    files, status = predicted(script, start, project, shell=shell)
    code = carried_out(script, start, tmp_path / "real", shell=shell)
    real = found(tmp_path / "real")
    wrong = [f"status {status}, exit code {code}"] if status is not None and status is not (code == 0) else []
    if code != 0:
        # No image comes of it: its files are nobody's concern.
        return wrong
    for path in sorted({*real, *(one for one in files.entries if one.startswith(HOME + "/"))}):
        wrong.extend(_different(path, files, real.get(path)))
    return wrong


def _different(path: str, files: FileSystem, real: Present | None) -> list[str]:
    said = files.get(path)
    if isinstance(said, Unknown):
        return []
    if isinstance(said, Absent) or real is None:
        return [] if isinstance(said, Absent) and real is None else [f"{path}: said {said}, is {real}"]
    same = (said.kind, said.target, said.mode) == (real.kind, real.target, real.mode)
    text = said.content is None or said.content == real.content
    return [] if same and text else [f"{path}: said {said}, is {real}"]


def doubts(script: str, start: Start, tmp_path: Path) -> set[str]:
    """The places that the interpreter no longer knows."""
    project = tmp_path / "project"
    project.mkdir(exist_ok=True)
    return {region.path for region in predicted(script, start, project)[0].regions}
