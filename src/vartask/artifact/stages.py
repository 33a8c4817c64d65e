"""What a Dockerfile's instructions say once ARG and ENV are put in, stage by stage; no file is looked at.

The rules are BuildKit's (https://docs.docker.com/reference/dockerfile/) unless the builder's dialect says otherwise:
an ARG before FROM is seen in FROM lines only and must be declared again in a stage; the later of ARG and ENV wins;
``FROM stage`` inherits variables, ARGs included; stages that the target does not need are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping

from vartask.artifact.stage_bases import Base, Bases, mounts, names_used
from vartask.artifact.stage_reader import StageReader, Values, after_image, after_stage
from vartask.artifact.stage_words import platform_args
from vartask.artifact.steps import StageError, State, Step
from vartask.data.base_images import BaseImage
from vartask.model import Image, ImageConfig, NamedContext
from vartask.records import dataclass, field
from vartask.syntax.dockerfile import Dockerfile, Instruction, Stage
from vartask.syntax.go import quoted

__all__ = ["Plan", "PlannedStage", "StageError", "Step", "plan"]


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with its steps.

    ``base`` is the index of an earlier stage, a known image, a named context, or ``None``; ``reference`` the base as
    a text, ``None`` when it depends on something unknown.
    """

    stage: Stage
    base: int | BaseImage | NamedContext | None
    reference: str | None
    steps: tuple[Step, ...]
    config: ImageConfig
    state: State = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages that the target needs, by index, in the order in which they are built."""

    stages: Mapping[int, PlannedStage]
    target: int
    dockerfile: Dockerfile
    bases: Bases


def plan(dockerfile: Dockerfile, image: Image) -> Plan:
    """Read what the target of ``image`` needs.  Raises :class:`StageError`."""
    return _Planner(dockerfile, image).plan()


class _Planner:
    def __init__(self, dockerfile: Dockerfile, image: Image) -> None:
        self.dockerfile = dockerfile
        self.builder = dockerfile.builder
        self.image = image
        self.planned: dict[int, PlannedStage] = {}
        self.values = Values(dockerfile, image.build_args, complete=image.complete)
        self.globals = self._globals()
        self.bases = Bases(dockerfile, self.values, self.globals, image.contexts)

    def _globals(self) -> dict[str, str | None]:
        """The arguments before the first FROM, and those that the builder sets itself."""
        given = self.image.build_args
        found: dict[str, str | None] = {}
        if self.builder.platform_args:
            stage = self.image.target or self.dockerfile.stages[-1].name or "default"
            own: dict[str, str | None] = {**platform_args(self.image.platform), "TARGETSTAGE": stage}
            found = {name: given.get(name, value) for name, value in own.items()}
        for instruction in self.dockerfile.args:
            for name, default in instruction.pairs:
                if name in given or default is not None:
                    found[name] = self.values.argument(name, default, found, instruction.span, everything=True)
                elif not self.image.complete:
                    found.setdefault(name, None)
        return found

    def plan(self) -> Plan:
        index = self.bases.settle(self.image.target)
        needed = range(index + 1) if self.builder.builds_all_stages else self.bases.needed(index)
        for number in needed:
            self.planned[number] = self._read(self.dockerfile.stages[number], self.bases.of[number])
        return Plan(self.planned, index, self.dockerfile, self.bases)

    def _read(self, stage: Stage, base: Base) -> PlannedStage:
        if isinstance(base.origin, int):
            start = after_stage(self.planned[base.origin].state, self.builder)
        else:
            start = after_image(base.origin, base.reference, stage.span)
        reader = StageReader(self.values, self.globals, start)
        steps: list[Step] = []
        for instruction in self.bases.instructions(stage.index):
            for name in names_used(instruction):
                self._check_earlier(name, stage, instruction)
            steps.append(reader.read(instruction))
            if instruction.refused is not None:
                break
        return PlannedStage(stage, base.origin, base.reference, tuple(steps), reader.config(), reader.state)

    def _check_earlier(self, name: str, stage: Stage, instruction: Instruction) -> None:
        """A stage can be used once it is built, which is in the order of the file."""
        origin = self.bases.source(instruction, name).origin
        if not isinstance(origin, int):
            return
        if self.builder.stage_names_exact and name not in {str(origin), self.dockerfile.stages[origin].written}:
            raise StageError(f"COPY --from={name}: no stage or image found with that name", instruction.span)
        if origin < stage.index:
            return
        if instruction.keyword == "COPY":
            raise StageError(
                f"cannot copy from stage {quoted(name)},"
                f" it needs to be defined before current stage {quoted(self.bases.title(stage.index))}",
                instruction.span,
            )
        options = next(options for options in mounts(instruction) if options.get("from") == name)
        target = options.get("target") or options.get("dst") or options.get("destination") or ""
        raise StageError(
            f"cannot mount from stage {quoted(name)} to {quoted(target)},"
            " stage needs to be defined before current command",
            instruction.span,
        )
