"""``--exclude`` of ``rsync -r source/ target``: ``assetExcludes`` of the CDK's PythonFunction.

rsync(1), section "PATTERN MATCHING RULES": the first pattern that matches leaves a file or directory out.
"""

from __future__ import annotations

import re
from functools import cache

from vartask.artifact.filters import Decide, Unsure


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The first pattern that matches.  Raises :class:`vartask.artifact.filters.Unsure`."""
    rules = [_compiled(text) for text in patterns]

    def decide(path: str, directory: bool) -> int | None:
        name = path.rpartition("/")[2]
        for index, (regex, whole_path, only_directories) in enumerate(rules):
            if (directory or not only_directories) and regex.match(f"/{path}" if whole_path else name):
                return index
        return None

    return decide


@cache
def _compiled(text: str) -> tuple[re.Pattern[str], bool, bool]:
    """The pattern, whether it sees the whole path, and whether it is for directories only."""
    if not text:
        return re.compile(r"(?!)"), False, False
    if text.startswith(("+ ", "- ")) or text == "!" or not text.strip("/"):
        raise Unsure("the pattern is a rule of another kind")
    only_directories = text.endswith("/")
    bare = text.rstrip("/")
    if bare.endswith("/***"):
        raise Unsure("the pattern ends with `/***`")
    whole_path = "/" in bare or "**" in bare
    out = _regex(bare)
    if whole_path and not bare.startswith(("/", "**/")):
        # Without a slash in front, the pattern stands for the end of a path.
        out = "(?:.*/)" + out
    try:
        return re.compile(out + r"\Z", re.DOTALL), whole_path, only_directories
    except re.error:
        raise Unsure("the pattern is not one that can be compared") from None


def _regex(bare: str) -> str:
    wildcards = any(char in bare for char in "*?[")
    out, at = "", 0
    while at < len(bare):
        char = bare[at]
        closing = bare.find("]", at + 2)
        if bare.startswith("**", at):
            out += ".*"
            at += 1
        elif char in "*?":
            out += "[^/]*" if char == "*" else "[^/]"
        elif char == "[" and closing > 0:
            inner = bare[at + 1 : closing].replace("\\", "\\\\")
            out += "[" + ("^" + inner[1:] if inner[0] in "!^" else inner) + "]"
            at = closing
        elif char == "\\" and wildcards and at + 1 < len(bare):
            at += 1
            out += re.escape(bare[at])
        else:
            out += re.escape(char)
        at += 1
    return out
