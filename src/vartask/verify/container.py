"""One container, one probe: its options, its limits, what it tells, and that nothing of it stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any

from vartask.records import dataclass
from vartask.verify import pythons, script
from vartask.verify.endings import Ending, ending
from vartask.verify.engines import Engine, ImageFacts
from vartask.verify.events import Event

USER = "993:990"
"""Lambda runs functions as a user of its own, not as root; this is the one that the sandbox has
(https://docs.aws.amazon.com/lambda/latest/dg/images-create.html asks for images that any user can read)."""

SCRATCH = "/tmp"  # noqa: S108 - the one directory of Lambda's that can be written
LISTED = ("/var/task", "/opt")
MOST_PATHS = 200_000
_PIDS = 512
_PROBE_MIB = 64
"""What the probe itself may need beside the function."""

LABEL = "vartask.verify=1"


@dataclass(frozen=True, slots=True)
class Start:
    """How one function is started: the whole command line, and everything around it.

    ``seconds`` is how long init may take, ``timeout`` each event, ``memory`` what they may use in MiB.  ``rules``
    allows a runtime client of our own where the image has none, as Lambda brings one to a package.
    ``check`` is a startup check to call.
    """

    name: str
    handler: str
    command: tuple[str, ...]
    directory: str
    environment: Mapping[str, str]
    seconds: float = 10.0
    timeout: float = 10.0
    memory: int = 512
    events: tuple[Event, ...] = ()
    rules: bool = False
    check: str | None = None

    def task(self) -> dict[str, Any]:
        """As the probe reads it."""
        return {
            "name": self.name,
            "handler": self.handler,
            "command": list(self.command),
            "directory": self.directory,
            "environment": dict(self.environment),
            "seconds": self.seconds,
            "memory": self.memory * 1024,
            "rules": self.rules,
            "check": self.check,
            "events": [
                {
                    "name": event.name,
                    "payload": event.payload,
                    "seconds": event.seconds or self.timeout,
                    "cold": event.cold,
                    "contains": event.expect.contains,
                }
                for event in self.events
            ],
        }

    @property
    def longest(self) -> float:
        """Seconds that it may take in all: every event may need a process of its own."""
        waits = [(event.seconds or self.timeout) + self.seconds for event in self.events]
        # Extensions have the time of init before the runtime has it.
        return 2 * (sum(waits) + self.seconds * (1 + (self.check is not None)) + 2 * (1 + len(waits)))


class Session:
    """Runs a probe in an image and hands on what it tells, line by line, as it comes."""

    def __init__(
        self, engine: Engine, image: str, facts: ImageFacts, storage: int, known: frozenset[str] = frozenset()
    ) -> None:
        self._known = known
        self._engine = engine
        self._image = image
        self._facts = facts
        self._storage = storage
        self.ending: Ending | None = None
        """Why the probe did not come to its end."""

    def run(self, starts: Sequence[Start], platform: str | None = None) -> Iterator[dict[str, Any]]:
        """Everything that the probe tells.  Afterwards :attr:`ending` says why it ended early, if it did."""
        roots = sorted({*LISTED, self._facts.directory} - {"/"})
        for python in self._pythons():
            told = False
            for fact in self._probe(python, starts, roots, platform):
                told = True
                yield fact
            if told or self.ending is None or not self.ending.retry:
                return

    def _pythons(self) -> Iterator[str]:
        """Programs to run the probe with, as long as none could be started."""
        yield from pythons.usual(self._facts)
        yield from pythons.found(self._engine, self._image)

    def _probe(
        self, python: str, starts: Sequence[Start], roots: Sequence[str], platform: str | None
    ) -> Iterator[dict[str, Any]]:
        name = f"vartask-{os.getpid()}-{uuid.uuid4().hex[:12]}"
        mark = f"@{uuid.uuid4().hex} "
        seconds = 60 + sum(start.longest for start in starts)
        command = self._engine.arguments(
            "run", *self._options(name, starts, platform), "--entrypoint", python, self._image
        )
        self.ending = None
        process = subprocess.Popen(  # noqa: S603 - the engine's own program
            [*command, *script.command()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        watch = threading.Timer(seconds + 15, self._engine.discard, ("container", name))
        watch.daemon = True
        watch.start()
        complaints: list[bytes] = []
        listener = threading.Thread(target=_drain, args=(process.stderr, complaints), daemon=True)
        listener.start()
        ended = gone = False
        try:
            with process, self._engine.running.process(lambda: self._engine.discard("container", name)):
                _hand_over(process, self._script(mark, starts, roots, int(seconds)))
                for fact in _told(process, mark.encode()):
                    ended = ended or fact["kind"] == "end"
                    yield fact
                code = process.wait()
            # A run that comes to its end waits until the engine has removed its container (``--rm``).
            gone = ended
        finally:
            watch.cancel()
            process.kill()
            if not gone:
                self._engine.discard("container", name)
        if not ended:
            listener.join(1)
            complaint = b"".join(complaints).decode("utf-8", "replace")
            self.ending = ending(self._engine, self._facts.architecture, code, complaint)

    def _options(self, name: str, starts: Sequence[Start], platform: str | None) -> list[str]:
        # What is in /tmp is memory here, and not in Lambda; the probe sees to the limits of the functions themselves
        # (https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, 2.3: shared memory file systems are accounted).
        memory = f"{max((one.memory for one in starts), default=0) + self._storage + _PROBE_MIB}m"
        options = [
            *("--rm", "--interactive", "--name", name, "--label", LABEL),
            *("--network", "none", "--read-only", "--user", USER),
            *("--tmpfs", f"{SCRATCH}:rw,exec,nosuid,nodev,mode=1777,size={self._storage}m"),
            *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
            *("--pids-limit", str(_PIDS), "--memory", memory, "--memory-swap", memory),
        ]
        return [*options, *(("--platform", platform) if platform else ())]

    def _script(self, mark: str, starts: Sequence[Start], roots: Sequence[str], seconds: int) -> bytes:
        spec = {
            "mark": mark,
            "roots": list(roots),
            "texts": sorted({"/var/task", self._facts.directory} - {"/"}),
            "known": sorted(self._known),
            "limit": MOST_PATHS,
            "seconds": seconds,
            "functions": [start.task() for start in starts],
        }
        return script.payload(spec)


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
        if not line.startswith(mark):
            continue
        try:
            yield json.loads(line[len(mark) :])
        except ValueError:
            return  # the container was ended in the middle of it


def _drain(stream: IO[bytes] | None, into: list[bytes]) -> None:
    for line in stream or ():
        into.append(line)
        del into[:-50]
