"""Small habits of programs written in Go, whose messages quote and suggest the way their libraries do."""

from __future__ import annotations

from collections.abc import Iterable

_ESCAPES = {
    "\a": r"\a",
    "\b": r"\b",
    "\f": r"\f",
    "\n": r"\n",
    "\r": r"\r",
    "\t": r"\t",
    "\v": r"\v",
    "\\": r"\\",
    '"': r"\"",
}
_NEAR = 3
_BYTE, _PLANE = 0x80, 0x10000


def quoted(text: str) -> str:
    """``%q``: in double quotes, what cannot be printed escaped (https://pkg.go.dev/strconv#Quote)."""
    return '"' + "".join(_ESCAPES.get(char) or (char if char.isprintable() else _code(char)) for char in text) + '"'


def _code(char: str) -> str:
    number = ord(char)
    if number < _BYTE:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < _PLANE else f"\\U{number:08x}"


def suggestion(word: str, options: Iterable[str], *, case: bool = True) -> str:
    """`` (did you mean X?)`` for the nearest option that is at most two edits away, else nothing.

    Among equals the one with the same letters, then the first; Go's own choice among them changes between runs.

    Without ``case`` the answer is written in capitals or not as the word is.
    """
    wanted = word if case else word.lower()
    others = sorted(option if case else option.lower() for option in options)
    if wanted in others:
        return ""
    near = [
        (edits, sorted(other) != sorted(wanted), other) for other in others if (edits := _edits(wanted, other)) < _NEAR
    ]
    best = min(near)[2] if near else ""
    if not case and word == word.upper():
        best = best.upper()
    return f" (did you mean {best}?)" if best else ""


def _edits(left: str, right: str) -> int:
    """The Levenshtein distance."""
    if abs(len(left) - len(right)) >= _NEAR:
        return _NEAR
    row = list(range(len(right) + 1))
    for number, char in enumerate(left, 1):
        above = row
        row = [number]
        for column, other in enumerate(right, 1):
            row.append(min(above[column] + 1, row[-1] + 1, above[column - 1] + (char != other)))
    return row[-1]
