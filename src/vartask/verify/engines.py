"""Container engines by their command lines: Docker, Podman, Finch, nerdctl."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Literal

from vartask.records import dataclass, field
from vartask.verify.running import Running

NAMES = ("docker", "podman", "nerdctl", "finch")
"""In the order in which they are looked for; all four take Docker's options."""

_SECONDS = 60.0
"""How long an engine may take for a question about an image; a build has no such limit."""

_ANSWER_SECONDS = 15.0
"""How long an engine may take to say that it is there."""

_MACHINES = {"podman": "{{.Host.Arch}}"}
_MACHINE = "{{.Architecture}}"
"""The field of ``info`` that has the machine's architecture: Podman's is its own, the others have Docker's
(https://docs.podman.io/en/latest/markdown/podman-info.1.html, https://docs.docker.com/reference/cli/docker/system/info/,
https://github.com/containerd/nerdctl/blob/main/docs/command-reference.md)."""


_LOG = 40
"""Lines that are kept of what a step of a build has printed."""


class EngineError(Exception):
    """The engine cannot do what it is asked; one line for the user.  ``complaint`` is all that the engine printed."""

    def __init__(self, text: str, complaint: str = "") -> None:
        super().__init__(text)
        self.complaint = complaint


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What an image's configuration says (https://github.com/opencontainers/image-spec/blob/main/config.md).

    ``architecture`` is Go's name (``amd64``).
    """

    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    directory: str
    architecture: str = ""


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine; ``name`` is its program's."""

    name: str
    options: tuple[str, ...] = ()
    running: Running = field(default_factory=Running, compare=False)

    def arguments(self, *words: str) -> list[str]:
        """A whole command line."""
        return [self.name, *self.options, *words]

    def ask(self, *words: str, seconds: float = _SECONDS) -> str:
        """What a command prints.  Raises :class:`EngineError` with the last line of its complaint."""
        try:
            process = subprocess.Popen(  # noqa: S603 - the engine's own program, found on PATH
                self.arguments(*words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace"
            )
        except OSError as error:
            raise EngineError(f"{self.name}: {error.strerror}") from error
        with process:
            try:
                with self.running.process(process.terminate):
                    output, complaints = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired as error:
                process.kill()
                raise EngineError(f"{self.name} {words[0]} took longer than {seconds:g} s") from error
        if process.returncode != 0:
            said = _error_line(complaints) or last_line(complaints) or last_line(output)
            raise EngineError(f"{self.name} {words[0]}: {said}", complaints + output)
        return output

    def silence(self) -> str | None:
        """Why the engine does not answer; ``None`` when it does."""
        try:
            self.ask("version", seconds=_ANSWER_SECONDS)
        except EngineError as error:
            return str(error)
        return None

    def machine(self) -> str | None:
        """The architecture of the machine that containers run on, in Lambda's word; ``None`` when it does not say.

        It need not be this computer's: an engine may run in a virtual machine, or elsewhere.
        """
        try:
            written = self.ask(
                "info", "--format", _MACHINES.get(os.path.basename(self.name), _MACHINE), seconds=_ANSWER_SECONDS
            )
        except EngineError:
            return None
        return architecture(written.strip())

    def inspect(self, image: str) -> ImageFacts:
        """The configuration of an image that the engine has.  Raises :class:`EngineError`."""
        text = self.ask("image", "inspect", image)
        found = json.loads(text)[0]
        config = found.get("Config") or {}
        pairs = (item.partition("=") for item in config.get("Env") or ())
        return ImageFacts(
            tuple(config.get("Entrypoint") or ()),
            tuple(config.get("Cmd") or ()),
            {name: value for name, _, value in pairs},
            config.get("WorkingDir") or "/",
            found.get("Architecture") or "",
        )

    def discard(self, kind: str, name: str) -> None:
        """Remove a container or an image, whatever state it is in; one that is gone is fine."""
        words: Sequence[str] = ("rm", "-f", name) if kind == "container" else ("rmi", "-f", name)
        # Not one of the processes that an interruption ends: this is what it is to lead to.
        with suppress(OSError, subprocess.TimeoutExpired):
            command = self.arguments(*words)
            subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603 - as above


def find_engine(wanted: str | None) -> Engine:
    """The engine that is asked for, or the first that answers.  Raises :class:`EngineError` with what to do."""
    names = NAMES if wanted is None else (wanted,)
    silent: list[str] = []
    for name in names:
        if shutil.which(name):
            engine = Engine(name)
            reason = engine.silence()
            if reason is None:
                return engine
            silent.append(f"{name} is installed but does not answer ({reason})")
    if silent:
        raise EngineError(f"{'; '.join(silent)}: start it, or name another --engine")
    if wanted is not None:
        raise EngineError(f"--engine {wanted}: there is no such program on PATH")
    raise EngineError(f"no container engine: install {', '.join(NAMES[:-1])} or {NAMES[-1]}, or name one by --engine")


def _error_line(text: str) -> str:
    """The last line that says that it is the error: Docker Desktop has a line about its dashboard after that."""
    lines = (line.strip() for line in text.splitlines())
    return next((line for line in reversed(list(lines)) if line.startswith(("ERROR: ", "Error: "))), "")


def step_log(complaint: str) -> str:
    """What the step of a build that failed has printed; without BuildKit's frame around it, the last lines.

    Source: BuildKit's ``util/progress/progressui/display.go`` (``Vertex.error`` between two rulers).
    """
    framed = re.search(r"^------\n > .*\n((?:.*\n)*?)------$", complaint, re.MULTILINE)
    lines = framed[1].splitlines() if framed else complaint.splitlines()
    return "\n".join(line.rstrip() for line in lines[-_LOG:])


def last_line(text: str) -> str:
    """The last line that says something."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def architecture(name: str) -> Literal["x86_64", "arm64"] | None:
    """An architecture in Lambda's word, from Go's (``amd64``) or the kernel's (``aarch64``); ``None`` for another."""
    if name in {"amd64", "x86_64"}:
        return "x86_64"
    return "arm64" if name in {"arm64", "aarch64"} else None
