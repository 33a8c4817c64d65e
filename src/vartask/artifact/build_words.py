"""Shell text cut into simple commands: words, the line they start at, and the subshells around them."""

from __future__ import annotations

from collections.abc import Iterator

from vartask.records import dataclass, field

UNKNOWN = "\x00"
"""Stands in a word for text that is not known."""

SINGLE = "\x02"
"""Stands for a dollar sign that the shell does not expand."""


@dataclass(slots=True)
class Line:
    """A simple command: ``number`` counts lines from 0; ``opens`` and ``closes`` are subshells begun and ended."""

    words: list[str] = field(default_factory=list)
    number: int = 0
    opens: int = 0
    closes: int = 0


def lines_of(text: str) -> Iterator[Line]:
    """The simple commands of a shell text.  Quotes are taken off; ``$`` expressions stay as they are written."""
    return _Cutter(text.replace("\r\n", "\n")).run()


class _Cutter:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.number = 0
        self.word: str | None = None
        self.line = Line()

    def run(self) -> Iterator[Line]:
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in "\n;&|":
                yield from self.end()
                self.advance(1)
            elif char == "(" and self.word is None:
                yield from self.end()
                self.line.opens += 1
                self.advance(1)
            elif char == ")":
                self.finish_word()
                self.line.closes += 1
                yield from self.end()
                self.advance(1)
            else:
                self.step(char)
        yield from self.end()

    def advance(self, count: int) -> None:
        self.number += self.text.count("\n", self.at, self.at + count)
        self.at += count

    def finish_word(self) -> None:
        if self.word is not None:
            self.line.words.append(self.word)
            self.word = None

    def end(self) -> Iterator[Line]:
        self.finish_word()
        if self.line.words or self.line.closes:
            yield self.line
            self.line = Line()

    def add(self, text: str) -> None:
        if self.word is None:
            self.word = ""
            if not self.line.words:
                self.line.number = self.number
        self.word += text

    def step(self, char: str) -> None:
        """One character (or quoted piece, or expansion) of a command."""
        if char in " \t":
            self.finish_word()
            self.advance(1)
        elif char == "#" and self.word is None:
            end = self.text.find("\n", self.at)
            self.advance((len(self.text) if end < 0 else end) - self.at)
        elif char == "\\":
            self.escape()
        elif char == "'":
            end = self.text.find("'", self.at + 1)
            end = len(self.text) if end < 0 else end
            self.add(self.text[self.at + 1 : end].replace("$", SINGLE))
            self.advance(end + 1 - self.at)
        elif char == '"':
            self.quoted()
        elif char == "$":
            self.expansion()
        elif char in "<>":
            self.redirection()
        else:
            self.add(char)
            self.advance(1)

    def escape(self) -> None:
        follows = self.text[self.at + 1 : self.at + 2]
        if follows != "\n":
            self.add(follows)
        self.advance(2)

    def quoted(self) -> None:
        self.add("")
        self.advance(1)
        while self.at < len(self.text) and self.text[self.at] != '"':
            char = self.text[self.at]
            if char == "\\":
                self.escape()
            elif char == "$":
                self.expansion()
            else:
                self.add(char)
                self.advance(1)
        self.advance(1)

    def expansion(self) -> None:
        """``$name``, ``${...}`` and ``$(...)``, whole, with whatever is nested in them."""
        pairs = {"(": ")", "{": "}"}
        opener = self.text[self.at + 1 : self.at + 2]
        if opener not in pairs:
            self.add("$")
            self.advance(1)
            return
        depth = 0
        end = self.at + 1
        while end < len(self.text):
            depth += (self.text[end] == opener) - (self.text[end] == pairs[opener])
            end += 1
            if depth == 0:
                break
        self.add(self.text[self.at : end])
        self.advance(end - self.at)

    def redirection(self) -> None:
        """``> file`` is not an argument: it is left out together with its file."""
        if self.word is not None and self.word.isdigit():
            self.word = None
        self.finish_word()
        while self.text[self.at : self.at + 1] in {"<", ">", "&", "-", " ", "\t"} and self.at < len(self.text):
            self.advance(1)
        while self.at < len(self.text) and self.text[self.at] not in " \t\n;|&)":
            self.advance(1)
