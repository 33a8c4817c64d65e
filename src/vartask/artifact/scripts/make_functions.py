"""The functions of GNU make that work on text (https://www.gnu.org/software/make/manual/html_node/Functions.html)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

Function = Callable[[list[str]], "str | None"]


def closing(text: str, start: int) -> int:
    """The index behind the bracket that closes the one at ``start``."""
    opener = text[start]
    closer = {"(": ")", "{": "}"}[opener]
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == opener) - (text[index] == closer)
        if depth == 0:
            return index + 1
    return len(text)


def arguments(text: str) -> list[str]:
    """The arguments of a function: parted by commas that stand in no brackets."""
    found, depth, current = [], 0, ""
    for char in text.lstrip():
        depth += (char in "({") - (char in ")}")
        if char == "," and depth == 0:
            found.append(current)
            current = ""
        else:
            current += char
    return [*found, current]


def _pattern(pattern: str, word: str) -> str | None:
    """What ``%`` stands for in a word that matches; ``None`` when it does not."""
    before, percent, after = pattern.partition("%")
    if not percent:
        return "" if word == pattern else None
    fits = word.startswith(before) and word.endswith(after) and len(word) >= len(before) + len(after)
    return word[len(before) : len(word) - len(after)] if fits else None


def _patsubst(given: list[str]) -> str | None:
    if len(given) < 3:  # noqa: PLR2004 -- pattern, replacement, text
        return None
    out = []
    for word in given[2].split():
        stem = _pattern(given[0].strip(), word)
        out.append(word if stem is None else given[1].strip().replace("%", stem, 1))
    return " ".join(out)


def _filter(given: list[str], *, keep: bool) -> str:
    patterns = given[0].split()
    words = given[1].split() if len(given) > 1 else []
    return " ".join(word for word in words if any(_pattern(one, word) is not None for one in patterns) is keep)


def _each(given: list[str], change: Callable[[str], str]) -> str:
    return " ".join(change(word) for word in given[-1].split())


def _word(given: list[str]) -> str | None:
    number, words = given[0].strip(), given[-1].split()
    return None if not number.isdigit() else (words[int(number) - 1] if 0 < int(number) <= len(words) else "")


def _subst(given: list[str]) -> str | None:
    return given[2].replace(given[0], given[1]) if len(given) > 2 else None  # noqa: PLR2004 -- from, to, text


def _dir(word: str) -> str:
    return f"{posixpath.dirname(word).rstrip('/')}/" if "/" in word else "./"


FUNCTIONS: dict[str, Function] = {
    "patsubst": _patsubst,
    "subst": _subst,
    "strip": lambda given: " ".join(given[0].split()),
    "findstring": lambda given: given[0] if given[0] in given[-1] else "",
    "filter": lambda given: _filter(given, keep=True),
    "filter-out": lambda given: _filter(given, keep=False),
    "sort": lambda given: " ".join(sorted(set(given[0].split()))),
    "word": _word,
    "words": lambda given: str(len(given[0].split())),
    "firstword": lambda given: (given[0].split() or [""])[0],
    "lastword": lambda given: (given[0].split() or [""])[-1],
    "dir": lambda given: _each(given, _dir),
    "notdir": lambda given: _each(given, posixpath.basename),
    "suffix": lambda given: _each(given, lambda word: posixpath.splitext(word)[1]),
    "basename": lambda given: _each(given, lambda word: re.sub(r"\.[^./]*$", "", word)),
    "addsuffix": lambda given: _each(given, lambda word: f"{word}{given[0]}"),
    "addprefix": lambda given: _each(given, lambda word: f"{given[0]}{word}"),
    "abspath": lambda given: given[-1],
    "realpath": lambda given: given[-1],
    "or": lambda given: next((one for one in given if one.strip()), ""),
    "and": lambda given: given[-1] if all(one.strip() for one in given) else "",
    "error": lambda _given: "",
    "warning": lambda _given: "",
    "info": lambda _given: "",
}
