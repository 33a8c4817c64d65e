"""One container, one probe: its options, its limits, what it tells, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import pkgutil
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any

from vartask.verify.engines import Engine, ImageFacts, last_line

USER = "993:990"
"""Lambda runs functions as a user of its own, not as root; this is the one that the sandbox has
(https://docs.aws.amazon.com/lambda/latest/dg/images-create.html asks for images that any user can read)."""

SCRATCH = "/tmp"  # noqa: S108 - the one directory of Lambda's that can be written
LISTED = ("/var/task", "/opt")
MOST_PATHS = 200_000
_PIDS = 512
_PROBE_MIB = 64
"""What the probe itself may need beside the function."""

_NO_PYTHON = (125, 126, 127)
"""Exit codes of engines: the container or its program could not be started
(https://docs.docker.com/engine/containers/run/#exit-status)."""


@dataclass(frozen=True, slots=True)
class Start:
    """How one function is started: the whole command line, and everything around it.

    ``seconds`` is how long init, and then each event, may take.  ``events`` are pairs of a name and a payload.
    """

    name: str
    handler: str
    command: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    seconds: float = 10.0
    events: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` in MiB, ``storage`` is the size of ``/tmp`` in MiB."""

    memory: int = 512
    storage: int = 512


class Session:
    """Runs a probe in an image and hands on what it tells, line by line, as it comes."""

    def __init__(self, engine: Engine, image: str, facts: ImageFacts, limits: Limits) -> None:
        self._engine = engine
        self._image = image
        self._facts = facts
        self._limits = limits
        self.error: str | None = None
        """Why the probe did not come to its end."""

    def run(self, starts: Sequence[Start], platform: str | None = None) -> Iterator[dict[str, Any]]:
        """Everything that the probe tells.  Afterwards :attr:`error` says why it ended early, if it did."""
        roots = sorted({*LISTED, self._facts.directory} - {"/"})
        for python in _pythons(self._facts):
            told = False
            for fact in self._probe(python, starts, roots, platform):
                told = True
                yield fact
            if told or self.error is None or not self._lacks_program:
                return
        self.error = "the image has no Python that could be started"

    def _probe(
        self, python: str, starts: Sequence[Start], roots: Sequence[str], platform: str | None
    ) -> Iterator[dict[str, Any]]:
        name = f"vartask-{os.getpid()}-{uuid.uuid4().hex[:12]}"
        mark = f"@{uuid.uuid4().hex} "
        seconds = 30 + sum(2 * (start.seconds + 2) * (1 + len(start.events)) for start in starts)
        command = self._engine.arguments("run", *self._options(name, platform), "--entrypoint", python, self._image)
        self.error, self._lacks_program = None, False
        process = subprocess.Popen(  # noqa: S603 - the engine's own program
            [*command, "-I", "-S", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        watch = threading.Timer(seconds + 15, self._engine.discard, ("container", name))
        watch.daemon = True
        watch.start()
        complaints: list[bytes] = []
        listener = threading.Thread(target=_drain, args=(process.stderr, complaints), daemon=True)
        listener.start()
        ended = False
        try:
            with process, self._engine.running.process(lambda: self._engine.discard("container", name)):
                _hand_over(process, _script(mark, starts, roots, int(seconds)))
                for fact in _told(process, mark.encode()):
                    ended = ended or fact["kind"] == "end"
                    yield fact
                code = process.wait()
        finally:
            watch.cancel()
            process.kill()
            self._engine.discard("container", name)
        if not ended:
            listener.join(1)
            self._lacks_program = code in _NO_PYTHON
            text = last_line(b"".join(complaints).decode("utf-8", "replace"))
            self.error = text or f"the container ended with status {code}"

    def _options(self, name: str, platform: str | None) -> list[str]:
        memory = f"{self._limits.memory + _PROBE_MIB}m"
        options = [
            *("--rm", "--interactive", "--name", name, "--label", "vartask.verify=1"),
            *("--network", "none", "--read-only", "--user", USER),
            *("--tmpfs", f"{SCRATCH}:rw,exec,nosuid,nodev,mode=1777,size={self._limits.storage}m"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--pids-limit", str(_PIDS), "--memory", memory, "--memory-swap", memory),
        ]
        return [*options, *(("--platform", platform) if platform else ())]


def _pythons(facts: ImageFacts) -> Iterator[str]:
    """Where an image may have its Python: as its entrypoint, where AWS has it, on the search path."""
    first = facts.entrypoint[0] if facts.entrypoint else ""
    if os.path.basename(first).startswith("python"):
        yield first
    if "LAMBDA_RUNTIME_DIR" in facts.environment:
        yield "/var/lang/bin/python3"
    yield from ("python3", "python", "/usr/local/bin/python3", "/usr/bin/python3")


def _script(mark: str, starts: Sequence[Start], roots: Sequence[str], seconds: int) -> bytes:
    functions = [
        {
            "name": start.name,
            "handler": start.handler,
            "command": list(start.command),
            "directory": start.directory,
            "environment": dict(start.environment),
            "seconds": start.seconds,
            "events": [{"name": name, "payload": payload, "seconds": start.seconds} for name, payload in start.events],
        }
        for start in starts
    ]
    spec = {"mark": mark, "roots": list(roots), "limit": MOST_PATHS, "seconds": seconds, "functions": functions}
    source = pkgutil.get_data("vartask.verify", "probe.py") or b""
    return source + f"\n\nmain(json.loads({json.dumps(spec)!r}))\n".encode()


def _hand_over(process: subprocess.Popen[bytes], script: bytes) -> None:
    stream = process.stdin
    if stream is None:
        return
    try:
        stream.write(script)
        stream.close()
    except BrokenPipeError:
        return  # the engine's complaint says why


def _told(process: subprocess.Popen[bytes], mark: bytes) -> Iterator[dict[str, Any]]:
    for line in process.stdout or ():
        if line.startswith(mark):
            yield json.loads(line[len(mark) :])


def _drain(stream: IO[bytes] | None, into: list[bytes]) -> None:
    for line in stream or ():
        into.append(line)
        del into[:-50]
