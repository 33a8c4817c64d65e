"""The text of HCL strings and numbers."""

from __future__ import annotations

import re

from vartask.syntax.hcl import Expression


def unescape(text: str) -> str:
    """The value of the text between quotes (section "Template Expressions" of the language's specification)."""
    if "\\" not in text and "$${" not in text and "%%{" not in text:
        return text
    out: list[str] = []
    at = 0
    simple = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
    while at < len(text):
        if text.startswith(("$${", "%%{"), at):
            out.append(text[at + 1 : at + 3])
            at += 3
        elif text[at] != "\\" or at + 1 == len(text):
            out.append(text[at])
            at += 1
        elif text[at + 1] in simple:
            out.append(simple[text[at + 1]])
            at += 2
        else:
            width = {"u": 4, "U": 8}.get(text[at + 1], 0)
            digits = text[at + 2 : at + 2 + width]
            try:
                out.append(chr(int(digits, 16)) if width else text[at : at + 2])
            except (ValueError, OverflowError):
                out.append(text[at : at + 2 + width])
            at += 2 + width
    return "".join(out)


def scalar(text: str) -> str | float | bool | None:
    """The value of a number, ``true``, ``false`` or ``null``."""
    if text in {"true", "false"}:
        return text == "true"
    if text == "null":
        return None
    try:
        return int(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text


def dedent(parts: list[str | Expression]) -> list[str | Expression]:
    """Remove the least indentation of the lines of a heredoc (``flushHeredocTemplateParts`` of hashicorp/hcl).

    A line that is blank does not count and stays as it is; one that begins with an interpolation has no indentation.
    """
    pieces: list[str | Expression] = []
    for part in parts:
        pieces += re.findall(r"[^\n]*\n|[^\n]+", part) if isinstance(part, str) else [part]
    margins: dict[int, int] = {}
    begins = True
    for at, piece in enumerate(pieces):
        if begins and not isinstance(piece, str):
            margins[at] = 0
        elif begins and isinstance(piece, str) and (piece.strip() or not piece.endswith("\n")):
            margins[at] = len(piece) - len(piece.lstrip())
        begins = isinstance(piece, str) and piece.endswith("\n")
    margin = min(margins.values(), default=0)
    kept = [piece[margin:] if at in margins and isinstance(piece, str) else piece for at, piece in enumerate(pieces)]
    return _joined(kept)


def _joined(pieces: list[str | Expression]) -> list[str | Expression]:
    """Texts that follow each other as one."""
    out: list[str | Expression] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(last := out[-1], str):
            out[-1] = last + piece
        else:
            out.append(piece)
    return out
