"""What a Dockerfile's instructions say once ARG and ENV are put in, stage by stage; no file is looked at.

BuildKit's rules (https://docs.docker.com/reference/dockerfile/): an ARG before FROM is seen in FROM lines only and
must be declared again in a stage; the later of ARG and ENV wins; ``FROM stage`` inherits variables, ARGs included;
stages that the target does not need are not evaluated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from vartask.artifact.expand import ExpandError, UnknownValue, expand, expand_heredoc
from vartask.artifact.stage_words import command_words, join_workdir, platform_args, stage_references
from vartask.data.base_images import BaseImage, known_base
from vartask.model import BuildError, ImageConfig, Span
from vartask.syntax.dockerfile import Dockerfile, Instruction, Stage

DEFAULT_SHELL = ("/bin/sh", "-c")
EXPANDED = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
"""Instructions whose words are expanded by the builder; RUN, CMD and ENTRYPOINT leave it to the shell."""


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

    @property
    def span(self) -> Span:
        """Where the instruction stands."""
        return self.instruction.span


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
    state: _State = field(repr=False)


@dataclass(frozen=True, slots=True)
class Plan:
    """The stages that the target needs, by index, in the order in which they are built."""

    stages: Mapping[int, PlannedStage]
    target: int
    dockerfile: Dockerfile


@dataclass(slots=True)
class _State:
    """Variables and configuration while a stage is read."""

    config: ImageConfig
    workdir: str | None
    variables: dict[str, str | None]
    env: dict[str, str]
    everything: bool
    shell: tuple[str, ...] = DEFAULT_SHELL
    unknown_env: frozenset[str] = frozenset()
    triggers: tuple[Instruction, ...] = ()
    cmd_here: bool = False


def plan(dockerfile: Dockerfile, *, target: str | None, build_args: Mapping[str, str], platform: str | None) -> Plan:
    """Read what the target needs.  Raises :class:`StageError`."""
    return _Planner(dockerfile, build_args, platform).plan(target)


class _Planner:
    def __init__(self, dockerfile: Dockerfile, build_args: Mapping[str, str], platform: str | None) -> None:
        self.dockerfile = dockerfile
        self.build_args = build_args
        self.planned: dict[int, PlannedStage] = {}
        self.platform = platform_args(platform)
        self.globals: dict[str, str | None] = dict(self.platform)
        for instruction in dockerfile.args:
            for name, default in instruction.pairs:
                self.globals[name] = self._argument(name, default, self.globals, everything=True)

    def plan(self, target: str | None) -> Plan:
        index = self._target(target)
        self._need(index)
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
        base, reference = self._base(stage)
        if isinstance(base, int):
            self._need(base)
        self.planned[index] = self._read(stage, base, reference)
        for step in self.planned[index].steps:
            for name in stage_references(step.instruction):
                found = self.find(name, stage, step.span)
                if found is not None:
                    self._need(found)

    def _base(self, stage: Stage) -> tuple[int | BaseImage | None, str | None]:
        try:
            text = expand(stage.base, self.globals, self.dockerfile.escape)
        except UnknownValue:
            return None, None
        except ExpandError as error:
            raise StageError(f"failed to process {stage.base!r}: {error}", stage.span) from error
        if not text:
            # The builder refuses a blank name; whoever runs it passes the argument that is missing here.
            return None, None
        for earlier in reversed(self.dockerfile.stages[: stage.index]):
            if earlier.name == text.lower():
                return earlier.index, text
        return known_base(text), text

    def find(self, name: str, stage: Stage, at: Span) -> int | None:
        """The stage that ``--from=name`` means.  Raises :class:`StageError` for one that is not built yet."""
        stages = self.dockerfile.stages
        for earlier in reversed(stages[: stage.index]):
            if earlier.name == name.lower():
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

    # -- one stage --------------------------------------------------------------------------------

    def _read(self, stage: Stage, base: int | BaseImage | None, reference: str | None) -> PlannedStage:
        state = self._start(stage, base, reference)
        steps: list[Step] = []
        inherited, state.triggers = state.triggers, ()
        for instruction in (*inherited, *stage.instructions):
            steps.append(self._step(instruction, state))
            self._apply(instruction, steps[-1], state)
        config = replace(state.config, env=dict(state.env), unknown_env=state.unknown_env)
        return PlannedStage(stage, base, reference, tuple(steps), config, state.triggers, state)

    def _start(self, stage: Stage, base: int | BaseImage | None, reference: str | None) -> _State:
        if isinstance(base, int):
            before = self.planned[base].state
            return replace(before, variables=dict(before.variables), env=dict(before.env), cmd_here=False)
        if base is None:
            config = ImageConfig(base=reference, base_at=stage.span)
            return _State(config, None, {}, {}, everything=False)
        config = ImageConfig(
            base.workdir,
            base.entrypoint,
            stage.span if base.entrypoint else None,
            base.cmd,
            stage.span if base.cmd else None,
            base=reference,
            base_at=stage.span,
            python=base.python,
            aws_base=base.kind == "aws",
        )
        return _State(config, base.workdir, dict(base.env), dict(base.env), everything=True)

    def _argument(
        self, name: str, default: str | None, variables: Mapping[str, str | None], **known: bool
    ) -> str | None:
        if name in self.build_args:
            return self.build_args[name]
        if default is None:
            return None
        try:
            return expand(default, variables, self.dockerfile.escape, **known)
        except (UnknownValue, ExpandError):
            return None

    # -- one instruction --------------------------------------------------------------------------

    def _step(self, instruction: Instruction, state: _State) -> Step:
        words: list[str | None] = list(instruction.words)
        unknown: list[str] = []
        if instruction.keyword in EXPANDED:
            words = [self._expand(word, state, instruction.span, unknown) for word in instruction.words]
        bodies: list[str | None] = []
        for heredoc in instruction.heredocs:
            expanded = heredoc.expand and instruction.keyword != "RUN"
            bodies.append(self._heredoc(heredoc.body, state) if expanded else heredoc.body)
        chown, chmod = instruction.flag("chown"), instruction.flag("chmod")
        return Step(
            instruction,
            tuple(words),
            state.workdir,
            state.config.user,
            state.shell,
            self._run_variables(state) if instruction.keyword == "RUN" else state.variables,
            state.everything,
            tuple(bodies),
            None if chown is None else self._expand(chown, state, instruction.span, []),
            None if chmod is None else self._expand(chmod, state, instruction.span, []),
            unknown[0] if unknown else None,
        )

    def _expand(self, word: str, state: _State, at: Span, unknown: list[str]) -> str | None:
        try:
            return expand(word, state.variables, self.dockerfile.escape, everything=state.everything)
        except UnknownValue as value:
            unknown.append(value.name)
            return None
        except ExpandError as error:
            raise StageError(f"failed to process {word!r}: {error}", at) from error

    def _heredoc(self, body: str, state: _State) -> str | None:
        try:
            return expand_heredoc(body, state.variables, everything=state.everything)
        except (UnknownValue, ExpandError):
            return None

    def _run_variables(self, state: _State) -> dict[str, str | None]:
        """RUN sees the proxy arguments without an ARG line (docs: predefined ARGs)."""
        variables = dict(state.variables)
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"):
            for spelling in (name, name.lower()):
                if spelling in self.build_args:
                    variables.setdefault(spelling, self.build_args[spelling])
        return variables

    def _apply(self, instruction: Instruction, step: Step, state: _State) -> None:
        handler = getattr(self, f"_do_{instruction.keyword.lower()}", None)
        if handler is not None:
            handler(instruction, step, state)

    def _do_arg(self, instruction: Instruction, _step: Step, state: _State) -> None:
        for name, default in instruction.pairs:
            if name in self.build_args or default is not None:
                state.variables[name] = self._argument(name, default, state.variables, everything=state.everything)
            elif name in self.globals:
                state.variables[name] = self.globals[name]
            elif state.everything:
                # Not given and without a default: whoever builds passes it, or it stays unset.
                state.variables.setdefault(name, None)

    def _do_env(self, instruction: Instruction, _step: Step, state: _State) -> None:
        before = dict(state.variables)
        for name, raw in instruction.pairs:
            try:
                value: str | None = expand(raw or "", before, self.dockerfile.escape, everything=state.everything)
            except UnknownValue:
                value = None
            except ExpandError as error:
                raise StageError(f"failed to process {raw!r}: {error}", instruction.span) from error
            state.variables[name] = value
            state.env.pop(name, None)
            state.unknown_env -= {name}
            if value is not None:
                state.env[name] = value
            else:
                state.unknown_env |= {name}

    def _do_workdir(self, _instruction: Instruction, step: Step, state: _State) -> None:
        state.workdir = join_workdir(state.workdir, step.words[0])
        # The configuration keeps an absolute path as it is written, `/opt/` and `/a/../b` too.
        shown = step.words[0] if (step.words[0] or "").startswith("/") else state.workdir
        state.config = replace(state.config, workdir=shown or "/")

    def _do_user(self, _instruction: Instruction, step: Step, state: _State) -> None:
        state.config = replace(state.config, user=step.words[0] or "")

    def _do_shell(self, instruction: Instruction, _step: Step, state: _State) -> None:
        state.shell = instruction.words

    def _do_onbuild(self, instruction: Instruction, _step: Step, state: _State) -> None:
        if instruction.trigger is not None:
            state.triggers = (*state.triggers, instruction.trigger)

    def _do_cmd(self, instruction: Instruction, _step: Step, state: _State) -> None:
        words = command_words(instruction, state.shell)
        state.config = replace(state.config, cmd=words, cmd_at=instruction.span)
        state.cmd_here = True

    def _do_entrypoint(self, instruction: Instruction, _step: Step, state: _State) -> None:
        words = command_words(instruction, state.shell)
        state.config = replace(state.config, entrypoint=words, entrypoint_at=instruction.span)
        if not state.cmd_here:
            state.config = replace(state.config, cmd=None, cmd_at=None)
