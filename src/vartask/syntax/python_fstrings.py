"""Whether an f-string fits the lexer of CPython 3.11 and older, and what that says of one that does not.

Before PEP 701 an f-string was first read as any other string, up to the next quote of its kind, and its
replacement fields were searched afterwards (``fstring_find_expr`` in CPython 3.11's Parser/string_parser.c).
So a field could hold no backslash, no comment and no quote of the enclosing kind.
"""

from __future__ import annotations

import re

from vartask.patterns import regex

_BETWEEN = regex(r"(?:[ \t\f\n]|\\\n|#[^\n]*)*")
_OPENING = regex(r"([A-Za-z]{0,2})(\"\"\"|'''|\"|')")
_NAMED = regex(r"\\N\{[^}]*\}")

_MARKED = regex(rb"\b(?:[fF][rR]?|[rR][fF])(\"\"\"|'''|\"|')((?:\\.|(?!\1)[^\\])*)", re.DOTALL)
_ODD_FIELD = regex(rb"\{[^{}]*[\\#]")

_CLOSING = {"(": ")", "[": "]", "{": "}"}
_DEEPEST = 2
_ENDLESS = "f-string: expecting '}'"


class _RefusedError(Exception):
    """The older parser's error; the text is its own."""


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
        end = _old_end(literal, opening.end(), opening[2]) if opening is not None else None
        if opening is None or end is None or _refusal(literal, opening, end) is not None:
            return False
        position = end + len(opening[2])


def old_refusal(literal: str) -> str | None:
    """The words in which CPython 3.9 to 3.11 refuse one string, cut out by their lexer; ``None`` if they do not."""
    opening = _OPENING.match(literal)
    return _refusal(literal, opening, len(literal) - len(opening[2])) if opening is not None else None


def _refusal(text: str, opening: re.Match[str], end: int) -> str | None:
    """The older parser's words for one string, if it does not take it."""
    prefix = opening[1].lower()
    if "f" not in prefix:
        return None
    body = text[opening.end() : end]
    try:
        _Fields(body, raw="r" in prefix).literal(0, 0)
    except _RefusedError as error:
        return str(error)
    return None


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
    """The older search for replacement fields.  Each method returns where it stopped, or raises the parser's error."""

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
                if depth:
                    return position
                raise _RefusedError("f-string: single '}' is not allowed")
            else:
                position = self._field(position + 1, depth)
        if depth:
            raise _RefusedError(_ENDLESS)
        return position

    def _field(self, position: int, depth: int) -> int:
        if depth >= _DEEPEST:
            raise _RefusedError("f-string: expressions nested too deeply")
        body, start = self._body, position
        position = self._expression(position)
        if not body[start:position].strip():
            raise _RefusedError("f-string: empty expression not allowed")
        if body[position] == "=":
            position += 1 + len(body[position + 1 :]) - len(body[position + 1 :].lstrip())
        if body[position : position + 1] == "!":
            position += 2
        if body.startswith(":", position):
            position = self.literal(position + 1, depth + 1)
        if not body.startswith("}", position):
            raise _RefusedError(_ENDLESS)
        return position + 1

    def _expression(self, position: int) -> int:
        body, nested = self._body, ""
        while position < len(body):
            char = body[position]
            self._check(char)
            if char in "'\"":
                position = self._string(position)
                continue
            if char in _CLOSING:
                nested += char
            elif nested and char in ")]}":
                if char != _CLOSING[nested[-1]]:
                    what = f"closing parenthesis '{char}' does not match opening parenthesis '{nested[-1]}'"
                    raise _RefusedError(f"f-string: {what}")
                nested = nested[:-1]
            elif not nested and char in "!=<>" and body.startswith("=", position + 1):
                position += 1
            elif not nested and char in "=:}!":
                return position
            elif not nested and char in ")]":
                raise _RefusedError(f"f-string: unmatched '{char}'")
            position += 1
        raise _RefusedError(f"f-string: unmatched '{nested[-1]}'" if nested else _ENDLESS)

    def _check(self, char: str) -> None:
        if char == "\\":
            raise _RefusedError("f-string expression part cannot include a backslash")
        if char == "#":
            raise _RefusedError("f-string expression part cannot include '#'")

    def _string(self, position: int) -> int:
        """Past a string inside a field, which may hold no backslash either."""
        body = self._body
        quote = body[position] * (3 if body.startswith(body[position] * 3, position) else 1)
        end = body.find(quote, position + len(quote))
        if "\\" in body[position : end if end >= 0 else len(body)]:
            raise _RefusedError("f-string expression part cannot include a backslash")
        if end < 0:
            raise _RefusedError("f-string: unterminated string")
        return end + len(quote)
