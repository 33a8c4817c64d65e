"""Here-documents of a Dockerfile: which words open one, and what stands in it.

Follows BuildKit: the words of a line are those of its own shell lexer, always with the backslash, and a line that the
lexer cannot read opens none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vartask.patterns import regex
from vartask.records import dataclass
from vartask.syntax.go import quoted

KEYWORDS = frozenset({"ADD", "COPY", "RUN"})
_OPENED = regex(r"(\d*)<<(-?)\s*([^<]*)", re.DOTALL)
_NAME = regex(r"[A-Za-z_]\w*|\d+|[@*#?\-$!]")
_BLANKS = " \t\r"


class HeredocError(Exception):
    """The builder refuses the word."""


class _Unreadable(Exception):
    """The lexer cannot read the line; the message is the builder's."""


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document of RUN, COPY or ADD.

    ``body`` has its leading tabs removed for ``<<-``; ``expand`` is false when the word is quoted.  ``line`` is
    the first line of the body.
    """

    name: str
    body: str
    expand: bool
    line: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A word that opens a here-document: what ends it, whether tabs are dropped, whether variables are put in."""

    name: str
    chomp: bool
    expand: bool


def opened(text: str) -> list[Opened]:
    """The here-documents that a logical line opens, in order.  Raises :class:`HeredocError`."""
    try:
        words = _Words(text).all()
    except _Unreadable:
        return []
    return [found for found in map(heredoc_word, words) if found is not None]


def heredoc_word(word: str) -> Opened | None:
    """What a word opens; ``None`` when it opens nothing.  Raises :class:`HeredocError`."""
    match = _OPENED.fullmatch(word)
    if match is None or not match[3]:
        return None
    try:
        plain = _Words(match[3], raw=False).all()
        raw = _Words(match[3], escapes=False).all()
    except _Unreadable as error:
        raise HeredocError(f"failed to process {quoted(match[3])}: {error}") from error
    if len(plain) != 1 or len(raw) != 1:
        return None
    return Opened(plain[0], match[2] == "-", _quotes(plain[0]) == _quotes(raw[0]))


def body(lines: Sequence[str], start: int, heredoc: Opened) -> tuple[str, int | None]:
    """The text of a here-document that begins at a line (from 0), and the line that ends it, ``None`` without one."""
    found: list[str] = []
    for number in range(start, len(lines)):
        line = lines[number].lstrip("\t") if heredoc.chomp else lines[number]
        if line.rstrip("\r") == heredoc.name:
            return "".join(f"{text}\n" for text in found), number
        found.append(line)
    return "", None


def _quotes(word: str) -> int:
    return word.count("'") + word.count('"')


class _Words:
    """Words apart from blanks; with ``raw`` quotes and, with ``escapes``, backslashes stay in them."""

    def __init__(self, text: str, *, raw: bool = True, escapes: bool = True) -> None:
        self.text = text
        self.raw = raw
        self.escapes = raw and escapes
        self.at = 0
        self.words: list[str] = []
        self.word = ""

    def all(self) -> list[str]:
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char in "'\"":
                self.word += self._quoted(char)
            elif char == "$":
                self._split(self._dollar())
            elif char == "<" and self.text.startswith("<", self.at):
                self.at += 1
                end = self.at
                while self.text[end : end + 1] and self.text[end] in _BLANKS:
                    end += 1
                self.word += "<<" + self.text[self.at : end]
                self.at = end
            elif char == "\\":
                self.word += "\\" * self.escapes + self.text[self.at : self.at + 1]
                self.at += 1
            else:
                self._split(char)
        self._end()
        return self.words

    def _split(self, text: str) -> None:
        for char in text:
            if char.isspace():
                self._end()
            else:
                self.word += char

    def _end(self) -> None:
        if self.word:
            self.words.append(self.word)
        self.word = ""

    def _quoted(self, quote: str) -> str:
        found = ""
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return f"{quote}{found}{quote}" if self.raw else found
            if quote == '"' and char == "$":
                found += self._dollar()
            elif quote == '"' and char == "\\":
                following = self.text[self.at : self.at + 1]
                keeps = self.escapes or following not in {'"', "$", "\\"}
                found += "\\" * (keeps and bool(following)) + following
                self.at += 1
            else:
                found += char
        kind = "single" if quote == "'" else "double"
        raise _Unreadable(f"unexpected end of statement while looking for matching {kind}-quote")

    def _dollar(self) -> str:
        """A variable stays as it is written; what has no meaning after ``${name`` cannot be read."""
        start = self.at - 1
        if not self.text.startswith("{", self.at):
            name = _NAME.match(self.text, self.at)
            self.at = name.end() if name else self.at
            return self.text[start : self.at]
        self.at += 1
        if self.at >= len(self.text):
            raise _Unreadable("syntax error: missing '}'")
        if self.text[self.at] in "{}:":
            raise _Unreadable("syntax error: bad substitution")
        name = _NAME.match(self.text, self.at)
        self.at = name.end() if name else self.at
        operator = self.text[self.at : self.at + 1]
        if operator not in set("}:+-?#%/"):
            raise _Unreadable(f"unsupported modifier ({operator or chr(0xFFFD)}) in substitution")
        if operator != "}":
            # The builder reads what follows the operator in the room of the word that it has so far, which is lost.
            self.word = ""
        end = self.text.find("}", self.at)
        if end < 0:
            raise _Unreadable("syntax error: missing '}'")
        self.at = end + 1
        return self.text[start : self.at]
