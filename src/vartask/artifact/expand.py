"""Variables in Dockerfile words: quotes, escapes, ``$name``, ``${name:-word}`` and the other modifiers.

Follows BuildKit's ``frontend/dockerfile/shell/lex.go`` (frontend 1.7 and later).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vartask.data.builder_words import unknown_modifier
from vartask.data.builders import BUILDKIT, Dialect
from vartask.patterns import regex

SPECIAL = "@*#?-$!0"
"""One-character names of the shell, never set while a Dockerfile is read."""


class UnknownValue(Exception):
    """The word contains a variable whose value is not known; ``name`` is that variable."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ExpandError(Exception):
    """The builder refuses the word."""


END = "\ufffd"
"""How the builder shows the end of the text where it looks for a character."""

NAME = regex(r"[^\W\d]\w*|\d+|[@*#?\-$!]")

Variables = Mapping[str, "str | None"]


def expand(
    word: str, variables: Variables, escape: str = "\\", *, everything: bool = True, builder: Dialect = BUILDKIT
) -> str:
    """The word with variables put in and quotes removed, as ``builder`` does.

    In ``variables`` a missing name is unset, which expands to nothing, and ``None`` is a value that is not known.
    With ``everything`` false, any unset name is unknown as well (the base image's environment is not known).
    Raises :class:`UnknownValue` and :class:`ExpandError`.
    """
    return _Lex(word, variables, escape, everything, builder, quotes=True).run()


def expand_heredoc(text: str, variables: Variables, *, everything: bool = True, builder: Dialect = BUILDKIT) -> str:
    """A heredoc's body: variables are put in, quotes stay.  Raises as :func:`expand` does."""
    return _Lex(text, variables, "\\", everything, builder, quotes=False).run()


class _Lex:
    def __init__(  # noqa: PLR0913 - a text and how to read it
        self, text: str, variables: Variables, escape: str, everything: bool, builder: Dialect, *, quotes: bool
    ) -> None:
        self.text = text
        self.variables = variables
        self.escape = escape
        self.everything = everything
        self.builder = builder
        self.quotes = quotes
        self.at = 0

    def run(self) -> str:
        return self.until("")

    def until(self, stop: str, *, raw: bool = False) -> str:
        """Everything up to an unquoted ``stop`` character, which is consumed; ``raw`` keeps escapes for a pattern."""
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if stop and char == stop:
                self.at += 1
                return "".join(out)
            self.at += 1
            if char == "$":
                out.append(self.dollar())
            elif char == "'" and self.quotes:
                out.append(self.single())
            elif char == '"' and self.quotes:
                out.append(self.double(raw=raw))
            elif char == self.escape:
                out.append(char * raw + self.text[self.at : self.at + 1])
                self.at += 1
            else:
                out.append(char)
        if stop:
            raise ExpandError("syntax error: missing '}'" if stop == "}" else "syntax error: missing '/' in ${}")
        return "".join(out)

    def single(self) -> str:
        end = self.text.find("'", self.at)
        if end < 0:
            raise ExpandError("unexpected end of statement while looking for matching single-quote")
        value = self.text[self.at : end]
        self.at = end + 1
        return value

    def double(self, *, raw: bool) -> str:
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                return "".join(out)
            if char == "$":
                out.append(self.dollar())
            elif char == self.escape:
                following = self.text[self.at : self.at + 1]
                plain = following in {'"', "$", self.escape, ""} and not raw
                out.append(following if plain else char + following)
                self.at += 1
            else:
                out.append(char)
        raise ExpandError("unexpected end of statement while looking for matching double-quote")

    def dollar(self) -> str:
        if self.text[self.at : self.at + 1] != "{":
            name = self.name()
            return self.value(name) or "" if name else "$"
        self.at += 1
        if self.at >= len(self.text):
            raise ExpandError("syntax error: missing '}'")
        if self.text[self.at] in "{}:":
            raise ExpandError("syntax error: bad substitution")
        name = self.name()
        return self.modified(name)

    def name(self) -> str:
        match = NAME.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match[0]

    def value(self, name: str) -> str | None:
        """``None`` when the variable is unset."""
        if name in self.variables:
            value = self.variables[name]
            if value is None:
                raise UnknownValue(name)
            return value
        if not self.everything:
            raise UnknownValue(name)
        return None

    def modified(self, name: str) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char == "}":
            return self.value(name) or ""
        if not char or char not in self.builder.modifiers:
            raise ExpandError(unknown_modifier(self.builder, char or END, self.text))
        if char == ":":
            operator = self.text[self.at : self.at + 1]
            self.at += 1
            if operator not in {"-", "+", "?"}:
                self.until("}")
                raise ExpandError(unknown_modifier(self.builder, f":{operator or END}", self.text))
            return self.test(name, operator, empty_counts=True)
        if char in {"-", "+", "?"}:
            return self.test(name, char, empty_counts=False)
        if char in {"#", "%"}:
            return self.trimmed(name, char)
        return self.replaced(name)

    def test(self, name: str, operator: str, *, empty_counts: bool) -> str:
        word = self.until("}")
        if operator == "?" and "?" not in self.builder.modifiers:
            raise ExpandError(f"Unsupported modifier ({operator}) in substitution: {self.text}")
        # A build argument without a default may be given or not: the author's own default is what is declared here.
        unknown = name in self.variables and self.variables[name] is None
        value = None if unknown else self.value(name)
        is_set = value is not None and not (empty_counts and value == "")
        if operator == "-":
            return value or "" if is_set else word
        if operator == "+":
            return word if is_set else ""
        if unknown:
            raise UnknownValue(name)
        if not is_set:
            why = "is not allowed to be unset" if value is None else "is not allowed to be empty"
            raise ExpandError(f"{name}: {word or why}")
        return value or ""

    def trimmed(self, name: str, side: str) -> str:
        word = self.until("}", raw=True)
        longest = word.startswith(side)
        pattern = word[longest:]
        _check_pattern(pattern)
        return trim(self.value(name) or "", pattern, side, longest=longest)

    def replaced(self, name: str) -> str:
        everywhere = self.text[self.at : self.at + 1] == "/"
        self.at += everywhere
        pattern = self.until("/", raw=True)
        replacement = self.until("}", raw=True)
        _check_pattern(pattern)
        regex = re.compile(_regex(pattern, greedy=True), re.DOTALL)
        return regex.sub(lambda _: replacement, self.value(name) or "", count=0 if everywhere else 1)


def _check_pattern(pattern: str) -> None:
    """Only what has a meaning in a pattern, and what would end it, can be escaped there."""
    for char in re.findall(r"\\(.?)", pattern, re.DOTALL):
        if char not in {"*", "?", "\\", "}", "/"}:
            raise ExpandError(f"invalid pattern ({pattern}) in substitution: invalid escape '\\{char or END}'")


def trim(value: str, pattern: str, side: str, *, longest: bool) -> str:
    """``${value#pattern}`` (side ``#``) or ``${value%pattern}`` (side ``%``), the longest match or the shortest."""
    if side == "#":
        match = re.compile(_regex(pattern, greedy=longest), re.DOTALL).match(value)
        return value[match.end() :] if match else value
    whole = re.compile(_regex(pattern, greedy=True), re.DOTALL)
    starts = range(len(value) + 1) if longest else range(len(value), -1, -1)
    for start in starts:
        if whole.fullmatch(value, start):
            return value[:start]
    return value


def _regex(pattern: str, *, greedy: bool) -> str:
    out, index = "", 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            out += ".*" if greedy else ".*?"
        elif char == "?":
            out += "."
        elif char == "\\" and index < len(pattern):
            out += re.escape(pattern[index])
            index += 1
        else:
            out += re.escape(char)
    return out
