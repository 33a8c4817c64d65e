"""What a Dockerfile's instructions say once ARG and ENV are put in, stage by stage; no file is looked at.

The rules are BuildKit's (https://docs.docker.com/reference/dockerfile/) unless the builder's dialect says otherwise:
an ARG before FROM is seen in FROM lines only and must be declared again in a stage; the later of ARG and ENV wins;
``FROM stage`` inherits variables, ARGs included; stages that the target does not need are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vartask.artifact.expand import ExpandError, UnknownValue
from vartask.artifact.stage_reader import StageReader, Values, after_image, after_stage
from vartask.artifact.stage_words import platform_args, quoted, stage_references
from vartask.artifact.steps import StageError, State, Step
from vartask.data.base_images import BaseImage, known_base
from vartask.model import ImageConfig, Span
from vartask.syntax.dockerfile import Dockerfile, Instruction, Stage

__all__ = ["Plan", "PlannedStage", "StageError", "Step", "plan"]


@dataclass(frozen=True, slots=True)
class PlannedStage:
    """A stage with its steps.

    ``base`` is the index of an earlier stage, a known image, or ``None``; ``reference`` the base as a text,
    ``None`` when it depends on something unknown.
    """

    stage: Stage
    base: int | BaseImage | None
    reference: str | None
    steps: tuple[Step, ...]
    config: ImageConfig
    triggers: tuple[Instruction, ...]
    state: State = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages that the target needs, by index, in the order in which they are built."""

    stages: Mapping[int, PlannedStage]
    target: int
    dockerfile: Dockerfile


def plan(dockerfile: Dockerfile, *, target: str | None, build_args: Mapping[str, str], platform: str | None) -> Plan:
    """Read what the target needs.  Raises :class:`StageError`."""
    return _Planner(dockerfile, build_args, platform).plan(target)


class _Planner:
    def __init__(self, dockerfile: Dockerfile, build_args: Mapping[str, str], platform: str | None) -> None:
        self.dockerfile = dockerfile
        self.builder = dockerfile.builder
        self.planned: dict[int, PlannedStage] = {}
        self.values = Values(dockerfile, build_args)
        platforms = platform_args(platform) if self.builder.platform_args else {}
        self.globals: dict[str, str | None] = dict(platforms)
        for instruction in dockerfile.args:
            for name, default in instruction.pairs:
                self.globals[name] = self.values.argument(name, default, self.globals, everything=True)

    def plan(self, target: str | None) -> Plan:
        index = self._target(target)
        for wanted in range(0 if self.builder.builds_all_stages else index, index + 1):
            self._need(wanted)
        return Plan(dict(sorted(self.planned.items())), index, self.dockerfile)

    def _target(self, target: str | None) -> int:
        stages = self.dockerfile.stages
        if target is None:
            return len(stages) - 1
        for stage in reversed(stages):
            if stage.name == target.lower():
                return stage.index
        raise StageError(f'target stage "{target}" could not be found', stages[-1].span)

    def _need(self, index: int) -> None:
        """Plan the stage and, before it, those that it stands on or copies from."""
        if index in self.planned:
            return
        stage = self.dockerfile.stages[index]
        earlier = {item.name for item in self.dockerfile.stages[:index] if item.name is not None}
        if self.builder.stage_names_unique and stage.name in earlier:
            raise StageError(f"{stage.name} stage name already used", stage.span)
        base, reference = self._base(stage)
        if isinstance(base, int):
            self._need(base)
        self.planned[index] = self._read(stage, base, reference)
        for step in self.planned[index].steps:
            for name in stage_references(step.instruction):
                found = self.find(name, stage, step.span)
                if found is not None:
                    self._need(found)

    def _read(self, stage: Stage, base: int | BaseImage | None, reference: str | None) -> PlannedStage:
        if isinstance(base, int):
            start = after_stage(self.planned[base].state, self.builder)
        else:
            start = after_image(base, reference, stage.span)
        reader = StageReader(self.values, self.globals, stage, start)
        steps, config = reader.read()
        return PlannedStage(stage, base, reference, steps, config, reader.state.triggers, reader.state)

    def _base(self, stage: Stage) -> tuple[int | BaseImage | None, str | None]:
        self._check_platform(stage)
        try:
            text = self.values.expand(stage.base, self.globals, everything=True)
        except UnknownValue:
            return None, None
        except ExpandError as error:
            raise StageError(f"failed to process {quoted(stage.base)}: {error}", stage.span) from error
        if not text:
            # The builder refuses a blank name; whoever runs it passes the argument that is missing here.
            return None, None
        for earlier in reversed(self.dockerfile.stages[: stage.index]):
            if earlier.name == text.lower():
                return earlier.index, text
        return known_base(text), text

    def _check_platform(self, stage: Stage) -> None:
        """A builder that has no BUILDPLATFORM makes nothing of it, which is no platform."""
        if self.builder.platform_args or not stage.platform:
            return
        try:
            text = self.values.expand(stage.platform, self.globals, everything=True)
        except (UnknownValue, ExpandError):
            return
        if not text:
            raise StageError(
                'failed to parse platform : "" is an invalid component of "": platform specifier component must match'
                ' "^[A-Za-z0-9_-]+$": invalid argument',
                stage.span,
            )

    def find(self, name: str, stage: Stage, at: Span) -> int | None:
        """The stage that ``--from=name`` means.  Raises :class:`StageError` for one that is not built yet."""
        stages = self.dockerfile.stages
        for earlier in reversed(stages[: stage.index]):
            if earlier.name == name.lower():
                if self.builder.stage_names_exact and earlier.written != name:
                    raise StageError(f"COPY --from={name}: no stage or image found with that name", at)
                return earlier.index
        if name.isdigit():
            index = int(name)
            if index == stage.index:
                raise StageError(f"circular dependency detected on stage: {stage.name or f'stage-{stage.index}'}", at)
            if index < stage.index:
                return index
            raise StageError(f"invalid from flag value {name}: only earlier stages have a number", at)
        for later in stages[stage.index :]:
            if later.name == name.lower():
                here = stage.name or f"stage-{stage.index}"
                raise StageError(
                    f'cannot copy from stage "{name}", it needs to be defined before current stage "{here}"', at
                )
        return None
