"""Path patterns as Docker's tools read them.

``*``, ``?`` and ``[...]`` are Go's (https://pkg.go.dev/path/filepath#Match); ignore files and ``--exclude`` add ``**``
(https://github.com/moby/patternmatcher).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from vartask.model import Span
from vartask.records import dataclass, field

WILDCARDS = "*?["


class BadPattern(Exception):
    """Go's ``ErrBadPattern``: ``syntax error in pattern``."""


def has_wildcards(path: str) -> bool:
    """Whether the builder takes the path for a pattern."""
    index = 0
    while index < len(path):
        if path[index] == "\\":
            index += 1
        elif path[index] in WILDCARDS:
            return True
        index += 1
    return False


def match(pattern: str, path: str) -> bool:
    """Go's ``filepath.Match``.  Raises :class:`BadPattern`."""
    return _glob(pattern).fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _glob(pattern: str) -> re.Pattern[str]:
    out, index = "", 0
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[":
            piece, index = _bracket(pattern, index)
            out += piece
        elif char == "\\":
            if index >= len(pattern):
                raise BadPattern(pattern)
            out += re.escape(pattern[index])
            index += 1
        else:
            out += re.escape(char)
    return re.compile(out, re.DOTALL)


def _bracket(pattern: str, index: int) -> tuple[str, int]:
    """A character class from behind its bracket; ``!`` does not negate in Go."""
    negated = pattern[index : index + 1] == "^"
    index += negated
    items = ""
    while True:
        if pattern[index : index + 1] == "]" and items:
            return f"(?!/)[{'^' if negated else ''}{items}]", index + 1
        low, index = _class_char(pattern, index)
        high = low
        if pattern[index : index + 1] == "-":
            high, index = _class_char(pattern, index + 1)
        # An empty range matches nothing in Go and is an error in Python.
        items += f"{re.escape(low)}-{re.escape(high)}" if low <= high else ""
        items = items or r"\0"


def _class_char(pattern: str, index: int) -> tuple[str, int]:
    char = pattern[index : index + 1]
    if char in {"", "-", "]"}:
        raise BadPattern(pattern)
    if char == "\\":
        index += 1
        char = pattern[index : index + 1]
    if not pattern[index + 1 : index + 2]:
        raise BadPattern(pattern)
    return char, index + 1


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of an ignore file, or one ``--exclude``; ``span`` is where it is written."""

    text: str
    negated: bool
    span: Span | None = None

    def matches(self, path: str) -> bool:
        """Whether the pattern itself matches the path, parents not considered."""
        return _rule(self.text)(path)

    def matches_below(self, path: str) -> bool:
        """The same and for parents, by the older rules: only a parent of the pattern's own depth counts."""
        parts = path.split("/")
        depth = self.text.count("/") + 1
        rule = _ignore_regex(self.text)
        if rule.fullmatch(path) is not None:
            return True
        return depth < len(parts) and rule.fullmatch("/".join(parts[:depth])) is not None


def pattern(text: str, span: Span | None = None, *, blank_after_bang: bool = True) -> Pattern | None:
    """Read a pattern; ``None`` for a blank one.  Raises :class:`BadPattern`."""
    stripped = text.strip()
    if not stripped:
        return None
    negated = stripped.startswith("!")
    body = stripped[1:] if negated else stripped
    body = body.strip() if blank_after_bang else body
    if not body:
        raise BadPattern(stripped)
    cleaned = posixpath.normpath(body)
    cleaned = re.sub(r"^/+(?=.)", "", cleaned)
    _glob(cleaned)
    return Pattern(cleaned, negated, span)


@lru_cache(maxsize=1024)
def _rule(text: str) -> Callable[[str], bool]:
    """A pattern as a function of paths."""
    if not any(char in text for char in "*?[]\\"):
        return text.__eq__
    if text.startswith("**") and not any(char in text[2:] for char in "*?[]\\"):
        suffix = text[2:]
        whole = suffix[1:] if suffix.startswith("/") else None
        return lambda path: path.endswith(suffix) or path == whole
    fullmatch = _ignore_regex(text).fullmatch
    return lambda path: fullmatch(path) is not None


@lru_cache(maxsize=1024)
def _ignore_regex(text: str) -> re.Pattern[str]:
    out, index = "", 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "*" and text[index : index + 1] == "*":
            index += 1
            index += text[index : index + 1] == "/"
            out += ".*" if index >= len(text) else "(?:.*/)?"
        elif char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "[":
            piece, index = _bracket(text, index)
            out += piece
        elif char == "\\" and index < len(text):
            out += re.escape(text[index])
            index += 1
        else:
            out += re.escape(char)
    return re.compile(out, re.DOTALL)


@dataclass(frozen=True)
class Matcher:
    """An ordered list of patterns: the last one that speaks about a path or one of its parents decides."""

    patterns: tuple[Pattern, ...] = ()
    newer_rules: bool = True
    _of_directories: dict[str, tuple[bool, ...]] = field(default_factory=dict, compare=False, repr=False)
    """Directory -> which patterns have matched it or one of its parents."""

    def decide(self, path: str) -> Pattern | None:
        """The pattern that keeps ``path`` out; ``None`` when it is in."""
        if not self.newer_rules:
            verdict: Pattern | None = None
            for item in self.patterns:
                if item.matches_below(path):
                    verdict = None if item.negated else item
            return verdict
        return self._judge(path)[0]

    def _judge(self, path: str) -> tuple[Pattern | None, tuple[bool, ...]]:
        """The verdict, and which patterns match the path or have matched its parent.

        A pattern that could not change the verdict is not tried (`!` patterns while nothing is out, others once it is),
        and counts as no match for what is below, too: ``MatchesUsingParentResults`` of github.com/moby/patternmatcher.
        """
        verdict: Pattern | None = None
        hits: list[bool] = []
        for item, above in zip(self.patterns, self._above(path), strict=True):
            hit = above or (item.negated is (verdict is not None) and item.matches(path))
            hits.append(hit)
            if hit:
                verdict = None if item.negated else item
        return verdict, tuple(hits)

    def _above(self, path: str) -> tuple[bool, ...]:
        directory = path.rpartition("/")[0]
        known = self._of_directories.get(directory)
        if known is None:
            known = self._judge(directory)[1] if directory else (False,) * len(self.patterns)
            self._of_directories[directory] = known
        return known

    @property
    def has_negation(self) -> bool:
        """Whether anything below an excluded directory may come back."""
        return any(item.negated for item in self.patterns)


def matcher(texts: Iterable[str]) -> Matcher:
    """A matcher of plain texts (``--exclude``).  Raises :class:`BadPattern`."""
    return Matcher(tuple(item for item in map(pattern, texts) if item is not None))
