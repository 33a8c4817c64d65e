"""The words of a shell command: literal text, variables, and pieces that only running it could tell."""

from __future__ import annotations

import re

from vartask.patterns import regex
from vartask.records import dataclass

NAME = regex(r"[A-Za-z_][A-Za-z0-9_]*")
EXPANSION = regex(r"^(?P<name>[A-Za-z_][A-Za-z0-9_]*|\d+|[@*#])(?P<operator>:?[-+]|##?|%%?)?(?P<word>.*)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Literal:
    """Text as it is; ``quoted`` text is neither a pattern nor split."""

    text: str
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """``$name`` or ``${name operator word}``; unquoted, its value is split at blanks and may be a pattern.

    ``name`` may also be a positional parameter (``1``, ``@``, ``*``, ``#``).
    """

    name: str
    operator: str | None = None
    word: Word | None = None
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Dynamic:
    """A command's output, an arithmetic value, or an expansion that is not read."""

    text: str
    quoted: bool = False


Part = Literal | Variable | Dynamic


@dataclass(frozen=True, slots=True)
class Word:
    """One word, with its parts and as it is written."""

    parts: tuple[Part, ...]
    raw: str

    @property
    def plain(self) -> str | None:
        """The word's text when nothing in it varies and it is no pattern; ``None`` otherwise."""
        if any(not isinstance(part, Literal) for part in self.parts):
            return None
        return "".join(part.text for part in self.parts if isinstance(part, Literal))


def read_word(raw: str, quoted: str = "") -> Word:
    """Split a word into its parts.

    ``quoted`` says what the whole text stands in: ``'`` (nothing is special), ``heredoc`` (only ``$``, a backquote
    and a backslash are), or nothing.
    """
    if quoted == "'":
        return Word((Literal(raw, quoted=True),), raw)
    return Word(tuple(_Reader(raw, in_double=quoted == "heredoc", heredoc=quoted == "heredoc").parts()), raw)


def split_words(text: str) -> list[str]:
    """The words of a simple command as they are written: blanks in quotes and substitutions do not part them."""
    words, current, index = [], "", 0
    while index < len(text):
        char = text[index]
        end = index + 1
        if char == "\\":
            end = index + 2
        elif char in "'\"":
            end = _quote_end(text, index)
        elif text.startswith(("$(", "${"), index):
            end = _closing(text, index + 1, "()" if text[index + 1] == "(" else "{}")
        elif char == "`":
            end = (text.find("`", index + 1) + 1) or len(text)
        elif char in " \t\n":
            words += [current] if current else []
            current, index = "", end
            continue
        current += text[index:end]
        index = end
    return [*words, current] if current else words


def _quote_end(text: str, start: int) -> int:
    index = start + 1
    while index < len(text) and text[index] != text[start]:
        index += 2 if text[index] == "\\" and text[start] == '"' else 1
    return index + 1


class _Reader:
    def __init__(self, text: str, *, in_double: bool = False, heredoc: bool = False) -> None:
        self.text = text
        self.at = 0
        self.in_double = in_double
        self.heredoc = heredoc
        self.found: list[Part] = []
        self.literal = ""

    def parts(self) -> list[Part]:
        while self.at < len(self.text):
            self.step()
        self.flush()
        return self.found or [Literal("", quoted=True)]

    def step(self) -> None:
        char = self.text[self.at]
        if char == "'" and not self.in_double:
            self.single()
        elif char == '"' and not self.heredoc:
            # Leaving quotes must not lose an empty "": it is a word of its own.
            self.flush(keep_empty=self.in_double)
            self.in_double = not self.in_double
            self.at += 1
        elif char == "\\":
            self.escape()
        elif char == "$":
            self.dollar()
        elif char == "`":
            end = self.text.find("`", self.at + 1)
            self.dynamic(len(self.text) if end < 0 else end + 1)
        elif char == "~" and not self.in_double and not self.literal and not self.found:
            self.flush()
            self.found.append(Variable("HOME") if self.text[1:2] in {"", "/"} else Dynamic(self.text))
            self.at += 1
        else:
            self.literal += char
            self.at += 1

    def flush(self, *, keep_empty: bool = False) -> None:
        if self.literal or keep_empty:
            self.found.append(Literal(self.literal, quoted=self.in_double))
        self.literal = ""

    def single(self) -> None:
        self.flush()
        end = self.text.find("'", self.at + 1)
        end = len(self.text) if end < 0 else end
        self.found.append(Literal(self.text[self.at + 1 : end], quoted=True))
        self.at = end + 1

    def escape(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        self.at += 2
        if following == "\n":
            return
        if self.in_double:
            special = following in {"$", "`", "\\"} or (following == '"' and not self.heredoc)
            self.literal += following if special else "\\" + following
            return
        self.flush()
        self.found.append(Literal(following, quoted=True))

    def dynamic(self, end: int) -> None:
        self.flush()
        self.found.append(Dynamic(self.text[self.at : end], quoted=self.in_double))
        self.at = end

    def dollar(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following == "(":
            self.dynamic(_closing(self.text, self.at + 1, "()"))
        elif following == "{":
            self.expansion(_closing(self.text, self.at + 1, "{}"))
        elif following and following in "@*#0123456789":
            self.flush()
            self.found.append(Variable(following, quoted=self.in_double))
            self.at += 2
        elif following and following in "?-$!":
            self.dynamic(self.at + 2)
        else:
            match = NAME.match(self.text, self.at + 1)
            if match is None:
                self.literal += "$"
                self.at += 1
                return
            self.flush()
            self.found.append(Variable(match[0], quoted=self.in_double))
            self.at = match.end()

    def expansion(self, end: int) -> None:
        match = EXPANSION.match(self.text[self.at + 2 : end - 1])
        if match is None or (match["operator"] is None and match["word"]):
            self.dynamic(end)
            return
        self.flush()
        word = read_word(match["word"]) if match["operator"] else None
        self.found.append(Variable(match["name"], match["operator"], word, quoted=self.in_double))
        self.at = end


def _closing(text: str, start: int, pair: str) -> int:
    """The index behind the bracket that closes the one at ``start``; quotes are skipped."""
    depth, quote = 0, ""
    for index in range(start, len(text)):
        char = text[index]
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == pair[0]:
            depth += 1
        elif char == pair[1]:
            depth -= 1
            if not depth:
                return index + 1
    return len(text)
