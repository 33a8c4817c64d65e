"""What a shell word becomes: variables, splitting, braces and patterns, on a predicted file tree."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Protocol

from vartask.artifact.expand import trim
from vartask.artifact.filesystem import FileSystem, resolve
from vartask.model import Present, Unknown, UnknownRegion
from vartask.patterns import regex
from vartask.records import dataclass
from vartask.syntax.shell_words import Dynamic, Literal, Variable, Word, read_word, split_words

PATTERN = regex(r"[*?]|\[.+\]", re.DOTALL)
"""A lone bracket is the test command, not a pattern."""
MAX_FIELDS = 5000
SET_BY_SHELL = frozenset(
    "0 HOSTNAME USER UID EUID PPID RANDOM OLDPWD IFS SHELL SHLVL LINENO _ BASH BASH_SOURCE BASH_VERSION SECONDS"  # noqa: SIM905
    " OPTARG OPTIND PIPESTATUS FUNCNAME DIRSTACK HOSTTYPE OSTYPE MACHTYPE REPLY TERM".split()
)
"""Variables that a shell or the builder's sandbox gives a value that is not told."""


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
    def bash(self) -> bool | None:
        """Whether braces are expanded; ``None`` when that is not known."""

    def output_of(self, script: str) -> Output | None:
        """What a command substitution prints."""


class Output(Protocol):
    """What a command prints, and the directory below which there may be more paths to print."""

    @property
    def text(self) -> str:
        """The text without the newlines at its end."""

    @property
    def more(self) -> str | None:
        """The directory, ``None`` when the text is complete."""


@dataclass(frozen=True, slots=True)
class Field:
    """One argument.

    ``text`` is ``None`` when it is not known; ``within`` is then the directory whose unknown entries a pattern also
    matches, when it is that, and ``pattern`` what matches them: an absolute path with ``*`` and ``?`` in its last name.
    """

    text: str | None
    within: str | None = None
    pattern: str | None = None


def join_text(items: list[Field]) -> str | None:
    """Several fields as one text, for places that take no list."""
    texts = [item.text for item in items]
    return None if any(text is None for text in texts) else " ".join(text for text in texts if text is not None)


def fields(state: ShellState, word: Word, *, split: bool = True) -> list[Field]:
    """The arguments that one word becomes.  Without ``split``, exactly one (assignments, redirections)."""
    match [part for part in word.parts if part != Literal("", quoted=True)]:
        case [Variable(name="@" | "*") as parameters] if split:
            return _parameters(state, parameters)
        case [Dynamic(text=text)] if split and (array := _ARRAY.fullmatch(text)):
            listed = state.variables.get(array_name(array[1]))
            return [Field(None)] if listed is None else [Field(item) for item in listed.split(_BETWEEN) if item]
    found: list[Field] = []
    pieces = _pieces(state, word, found, split=split)
    if pieces is None or (not split and found):
        return [Field(None)]
    if not split:
        return [Field("".join(text for text, _ in pieces))]
    for split_word in _split(pieces):
        braced = _braces(split_word)
        if state.bash is None and len(braced) > 1:
            return [Field(None)]
        for one in braced if state.bash else [split_word]:
            found.extend(_globbed(state, one))
    return found[:MAX_FIELDS]


def _parameters(state: ShellState, part: Variable) -> list[Field]:
    """``"$@"``: a word for each parameter."""
    if part.operator is not None:
        return [Field(None)]
    if not state.everything and "#" not in state.variables:
        return [Field(None)]
    values = [state.variables.get(str(number)) for number in range(1, int(state.variables.get("#") or "0") + 1)]
    if part.quoted and part.name == "@":
        return [Field(value) for value in values]
    if None in values:
        return [Field(None)]
    text = " ".join(value or "" for value in values)
    return [Field(text)] if part.quoted else [Field(one) for one in text.split()]


_ARRAY = regex(r"\$\{([A-Za-z_]\w*)\[[@*]\]\}")
_BETWEEN = "\x1f"


def array_name(name: str) -> str:
    """The name under which all elements of an array of bash are kept."""
    return f"{name.removesuffix('+')}[@]"


def array_value(state: ShellState, word: Word, before: str | None = "") -> str | None:
    """The elements of ``(a b c)`` behind those before; ``None`` when one is not known, or has an index of its own."""
    if before is None:
        return None
    found = [before] if before else []
    for text in split_words(word.raw[1:-1]):
        for item in fields(state, read_word(text)):
            if item.text is None or not item.text or text.startswith(("[", "#")):
                return None
            found.append(item.text)
    return _BETWEEN.join(found)


def pattern_text(state: ShellState, word: Word) -> str | None:
    """A word as a pattern of ``case``: what is quoted stands for itself."""
    pieces = _pieces(state, word, [], split=False)
    return None if pieces is None else "".join(text if live else _escaped(text) for text, live in pieces)


def _escaped(text: str) -> str:
    return re.sub(r"([*?\[\]\\])", r"\\\1", text)


Pieces = list[tuple[str, bool]]
"""Text and whether it is live: subject to splitting and patterns."""

SPLIT = "\0"
"""Marks where an unquoted variable's value falls apart."""


def _pieces(state: ShellState, word: Word, more: list[Field], *, split: bool) -> Pieces | None:
    """The word's pieces; ``more`` gets what a list of paths that is not complete may also hold."""
    pieces: Pieces = []
    for part in word.parts:
        if isinstance(part, Literal):
            pieces.append((part.text, not part.quoted))
        elif isinstance(part, Variable):
            value = _value(state, part)
            if value is None:
                return None
            pieces.append((_marked(value) if split and not part.quoted else value, not part.quoted))
        elif isinstance(part, Dynamic):
            output = _dynamic(state, part.text)
            if output is None or (output.more is not None and len(word.parts) > 1):
                return None
            if output.more is not None:
                more.append(Field(None, output.more))
            pieces.append((_marked(output.text) if split and not part.quoted else output.text, not part.quoted))
    return pieces


def _marked(value: str) -> str:
    return re.sub(r"[ \t\n]+", SPLIT, value)


def _dynamic(state: ShellState, text: str) -> Output | None:
    if text.startswith("$((") or not text.startswith(("$(", "`")):
        return None
    if text.startswith("`"):
        return state.output_of(re.sub(r"\\([$`\\])", r"\1", text.strip("`")))
    return state.output_of(text[2:-1])


def _value(state: ShellState, part: Variable) -> str | None:
    """``None`` when the value is not known; an unset variable is empty."""
    is_set: bool | None = True if part.name in state.variables else (False if state.everything else None)
    value = state.variables.get(part.name) if is_set else ("" if is_set is False else None)
    if not is_set and part.name in {"HOME", "PWD"}:
        is_set, value = True, state.cwd if part.name == "PWD" else "/root"
    elif (not is_set and part.name in SET_BY_SHELL) or part.name in {"@", "*"}:
        is_set, value = None, None
    if part.operator is None or part.word is None:
        return value
    word = join_text(fields(state, part.word, split=False))
    if part.operator[-1] in "-+":
        return _alternative(part.operator, (is_set, value), word)
    if value is None or word is None:
        return None
    side = part.operator[0]
    return trim(value, word, side, longest=len(part.operator) > 1)


def _alternative(operator: str, given: tuple[bool | None, str | None], word: str | None) -> str | None:
    """``${name:-word}``, ``${name-word}``, ``${name:+word}``, ``${name+word}``."""
    is_set, value = given
    if is_set is None:
        return None
    used: bool | None = is_set
    if operator.startswith(":") and is_set:
        used = None if value is None else value != ""
    if operator.endswith("+"):
        return None if used is None else (word if used else "")
    return value if used or (used is None and value is None) else word


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
    pattern = "".join(part if live else _escaped(part) for part, live in pieces)
    start = "/" if pattern.startswith("/") else state.cwd
    if start is None:
        return [Field(None)]
    glob = _Glob(state.files)
    glob.match(start, [part for part in pattern.split("/") if part], "")
    prefix = "/" if pattern.startswith("/") else ""
    end = "/" if pattern.endswith("/") else ""
    found = [path for path in glob.found if not end or _is_directory(state, posixpath.join(start, path))]
    results = [Field(prefix + path + end) for path in sorted(found)]
    results += [Field(None, within, glob.patterns.get(within)) for within in glob.doubts]
    return results or [Field(text)]


def _is_directory(state: ShellState, path: str) -> bool:
    real = resolve(state.files, path)
    found = state.files.get(real) if real is not None else None
    return isinstance(found, Present) and found.kind == "d"


class _Glob:
    """The paths that a pattern matches, and the directories where it may match more."""

    def __init__(self, files: FileSystem) -> None:
        self.files = files
        self.found: list[str] = []
        self.doubts: list[str] = []
        self.patterns: dict[str, str] = {}

    def match(self, directory: str, parts: list[str], below: str) -> None:
        real = resolve(self.files, directory)
        if real is None:
            return
        if not parts:
            self.found.append(below.rstrip("/"))
            return
        part, *rest = parts
        if part in {".", ".."}:
            self.match(real if part == "." else posixpath.dirname(real), rest, f"{below}{part}/")
            return
        if PATTERN.search(re.sub(r"\\.", "", part)):
            self.pattern(real, part, rest, below)
            return
        plain = re.sub(r"\\(.)", r"\1", part)
        here = posixpath.normpath(posixpath.join(real, plain))
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
        if any(self.may_match(region, real, regex) for region in self.files.doubts(real)):
            self.doubts.append(real)
            if not rest and not set(part) & set("[]\\"):
                self.patterns[real] = f"{real.rstrip('/')}/{part}"

    @staticmethod
    def may_match(region: UnknownRegion, real: str, regex: re.Pattern[str]) -> bool:
        """Whether something that is not known may be an entry of the directory, under a name that fits."""
        parent, name = posixpath.split(region.path)
        return region.path == real or region.covers(real) or (parent == real and regex.fullmatch(name) is not None)


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
    try:
        return re.compile(out, re.DOTALL)
    except re.error:
        # A range that runs backwards (`[K-H]`): no name matches it, and the shell takes the pattern as it is written.
        return re.compile(r"(?!)")


def glob_regex(pattern: str) -> re.Pattern[str]:
    """fnmatch(3) without FNM_PATHNAME, as find's -name and -path use it."""
    return _regex(pattern)
