"""A JSON reader that keeps positions: RFC 8259, without recursion."""

from __future__ import annotations

import re
from bisect import bisect_right
from json import JSONDecodeError, JSONDecoder
from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.syntax.nodes import Builder, Document, Mapping, Scalar, Sequence

_SPACE = regex(r"[ \t\n\r]*")
_LITERAL = regex(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")

_STRINGS: Final = JSONDecoder(strict=False)
"""Only ever pointed at a quote, so it never recurses."""

_VALUE: Final = "value"
_FIRST_ITEM: Final = "value or ]"
_FIRST_KEY: Final = "key or }"
_KEY: Final = "key"
_COLON: Final = ":"
_AFTER: Final = ", or a closing bracket"


class JsonError(Exception):
    """The text is not JSON: one line that says what is wrong, and where."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


def read_json(text: str, path: str) -> Document:
    """The document of a JSON text; ``path`` goes into the spans.

    Raises :class:`JsonError`, and :class:`vartask.syntax.nodes.TooLarge` for more than a template can hold.
    """
    return _Reader(text, path).read()


class _Reader:
    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.path = path
        self.builder = Builder(path)
        self.starts = [0, *(match.end() for match in re.finditer("\n", text))]
        self.closers: list[str] = []

    def read(self) -> Document:
        at = self._skip(0)
        state = _VALUE
        while True:
            at, state = self._step(at, state)
            at = self._skip(at)
            if state == _AFTER and not self.closers:
                break
        if at < len(self.text):
            raise self._error("unexpected text after the end of the value", at)
        return self.builder.document()

    def _skip(self, at: int) -> int:
        match = _SPACE.match(self.text, at)
        return match.end() if match else at

    def _step(self, at: int, state: str) -> tuple[int, str]:
        """Read one token at ``at``; where it ends, and what may follow."""
        char = self.text[at : at + 1]
        if state in {_AFTER, _FIRST_ITEM, _FIRST_KEY} and self.closers and char == self.closers[-1]:
            self.builder.close()
            self.closers.pop()
            return at + 1, _AFTER
        if state == _AFTER and char == ",":
            return at + 1, _KEY if self.closers[-1] == "}" else _VALUE
        if state == _COLON and char == ":":
            return at + 1, _VALUE
        if state in {_KEY, _FIRST_KEY} and char == '"':
            return self._string(at), _COLON
        if state in {_VALUE, _FIRST_ITEM}:
            return self._value(at, char)
        raise self._error(f"expected {state}", at)

    def _value(self, at: int, char: str) -> tuple[int, str]:
        if char == '"':
            return self._string(at), _AFTER
        if char == "{":
            self.builder.open(Mapping(self._span(at)))
            self.closers.append("}")
            return at + 1, _FIRST_KEY
        if char == "[":
            self.builder.open(Sequence(self._span(at)))
            self.closers.append("]")
            return at + 1, _FIRST_ITEM
        match = _LITERAL.match(self.text, at)
        if match is None:
            raise self._error("expected a value", at)
        self.builder.scalar(Scalar(match.group(), self._span(at, match.end()), plain=True))
        return match.end(), _AFTER

    def _string(self, at: int) -> int:
        try:
            value, end = _STRINGS.raw_decode(self.text, at)
        except JSONDecodeError as error:
            raise self._error(error.msg.lower(), error.pos) from None
        self.builder.scalar(Scalar(value, self._span(at, end), plain=False))
        return int(end)

    def _span(self, start: int, end: int | None = None) -> Span:
        line = bisect_right(self.starts, start)
        column = start - self.starts[line - 1] + 1
        if end is None:
            return Span(self.path, line, column)
        last = bisect_right(self.starts, end)
        return Span(self.path, line, column, last, end - self.starts[last - 1] + 1)

    def _error(self, message: str, at: int) -> JsonError:
        return JsonError(f"not JSON: {message}", self._span(min(at, len(self.text))))
