"""Pieces of GitHub Flavored Markdown out of texts that anybody may have written.

A file's name, a handler, what a function printed: nothing in them becomes a heading, a link, a mention, a reference to
an issue, an image, HTML or mathematics (https://github.github.com/gfm/, and what GitHub links by itself:
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from vartask.patterns import regex

UNSEEN = "\u200b"
"""A space without width: what GitHub would link by itself is not a word any more, and reads the same."""

LONGEST = 300
"""Characters of one text in a line or a cell."""

LONGEST_BLOCK = 3000
"""Characters of one block of text."""

_CONTROLS = regex("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
"""Beside control characters those that turn the direction of the text around them (Unicode Standard Annex 9)."""

_MARKUP = regex(r"[^\w ./:-]|_")

_LANGUAGES = {"py": "python", "yaml": "yaml", "yml": "yaml", "json": "json", "tf": "hcl", "toml": "toml", "ts": "ts"}


def clean(text: str, longest: int = LONGEST) -> str:
    """One line that can be printed; what is longer than ``longest`` says how much is missing."""
    # A file's name need not be UTF-8; Python then holds its bytes as surrogates (PEP 383).
    whole = text.encode("utf-8", "backslashreplace").decode()
    shown = _CONTROLS.sub(lambda match: repr(match[0])[1:-1], whole[: longest + 1])
    if len(whole) <= longest:
        return shown
    return f"{shown[:longest]}… ({len(whole) - longest} more characters)"


def plain(text: str) -> str:
    """Text without any markup."""
    escaped = re.sub(r"[\\`*_\[\]~|]", lambda match: "\\" + match[0], clean(text).strip())
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace("@", f"@{UNSEEN}").replace("#", f"#{UNSEEN}").replace("$", "<span>$</span>")
    escaped = re.sub(r"://", f":{UNSEEN}//", escaped)
    escaped = re.sub(r"(?i)(www(?=\.)|(?:mailto|xmpp)(?=:)|GH-(?=\d))", rf"\1{UNSEEN}", escaped)
    # What a commit's hash looks like.
    escaped = re.sub(r"\b([0-9a-f]{6})([0-9a-f]{1,34})\b", rf"\1{UNSEEN}\2", escaped)
    # At its beginning, a text would begin a list, a heading or a quotation.
    escaped = re.sub(r"^([-+=])", r"\\\1", escaped)
    return re.sub(r"^(\d+)([.)])", r"\1\\\2", escaped)


def code(text: str) -> str:
    """A code span, which is fit for tables too."""
    shown = clean(text)
    if not shown.strip():
        return "<code></code>"
    if "|" in shown:
        # A bar ends a cell even inside a code span, and a backslash before it may be a text's own.
        return html_code(text)
    ticks = "`" * (_longest_run("`", shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return f"{ticks}{pad}{shown}{pad}{ticks}"


def html_code(text: str) -> str:
    """The same in HTML, for where there is no Markdown or not all of it."""
    return f"<code>{_MARKUP.sub(_entity, clean(text))}</code>"


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"


def prose(text: str) -> str:
    """A message: what stands between backticks is code, the rest is plain text."""
    parts = re.split(r"`([^`]+)`", clean(text))
    return "".join(code(part) if place % 2 else _kept(part) for place, part in enumerate(parts))


def _kept(text: str) -> str:
    """Plain text that keeps its spaces at both ends."""
    inner = text.strip()
    if not inner:
        return " " if text else ""
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    return f"{' ' if before else ''}{plain(inner)}{' ' if after else ''}"


def advice(text: str) -> str:
    """A help text: rules set what is to be typed apart by two spaces."""
    parts = re.split(r" {2,}", clean(text.strip()))
    shown = []
    for place, part in enumerate(parts):
        body, mark = (part[:-1], "?") if place % 2 and part.endswith("?") else (part, "")
        shown.append((code(body) if place % 2 else prose(body)) + mark)
    return " ".join(shown)


def link(text: str, target: str | None) -> str:
    """A link whose text is code; without a target the code alone."""
    return f"[{code(text)}]({target})" if target else code(text)


def fence(text: str, language: str = "text") -> str:
    """A block of text as it is, cut in its middle when it is long."""
    # Lambda's runtime writes the lines of one record with carriage returns alone.
    text = re.sub("\r\n?", "\n", text)
    kept = text if len(text) <= LONGEST_BLOCK else _shortened(text)
    lines = [clean(line, LONGEST_BLOCK) for line in kept.expandtabs(4).split("\n")]
    ticks = "`" * max(3, _longest_run("`", "\n".join(lines)) + 1)
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def _shortened(text: str) -> str:
    half = LONGEST_BLOCK // 2
    return f"{text[:half]}\n… ({len(text) - 2 * half} characters left out)\n{text[-half:]}"


def language_of(path: str) -> str:
    """The word after a fence by which GitHub colours a file's lines."""
    name = path.rpartition("/")[2]
    if "dockerfile" in name.lower():
        return "dockerfile"
    return _LANGUAGES.get(name.rpartition(".")[2].lower(), "text")


def row(cells: Sequence[str]) -> str:
    """A row of a table; the cells are markup already."""
    return f"| {' | '.join(cells)} |"


def table(heading: Sequence[str], rows: Iterable[str]) -> str:
    """A whole table."""
    return "\n".join([row(heading), row(["---"] * len(heading)), *rows])


def details(title: str, body: str) -> str:
    """Something to unfold; the title is HTML already."""
    # Markdown inside HTML begins after an empty line (GFM 4.6).
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def _longest_run(mark: str, text: str) -> int:
    return max(map(len, re.findall(f"{re.escape(mark)}+", text)), default=0)
