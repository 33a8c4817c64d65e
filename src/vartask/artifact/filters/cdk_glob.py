"""``exclude`` of a CDK asset with ``IgnoreMode.GLOB``, the default of ``Code.fromAsset``.

Read from aws-cdk-lib 2.276 (``core/lib/fs/ignore.ts``, ``utils.ts``): every pattern is compared by minimatch with
``matchBase`` and without ``dot``, the last one that matches decides, and one with ``!`` brings back.  A directory that
is left out is not looked into.
"""

from __future__ import annotations

import re
from functools import cache

from vartask.artifact.filters import Decide, Unsure
from vartask.artifact.filters._picomatch import expand
from vartask.patterns import regex

_EXTENDED = regex(r"[!*+?@]\(")


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The last pattern that leaves a path out.  Raises :class:`vartask.artifact.filters.Unsure`."""
    rules = [(index, text.startswith("!"), _compiled(text.lstrip("!"))) for index, text in enumerate(patterns)]

    def decide(path: str, _directory: bool) -> int | None:
        found: int | None = None
        for index, negated, pattern in rules:
            if pattern is not None and _matches(pattern, path):
                found = None if negated else index
        return found

    return decide


Pattern = tuple[tuple[bool, tuple["re.Pattern[str] | None", ...]], ...]
"""Alternatives: whether only the last name is compared, and the parts between slashes, ``None`` for ``**``."""


@cache
def _compiled(text: str) -> Pattern | None:
    if text.startswith("#") or not text:
        return None
    if _EXTENDED.search(text):
        raise Unsure("the pattern is an extended glob")
    return tuple(_alternative(one) for one in expand(text))


def _alternative(text: str) -> tuple[bool, tuple[re.Pattern[str] | None, ...]]:
    """Minimatch makes one of several ``**`` in a row before it looks whether there is only one part."""
    parts: list[re.Pattern[str] | None] = []
    for part in re.split(r"/+", text):
        made = _part(part)
        if made is not None or parts[-1:] != [None]:
            parts.append(made)
    return len(parts) == 1, tuple(parts)


def _part(text: str) -> re.Pattern[str] | None:
    """One name of a pattern; minimatch's ``*`` matches at least one character at the beginning of a name."""
    if text == "**":
        return None
    out = "" if text.startswith(".") else r"(?!\.)" if text[:1] in {"*", "?", "["} else ""
    if re.fullmatch(r"\*+", text):
        return re.compile(r"(?!\.)[^/]+\Z")
    at = 0
    while at < len(text):
        char = text[at]
        closing = text.find("]", at + 2)
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif char == "\\" and at + 1 < len(text):
            at += 1
            out += re.escape(text[at])
        elif char == "[" and closing > 0:
            inner = text[at + 1 : closing]
            if "[" in inner or "\\" in inner:
                raise Unsure("the pattern has an unusual character class")
            out += "[" + ("^" + inner[1:] if inner[0] in "!^" else inner) + "]"
            at = closing
        else:
            out += re.escape(char)
        at += 1
    try:
        return re.compile(out + r"\Z", re.DOTALL)
    except re.error:
        raise Unsure("the pattern is not one that can be compared") from None


def _matches(pattern: Pattern, path: str) -> bool:
    parts = path.split("/")
    return any(_fits(wanted, parts[-1:] if base else parts) for base, wanted in pattern)


def _fits(wanted: tuple[re.Pattern[str] | None, ...], parts: list[str]) -> bool:
    if not wanted:
        return not parts
    if wanted[0] is None:
        if len(wanted) == 1:
            return bool(parts) and not any(part.startswith(".") for part in parts)
        for skipped in range(len(parts) + 1):
            if _fits(wanted[1:], parts[skipped:]):
                return True
            if skipped < len(parts) and parts[skipped].startswith("."):
                return False
        return False
    return bool(parts) and wanted[0].match(parts[0]) is not None and _fits(wanted[1:], parts[1:])
