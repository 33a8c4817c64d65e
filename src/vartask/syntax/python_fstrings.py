"""Whether an f-string fits the lexer of CPython 3.11 and older.

Before PEP 701 an f-string was first read as any other string, up to the next quote of its kind, and its
replacement fields were searched afterwards (``fstring_find_expr`` in CPython 3.11's Parser/string_parser.c).
So a field could hold no backslash, no comment and no quote of the enclosing kind.
"""

from __future__ import annotations

import re

_BETWEEN = re.compile(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")
_OPENING = re.compile(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_NAMED = re.compile(r"\\N\{[^}]*\}")

_MARKED = re.compile(rb"\b(?:[fF][rR]?|[rR][fF])(\"\"\"|'''|\"|')((?:\\.|(?!\1)[^\\])*)", re.DOTALL)
_ODD_FIELD = re.compile(rb"\{[^{}]*[\\#]")

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 2


def may_need_pep_701(source: bytes) -> bool:
    """A quick look at a whole file: ``False`` is certain, ``True`` asks for a closer look at each f-string."""
    for found in _MARKED.finditer(source):
        body = found[2]
        if b"{" not in body:
            continue
        plain = body.replace(b"{{", b"").replace(b"}}", b"")
        if plain.count(b"{") != plain.count(b"}") or _ODD_FIELD.search(plain):
            return True
        if len(found[1]) == 1 and b"\n" in body:
            return True
    return False


def fits_before_pep_701(literal: str) -> bool:
    """Whether one string, or several that are concatenated, is the same f-string for the older lexer."""
    position = 0
    while True:
        between = _BETWEEN.match(literal, position)
        position = between.end() if between else position
        if position == len(literal):
            return True
        opening = _OPENING.match(literal, position)
        if opening is None:
            return False
        prefix, quote = opening[1].lower(), opening[2]
        end = _old_end(literal, opening.end(), quote)
        if end is None:
            return False
        body = literal[opening.end() : end]
        if "f" in prefix and _Fields(body, raw="r" in prefix).literal(0, 0) != len(body):
            return False
        position = end + len(quote)


def _old_end(text: str, position: int, quote: str) -> int | None:
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


class _Fields:
    """The older search for replacement fields.  Each method returns where it stopped, -1 for an error."""

    def __init__(self, body: str, *, raw: bool) -> None:
        self._body = body
        self._raw = raw

    def literal(self, position: int, depth: int) -> int:
        body = self._body
        while position < len(body):
            named = None if self._raw else _NAMED.match(body, position)
            if named is not None:
                position = named.end()
            elif body[position] == "\\" and not self._raw and body[position + 1 : position + 2] not in "{}":
                position += 2
            elif body[position] not in "{}":
                position += 1
            elif depth == 0 and body.startswith(body[position] * 2, position):
                position += 2
            elif body[position] == "}":
                return position if depth else -1
            else:
                position = self._field(position + 1, depth)
                if position < 0:
                    return -1
        return position if depth == 0 else -1

    def _field(self, position: int, depth: int) -> int:
        position = -1 if depth >= _DEEPEST else self._expression(position)
        if position < 0:
            return -1
        body = self._body
        if body[position] == "!":
            position += 2
        if body.startswith(":", position):
            position = self.literal(position + 1, depth + 1)
        return position + 1 if position >= 0 and body.startswith("}", position) else -1

    def _expression(self, position: int) -> int:
        body, nested = self._body, ""
        while position < len(body):
            char = body[position]
            if char in "\\#":
                return -1
            if char in "'\"":
                position = self._string(position)
                if position < 0:
                    return -1
                continue
            if char in _CLOSING:
                nested += _CLOSING[char]
            elif nested and char in ")]}":
                if char != nested[-1]:
                    return -1
                nested = nested[:-1]
            elif not nested and char in "!=<>" and body.startswith("=", position + 1):
                position += 1
            elif not nested and char in ":}!":
                return position
            position += 1
        return -1

    def _string(self, position: int) -> int:
        """Past a string inside a field, which may hold no backslash either."""
        body = self._body
        quote = body[position] * (3 if body.startswith(body[position] * 3, position) else 1)
        end = body.find(quote, position + len(quote))
        if end < 0 or "\\" in body[position:end]:
            return -1
        return end + len(quote)
