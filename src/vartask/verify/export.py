"""The files of an image that has no Python to list them: as the engine itself hands them out."""

from __future__ import annotations

import hashlib
import posixpath
import subprocess
import tarfile
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from vartask.model import Present
from vartask.verify.engines import Engine, EngineError

_KINDS = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.REGTYPE: "f", tarfile.LNKTYPE: "f"}


@dataclass
class Exported:
    """Paths below the roots that were asked for, and the SHA-256 of the Python files among them."""

    entries: dict[str, Present] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def export(engine: Engine, image: str, roots: Sequence[str], platform: str | None = None) -> Exported:
    """List an image through a container that is never started.  Raises :class:`EngineError`."""
    name = f"vartask-{uuid.uuid4().hex[:12]}"
    options = ["--name", name, "--label", "vartask.verify=1", "--network", "none"]
    if platform:
        options += ["--platform", platform]
    try:
        # An image without a command is refused unless it is given one; it is never run.
        engine.ask("create", *options, image, "/none")
        return _read(engine, name, tuple(root.rstrip("/") + "/" for root in roots))
    finally:
        engine.discard("container", name)


def _read(engine: Engine, name: str, below: tuple[str, ...]) -> Exported:
    found = Exported()
    command = engine.arguments("export", name)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - the engine
    with process, engine.running.process(process.terminate):
        try:
            # Read as it comes: a whole image may be larger than the memory.
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    _take(archive, member, below, found)
        except (tarfile.TarError, EOFError) as error:
            process.kill()
            raise EngineError(f"{engine.name} export: {error}") from error
        if process.stdout is not None:
            process.stdout.read()  # what pads the archive: the engine complains of a pipe that closes early
    return found


def _take(archive: tarfile.TarFile, member: tarfile.TarInfo, below: tuple[str, ...], found: Exported) -> None:
    path = posixpath.normpath("/" + member.name)
    kind = _KINDS.get(member.type)
    if kind is None or not f"{path}/".startswith(below) or f"{path}/" in below:
        return
    if member.islnk():
        linked = posixpath.normpath("/" + member.linkname)
        if linked in found.digests:
            found.digests[path] = found.digests[linked]
    elif member.isfile() and path.endswith(".py"):
        stream = archive.extractfile(member)
        if stream is not None:
            found.digests[path] = hashlib.sha256(stream.read()).hexdigest()
    target = member.linkname if member.issym() else None
    mode = 0o777 if member.issym() else member.mode & 0o7777
    found.entries[path] = Present(
        "d" if kind == "d" else "l" if kind == "l" else "f", target=target, mode=mode, uid=member.uid, gid=member.gid
    )
