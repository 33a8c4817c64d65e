"""Path patterns as Go's ``doublestar`` matches them: the ``excludes`` of Terraform's ``archive_file``, and ``fileset``.

https://github.com/bmatcuk/doublestar: ``*`` and ``?`` stay inside a path segment, ``**`` as a whole segment stands for
any number of them, none included, ``[...]`` is a class (``!`` or ``^`` negates) and ``{a,b}`` are alternatives.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache

MAX_ALTERNATIVES = 1000
"""Patterns that the braces of one pattern stand for; more are refused as malformed."""

_ESCAPE = "\\"


class BadPattern(Exception):
    """The library's ``ErrBadPattern``: the tool that is given the pattern fails."""


def match(pattern: str, path: str) -> bool:
    """Whether the pattern matches the whole path.  Raises :class:`BadPattern`."""
    return any(one.fullmatch(path) is not None for one in _compiled(pattern))


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(_translated(one), re.DOTALL) for one in _alternatives(pattern))


def _alternatives(pattern: str) -> list[str]:
    """The patterns without braces that a pattern stands for."""
    done: list[str] = []
    pending = [pattern]
    while pending:
        here = pending.pop(0)
        start = _find(here, "{", 0)
        if start is None:
            if _find(here, "}", 0) is not None:
                raise BadPattern(pattern)
            done.append(here)
            continue
        commas, end = _group(here, start + 1)
        edges = [start, *commas, end]
        pending += [
            here[:start] + here[left + 1 : right] + here[end + 1 :] for left, right in itertools.pairwise(edges)
        ]
        if len(pending) + len(done) > MAX_ALTERNATIVES:
            raise BadPattern(pattern)
    return done


def _find(pattern: str, wanted: str, at: int) -> int | None:
    """The first unescaped ``wanted`` outside of a class."""
    while at < len(pattern):
        if pattern[at] == _ESCAPE:
            at += 1
        elif pattern[at] == wanted:
            return at
        elif pattern[at] == "[":
            at = _class_end(pattern, at)
        at += 1
    return None


def _class_end(pattern: str, at: int) -> int:
    """Where the class that opens at ``at`` closes."""
    at += 1
    if pattern[at : at + 1] in {"!", "^"}:
        at += 1
    if pattern[at : at + 1] in {"", "]"}:
        raise BadPattern(pattern)
    while at < len(pattern):
        if pattern[at] == _ESCAPE:
            at += 1
        elif pattern[at] == "]":
            return at
        at += 1
    raise BadPattern(pattern)


def _group(pattern: str, at: int) -> tuple[list[int], int]:
    """The commas of the group whose text begins at ``at``, and its closing brace; groups in it are passed over."""
    commas: list[int] = []
    depth = 0
    while at < len(pattern):
        char = pattern[at]
        if char == _ESCAPE:
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}" and depth == 0:
            return commas, at
        elif char == "}":
            depth -= 1
        elif char == "," and depth == 0:
            commas.append(at)
        at += 1
    raise BadPattern(pattern)


def _translated(pattern: str) -> str:
    out = ""
    at = 0
    while at < len(pattern):
        char = pattern[at]
        begins = at == 0 or pattern[at - 1] == "/"
        if pattern.startswith("**", at) and begins and pattern[at + 2 :] in {"", "/"}:
            # "a/**" and "a/**/" match "a" itself.
            rest = "(?:.*)" if pattern[at + 2 :] == "" else "(?:[^/]*/)*"
            return f"{out[:-1]}(?:/{rest})?" if at else rest
        if pattern.startswith("**/", at) and begins:
            out += "(?:[^/]*/)*"
            at += 3
            continue
        if char == "*":
            out += "[^/]*"
            at += 2 if pattern.startswith("**", at) else 1
            continue
        if char == "[":
            end = _class_end(pattern, at)
            out += _class(pattern[at + 1 : end])
            at = end
        elif char == _ESCAPE:
            at += 1
            if at >= len(pattern):
                raise BadPattern(pattern)
            out += re.escape(pattern[at])
        else:
            out += "[^/]" if char == "?" else re.escape(char)
        at += 1
    return out


def _class(text: str) -> str:
    negated = text[0] in "!^"
    runes = _runes(text[1:] if negated else text)
    pieces: list[str] = []
    at = 0
    while at < len(runes):
        char, escaped = runes[at]
        if at + 2 < len(runes) and runes[at + 1] == ("-", False):
            if char <= runes[at + 2][0]:
                pieces.append(f"{re.escape(char)}-{re.escape(runes[at + 2][0])}")
            at += 3
            continue
        del escaped
        pieces.append(re.escape(char))
        at += 1
    if not pieces:
        return "." if negated else "(?!)"
    return f"[{'^' if negated else ''}{''.join(pieces)}]"


def _runes(text: str) -> list[tuple[str, bool]]:
    """The characters of a class, and whether each is escaped."""
    found: list[tuple[str, bool]] = []
    at = 0
    while at < len(text):
        escaped = text[at] == _ESCAPE and at + 1 < len(text)
        at += escaped
        found.append((text[at], escaped))
        at += 1
    return found
