"""One instruction ready to be carried out, and what is known while a stage's instructions are read."""

from __future__ import annotations

from collections.abc import Mapping

from vartask.data.builders import BUILDKIT, Dialect
from vartask.model import BuildError, ImageConfig, Span
from vartask.records import dataclass
from vartask.syntax.dockerfile import Instruction

DEFAULT_SHELL = ("/bin/sh", "-c")


class StageError(Exception):
    """The build fails; ``error`` says how and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.error = BuildError(message, span)


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction ready to be carried out.

    ``words`` are expanded, ``None`` where a value is not known and ``unknown`` then names the variable.
    ``workdir`` is ``None`` when not known.  ``variables`` are what RUN sees.  ``bodies`` are the heredocs' texts.
    ``volumes`` are the directories below which this builder throws away what a RUN writes.
    """

    instruction: Instruction
    words: tuple[str | None, ...]
    workdir: str | None
    user: str
    shell: tuple[str, ...]
    variables: Mapping[str, str | None]
    everything: bool
    bodies: tuple[str | None, ...] = ()
    chown: str | None = None
    chmod: str | None = None
    unknown: str | None = None
    volumes: tuple[str, ...] = ()
    builder: Dialect = BUILDKIT

    @property
    def span(self) -> Span:
        """Where the instruction stands."""
        return self.instruction.span


@dataclass(slots=True)
class State:
    """Variables and configuration while a stage is read."""

    config: ImageConfig
    workdir: str | None
    variables: dict[str, str | None]
    env: dict[str, str]
    everything: bool
    shell: tuple[str, ...] = DEFAULT_SHELL
    unknown_env: frozenset[str] = frozenset()
    cmd_here: bool = False
    volumes: tuple[str, ...] = ()
