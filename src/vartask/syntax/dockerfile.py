"""A Dockerfile as stages and instructions, with positions; nothing is expanded or evaluated here.

The form is BuildKit's (https://docs.docker.com/reference/dockerfile/).  :mod:`vartask.syntax.dockerfile_lines` cuts
the text with the ``dockerfile-parse`` library and says what that library cannot do; this module reads flags, JSON
and shell forms, heredocs and stages, all of which the library leaves to its caller or gets wrong:

* stages are objects with their own instructions (it answers for the last stage only, and mixes their variables);
* ``FROM stage`` is kept as written, to be resolved by who knows the stages (it takes the name for an image);
* several names on one ``ARG`` line, ``ARG`` without a value, flags, exec and shell form are told apart;
* what the builder refuses is an error here (it accepts unknown instructions and ``COPY`` without arguments).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vartask.data.builder_words import in_line, unknown_instruction
from vartask.data.builders import BUILDKIT, Dialect
from vartask.model import Span
from vartask.records import dataclass, replace
from vartask.syntax import dockerfile_words as words
from vartask.syntax.dockerfile_checks import Check, OptionError, Refused, check_options
from vartask.syntax.dockerfile_heredocs import Heredoc
from vartask.syntax.dockerfile_lines import Cut, LineError, LogicalLine, cut, directives, split_keyword
from vartask.syntax.go import suggestion

__all__ = ["Dockerfile", "DockerfileError", "Heredoc", "Instruction", "Stage", "parse"]

Flags = tuple[tuple[str, "str | None"], ...]

KEYWORDS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME"  # noqa: SIM905
    " WORKDIR".split()
)
JSON_FORMS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})


class DockerfileError(Exception):
    """What the builder's parser refuses, in its words."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(f"{span}: {message}")
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction.

    ``value`` is what stands after the flags, on one line.  ``exec_form`` says that it is a JSON array, whose items
    are then ``words``; otherwise ``words`` are apart from blanks, quotes and escapes kept.  ``pairs`` are the names
    and values of ENV, LABEL and ARG (``None``: an ARG without a default).  ``trigger`` is ONBUILD's instruction.
    ``refused`` is the error of a builder that reads an instruction only when it gets there.
    and values of ENV, LABEL and ARG (``None``: an ARG without a default).  ``trigger`` is ONBUILD's instruction,
    ``trigger_error`` why it is none: only a stage that stands on this one carries it out.
    """

    keyword: str
    span: Span
    value: str
    flags: Flags = ()
    words: tuple[str, ...] = ()
    exec_form: bool = False
    pairs: tuple[tuple[str, str | None], ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    trigger: Instruction | None = None
    refused: str | None = None
    trigger_error: str | None = None

    def flag(self, name: str) -> str | None:
        """The value of a flag, ``""`` when it stands without one, ``None`` when it is not there; the last counts."""
        found = [value or "" for key, value in self.flags if key == name]
        return found[-1] if found else None

    def flag_values(self, name: str) -> tuple[str, ...]:
        """Every value of a flag that may be repeated."""
        return tuple(value or "" for key, value in self.flags if key == name)

    def is_set(self, name: str) -> bool:
        """Whether a boolean flag is on."""
        return self.flag(name) in {"", "true", "1"}


@dataclass(frozen=True, slots=True)
class Stage:
    """A build stage: ``base`` is the image or stage as written, ``name`` in lower case, ``written`` as it is."""

    index: int
    name: str | None
    base: str
    platform: str | None
    span: Span
    instructions: tuple[Instruction, ...] = ()
    written: str | None = None


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole Dockerfile.

    ``args`` are the ARG instructions before the first FROM.  ``builder`` is who read it, with the frontend that
    ``# syntax=`` names.  ``checks_fail``: what the builder's own checks find fails the build (``# check=error=true``).
    """

    path: str
    stages: tuple[Stage, ...]
    args: tuple[Instruction, ...] = ()
    escape: str = "\\"
    syntax: str | None = None
    builder: Dialect = BUILDKIT
    checks_fail: bool = False


def parse(text: str, path: str, builder: Dialect = BUILDKIT) -> Dockerfile:
    """Read a Dockerfile as ``builder`` does.  ``path`` is what spans name.  Raises :class:`DockerfileError`."""
    if not text:
        raise DockerfileError("the Dockerfile cannot be empty", Span(path))
    try:
        found = directives(text)
        builder = builder.with_syntax(found.get("syntax"))
        if builder.check_directive:
            check_options(found.get("check", ""))
        pieces = cut(text, heredocs=builder.heredocs, longest=builder.longest_line)
    except LineError as error:
        raise DockerfileError(error.message, Span(path, error.line)) from error
    except OptionError as error:
        raise DockerfileError(f"failed to parse check options: {error}", Span(path)) from error
    return _Reader(path, pieces, builder).dockerfile(text)


class _Reader:
    """Turns logical lines into stages.

    The builder reads the words of the whole file first, and then looks at instructions one by one: what it refuses
    early in a late line comes before what it refuses late in an early line.
    """

    def __init__(self, path: str, pieces: Cut, builder: Dialect) -> None:
        self.path = path
        self.pieces = pieces
        self.escape = pieces.escape
        self.builder = builder

    def dockerfile(self, text: str) -> Dockerfile:
        read = [self._read(line) for line in self.pieces.lines]
        if self.pieces.error is not None:
            raise DockerfileError(self.pieces.error.message, Span(self.path, self.pieces.error.line))
        if not read:
            raise DockerfileError("file with no instructions", Span(self.path, max(len(text.splitlines()), 1)))
        checked: list[Instruction] = []
        before_from = True
        for line, instruction in zip(self.pieces.lines, read, strict=True):
            item = self._checked(line, instruction)
            before_from = before_from and item.keyword != "FROM"
            if before_from and item.keyword != "ARG" and self.builder.only_arg_before_from:
                raise DockerfileError("no build stage in current context", item.span)
            checked.append(item)
        first = next((n for n, item in enumerate(checked) if item.keyword == "FROM"), len(checked))
        if first == len(checked):
            raise DockerfileError("dockerfile contains no stages to build", checked[-1].span)
        return Dockerfile(
            self.path,
            tuple(self._stages(checked[first:])),
            tuple(item for item in checked[:first] if item.keyword == "ARG"),
            self.escape,
            self.pieces.directives.get("syntax"),
            self.builder,
            self.builder.check_directive and check_options(self.pieces.directives.get("check", "")),
        )

    # -- words ------------------------------------------------------------------------------------

    def _read(self, line: LogicalLine) -> Instruction:
        span = Span(self.path, line.line, line.column, line.end_line)
        try:
            return self._form(line.keyword, line.value, span, line.heredocs)
        except words.WordError as error:
            if self.builder.reads_whole_file_first:
                raise DockerfileError(str(error), span) from error
            return Instruction(line.keyword, span, line.value, refused=str(error))

    def _form(self, keyword: str, value: str, span: Span, heredocs: tuple[Heredoc, ...]) -> Instruction:
        flags, rest = words.split_flags(value, self.escape)
        if keyword in {"ENV", "LABEL"}:
            return Instruction(keyword, span, rest, flags, pairs=words.pairs(rest, self.escape, keyword))
        if keyword == "ARG":
            return Instruction(keyword, span, rest, flags, pairs=words.names_or_pairs(rest, self.escape))
        if keyword == "ONBUILD":
            return self._onbuild(rest, flags, span, heredocs)
        if keyword == "HEALTHCHECK":
            kind, command = re.match(r"(\S*)\s*(.*)", rest, re.DOTALL).groups()  # type: ignore[union-attr]
            array = self._array(command)
            parts = array if array is not None else (command,) if command else ()
            return Instruction(keyword, span, rest, flags, (kind, *parts) if kind else (), array is not None)
        array = self._array(rest) if keyword in JSON_FORMS else None
        if array is not None:
            return Instruction(keyword, span, rest, flags, array, exec_form=True, heredocs=heredocs)
        if keyword in {"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"}:
            return Instruction(keyword, span, rest, flags, (rest,) if rest else ())
        # COPY "a b" ./ is three words to the builder: quotes do not hold words together here.
        return Instruction(keyword, span, rest, flags, words.split_blanks(rest), heredocs=heredocs)

    def _array(self, rest: str) -> tuple[str, ...] | None:
        return words.json_words(rest, with_rest=self.builder.json_with_rest)

    def _onbuild(self, rest: str, flags: Flags, span: Span, heredocs: tuple[Heredoc, ...]) -> Instruction:
        if not rest:
            return Instruction("ONBUILD", span, rest, flags)
        keyword, arguments = split_keyword(rest)
        trigger = self._form(keyword, arguments, span, heredocs)
        return Instruction("ONBUILD", span, rest, flags, words.split_blanks(rest), trigger=trigger)

    # -- what the builder refuses -----------------------------------------------------------------

    def _checked(self, line: LogicalLine, item: Instruction) -> Instruction:
        if item.refused is not None:
            return item
        message = self._refusal(item, line.written)
        if message is not None:
            if self.builder.reads_whole_file_first or item.keyword == "FROM":
                raise DockerfileError(in_line(self.builder, item.span.line, message), item.span)
            return replace(item, refused=message)
        if item.trigger is not None:
            # Looked at where a stage stands on this one, and not before.
            written = words.split_blanks(item.value)[0]
            problem = self._refusal(item.trigger, written)
            if problem is not None:
                return replace(item, trigger=None, trigger_error=problem)
        return item

    def _refusal(self, item: Instruction, written: str) -> str | None:
        if item.keyword not in KEYWORDS:
            hint = suggestion(written, KEYWORDS, case=False) if self.builder.suggests else ""
            return unknown_instruction(self.builder, written) + hint
        names = [name for name, _ in item.pairs]
        check = Check(item.keyword, item.flags, item.words, names, self.builder)
        try:
            check.run(exec_form=item.exec_form)
        except Refused as error:
            return str(error)
        return None

    # -- stages -----------------------------------------------------------------------------------

    def _stages(self, instructions: list[Instruction]) -> Iterator[Stage]:
        starts = [n for n, item in enumerate(instructions) if item.keyword == "FROM"]
        for index, start in enumerate(starts):
            end = starts[index + 1] if index + 1 < len(starts) else len(instructions)
            item = instructions[start]
            written = item.words[2] if len(item.words) > 1 else None
            yield Stage(
                index,
                None if written is None else written.lower(),
                item.words[0],
                item.flag("platform"),
                item.span,
                tuple(instructions[start + 1 : end]),
                written,
            )
