"""The Serverless Framework's variables, ``${source(parameters):address, fallback}``, taken apart.

https://www.serverless.com/framework/docs/guides/variables, and serverless 3.40
(``lib/configuration/variables/parse.js``).  What looks like a variable of CloudFormation (``${AWS::Region}``,
``${Name}``) is text.
"""

from __future__ import annotations

import re
from typing import Final

from vartask.patterns import regex
from vartask.records import dataclass

MAX_DEPTH: Final = 20
"""The framework itself stops after ten."""

_TYPE = regex(r"[a-z][A-Za-z0-9]*(?=[:(])")
_NUMBER = regex(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class VariableError(Exception):
    """The text is not what the framework accepts; the message says why."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A fallback that is written out; ``None`` is ``null``, and ``quoted`` tells ``'1'`` from ``1``."""

    value: str | None
    quoted: bool


@dataclass(frozen=True, slots=True)
class Source:
    """One place to look a value up: ``file(./a.yml):b.c`` has type, parameters and address."""

    type: str
    parameters: tuple[Parts, ...]
    address: Parts | None


@dataclass(frozen=True, slots=True)
class Variable:
    """Sources in the order in which they are asked; the first that has a value gives it."""

    sources: tuple[Source | Literal, ...]
    written: str


Parts = tuple["str | Variable", ...]


def has_variables(text: str) -> bool:
    """A quick look: whether there may be any."""
    return "${" in text


def parse(text: str) -> Parts:
    """Text and variables in their order.  Raises :class:`VariableError`."""
    return _Reader(text).parts("", 0)


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def _looking_at(self, text: str) -> bool:
        return self.text.startswith(text, self.at)

    def parts(self, until: str, depth: int) -> Parts:
        """Everything up to one of the characters of ``until``, which is not consumed."""
        if depth > MAX_DEPTH:
            raise VariableError("variables are nested too deep")
        found: list[str | Variable] = []
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in until:
            if self._looking_at("\\${"):
                found.append(self.text[start : self.at] + "${")
                self.at += 3
                start = self.at
            elif self._looking_at("${") and self._is_variable():
                found.append(self.text[start : self.at])
                found.append(self._variable(depth))
                start = self.at
            else:
                self.at += 2 if self._looking_at("${") else 1
        found.append(self.text[start : self.at])
        return tuple(part for part in found if part != "")

    def _is_variable(self) -> bool:
        match = _TYPE.match(self.text, self.at + 2)
        return match is not None and not self.text.startswith("::", match.end())

    def _variable(self, depth: int) -> Variable:
        begin = self.at
        self.at += 2
        sources = [self._source(depth)]
        while self._looking_at(","):
            self.at += 1
            self._spaces()
            sources.append(self._source(depth))
        if not self._looking_at("}"):
            raise VariableError(f"`{self.text[begin : begin + 60]}` has no closing bracket")
        self.at += 1
        return Variable(tuple(sources), self.text[begin : self.at])

    def _spaces(self) -> None:
        while self._looking_at(" "):
            self.at += 1

    def _source(self, depth: int) -> Source | Literal:
        quote = self.text[self.at : self.at + 1]
        if quote in {"'", '"'}:
            return Literal(self._quoted(quote), quoted=True)
        match = _TYPE.match(self.text, self.at)
        if match is None:
            return self._bare()
        self.at = match.end()
        parameters: list[Parts] = []
        if self._looking_at("("):
            parameters = self._parameters(depth)
        self._spaces()
        address: Parts | None = None
        if self._looking_at(":"):
            self.at += 1
            self._spaces()
            address = self._address(depth)
        return Source(match[0], tuple(parameters), address)

    def _address(self, depth: int) -> Parts | None:
        quote = self.text[self.at : self.at + 1]
        if quote in {"'", '"'}:
            quoted = self._quoted(quote)
            self._spaces()
            return (quoted,)
        return _stripped(self.parts(",}", depth + 1)) or None

    def _parameters(self, depth: int) -> list[Parts]:
        found: list[Parts] = []
        self.at += 1
        while True:
            self._spaces()
            quote = self.text[self.at : self.at + 1]
            if quote in {"'", '"'}:
                found.append((self._quoted(quote),))
                self._spaces()
            else:
                found.append(_stripped(self.parts(",)", depth + 1)))
            if self._looking_at(")"):
                self.at += 1
                return [one for one in found if one]
            if not self._looking_at(","):
                raise VariableError("the parameters of a variable are not closed")
            self.at += 1

    def _quoted(self, quote: str) -> str:
        end = self.at + 1
        while end < len(self.text) and self.text[end] != quote:
            end += 2 if quote == '"' and self.text[end] == "\\" else 1
        if end >= len(self.text):
            raise VariableError("a string in a variable is not closed")
        value = self.text[self.at + 1 : end]
        self.at = end + 1
        self._spaces()
        return re.sub(r"\\(.)", r"\1", value) if quote == '"' else value

    def _bare(self) -> Literal:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in ",}":
            self.at += 1
        word = self.text[start : self.at].strip()
        if word in {"true", "false"} or _NUMBER.fullmatch(word):
            return Literal(word, quoted=False)
        if word == "null":
            return Literal(None, quoted=False)
        raise VariableError(f"`{word[:60]}` is no source of a variable")


def _stripped(parts: Parts) -> Parts:
    if not parts:
        return parts
    found = list(parts)
    if isinstance(found[0], str):
        found[0] = found[0].lstrip()
    if isinstance(found[-1], str):
        found[-1] = found[-1].rstrip()
    return tuple(part for part in found if part != "")
