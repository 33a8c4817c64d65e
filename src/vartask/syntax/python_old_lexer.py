"""The tokens that CPython's lexer before PEP 701 finds in a file, and the errors that it raises itself.

Source: ``tok_get`` in CPython 3.11's Parser/tokenizer.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vartask.patterns import regex
from vartask.records import dataclass, replace

_SKIP = regex(r"(?:[ \t\f]+|\\\n|#[^\n]*)+")
_OPENING = regex(r"(?:[rRuUbBfF]|[bB][rR]|[rR][bB]|[fF][rR]|[rR][fF])?(\"\"\"|'''|\"|')")
_NAME = regex(r"[^\W\d]\w*")
_DIGITS = r"\d(?:_?\d)*"
_NUMBER = regex(
    r"0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+"
    rf"|(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:[eE][+-]?{_DIGITS})?[jJ]?"
)
_AFTER_A_NUMBER = regex(r"(?:and|else|for|if|in|is|not|or)\b")
_LEADING_ZERO = regex(r"0+[1-9]\d*\Z")
_OPENS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class LexerError(Exception):
    """An error of the older lexer at an offset, in the words of 3.9 and of 3.10 and 3.11; ``None`` for unknown ones.

    ``later`` says that 3.9 raises none, ``quiet`` that only a parser that meets the place reports it; ``opened`` says
    that a bracket is open there.
    """

    offset: int
    before: str | None
    words: str | None
    later: bool = False
    quiet: bool = False
    opened: bool = False


@dataclass(frozen=True, slots=True)
class Token:
    """A token's place; ``body`` is where the inside of a string begins and ends."""

    start: int
    end: int
    body: tuple[int, int] | None = None


def old_tokens(text: str) -> Iterator[Token]:
    """Every token of a text with LF line ends; a line's end counts where no bracket is open.

    Raises :class:`LexerError`, those that only 3.10 and later know as well.
    """
    position = 0
    opened: list[int] = []
    while True:
        skipped = _SKIP.match(text, position)
        position = skipped.end() if skipped else position
        if position == len(text):
            return
        if text[position] == "\n" and opened:
            position += 1
            continue
        try:
            token = _token(text, position)
        except LexerError as error:
            raise replace(error, opened=bool(opened)) from None
        if token.body is None and text[position] in "([{":
            opened.append(position)
        elif token.body is None and text[position] in ")]}":
            _close(text, position, opened)
        yield token
        position = token.end


def _token(text: str, position: int) -> Token:
    opening = _OPENING.match(text, position)
    if opening is not None:
        end = _end_of_string(text, opening.end(), opening[1])
        if end is None:
            raise _endless(text, position, opening[1])
        return Token(position, end + len(opening[1]), (opening.end(), end))
    name = _NAME.match(text, position)
    if name is not None:
        return Token(position, name.end())
    number = _NUMBER.match(text, position)
    if number is not None:
        return _number(text, number)
    if text[position] == "\\":
        words = "unexpected character after line continuation character"
        raise LexerError(position, words, words, quiet=True)
    if text[position] in "?$`" or (text[position] == "!" and not text.startswith("!=", position)):
        raise LexerError(position, None, None)
    if not text[position].isascii():
        raise LexerError(position, None, None)
    return Token(position, position + 1)


def _number(text: str, number: re.Match[str]) -> Token:
    end = number.end()
    if _LEADING_ZERO.match(number[0]):
        words = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
        raise LexerError(number.start(), words, words)
    if _NAME.match(text, end) and not _AFTER_A_NUMBER.match(text, end):
        decimal = number[0].isdigit()
        raise LexerError(number.start(), None, "invalid decimal literal" if decimal else None, later=True)
    return Token(number.start(), end)


def _close(text: str, position: int, opened: list[int]) -> None:
    """A closing bracket takes the last of the opening ones, whose offsets are in ``opened``."""
    char = text[position]
    words = f"unmatched '{char}'"
    if opened:
        last = opened.pop()
        if _OPENS[text[last]] == char:
            return
        words = f"closing parenthesis '{char}' does not match opening parenthesis '{text[last]}'"
        if "\n" in text[last:position]:
            words += f" on line {text.count(chr(10), 0, last) + 1}"
    raise LexerError(position, words, words)


def _endless(text: str, position: int, quote: str) -> LexerError:
    line = text.count("\n", 0, position) + 1
    if len(quote) > 1:
        last = text.count("\n") + (not text.endswith("\n"))
        words = f"unterminated triple-quoted string literal (detected at line {last})"
        return LexerError(position, "EOF while scanning triple-quoted string literal", words)
    words = f"unterminated string literal (detected at line {line})"
    return LexerError(position, "EOL while scanning string literal", words)


def _end_of_string(text: str, position: int, quote: str) -> int | None:
    while position < len(text):
        if text[position] == "\\":
            position += 2
        elif text.startswith(quote, position):
            return position
        elif text[position] == "\n" and len(quote) == 1:
            return None
        else:
            position += 1
    return None
