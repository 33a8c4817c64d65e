"""What every stage of a Dockerfile stands on, and which stage, context or image a name means.

BuildKit settles this for all stages before it reads one of them, needed or not; what it refuses here fails the build
even in a stage that nobody uses.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from vartask.artifact import platforms, references
from vartask.artifact.expand import ExpandError, UnknownValue, expand
from vartask.artifact.stage_reader import Values
from vartask.artifact.stage_words import mount_options
from vartask.artifact.steps import StageError
from vartask.data.base_images import SCRATCH, BaseImage, known_base
from vartask.model import NamedContext, Span
from vartask.patterns import regex
from vartask.records import dataclass, replace
from vartask.syntax.dockerfile import Dockerfile, Instruction, Stage
from vartask.syntax.go import quoted, suggestion

RESERVED = frozenset({"scratch", "context"})
"""Names that no named context takes over."""

_VARIABLE = regex(r"\$\{?(\w+)")
_NUMBER = regex(r"[+-]?\d+")


@dataclass(frozen=True, slots=True)
class Base:
    """What a stage stands on, or what a name in ``COPY --from`` means.

    ``origin`` is the index of an earlier stage, a known image, a named context, or ``None``; ``reference`` the name as
    a text, ``None`` when it depends on something unknown.  ``replaced`` says that a named context of the stage's own
    name takes the place of the whole stage.
    """

    origin: int | BaseImage | NamedContext | None
    reference: str | None
    replaced: bool = False


class Bases:
    """The stages of one Dockerfile; ``variables`` are the arguments before the first FROM."""

    def __init__(
        self,
        dockerfile: Dockerfile,
        values: Values,
        variables: Mapping[str, str | None],
        contexts: Mapping[str, NamedContext],
    ) -> None:
        self.dockerfile = dockerfile
        self.builder = dockerfile.builder
        self.values = values
        self.variables = variables
        self.contexts = contexts
        self.names: dict[str, int] = {}
        self.of: list[Base] = []
        """The base of each stage, by index."""

    def settle(self, target: str | None) -> int:
        """Find every stage's base and the index of the target.  Raises :class:`StageError`."""
        for stage in self.dockerfile.stages:
            self.of.append(self._base(stage))
            if self.builder.stage_names_unique and stage.name in self.names:
                raise StageError(f"{stage.name} stage name already used", stage.span)
            if stage.name is not None:
                self.names[stage.name] = stage.index
        index = self._target(target)
        self._check_origins()
        self._check_circles()
        if self.builder.checks_all_names:
            self._check_references()
        return index

    def title(self, index: int) -> str:
        """The stage's name, or the one that the builder gives it."""
        return self.dockerfile.stages[index].name or f"stage-{index}"

    # -- FROM -------------------------------------------------------------------------------------

    def _base(self, stage: Stage) -> Base:
        text = self._expanded(stage.base, stage.span)
        if text == "" and not self._may_be_given(stage.base):
            raise StageError(f"base name ({stage.base}) should not be blank", stage.span)
        self._check_platform(stage)
        if stage.name is not None:
            own = self._context(stage.name, stage.span)
            if own is not None:
                return Base(_origin(own), own.image or stage.name, replaced=True)
        if not text:
            # Whoever builds it passes the argument that is missing here.
            return Base(None, None)
        lower = self.builder.stage_names_exact or not self.builder.from_names_exact
        name = text.lower() if lower else text
        found = self.names.get(name)
        if found is not None and self.builder.stage_names_exact and self.dockerfile.stages[found].written != text:
            found = None
        return Base(found, text) if found is not None else self._outside(text)

    def _may_be_given(self, word: str) -> bool:
        """Whether whoever builds it may pass another value for one of the word's variables."""
        return not self.values.complete and any(name in self.variables for name in _VARIABLE.findall(word))

    def _outside(self, text: str) -> Base:
        """An image or a named context."""
        if text not in RESERVED:
            try:
                named = self.contexts.get(references.familiar(text))
            except references.ReferenceError:
                # Said in the builder's order, after everything else about names.
                return Base(None, text)
            if named is not None:
                return Base(_origin(named), named.image or text)
        return Base(known_base(text), text)

    def _context(self, name: str, at: Span) -> NamedContext | None:
        if name in RESERVED:
            return None
        try:
            return self.contexts.get(references.familiar(name))
        except references.ReferenceError as error:
            raise StageError(f"invalid context name {name}: {error}", at) from error

    def _expanded(self, word: str, at: Span, doing: str = "") -> str | None:
        try:
            return self.values.expand(word, self.variables, everything=True)
        except UnknownValue:
            return None
        except ExpandError as error:
            raise StageError(f"{doing}failed to process {quoted(word)}: {error}", at) from error

    def _check_platform(self, stage: Stage) -> None:
        if not stage.platform or (self.builder.platform_args and not self.builder.checks_all_names):
            return
        if not self.builder.platform_args:
            self._check_platform_without_arguments(stage)
            return
        text = self._expanded(stage.platform, stage.span, "failed to process arguments for platform : ")
        unset = [name for name in _VARIABLE.findall(stage.platform) if name not in self.variables]
        hint = next(filter(None, (suggestion(name, self.variables) for name in unset)), "")
        if text == "" and (self.values.complete or unset):
            raise StageError(f"empty platform value from expression {stage.platform}{hint}", stage.span)
        if text and not self._may_be_given(stage.platform):
            try:
                platforms.normalized(text)
            except platforms.PlatformError as error:
                raise StageError(f"failed to parse platform {stage.platform}: {error}{hint}", stage.span) from error

    def _check_platform_without_arguments(self, stage: Stage) -> None:
        """A builder that has no BUILDPLATFORM makes nothing of it, which is no platform."""
        if self._expanded(stage.platform or "", stage.span) == "":
            raise StageError(
                'failed to parse platform : "" is an invalid component of "": platform specifier component must match'
                ' "^[A-Za-z0-9_-]+$": invalid argument',
                stage.span,
            )

    def _target(self, target: str | None) -> int:
        stages = self.dockerfile.stages
        if target is None:
            return len(stages) - 1
        if target.lower() in self.names:
            return self.names[target.lower()]
        hint = suggestion(target, (self.title(stage.index) for stage in stages))
        raise StageError(f"target stage {quoted(target)} could not be found{hint}", stages[-1].span)

    # -- COPY --from and RUN --mount --------------------------------------------------------------

    def source(self, instruction: Instruction, name: str) -> Base:
        """What ``name`` means to a COPY (a stage's name or number) or to a RUN's mount (a name)."""
        if instruction.keyword == "COPY" and _NUMBER.fullmatch(name) and 0 <= int(name) < len(self.of):
            return Base(int(name), name)
        if name.lower() in self.names:
            return Base(self.names[name.lower()], name)
        return Base(SCRATCH, name) if name == "scratch" else self._outside(name)

    def instructions(self, index: int) -> list[Instruction]:
        """What is carried out in a stage: the triggers of the stage that it stands on, then its own instructions.

        Raises :class:`StageError` for a trigger that is no instruction.
        """
        base, stage = self.of[index], self.dockerfile.stages[index]
        if base.replaced:
            return []
        triggers: list[Instruction] = []
        for instruction in self.dockerfile.stages[base.origin].instructions if isinstance(base.origin, int) else ():
            if instruction.trigger_error is not None:
                raise StageError(instruction.trigger_error, stage.span)
            trigger = instruction.trigger
            if trigger is not None and self.builder.onbuild_in_stages:
                trigger = replace(trigger, span=stage.span)
                for name in names_used(trigger):
                    check_origin(trigger, name, len(self.of), self.dockerfile.escape)
                triggers.append(trigger)
        return [*triggers, *stage.instructions]

    def needed(self, target: int) -> list[int]:
        """The stages that the target stands on or takes files from, in the order of the file."""
        found: set[int] = set()
        pending = [target]
        while pending:
            index = pending.pop()
            if index in found:
                continue
            found.add(index)
            base = self.of[index]
            if isinstance(base.origin, int):
                pending.append(base.origin)
            instructions = self.instructions(index)
            pending += [used for used, _ in self._used(instructions)]
        return sorted(found)

    def _used(self, instructions: Iterable[Instruction]) -> Iterator[tuple[int, Instruction]]:
        """The stages that instructions take files from, each with the instruction."""
        for instruction in instructions:
            for name in names_used(instruction):
                origin = self.source(instruction, name).origin
                if isinstance(origin, int):
                    yield origin, instruction

    def _instructions(self) -> Iterator[Instruction]:
        for stage in self.dockerfile.stages:
            yield from stage.instructions

    def _check_origins(self) -> None:
        known = len(self.of)
        for instruction in self._instructions():
            for name in names_used(instruction):
                check_origin(instruction, name, known, self.dockerfile.escape)
            # Every image that is only copied from gets a number too.
            known += sum(not isinstance(self.source(instruction, name).origin, int) for name in names_used(instruction))
            known += sum(1 for options in mounts(instruction) if not options.get("from"))

    def _check_circles(self) -> None:
        seen: set[int] = set()
        for stage in self.dockerfile.stages:
            at = self._circle(stage.index, seen, ())
            if at is not None:
                raise StageError(f"circular dependency detected on stage: {self.title(stage.index)}", at)

    def _circle(self, index: int, seen: set[int], path: tuple[int, ...]) -> Span | None:
        if index in seen:
            return None
        seen.add(index)
        for used, instruction in self._used(self.dockerfile.stages[index].instructions):
            if used in (*path, index):
                return instruction.span
            found = self._circle(used, seen, (*path, index))
            if found is not None:
                return found
        return None

    def _check_references(self) -> None:
        for stage, base in zip(self.dockerfile.stages, self.of, strict=True):
            if self._may_be_given(stage.base):
                continue
            if not base.replaced and base.origin is None and base.reference is not None:
                check_reference(base.reference, stage.span)
        for instruction in self._instructions():
            for name in names_used(instruction):
                if self.source(instruction, name).origin is None and not _NUMBER.fullmatch(name):
                    check_reference(name, instruction.span)


def _origin(context: NamedContext) -> BaseImage | NamedContext | None:
    return known_base(context.image) if context.image is not None else context


def names_used(instruction: Instruction) -> Sequence[str]:
    """The names that ``COPY --from`` or ``RUN --mount=from=`` give."""
    if instruction.keyword == "COPY":
        name = instruction.flag("from")
        return [name] if name else []
    return [options["from"] for options in mounts(instruction) if options.get("from")]


def mounts(instruction: Instruction) -> list[dict[str, str]]:
    """The options of each ``RUN --mount``."""
    return [mount_options(value) for value in instruction.flag_values("mount")] if instruction.keyword == "RUN" else []


def check_origin(instruction: Instruction, name: str, stages: int, escape: str) -> None:
    """Whether a name may stand in ``--from``.  Raises :class:`StageError`."""
    if instruction.keyword != "COPY":
        return
    try:
        plain = expand(name, {}, escape)
    except ExpandError as error:
        raise StageError(f"failed to process {quoted(name)}: {error}", instruction.span) from error
    if plain != name:
        raise StageError(
            "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope"
            " as a workaround",
            instruction.span,
        )
    if _NUMBER.fullmatch(name) and not 0 <= int(name) < stages:
        raise StageError(f"invalid stage index {int(name)}", instruction.span)


def check_reference(name: str, at: Span) -> None:
    """Whether a name can be an image's.  Raises :class:`StageError`."""
    try:
        references.normalized(name)
    except references.ReferenceError as error:
        raise StageError(f"failed to parse stage name {quoted(name)}: {error}", at) from error
