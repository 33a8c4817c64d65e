"""sed's ``s/pattern/replacement/flags`` on a line, for the part of its language that Dockerfiles use."""

from __future__ import annotations

import re
from collections.abc import Sequence


def edited(line: str, scripts: Sequence[str], *, extended: bool) -> str | None:
    """The line after the scripts; ``None`` for a script that is not read here."""
    for script in scripts:
        for command in filter(None, (part.strip() for part in _commands(script))):
            found = _substitution(command)
            if found is None:
                return None
            pattern, replacement, flags = found
            regex = _regex(pattern, extended=extended, ignore_case="i" in flags.lower())
            text = None if regex is None else _replacement(replacement)
            if regex is None or text is None:
                return None
            line = regex.sub(text, line, count=0 if "g" in flags else 1)
    return line


def _commands(script: str) -> list[str]:
    """Several commands stand behind each other with ``;``, which may also be part of one."""
    return [script] if _substitution(script.strip()) is not None else script.split(";")


def _substitution(command: str) -> tuple[str, str, str] | None:
    if len(command) < 4 or command[0] != "s" or command[1] in "\\\n":  # noqa: PLR2004 - s and three marks
        return None
    mark = command[1]
    parts = re.split(rf"(?<!\\){re.escape(mark)}", command[2:])
    if len(parts) != 3 or not re.match(r"^[gI]*$", parts[2]):  # noqa: PLR2004 - pattern, replacement, flags
        return None
    return parts[0].replace(f"\\{mark}", mark), parts[1].replace(f"\\{mark}", mark), parts[2]


def _regex(pattern: str, *, extended: bool, ignore_case: bool) -> re.Pattern[str] | None:
    """A POSIX regular expression as one of Python's; ``None`` where they differ in more than the way it is written."""
    out, index = "", 0
    special = "+?|(){}"
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "\\" and index < len(pattern):
            following = pattern[index]
            index += 1
            if following in special and not extended:
                out += following
            elif following in special + ".*[]^$/\\-":
                out += re.escape(following)
            else:
                return None
        elif char == "[":
            end = pattern.find("]", index + 1 + (pattern[index : index + 1] == "^"))
            body = pattern[index:end]
            if end < 0 or "[:" in body or "\\" in body:
                return None
            out += f"[{body}]".replace("[^]", "[^\\]").replace("[]", "[\\]")
            index = end + 1
        elif char in special and not extended:
            out += re.escape(char)
        elif char == "*" and (not out or out in {"^", "("}):
            return None
        else:
            out += char
    try:
        return re.compile(out, re.IGNORECASE if ignore_case else 0)
    except re.error:
        return None


def _replacement(text: str) -> str | None:
    """The replacement as :func:`re.sub` wants it."""
    if re.search(r"\\(?![\d&\\./n])", text):
        return None
    out = re.sub(r"\\(\d)", "\0\\1\1", text)
    out = out.replace("\\&", "\2").replace("\\n", "\n").replace("\\/", "/").replace("\\.", ".").replace("\\\\", "\3")
    out = out.replace("&", "\0000\1").replace("\2", "&").replace("\3", "\\\\")
    return out.replace("\0", "\\g<").replace("\1", ">")
