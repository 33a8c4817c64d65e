"""Glob patterns as ``picomatch`` understands them, which micromatch, fast-glob and globby all use.

Read from picomatch 2.3 (``lib/parse.js``) and compared with what it matches; always with its option ``dot: true``,
under which ``*`` and ``**`` match names that start with a dot.  What is too unusual to be sure of raises
:class:`Unsure`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from vartask.artifact.filters import Unsure
from vartask.patterns import regex
from vartask.records import dataclass

_NO_DOTS: Final = r"(?!\.{1,2}(?:/|\Z))"
"""``.`` and ``..`` are never matched by a wildcard."""

_STAR: Final = "[^/]*?"
_GLOBSTAR: Final = r"(?:(?!(?:\A|/)\.{1,2}(?:/|\Z)).)*?"
_WHOLE_GLOBSTAR: Final = regex(r"\*\*((?:\.\w+)+)")
"""``**.py``: the one spelling for which picomatch has a shortcut that differs from its own grammar."""

_SAME: Final = {"***": "*", "**/**": "**", "**/**/**": "**"}
_SPECIAL_IN_CLASS: Final = regex(r"[-*+?.^${}(|)\[\]]")
_MOST: Final = 4_096


@dataclass(frozen=True, slots=True)
class Glob:
    """One pattern: what it matches, and whether a ``!`` before it turns that round."""

    pattern: str
    regex: re.Pattern[str]
    negated: bool

    def matches(self, path: str) -> bool:
        """Whether the pattern stands for the path."""
        return path == self.pattern or (self.regex.match(path) is None) == self.negated


@cache
def compiled(pattern: str) -> Glob:
    """A pattern ready to be compared.  Raises :class:`Unsure`."""
    if not pattern or len(pattern) > _MOST:
        raise Unsure("the pattern is empty or too long")
    text = _SAME.get(pattern, pattern)
    text = re.sub(r"\A(?:\./)+", "", text)
    bangs = re.match(r"(?:!(?!\())*", text)
    count = bangs.end() if bangs else 0
    text = re.sub(r"\A(?:\./)+", "", text[count:])
    shortcut = _WHOLE_GLOBSTAR.fullmatch(text) if count == 0 else None
    body = _NO_DOTS + _GLOBSTAR + re.escape(shortcut[1]) if shortcut else _Translator(text).translate()
    try:
        return Glob(pattern, re.compile(rf"\A(?:{body})\Z", re.DOTALL), count % 2 == 1)
    except re.error:
        raise Unsure("the pattern is not one that can be compared") from None


class _Translator:
    """One pass over a pattern; ``inside`` is what the part being read stands in: nothing, braces or parentheses."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def translate(self) -> str:
        out = self._sequence("")
        if self.at < len(self.text):
            raise Unsure("the brackets of the pattern do not pair")
        return out

    def _sequence(self, closer: str) -> str:
        """Translate up to ``closer``, which is not consumed; alternatives are separated as the bracket has it."""
        out: list[str] = []
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if closer and char == closer:
                break
            if (char == "," and closer == "}") or char == "|":
                out.append("|")
                self.at += 1
                start = self.at
            else:
                out.append(self._one(char, at_start=self._is_start(start), out=out, closer=closer))
        return "".join(out)

    def _is_start(self, start: int) -> bool:
        """Whether a path segment starts here."""
        return self.text[self.at - 1] == "/" if self.at > 0 else self.at == start

    def _one(self, char: str, *, at_start: bool, out: list[str], closer: str) -> str:
        following = self.text[self.at + 1 : self.at + 2]
        if char in "!?+*@" and following == "(" and self.text[self.at + 2 : self.at + 3] != "?":
            return self._extended(char, at_start=at_start)
        if char == "*":
            return self._stars(at_start=at_start, out=out, closer=closer)
        if char == "[":
            return self._class()
        if char == "{":
            return self._braces()
        if char == "(":
            self.at += 1
            inner = self._sequence(")")
            self._close(")")
            return f"(?:{inner})"
        self.at += 1
        return self._plain(char)

    def _plain(self, char: str) -> str:
        if char == "?":
            return "[^/]"
        if char == "\\":
            following = self.text[self.at : self.at + 1]
            self.at += len(following)
            return re.escape(following or "\\")
        if char == "+" and self.at > 1 and self.text[self.at - 2] in ")]}":
            return "+"
        if char == '"':
            raise Unsure("the pattern has quotes")
        return re.escape(char)

    def _close(self, bracket: str) -> None:
        if self.text[self.at : self.at + 1] != bracket:
            raise Unsure("the brackets of the pattern do not pair")
        self.at += 1

    # -- stars --------------------------------------------------------------------------------------

    def _stars(self, *, at_start: bool, out: list[str], closer: str) -> str:
        first = self.at
        while self.text[self.at : self.at + 1] == "*":
            self.at += 1
        count = self.at - first
        if self.text[self.at : self.at + 1] == "(":
            raise Unsure("a star stands before an extended pattern")
        grouped = closer != "" and self.text[first - 1] in "{,(|"
        after = self.text[self.at : self.at + 1]
        ends = after == "" or (closer != "" and after in (closer, "|", ","))
        if count == 2 and (at_start or grouped) and (after == "/" or ends):  # noqa: PLR2004 - a globstar is two stars
            return self._globstar(first, out, closer)
        if not at_start:
            return _STAR
        return _NO_DOTS + _STAR if count > 1 else rf"{_NO_DOTS}(?=.){_STAR}"

    def _globstar(self, first: int, out: list[str], closer: str) -> str:
        while re.match(r"/\*\*(?:/|\Z)", self.text[self.at :]):
            self.at += 3
        follows = self.text[self.at : self.at + 1]
        behind_slash = first > 1 and self.text[first - 1] == "/" and bool(out) and out[-1] == "/"
        if follows == "" and first == 0:
            return _NO_DOTS + _GLOBSTAR
        if follows == "/":
            self.at += 1
            if first == 0:
                return f"(?:\\A|/|{_GLOBSTAR}/)"
            if behind_slash:
                out.pop()
                end = r"|\Z" if self.at < len(self.text) else ""
                return f"(?:/{_GLOBSTAR}/|/{end})"
            return f"{_GLOBSTAR}/"
        if follows == "" and behind_slash and not closer and self.text[first - 2] != "*":
            out.pop()
            return rf"(?:/{_GLOBSTAR}|\Z)"
        return _GLOBSTAR

    # -- brackets -----------------------------------------------------------------------------------

    def _class(self) -> str:
        end = self.text.find("]", self.at + 2)
        if end < 0:
            self.at += 1
            return r"\["
        inner = self.text[self.at + 1 : end]
        self.at = end + 1
        if "\\" in inner or inner.startswith("!") or "[:" in inner:
            raise Unsure("the pattern has a class that its readers take differently")
        if inner.startswith("^"):
            return f"[^/{_escaped(inner[1:])}]"
        taken = f"[{_escaped(inner)}]"
        # Without anything special in it, the brackets may be meant as they stand.
        return taken if _SPECIAL_IN_CLASS.search(inner) else f"(?:{re.escape(f'[{inner}]')}|{taken})"

    def _braces(self) -> str:
        inner = _braced(self.text, self.at)
        if inner is None:
            self.at += 1
            return r"\{"
        if ".." in inner and "," not in inner and "{" not in inner:
            if "(" in self.text:
                raise Unsure("the pattern has a range beside parentheses")
            self.at += len(inner) + 2
            words = expand("{" + inner + "}")
            return "(?:" + "|".join(map(re.escape, words)) + ")"
        self.at += 1
        if "," not in inner:
            body = self._sequence("}")
            self._close("}")
            return rf"\{{{body}\}}"
        body = self._sequence("}")
        self._close("}")
        return f"(?:{body})"

    def _extended(self, kind: str, *, at_start: bool) -> str:
        self.at += 2
        begin = self.at
        inner = self._sequence(")")
        written = self.text[begin : self.at]
        self._close(")")
        if kind == "!":
            return self._negated(inner, written)
        if kind in "+*" and re.search(r"[+*]\(|\|\||\A\||\|\Z|(?:\A|\|)[*?]+(?:\||\Z)", written):
            raise Unsure("the pattern repeats a pattern that repeats")
        end = {"?": "?", "+": "+", "*": "*", "@": ""}[kind]
        return ("(?=.)" if at_start and self.at == len(self.text) else "") + f"(?:{inner}){end}"

    def _negated(self, inner: str, written: str) -> str:
        rest = self.text[self.at :]
        star = _GLOBSTAR if "/" in written and len(written) > 1 else _STAR
        if "*" in written and re.fullmatch(r"\.[^\\/.]+", rest):
            return rf"(?:(?!(?:{inner}){_Translator(rest).translate()}\Z){star})"
        closed = star is not _STAR or re.fullmatch(r"\)*", rest)
        end = r"\Z" if closed else ""
        return f"(?:(?!(?:{inner}){end}){star})"


def _escaped(text: str) -> str:
    """The inside of a class: Python warns of brackets and doubled signs that JavaScript takes as they are."""
    return re.sub(r"([\[\]&~|\\])", r"\\\1", text)


def _braced(text: str, at: int) -> str | None:
    """What stands between the brace at ``at`` and the one that closes it."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return text[at + 1 : end]
    return None


def expand(pattern: str) -> list[str]:
    """A pattern without its braces, once for each of their alternatives, as fast-glob takes it apart.

    Raises :class:`Unsure`.
    """
    if "\\" in pattern and "{" in pattern:
        raise Unsure("the pattern has an escaped brace")
    pending = [pattern]
    done: list[str] = []
    while pending:
        if len(pending) + len(done) > _MOST:
            raise Unsure("the braces of the pattern have too many alternatives")
        here = pending.pop()
        taken = _first_braces(here)
        if taken is None:
            done.append(here)
            continue
        start, inner, choices = taken
        pending += [here[:start] + choice + here[start + len(inner) + 2 :] for choice in reversed(choices)]
    return done


def _first_braces(text: str) -> tuple[int, str, list[str]] | None:
    """The first braces with alternatives: where, what is in them, and the alternatives."""
    for start in (index for index, char in enumerate(text) if char == "{"):
        inner = _braced(text, start)
        if inner is not None and ("," in inner or ".." in inner):
            return start, inner, _choices(inner)
    return None


def _choices(inner: str) -> list[str]:
    parts, depth = [""], 0
    for char in inner:
        depth += {"{": 1, "}": -1}.get(char, 0)
        if char == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    if len(parts) > 1:
        return parts
    ends = re.fullmatch(r"(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])", inner)
    if ends is None or ends[1].lstrip("-").isdecimal() != ends[2].lstrip("-").isdecimal():
        raise Unsure("the pattern has braces that its readers take differently")
    return _range(ends[1], ends[2])


def _range(first: str, last: str) -> list[str]:
    if not first.lstrip("-").isdecimal():
        low, high = sorted((ord(first), ord(last)))
        return [chr(code) for code in range(low, high + 1)]
    low, high = sorted((int(first), int(last)))
    if high - low > _MOST or any(len(end.lstrip("-")) > 1 and end.lstrip("-")[0] == "0" for end in (first, last)):
        raise Unsure("the pattern has braces that its readers take differently")
    return [str(number) for number in range(low, high + 1)]
