"""The files of an image that has no Python to list them: as the engine itself hands them out."""

from __future__ import annotations

import hashlib
import os
import posixpath
import subprocess
import tarfile
import uuid
from collections.abc import Iterator, Sequence

from vartask.model import Present
from vartask.records import dataclass, field
from vartask.verify.builds import LABEL
from vartask.verify.engines import Engine, EngineError

_KINDS = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.REGTYPE: "f", tarfile.LNKTYPE: "f"}


@dataclass
class Exported:
    """Paths below the roots that were asked for, and the SHA-256 of the Python files among them."""

    entries: dict[str, Present] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)


def export(engine: Engine, image: str, roots: Sequence[str]) -> Exported:
    """List an image below the roots.  Raises :class:`EngineError`."""
    found = Exported()
    below = tuple(root.rstrip("/") + "/" for root in roots)
    for archive, member in members(engine, image):
        _take(archive, member, below, found)
    return found


def members(engine: Engine, image: str) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    """Every path of an image, through a container that is never started: nothing inside is needed for that.

    Raises :class:`EngineError`.
    """
    name = f"vartask-{os.getpid()}-{uuid.uuid4().hex[:12]}"
    try:
        # Without a word for a program an image that has no command cannot be created; it is never started.
        engine.ask("create", "--name", name, "--label", LABEL, "--network", "none", image, "none")
        yield from _read(engine, name)
    finally:
        engine.discard("container", name)


def _read(engine: Engine, container: str) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    command = engine.arguments("export", container)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603 - the engine
    with process, engine.running.process(process.terminate):
        try:
            # Read as it comes: a whole image may be larger than the memory.
            with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
                for member in archive:
                    yield archive, member
        except (tarfile.TarError, EOFError) as error:
            raise EngineError(f"{engine.name} export: {error}") from error
        finally:
            # The engine complains of a pipe that closes early, and what is left is only what pads the archive.
            process.kill()


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
