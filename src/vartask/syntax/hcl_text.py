"""The text of HCL strings and numbers."""

from __future__ import annotations

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
    """Remove the least indentation of the lines that begin in literal text."""
    margins: list[int] = []
    begins = True
    for part in parts:
        if isinstance(part, str):
            lines = part.split("\n")
            fresh = lines if begins else lines[1:]
            margins += [len(line) - len(line.lstrip(" \t")) for line in fresh if line.strip() or line is lines[-1]]
        begins = False
    # The last line is empty: the text ends with a newline.
    margin = min(margins[:-1], default=0)
    return [_cut(part, margin, at == 0) if isinstance(part, str) else part for at, part in enumerate(parts)]


def _cut(text: str, margin: int, begins: bool) -> str:
    first, *rest = text.split("\n")
    return "\n".join([first[margin:] if begins else first, *(line[margin:] for line in rest)])
