"""A real Docker Engine, asked what it builds: the files an image adds to its base, path by path, and its configuration.

The engine is the tests' own (``scripts/engine start``), so the layers of an image are read from where its containerd
keeps them, which takes a tenth of the time that exporting a whole image does.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import stat
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
HOW = "no Docker Engine of the tests' own: scripts/engine start, then scripts/engine base 3.11 (root, Debian or Ubuntu)"
BUILDKIT_OF_DOCKER = {"26.1": "0.13", "27.5": "0.18", "28.5": "0.25", "29.0": "0.25", "29.1": "0.26"}
"""The BuildKit in Docker Engine's own binary (vendor.mod of github.com/moby/moby); distributions' builds do not tell."""
TAG = f"case:{os.getpid()}"
KINDS = {tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l"}
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"
"""How a layer says that something below is gone: OCI image specification, layer.md."""

_AGAIN = ("failed to prepare extraction snapshot", "Canceled: context canceled")
"""Failures that no Dockerfile is to blame for: the engine's own collector took a layer that it was about to build on, and
BuildKit told of a step that it gave up because of another one's error, instead of that error."""


@dataclass(frozen=True)
class Entry:
    """One path of an image.  ``digest`` is the first eight hex digits of a file's SHA-256."""

    kind: str
    mode: int
    uid: int
    gid: int
    target: str | None = None
    digest: str | None = None

    def line(self, change: str, path: str) -> str:
        """As the recorded cases write it."""
        tail = f" -> {self.target}" if self.target is not None else f" {self.digest}" if self.digest else ""
        return f"{change} {self.kind} {self.mode:04o} {self.uid}:{self.gid} {path}{tail}"


@dataclass(frozen=True)
class Built:
    """What a build gave: the lines of the recorded cases' ``expected.txt``, or how it failed."""

    lines: tuple[str, ...] = ()
    error: str | None = None
    output: str = field(default="", repr=False)


@dataclass(frozen=True)
class Stored:
    """An image in containerd's content store: its configuration and its layers, each with the hash of its contents.

    The same layer may come twice.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    layers: Sequence[tuple[str, Path]] = ()


class Engine:
    """The engine that ``scripts/engine`` keeps in ``directory``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        suite = (directory / "suite").read_text(encoding="utf-8").strip()
        self.client = str(directory / suite / "usr/bin/docker")
        self.environment = {
            **os.environ,
            "DOCKER_HOST": f"unix://{directory}/docker.sock",
            "DOCKER_CONFIG": str(directory / "config"),
            "BUILDKIT_PROGRESS": "plain",
        }
        self._bases: dict[str, tuple[Stored, dict[str, Entry]]] = {}

    def docker(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run the client."""
        command = [self.client, *arguments]
        return subprocess.run(
            command, env=self.environment, check=check, capture_output=True, text=True, errors="replace"
        )

    @cached_property
    def version(self) -> str:
        """Of Docker, major and minor."""
        return ".".join(self.docker("version", "--format", "{{.Server.Version}}").stdout.split(".")[:2])

    @property
    def buildkit(self) -> str:
        """Of the BuildKit inside."""
        return BUILDKIT_OF_DOCKER[self.version]

    def build(self, context: Path, flags: Sequence[str] = (), *, base: str | None = None) -> Built:
        """Build ``context``; the lines compare with the image ``base``, or with nothing."""
        arguments = ["build", "--no-cache", "--network", "none", "--provenance=false", "-t", TAG, *flags, str(context)]
        done = self.docker(*arguments, check=False)
        if any(text in done.stderr for text in _AGAIN):
            done = self.docker(*arguments, check=False)
        if done.returncode != 0:
            return Built(error=_error(done.stderr), output=done.stderr)
        image = self.stored(TAG)
        under, before = self._base(base)
        after = dict(before)
        for _, layer in image.layers[len(under.layers) :]:
            _lay_over(after, layer)
        lines = [*_changes(before, after), *_configuration(image.config, under.config)]
        return Built(tuple(lines), output=done.stderr)

    def _base(self, name: str | None) -> tuple[Stored, dict[str, Entry]]:
        if name is None:
            return Stored(), {}
        if name not in self._bases:
            image, files = self.stored(name), dict[str, Entry]()
            for _, layer in image.layers:
                _lay_over(files, layer)
            self._bases[name] = (image, files)
        return self._bases[name]

    def stored(self, name: str) -> Stored:
        """Find an image by its name."""
        manifest = json.loads(
            self._blob(self.docker("image", "inspect", "-f", "{{.Id}}", name).stdout.strip()).read_text()
        )
        about = json.loads(self._blob(manifest["config"]["digest"]).read_text())
        blobs = [self._blob(layer["digest"]) for layer in manifest["layers"] or []]
        return Stored(about["config"], list(zip(about["rootfs"]["diff_ids"] or [], blobs, strict=True)))

    def _blob(self, digest: str) -> Path:
        return (
            self.directory / "data/containerd/daemon/io.containerd.content.v1.content/blobs" / digest.replace(":", "/")
        )


def _error(stderr: str) -> str:
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR: ")]
    return lines[-1].removeprefix("ERROR: ") if lines else stderr.strip().splitlines()[-1]


def _changes(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    lines = {path: f"D - {path}" for path in before if path not in after}
    for path, entry in after.items():
        if before.get(path) != entry:
            lines[path] = entry.line("M" if path in before else "A", path)
    return [line for _, line in sorted(lines.items())]


def _lay_over(files: dict[str, Entry], layer: Path) -> None:
    with tarfile.open(layer) as tar:
        for member in tar:
            path = "/" + member.name.strip("/")
            directory, name = posixpath.split(path)
            if name == OPAQUE:
                _remove(files, directory, itself=False)
            elif name.startswith(WHITEOUT):
                _remove(files, posixpath.join(directory, name.removeprefix(WHITEOUT)))
            elif path not in {"/", "/."}:
                _put(files, tar, member, posixpath.normpath(path))


def _put(files: dict[str, Entry], tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    kind = KINDS.get(member.type, "f")
    old = files.get(path)
    if old is not None and old.kind == "d" and kind != "d":
        _remove(files, path)
    body = tar.extractfile(member) if kind == "f" and (member.isfile() or member.islnk()) else None
    digest = hashlib.sha256(body.read()).hexdigest()[:8] if body is not None else None
    target = member.linkname if kind == "l" else None
    files[path] = Entry(kind, stat.S_IMODE(member.mode), member.uid, member.gid, target, digest)


def _remove(files: dict[str, Entry], path: str, *, itself: bool = True) -> None:
    for gone in [each for each in files if each.startswith(path + "/") or (itself and each == path)]:
        del files[gone]


def _configuration(config: Mapping[str, Any], under: Mapping[str, Any]) -> list[str]:
    added = [pair for pair in config.get("Env") or [] if pair not in (under.get("Env") or [])]
    return [
        f"# workdir {config.get('WorkingDir') or ''}",
        f"# entrypoint {json.dumps(config.get('Entrypoint'))}",
        f"# cmd {json.dumps(config.get('Cmd'))}",
        f"# user {config.get('User') or ''}",
        f"# env {json.dumps(added)}",
    ]


def running() -> Engine | None:
    """The engine, if ``scripts/engine start`` has been called."""
    directory = Path(os.environ.get("ENGINE", ROOT / ".engine"))
    if not (directory / "docker.sock").exists():
        return None
    engine = Engine(directory)
    return engine if engine.docker("version", check=False).returncode == 0 else None
