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

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from vartask.data.builder_words import unknown_flag
from vartask.data.builders import BUILDKIT, FLAGS, Dialect
from vartask.model import Span
from vartask.syntax import dockerfile_words as words
from vartask.syntax.dockerfile_lines import Cut, Heredoc, LineError, LogicalLine, cut, directives, split_keyword

__all__ = ["Dockerfile", "DockerfileError", "Heredoc", "Instruction", "Stage", "parse"]

Flags = tuple[tuple[str, "str | None"], ...]

KEYWORDS = frozenset(
    "ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER VOLUME"  # noqa: SIM905
    " WORKDIR".split()
)
NO_VALUE = frozenset({"link", "parents", "keep-git-dir", "unpack"})
JSON_FORMS = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
STAGE_NAME = re.compile(r"^[a-z][a-z0-9-_.]*$")


class DockerfileError(Exception):
    """What the builder's parser refuses, in its words, and what to do about it."""

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
    ``# syntax=`` names.
    """

    path: str
    stages: tuple[Stage, ...]
    args: tuple[Instruction, ...] = ()
    escape: str = "\\"
    syntax: str | None = None
    builder: Dialect = BUILDKIT


def parse(text: str, path: str, builder: Dialect = BUILDKIT) -> Dockerfile:
    """Read a Dockerfile as ``builder`` does.  ``path`` is what spans name.  Raises :class:`DockerfileError`."""
    try:
        builder = builder.with_syntax(directives(text).get("syntax"))
        pieces = cut(text, heredocs=builder.heredocs)
    except LineError as error:
        raise DockerfileError(error.message, Span(path, error.line)) from error
    if not pieces.lines:
        raise DockerfileError("file with no instructions: start with FROM", Span(path))
    reader = _Reader(path, pieces, builder)
    return reader.dockerfile()


class _Reader:
    """Turns logical lines into stages."""

    def __init__(self, path: str, pieces: Cut, builder: Dialect) -> None:
        self.path = path
        self.pieces = pieces
        self.escape = pieces.escape
        self.builder = builder

    def dockerfile(self) -> Dockerfile:
        instructions = [self._instruction(line) for line in self.pieces.lines]
        first = next((n for n, item in enumerate(instructions) if item.keyword == "FROM"), len(instructions))
        for item in instructions[:first]:
            if item.keyword != "ARG" and self.builder.only_arg_before_from:
                raise self._error("no build stage in current context: only ARG may stand before FROM", item.span)
        if first == len(instructions):
            raise self._error("dockerfile contains no stages to build: add a FROM line", instructions[-1].span)
        return Dockerfile(
            self.path,
            tuple(self._stages(instructions[first:])),
            tuple(item for item in instructions[:first] if item.keyword == "ARG"),
            self.escape,
            self.pieces.directives.get("syntax"),
            self.builder,
        )

    def _error(self, message: str, span: Span) -> DockerfileError:
        return DockerfileError(message, span)

    # -- one instruction --------------------------------------------------------------------------

    def _instruction(self, line: LogicalLine) -> Instruction:
        span = Span(self.path, line.line, line.column, line.end_line)
        try:
            return self._read(line.keyword, line.value, span, line.heredocs)
        except DockerfileError as error:
            if self.builder.reads_whole_file_first or line.keyword == "FROM":
                raise
            return Instruction(line.keyword, span, line.value, refused=error.message)

    def _read(self, keyword: str, value: str, span: Span, heredocs: tuple[Heredoc, ...]) -> Instruction:
        if keyword not in KEYWORDS:
            near = difflib.get_close_matches(keyword, sorted(KEYWORDS), 1, 0.7)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise self._error(f"unknown instruction: {keyword}{hint}", span)
        if keyword == "ONBUILD":
            return self._onbuild(value, span, heredocs)
        flags, rest = words.split_flags(value, self.escape) if keyword in FLAGS else ((), value.strip())
        self._check_flags(keyword, flags, span)
        try:
            instruction = self._form(keyword, rest, span, flags, heredocs)
        except words.WordError as error:
            raise self._error(str(error), span) from error
        self._check(instruction)
        return instruction

    def _form(self, keyword: str, rest: str, span: Span, flags: Flags, heredocs: tuple[Heredoc, ...]) -> Instruction:
        if keyword in {"ENV", "LABEL"}:
            return Instruction(keyword, span, rest, pairs=words.pairs(rest, self.escape, keyword))
        if keyword == "ARG":
            return Instruction(keyword, span, rest, pairs=words.names_or_pairs(rest, self.escape))
        array = self._array(rest) if keyword in JSON_FORMS else None
        if array is not None:
            return Instruction(keyword, span, rest, flags, array, exec_form=True, heredocs=heredocs)
        if keyword in {"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"}:
            return Instruction(keyword, span, rest, words=(rest,) if rest else ())
        # COPY "a b" ./ is three words to the builder: quotes do not hold words together here.
        return Instruction(keyword, span, rest, flags, tuple(rest.split()), heredocs=heredocs)

    def _array(self, rest: str) -> tuple[str, ...] | None:
        return words.json_words(rest, with_rest=self.builder.json_with_rest)

    def _onbuild(self, value: str, span: Span, heredocs: tuple[Heredoc, ...]) -> Instruction:
        keyword, rest = split_keyword(value)
        if not keyword:
            raise self._error("ONBUILD requires at least one argument: name the instruction to run", span)
        if keyword == "ONBUILD":
            raise self._error("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", span)
        if keyword in {"FROM", "MAINTAINER"}:
            raise self._error(f"{keyword} isn't allowed as an ONBUILD trigger", span)
        return Instruction("ONBUILD", span, value, trigger=self._read(keyword, rest, span, heredocs))

    # -- what the builder refuses -----------------------------------------------------------------

    def _check_flags(self, keyword: str, flags: Flags, span: Span) -> None:
        known = self.builder.flags(keyword)
        for name, value in flags:
            if name not in known:
                raise self._error(unknown_flag(self.builder, keyword, name), span)
            if value is None and name not in NO_VALUE:
                raise self._error(f"missing a value on flag: {name}: write --{name}=value", span)

    def _check(self, item: Instruction) -> None:
        count = len(item.words)
        if item.keyword in {"ADD", "COPY"} and count < 2:  # noqa: PLR2004 - a source and a destination
            given = "only one was" if count else "none was"
            raise self._error(
                f"{item.keyword} requires at least two arguments, but {given} provided."
                " Destination could not be determined",
                item.span,
            )
        if item.keyword in {"WORKDIR", "USER", "STOPSIGNAL", "MAINTAINER"} and count != 1:
            raise self._error(f"{item.keyword} requires exactly one argument", item.span)
        if item.keyword in {"EXPOSE", "VOLUME"} and not count:
            raise self._error(f"{item.keyword} requires at least one argument", item.span)
        if item.keyword == "SHELL" and not (item.exec_form and count):
            raise self._error('SHELL requires the arguments to be in JSON form: SHELL ["/bin/bash", "-c"]', item.span)

    # -- stages -----------------------------------------------------------------------------------

    def _stages(self, instructions: list[Instruction]) -> Iterator[Stage]:
        starts = [n for n, item in enumerate(instructions) if item.keyword == "FROM"]
        for index, start in enumerate(starts):
            end = starts[index + 1] if index + 1 < len(starts) else len(instructions)
            base, written = self._from(instructions[start])
            yield Stage(
                index,
                None if written is None else written.lower(),
                base,
                instructions[start].flag("platform"),
                instructions[start].span,
                tuple(instructions[start + 1 : end]),
                written,
            )

    def _from(self, item: Instruction) -> tuple[str, str | None]:
        if len(item.words) == 1:
            return item.words[0], None
        if len(item.words) != 3 or item.words[1].lower() != "as":  # noqa: PLR2004 - image AS name
            raise self._error(
                "FROM requires either one or three arguments: FROM image, or FROM image AS name", item.span
            )
        if not STAGE_NAME.match(item.words[2].lower()):
            raise self._error(
                f'invalid name for build stage: "{item.words[2]}", name can\'t start with a number or contain symbols',
                item.span,
            )
        return item.words[0], item.words[2]
