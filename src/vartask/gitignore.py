"""What the lines of one ignore file of git say of a path: gitignore(5), and what git's wildmatch.c makes of a pattern.

A line speaks of the path itself. That nothing below an ignored directory can come back is the business of whoever asks
(:mod:`vartask.ignores`).
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_WILD = frozenset("*?[\\")
_CLASSES = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": r" \t",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r" \t\n\v\f\r",
    "upper": "A-Z",
    "xdigit": "0-9A-Fa-f",
}
"""Character classes in brackets, as the C locale has them."""


class IgnoreFile:
    """The lines of an ignore file; most of them are names or ``*`` with an ending, for which nothing is compiled."""

    def __init__(self, text: str) -> None:
        self._names: dict[str, list[_Line]] = {}
        self._endings: dict[str, list[_Line]] = {}
        self._others: list[_Line] = []
        for number, written in enumerate(text.removeprefix("\ufeff").split("\n")):
            line = _read(written, number)
            if line is not None:
                self._sort_in(line)
        self._every_ending = tuple(self._endings)

    def _sort_in(self, line: _Line) -> None:
        pattern = line.pattern
        if line.anchored or not _WILD.isdisjoint(pattern[1:]) or pattern[0] in "?[\\":
            self._others.append(line)
        elif pattern[0] == "*":
            self._endings.setdefault(pattern[1:], []).append(line)
        else:
            self._names.setdefault(pattern, []).append(line)

    def verdict(self, path: str, *, is_dir: bool) -> bool | None:
        """Whether the last line that matches ignores the path, which is relative to the file's directory.

        ``False``: that line begins with ``!``; ``None``: no line matches.
        """
        name = path[path.rfind("/") + 1 :]
        found = [*self._names.get(name, ())]
        if name.endswith(self._every_ending):
            found += [line for ending in self._every_ending if name.endswith(ending) for line in self._endings[ending]]
        last = max((line for line in found if is_dir or not line.only_directories), default=None, key=_number)
        for line in reversed(self._others):
            if last is not None and line.number < last.number:
                break
            if (is_dir or not line.only_directories) and line.matches(path if line.anchored else name):
                last = line
                break
        return None if last is None else last.ignores


class _Line:
    """One pattern: what it is without its marks, and what these say."""

    __slots__ = ("_compiled", "anchored", "ignores", "number", "only_directories", "pattern")

    def __init__(self, pattern: str, number: int, *, ignores: bool, anchored: bool, only_directories: bool) -> None:
        self.pattern = pattern
        self.number = number
        self.ignores = ignores
        self.anchored = anchored
        self.only_directories = only_directories
        self._compiled: re.Pattern[str] | None = None

    def matches(self, text: str) -> bool:
        if self._compiled is None:
            self._compiled = re.compile(_regex(self.pattern), re.DOTALL)
        return self._compiled.fullmatch(text) is not None


def _number(line: _Line) -> int:
    return line.number


def _read(written: str, number: int) -> _Line | None:
    text = _without_spaces(written.removesuffix("\r"))
    if text.startswith("#"):
        return None
    ignores = not text.startswith("!")
    text = text if ignores else text[1:]
    only_directories = text.endswith("/")
    text = text[:-1] if only_directories else text
    anchored = "/" in text
    text = text.removeprefix("/")
    if not text:
        return None
    return _Line(text, number, ignores=ignores, anchored=anchored, only_directories=only_directories)


def _without_spaces(text: str) -> str:
    """Spaces at the end do not count, unless a backslash stands before them."""
    bare = text.rstrip(" ")
    slashes = len(bare) - len(bare.rstrip("\\"))
    return f"{bare} " if slashes % 2 and bare != text else bare


def _regex(pattern: str) -> str:
    """What the whole of a path has to match."""
    return "".join(_pieces(pattern))


_NOTHING = "(?!)"


def _pieces(pattern: str) -> Iterator[str]:
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "*":
            piece, position = _stars(pattern, position)
            yield piece
        elif letter == "[":
            piece, position = _bracket(pattern, position + 1)
            yield piece
        elif letter == "\\":
            yield re.escape(pattern[position + 1]) if position + 1 < len(pattern) else _NOTHING
            position += 2
        else:
            yield "[^/]" if letter == "?" else re.escape(letter)
            position += 1


def _stars(pattern: str, start: int) -> tuple[str, int]:
    """``**`` between slashes stands for any number of directories, everywhere else stars stay in one."""
    end = start
    while pattern[end : end + 1] == "*":
        end += 1
    if end - start == 1 or pattern[start - 1 : start] not in ("", "/") or pattern[end : end + 1] not in ("", "/"):
        return "[^/]*", end
    return (".*", end) if end == len(pattern) else ("(?:.*/)?", end + 1)


def _bracket(pattern: str, start: int) -> tuple[str, int]:
    """A set of characters, of which none is a slash; with one that does not end, the whole pattern matches nothing."""
    position = start
    negated = pattern[position : position + 1] in ("!", "^")
    position += negated
    items: list[str] = []
    while position < len(pattern) and (pattern[position] != "]" or not items):
        named = re.compile(r"\[:([a-z]*):\]").match(pattern, position)
        if named:
            if named[1] not in _CLASSES:
                return _NOTHING, len(pattern)
            items.append(_CLASSES[named[1]])
            position = named.end()
            continue
        first, position = _letter(pattern, position)
        if pattern[position : position + 1] == "-" and pattern[position + 1 : position + 2] not in ("", "]"):
            last, position = _letter(pattern, position + 1)
            # The first character has matched before a range is made of it.
            items.append(re.escape(first) + (f"-{re.escape(last)}" if first <= last else ""))
        else:
            items.append(re.escape(first))
    if position >= len(pattern):
        return _NOTHING, position
    return f"(?!/)[{'^' if negated else ''}{''.join(items)}]", position + 1


def _letter(pattern: str, position: int) -> tuple[str, int]:
    """A character of a set, behind a backslash too."""
    position += pattern[position] == "\\" and position + 1 < len(pattern)
    return pattern[position], position + 1
