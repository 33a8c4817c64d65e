"""What a shell word becomes: variables, splitting, braces and patterns, on a predicted file tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from vartask.artifact.expand import trim
from vartask.artifact.filesystem import FileSystem, resolve
from vartask.model import Present, Unknown
from vartask.syntax.shell_words import Dynamic, Literal, Variable, Word

PATTERN = re.compile(r"[*?]|\[.+\]", re.DOTALL)
"""A lone bracket is the test command, not a pattern."""
MAX_FIELDS = 5000


class ShellState(Protocol):
    """What expanding a word needs of a running shell."""

    @property
    def files(self) -> FileSystem:
        """The files that patterns match."""

    @property
    def cwd(self) -> str | None:
        """The working directory."""

    @property
    def variables(self) -> Mapping[str, str | None]:
        """Values by name; ``None`` is a value that is not known."""

    @property
    def everything(self) -> bool:
        """Whether a name that is not listed is unset."""

    @property
    def bash(self) -> bool:
        """Whether braces are expanded."""

    def output_of(self, script: str) -> list[str] | None:
        """What a command substitution prints, word by word."""


@dataclass(frozen=True, slots=True)
class Field:
    """One argument.

    ``text`` is ``None`` when it is not known; ``within`` is then the directory whose unknown entries a pattern also
    matches, when it is that.
    """

    text: str | None
    within: str | None = None


def join_text(items: list[Field]) -> str | None:
    """Several fields as one text, for places that take no list."""
    texts = [item.text for item in items]
    return None if any(text is None for text in texts) else " ".join(text for text in texts if text is not None)


def fields(state: ShellState, word: Word, *, split: bool = True) -> list[Field]:
    """The arguments that one word becomes.  Without ``split``, exactly one (assignments, redirections)."""
    pieces = _pieces(state, word)
    if pieces is None:
        return [Field(None)]
    if not split:
        return [Field("".join(text for text, _ in pieces))]
    found: list[Field] = []
    for split_word in _split(pieces):
        for braced in _braces(split_word) if state.bash else [split_word]:
            found.extend(_globbed(state, braced))
    return found[:MAX_FIELDS]


Pieces = list[tuple[str, bool]]
"""Text and whether it is live: subject to splitting and patterns."""

SPLIT = "\0"
"""Marks where an unquoted variable's value falls apart."""


def _pieces(state: ShellState, word: Word) -> Pieces | None:
    pieces: Pieces = []
    for part in word.parts:
        if isinstance(part, Literal):
            pieces.append((part.text, not part.quoted))
        elif isinstance(part, Variable):
            value = _value(state, part)
            if value is None:
                return None
            pieces.append((value, False) if part.quoted else (re.sub(r"[ \t\n]+", SPLIT, value), True))
        elif isinstance(part, Dynamic):
            value = _dynamic(state, part.text)
            if value is None:
                return None
            pieces.append((value, not part.quoted))
    return pieces


def _dynamic(state: ShellState, text: str) -> str | None:
    script = text[2:-1] if text.startswith("$(") and not text.startswith("$((") else text.strip("`")
    if script.strip() == "pwd":
        return state.cwd
    words = None if text.startswith("$((") else state.output_of(script)
    return None if words is None else SPLIT.join(part for word in words for part in word.split())


def _value(state: ShellState, part: Variable) -> str | None:
    """``None`` when the value is not known; an unset variable is empty."""
    known = part.name in state.variables or state.everything
    if part.name not in state.variables and part.name in {"HOME", "PWD", "USER"}:
        value = {"HOME": "/root", "PWD": state.cwd, "USER": None}[part.name]
        return value if part.operator is None else None
    value = state.variables.get(part.name) if part.name in state.variables else ("" if known else None)
    if part.operator is None or part.word is None:
        return value
    word = join_text(fields(state, part.word, split=False))
    if value is None or word is None:
        return None
    if part.operator.endswith("-"):
        return value or word
    if part.operator.endswith("+"):
        return word if value else ""
    side = part.operator[0]
    return trim(value, word, side, longest=len(part.operator) > 1)


def _split(pieces: Pieces) -> Iterator[Pieces]:
    current: Pieces = []
    quoted = any(not live for _, live in pieces)
    for text, live in pieces:
        if not live or SPLIT not in text:
            current.append((text, live))
            continue
        first, *rest = text.split(SPLIT)
        current.append((first, live))
        for piece in rest:
            if any(part for part, _ in current):
                yield current
            current = [(piece, live)]
    if quoted or any(part for part, _ in current):
        yield current


def _braces(pieces: Pieces) -> list[Pieces]:
    """``{a,b}`` of bash, where both braces are unquoted."""
    for number, (text, live) in enumerate(pieces):
        match = re.search(r"\{([^{}]*,[^{}]*)\}", text) if live else None
        if match is None:
            continue
        results: list[Pieces] = []
        for choice in match[1].split(","):
            changed = (text[: match.start()] + choice + text[match.end() :], live)
            results.extend(_braces([*pieces[:number], changed, *pieces[number + 1 :]]))
        return results
    return [pieces]


def _globbed(state: ShellState, pieces: Pieces) -> list[Field]:
    text = "".join(part for part, _ in pieces)
    if not any(live and PATTERN.search(part) for part, live in pieces):
        return [Field(text)]
    pattern = "".join(part if live else re.sub(r"([*?\[\]\\])", r"\\\1", part) for part, live in pieces)
    start = "/" if pattern.startswith("/") else state.cwd
    if start is None:
        return [Field(None)]
    glob = _Glob(state.files)
    glob.match(start, [part for part in pattern.split("/") if part], "")
    prefix = "/" if pattern.startswith("/") else ""
    results = [Field(prefix + path) for path in sorted(glob.found)]
    results += [Field(None, within) for within in glob.doubts]
    return results or [Field(text)]


class _Glob:
    """The paths that a pattern matches, and the directories where it may match more."""

    def __init__(self, files: FileSystem) -> None:
        self.files = files
        self.found: list[str] = []
        self.doubts: list[str] = []

    def match(self, directory: str, parts: list[str], below: str) -> None:
        real = resolve(self.files, directory)
        if real is None:
            return
        if not parts:
            self.found.append(below.rstrip("/"))
            return
        part, *rest = parts
        if PATTERN.search(re.sub(r"\\.", "", part)):
            self.pattern(real, part, rest, below)
            return
        plain = re.sub(r"\\(.)", r"\1", part)
        here = posixpath.join(real, plain)
        found = self.files.get(here)
        if isinstance(found, Unknown):
            self.doubts.append(here)
        elif isinstance(found, Present):
            self.match(here, rest, f"{below}{plain}/")

    def pattern(self, real: str, part: str, rest: list[str], below: str) -> None:
        regex = _regex(part)
        for child, _ in self.files.children(real):
            name = posixpath.basename(child)
            if regex.fullmatch(name) and (not name.startswith(".") or part.startswith(".")):
                self.match(child, rest, f"{below}{name}/")
        if any(region.path == real or region.covers(real) for region in self.files.doubts(real)):
            self.doubts.append(real)


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str]:
    """A shell pattern; ``!`` and ``^`` both negate a class (dash and bash)."""
    out, index = "", 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            out += ".*"
        elif char == "?":
            out += "."
        elif char == "\\" and index < len(pattern):
            out += re.escape(pattern[index])
            index += 1
        elif char == "[" and "]" in pattern[index + 1 :]:
            end = pattern.index("]", index + 1)
            body = pattern[index:end]
            negated = body[0] in "!^"
            inner = re.sub(r"([\\\[\]&~|^])", r"\\\1", body[negated:])
            out += f"[{'^' if negated else ''}{inner}]"
            index = end + 1
        else:
            out += re.escape(char)
    return re.compile(out, re.DOTALL)


def glob_regex(pattern: str) -> re.Pattern[str]:
    """fnmatch(3) without FNM_PATHNAME, as find's -name and -path use it."""
    return _regex(pattern)
