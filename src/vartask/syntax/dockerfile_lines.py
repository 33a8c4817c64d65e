r"""Cut a Dockerfile into logical lines: directives, continuations, comments, heredocs.

The cutting itself is done by the ``dockerfile-parse`` library, on a masked copy of the text.  Shown the plain
text, version 2.0.1 answers wrongly and without a warning where

* a heredoc has a body: it reads the body as instructions and comments;
* a blank line stands inside a continuation: it ends the instruction there, the builder goes on;
* ``# check=`` or a blank line stands before ``# escape=``: it ignores the one and honours the other, the builder
  does the opposite;
* the text starts with a byte order mark: the first instruction is then ``\ufeffFROM``;
* the keyword itself is continued (``RUN\`` at the end of a line), or stands alone on the last line;
* a line ends in two escape characters, which is not a continuation;
* ``# escape=`` changes the escape character of values (only continuations are honoured).

The masked copy keeps every line number, and shows the library nothing of the above: bodies are blank, directives
are comments, a logical line that it would misread stands whole on its first line.  All that the library knows of
variables, stages, base images, ``CMD`` and files on disk is wrong more often (see the tests) and is not asked for.

What is a continuation, a comment and a heredoc follows BuildKit's ``frontend/dockerfile/parser/parser.go``.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from vartask.patterns import regex
from vartask.records import dataclass
from vartask.syntax.dockerfile_heredocs import KEYWORDS, Heredoc, HeredocError, body, opened
from vartask.syntax.dockerfile_words import WordError, json_words

DIRECTIVE = regex(r"^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
DIRECTIVES = frozenset({"escape", "syntax", "check"})

END = "\ue000"
"""Ends a line whose last character would look like a continuation to the library."""


class LineError(Exception):
    """The text cannot be cut; ``line`` counts from 1."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """One instruction as it is written: keyword in capitals, the joined rest, and where it stands (from 1).

    ``written`` is the keyword with the case that it has.
    """

    keyword: str
    value: str
    line: int
    column: int
    end_line: int
    heredocs: tuple[Heredoc, ...] = ()
    written: str = ""


@dataclass(frozen=True, slots=True)
class Cut:
    """A Dockerfile's logical lines and its parser directives.

    ``error`` is why the cutting ends after these lines.
    """

    lines: tuple[LogicalLine, ...]
    escape: str
    directives: dict[str, str]
    error: LineError | None = None


@dataclass(slots=True)
class _Extent:
    """The lines of one instruction (from 0): ``text`` joined, ``kept`` the lines that are part of it."""

    first: int
    last: int
    text: str
    kept: list[int]
    heredocs: tuple[Heredoc, ...] = ()
    end: int = 0


def cut(text: str, *, heredocs: bool = True, longest: int | None = None) -> Cut:
    """Cut ``text`` into logical lines.  Raises :class:`LineError` for its directives.

    Without ``heredocs`` the builder does not know them, and what follows ``<<EOF`` are instructions.  It reads nothing
    from a line on that has more than ``longest`` bytes.
    """
    lines = _lines(text)
    end = _too_long(lines, longest) if longest is not None and len(text) > longest else None
    lines = lines[:end]
    found, start = _directives(lines)
    escape = found.get("escape", "\\")
    extents, error = _extents(lines, start, escape, heredocs=heredocs)
    if error is None and end is not None:
        error = LineError(f"dockerfile line greater than max allowed size of {longest}", end + 1)
    masked = _mask(lines, extents, escape)
    answers = _library(masked)
    return Cut(tuple(_logical(extent, lines, answers) for extent in extents), escape, found, error)


def _too_long(lines: Sequence[str], longest: int) -> int | None:
    return next((n for n, line in enumerate(lines) if len(line.encode("utf-8", "surrogateescape")) > longest), None)


def directives(text: str) -> dict[str, str]:
    """The parser directives at the top of ``text``.  Raises :class:`LineError`."""
    return _directives(_lines(text))[0]


def _lines(text: str) -> list[str]:
    return text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")


def _directives(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """Directives stand before everything else, an empty line or any other comment included."""
    found: dict[str, str] = {}
    for number, line in enumerate(lines):
        match = DIRECTIVE.match(line.lstrip(" \t"))
        name = match[1].lower() if match else ""
        if match is None or name not in DIRECTIVES:
            return found, number
        if name in found:
            raise LineError(f"only one {name} parser directive can be used", number + 1)
        if name == "escape" and match[2] not in {"\\", "`"}:
            raise LineError(f"invalid escape token '{match[2]}' does not match ` or \\", number + 1)
        found[name] = match[2]
    return found, len(lines)


def _extents(
    lines: Sequence[str], start: int, escape: str, *, heredocs: bool
) -> tuple[list[_Extent], LineError | None]:
    continuation = re.compile(rf"(?:^|[^{re.escape(escape)}]){re.escape(escape)}[ \t]*$")
    extents: list[_Extent] = []
    number = start
    while number < len(lines):
        if _is_blank(lines[number]) or _is_comment(lines[number]):
            number += 1
            continue
        extent = _join(lines, number, continuation)
        extents.append(extent)
        try:
            if heredocs:
                _take_heredocs(extent, lines)
        except LineError as error:
            return extents, error
        number = extent.end + 1
    return extents, None


def _is_blank(line: str) -> bool:
    return not line.strip()


def _is_comment(line: str) -> bool:
    return line.lstrip(" \t").startswith("#")


def _join(lines: Sequence[str], first: int, continuation: re.Pattern[str]) -> _Extent:
    text, kept, number, last = lines[first].lstrip(), [first], first, first
    match = continuation.search(text)
    while match is not None:
        text = text.rstrip(" \t")[:-1]
        number += 1
        while number < len(lines) and (_is_blank(lines[number]) or _is_comment(lines[number])):
            number += 1
        if number >= len(lines):
            break
        last = number
        kept.append(number)
        match = continuation.search(lines[number])
        text += lines[number]
    return _Extent(first, last, text, kept, end=last)


def _take_heredocs(extent: _Extent, lines: Sequence[str]) -> None:
    keyword, rest = split_keyword(extent.text)
    if keyword == "ONBUILD":
        keyword, rest = split_keyword(rest)
    if keyword not in KEYWORDS or "<<" not in rest or _is_array(rest):
        return
    try:
        words = opened(extent.text)
    except HeredocError as error:
        raise LineError(str(error), extent.first + 1) from error
    found = []
    number = extent.last + 1
    for word in words:
        text, end = body(lines, number, word)
        if end is None:
            raise LineError("unterminated heredoc", extent.first + 1)
        found.append(Heredoc(word.name, text, word.expand, number + 1))
        number = end + 1
    extent.heredocs = tuple(found)
    extent.end = number - 1


def _is_array(text: str) -> bool:
    """A JSON form has no here-documents; flags before it do not matter."""
    try:
        return json_words(re.sub(r"^(?:--\S+\s+)*", "", text)) is not None
    except WordError:
        # Refused for its items, whatever follows.
        return True


def split_keyword(text: str) -> tuple[str, str]:
    """The first word in capitals, and the rest."""
    words = re.split(r"[\t\v\f\r ]+", text.strip(), maxsplit=1)
    return words[0].upper(), words[1] if len(words) > 1 else ""


def _mask(lines: Sequence[str], extents: Sequence[_Extent], escape: str) -> str:
    """The text as the library reads it rightly, line for line."""
    masked = [""] * (len(lines) + 1)
    for extent in extents:
        if _library_reads(extent, lines, escape):
            for number in range(extent.first, extent.last + 1):
                masked[number] = lines[number]
        else:
            text = extent.text.rstrip()
            masked[extent.first] = text + END if text.endswith(escape) else text
    if escape != "\\":
        # The library honours this directive on the first line only; extents never start on it, because the
        # text has the directive itself there or before them.
        masked[0] = f"# escape={escape}"
    return "\n".join(masked)


def _library_reads(extent: _Extent, lines: Sequence[str], escape: str) -> bool:
    """Whether the library joins these lines as the builder does."""
    shown = range(extent.first, extent.last + 1)
    if any(_is_blank(lines[number]) for number in shown):
        return False
    first = lines[extent.first].split()
    if first[0].endswith(escape) or (len(first) == 1 and len(extent.kept) > 1):
        return False
    if lines[extent.kept[-1]].rstrip().endswith(escape):
        return False
    return not any(lines[number].rstrip().endswith(escape * 2) for number in extent.kept)


def _library(masked: str) -> dict[int, tuple[str, str]]:
    """First line (from 0) -> keyword and value, as ``dockerfile-parse`` cuts the masked copy."""
    try:
        data = masked.encode()
    except UnicodeEncodeError:
        # The library reads UTF-8 only, builders take any bytes.
        return {}
    from dockerfile_parse import DockerfileParser

    # A file object, because a path must end in "Dockerfile"; cache_content would cut lines at form feeds too.
    parser = DockerfileParser(fileobj=io.BytesIO(data), cache_content=False)
    return {
        entry["startline"]: (entry["instruction"], entry["value"])
        for entry in parser.structure
        if entry["instruction"] != "COMMENT"
    }


def _logical(extent: _Extent, lines: Sequence[str], answers: dict[int, tuple[str, str]]) -> LogicalLine:
    keyword, value = answers.get(extent.first, ("", ""))
    value = value.removesuffix(END).strip()
    expected, rest = split_keyword(extent.text)
    if keyword != expected or "".join(value.split()) != "".join(rest.split()):
        # Not a case we know of: the builder's own joining stands rather than an answer that disagrees with it.
        keyword, value = expected, rest
    column = len(lines[extent.first]) - len(lines[extent.first].lstrip()) + 1
    written = re.split(r"[\t\v\f\r ]+", extent.text.strip(), maxsplit=1)[0]
    return LogicalLine(keyword, value, extent.first + 1, column, extent.end + 1, extent.heredocs, written)
