"""``Path.glob``: what Zappa's ``exclude_glob`` takes away again after it has put everything together.

https://docs.python.org/3/library/pathlib.html#pathlib.Path.glob: ``*`` stays within one name and matches leading dots,
``**`` stands for any number of directories.
"""

from __future__ import annotations

import re

from vartask.artifact.filters import Decide


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The pattern that matches a path or a directory above it; absolute patterns match nothing."""
    compiled = [
        (index, _compiled(pattern)) for index, pattern in enumerate(patterns) if pattern and not pattern.startswith("/")
    ]

    def decide(path: str, directory: bool) -> int | None:
        parts = path.split("/")
        for depth in range(1, len(parts) + 1):
            here = "/".join(parts[:depth])
            is_directory = directory or depth < len(parts)
            for index, (pattern, only_directories) in compiled:
                if pattern.fullmatch(here) and (is_directory or not only_directories):
                    return index
        return None

    return decide


def _compiled(pattern: str) -> tuple[re.Pattern[str], bool]:
    """A pattern's expression, and whether it matches directories only: it ends in ``**``."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    text = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            text += r"(?:[^/]+(?:/[^/]+)*)?" if last else r"(?:[^/]+/)*"
        else:
            text += _name(part) + ("" if last else "/")
    return re.compile(text, re.DOTALL), bool(parts) and parts[-1] == "**"


def _name(part: str) -> str:
    """The expression of one name."""
    out, at = "", 0
    while at < len(part):
        char, at = part[at], at + 1
        end = part.find("]", at + 1 + (part[at : at + 1] == "!")) if char == "[" else -1
        if char == "*":
            out += "[^/]*"
        elif char == "?":
            out += "[^/]"
        elif end > 0:
            inside = part[at:end].replace("\\", "\\\\")
            out += f"[^{inside[1:]}]" if inside.startswith("!") else f"[{inside}]"
            at = end + 1
        else:
            out += re.escape(char)
    return out
