"""One stage's instructions, read in order: variables put in, configuration kept up to date."""

from __future__ import annotations

from collections.abc import Mapping

from vartask.artifact import step_checks
from vartask.artifact.expand import ExpandError, UnknownValue, expand, expand_heredoc
from vartask.artifact.stage_words import PROXY_ARGS, command_words, join_workdir
from vartask.artifact.steps import StageError, State, Step
from vartask.data.base_images import SCRATCH, BaseImage
from vartask.data.builders import Dialect
from vartask.model import ImageConfig, NamedContext, Span
from vartask.records import replace
from vartask.syntax.dockerfile import Dockerfile, Instruction
from vartask.syntax.go import quoted

EXPANDED = frozenset({"ADD", "COPY", "EXPOSE", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"})
"""Instructions whose words are expanded by the builder; RUN, CMD and ENTRYPOINT leave it to the shell."""


class Values:
    """Puts variables into a Dockerfile's words, as its builder does."""

    def __init__(self, dockerfile: Dockerfile, build_args: Mapping[str, str], *, complete: bool = False) -> None:
        self.builder = dockerfile.builder
        self.complete = complete
        self.build_args = build_args
        self.escape = dockerfile.escape if self.builder.escape_directive_in_words else "\\"

    def expand(self, word: str, variables: Mapping[str, str | None], *, everything: bool) -> str:
        """As :func:`vartask.artifact.expand.expand`."""
        return expand(word, variables, self.escape, everything=everything, builder=self.builder)

    def heredoc(self, body: str, state: State, at: Span) -> str | None:
        """A heredoc's body, ``None`` when it is not known.  Raises :class:`StageError`."""
        try:
            return expand_heredoc(body, state.variables, everything=state.everything, builder=self.builder)
        except UnknownValue:
            return None
        except ExpandError as error:
            raise StageError(f"failed to process {quoted(body)}: {error}", at) from error

    def argument(
        self, name: str, default: str | None, variables: Mapping[str, str | None], at: Span, *, everything: bool
    ) -> str | None:
        """What an ARG is worth: what is given for it, else its default; ``None`` when that is not known.

        Raises :class:`StageError`.
        """
        if name in self.build_args:
            return self.build_args[name]
        if default is None:
            return None
        try:
            return self.expand(default, variables, everything=everything)
        except UnknownValue:
            return None
        except ExpandError as error:
            raise StageError(f"failed to process {quoted(default)}: {error}", at) from error

    def proxies(self) -> dict[str, str]:
        """The predefined proxy arguments that are given."""
        names = [spelling for name in PROXY_ARGS for spelling in (name, name.lower())]
        return {name: self.build_args[name] for name in names if name in self.build_args}


class StageReader:
    """Carries a state, the one that a stage's base leaves, through instructions one by one."""

    def __init__(self, values: Values, global_args: Mapping[str, str | None], state: State) -> None:
        self.values = values
        self.builder = values.builder
        self.globals = global_args
        self.state = state
        if self.builder.proxy_args_expand:
            for name, value in values.proxies().items():
                self.state.variables.setdefault(name, value)

    def read(self, instruction: Instruction) -> Step:
        """The next step.  Raises :class:`StageError`."""
        step = self._step(instruction)
        if instruction.refused is None:
            if self.builder.checks_words_first:
                self._check(step)
            self._apply(instruction, step)
        return step

    def _check(self, step: Step) -> None:
        """What is refused before anything is built."""
        item = step.instruction
        try:
            if item.keyword in {"ADD", "COPY"}:
                step_checks.check_chmod(step.chmod)
                checksum = item.flag("checksum")
                known = self._expand(checksum, item.span, []) if checksum is not None else None
                step_checks.check_checksum(item.keyword, known, step.words[:-1])
                step_checks.check_sources(item.keyword, step.words[:-1])
            elif item.keyword == "STOPSIGNAL":
                step_checks.check_stop_signal(step.words[0])
            elif item.keyword == "VOLUME":
                step_checks.check_volumes(step.words)
            elif item.keyword == "EXPOSE":
                ports = (self._expand(word, item.span, []) for word in sorted(item.words))
                step_checks.check_ports(port for word in ports for port in (word or "").split())
            elif item.keyword == "LABEL":
                for word in (word for pair in item.pairs for word in pair):
                    self._expand(word or "", item.span, [])
            elif item.keyword == "RUN":
                self._check_run(step)
        except step_checks.Refused as error:
            raise StageError(str(error), item.span) from error

    def _check_run(self, step: Step) -> None:
        item = step.instruction
        for value in item.flag_values("mount"):
            step_checks.check_mount(value, lambda word: self._known(word, item.span), step.workdir)
        if item.flag("device") is not None and not self.builder.labs:
            text = "device feature is only supported in Dockerfile frontend 1.14.0-labs or later"
            raise StageError(text, item.span)
        if item.exec_form and not item.words:
            raise StageError("failed to marshal LLB definition: arguments are required", item.span)

    def _known(self, word: str, at: Span) -> str:
        """A word's value.  Raises :class:`StageError` and :class:`UnknownValue`."""
        try:
            return self.values.expand(word, self.state.variables, everything=self.state.everything)
        except ExpandError as error:
            raise StageError(f"failed to process {quoted(word)}: {error}", at) from error

    def config(self) -> ImageConfig:
        """The image's configuration after the last instruction."""
        return replace(self.state.config, env=dict(self.state.env), unknown_env=self.state.unknown_env)

    # -- one instruction --------------------------------------------------------------------------

    def _step(self, instruction: Instruction) -> Step:
        state = self.state
        words: list[str | None] = list(instruction.words)
        unknown: list[str] = []
        chown, chmod = instruction.flag("chown"), instruction.flag("chmod")
        chown = None if chown is None else self._expand(chown, instruction.span, [])
        if chmod is not None and self.builder.chmod_expands:
            chmod = self._expand(chmod, instruction.span, [])
        if instruction.keyword in EXPANDED:
            words = [self._expand(word, instruction.span, unknown) for word in instruction.words]
        bodies: list[str | None] = []
        for heredoc in instruction.heredocs:
            expanded = heredoc.expand and instruction.keyword != "RUN"
            bodies.append(self.values.heredoc(heredoc.body, state, instruction.span) if expanded else heredoc.body)
        return Step(
            instruction,
            tuple(words),
            state.workdir,
            state.config.user,
            state.shell,
            self._run_variables() if instruction.keyword == "RUN" else state.variables,
            state.everything,
            tuple(bodies),
            chown,
            chmod,
            unknown[0] if unknown else None,
            () if self.builder.run_changes_volumes else state.volumes,
            self.builder,
        )

    def _expand(self, word: str, at: Span, unknown: list[str]) -> str | None:
        try:
            return self._known(word, at)
        except UnknownValue as value:
            unknown.append(value.name)
            return None

    def _run_variables(self) -> dict[str, str | None]:
        """RUN sees the proxy arguments without an ARG line (docs: predefined ARGs)."""
        return {**self.values.proxies(), **self.state.variables}

    def _apply(self, instruction: Instruction, step: Step) -> None:
        handler = getattr(self, f"_do_{instruction.keyword.lower()}", None)
        if handler is not None:
            handler(instruction, step)

    def _do_arg(self, instruction: Instruction, _step: Step) -> None:
        state = self.state
        before = state.variables if self.builder.arg_sees_same_line else dict(state.variables)
        for name, default in instruction.pairs:
            if not self.builder.arg_beats_env and self._may_be_env(name):
                if name not in state.variables:
                    state.variables[name] = None
            elif name in self.values.build_args or default is not None:
                state.variables[name] = self.values.argument(
                    name, default, before, instruction.span, everything=state.everything
                )
            elif name in self.globals:
                state.variables[name] = self.globals[name]
            elif state.everything and not self.values.complete:
                # Not given and without a default: whoever builds passes it, or it stays unset.
                state.variables.setdefault(name, None)

    def _may_be_env(self, name: str) -> bool:
        return name in self.state.env or name in self.state.unknown_env or not self.state.everything

    def _do_env(self, instruction: Instruction, _step: Step) -> None:
        state = self.state
        before = dict(state.variables)
        for written, raw in instruction.pairs:
            name = self._expand(written, instruction.span, [])
            if name is None:
                continue
            try:
                value: str | None = self.values.expand(raw or "", before, everything=state.everything)
            except UnknownValue:
                value = None
            except ExpandError as error:
                raise StageError(f"failed to process {quoted(raw or '')}: {error}", instruction.span) from error
            state.variables[name] = value
            state.env.pop(name, None)
            state.unknown_env -= {name}
            if value is not None:
                state.env[name] = value
            else:
                state.unknown_env |= {name}

    def _do_workdir(self, _instruction: Instruction, step: Step) -> None:
        state = self.state
        state.workdir = join_workdir(state.workdir, step.words[0])
        # The configuration keeps an absolute path as it is written, `/opt/` and `/a/../b` too.
        shown = step.words[0] if (step.words[0] or "").startswith("/") else state.workdir
        state.config = replace(state.config, workdir=shown or "/")

    def _do_user(self, _instruction: Instruction, step: Step) -> None:
        self.state.config = replace(self.state.config, user=step.words[0] or "")

    def _do_volume(self, _instruction: Instruction, step: Step) -> None:
        paths = (join_workdir("/", word) for word in step.words)
        self.state.volumes = (*self.state.volumes, *(path for path in paths if path is not None))

    def _do_shell(self, instruction: Instruction, _step: Step) -> None:
        if self.builder.shell_instruction:
            self.state.shell = instruction.words

    def _do_cmd(self, instruction: Instruction, _step: Step) -> None:
        words = command_words(instruction, self.state.shell)
        self.state.config = replace(self.state.config, cmd=words, cmd_at=instruction.span)
        self.state.cmd_here = True

    def _do_entrypoint(self, instruction: Instruction, _step: Step) -> None:
        words = command_words(instruction, self.state.shell)
        self.state.config = replace(self.state.config, entrypoint=words, entrypoint_at=instruction.span)
        if not self.state.cmd_here:
            self.state.config = replace(self.state.config, cmd=None, cmd_at=None)


def after_image(image: BaseImage | NamedContext | None, reference: str | None, at: Span) -> State:
    """What a stage on an image or a context starts from; ``None`` is one that nobody knows."""
    if isinstance(image, NamedContext) and image.directory is not None:
        # Files without a configuration.
        image = SCRATCH
    if image is None or isinstance(image, NamedContext):
        return State(ImageConfig(base=reference, base_at=at), None, {}, {}, everything=False)
    config = ImageConfig(
        image.workdir,
        image.entrypoint,
        at if image.entrypoint else None,
        image.cmd,
        at if image.cmd else None,
        base=reference,
        base_at=at,
        python=image.python,
        aws_base=image.kind == "aws",
    )
    return State(config, image.workdir, dict(image.env), dict(image.env), everything=True)


def after_stage(before: State, builder: Dialect) -> State:
    """What a stage on an earlier stage starts from."""
    variables = dict(before.variables)
    if not builder.args_reach_next_stage:
        variables = {**before.env, **dict.fromkeys(before.unknown_env)}
    return replace(before, variables=variables, env=dict(before.env), cmd_here=False)
