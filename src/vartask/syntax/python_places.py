"""Where things stand in a Python file: from the parser's offsets to the characters an editor counts.

CPython's ``ast`` counts columns in UTF-8 bytes; everything in vartask counts characters.
"""

from __future__ import annotations

import ast
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk


def span_of(node: ast.expr | ast.stmt | ast.excepthandler | ast.arg | ast.keyword | ast.alias, path: str) -> Span:
    """The place of a node of a tree made by :func:`vartask.syntax.python.parse`, whose columns are characters."""
    return Span(path, node.lineno, node.col_offset + 1, node.end_lineno or 0, (node.end_col_offset or -1) + 1)


def source_lines(text: str) -> list[str]:
    """Lines as CPython's tokenizer counts them: ended by LF, CR LF or CR, and by nothing else."""
    return normalised(text).split("\n")


def normalised(text: str) -> str:
    """The text with LF line ends only, as CPython's tokenizer reads it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def positioned(tree: ast.AST) -> Iterator[ast.expr]:
    """Every node that has a place.  The type is that of one kind of them: all have the same four attributes."""
    for node in walk(tree):
        if hasattr(node, "lineno"):
            yield node  # type: ignore[misc]


def count_characters(tree: ast.Module, text: str) -> None:
    """Turn the columns of ``tree`` from UTF-8 bytes into characters of ``text``, in place."""
    lines = source_lines(text)
    encoded = {number: line.encode() for number, line in enumerate(lines, 1) if not line.isascii()}

    def characters(line: int, offset: int) -> int:
        data = encoded.get(line)
        return offset if data is None else len(data[:offset].decode(errors="ignore"))

    for node in positioned(tree):
        node.col_offset = characters(node.lineno, node.col_offset)
        if node.end_lineno is not None and node.end_col_offset is not None:
            node.end_col_offset = characters(node.end_lineno, node.end_col_offset)


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters ``start`` to ``end`` of the original text become ``replacement``."""

    start: int
    end: int
    replacement: str


class Rewritten:
    """A text after edits, that can say where each of its places stood before.

    ``edits`` are in order and do not overlap; ``base`` is the offset in the whole original at which
    ``text`` begins.
    """

    def __init__(self, text: str, edits: Sequence[Edit], base: int = 0) -> None:
        pieces: list[str] = []
        # Pairs (offset in the result, offset in the original, whether original characters follow as they are).
        self._marks: list[tuple[int, int, bool]] = []
        done = length = 0
        for edit in edits:
            kept = text[done : edit.start - base]
            self._marks.append((length, base + done, True))
            length += len(kept)
            self._marks.append((length, edit.start, False))
            pieces += [kept, edit.replacement]
            length += len(edit.replacement)
            done = edit.end - base
        self._marks.append((length, base + done, True))
        pieces.append(text[done:])
        self.text = "".join(pieces)
        self._keys = [mark[0] for mark in self._marks]
        self._starts = line_starts(self.text)

    def original(self, line: int, column: int, *, end: bool = False) -> int:
        """The offset in the original of a place (line from 1, column in characters from 0) of the result.

        ``end`` says that the place is where something ends: it then belongs to what stands before it.
        """
        start = self._starts[min(line, len(self._starts)) - 1]
        offset = min(start + column, len(self.text))
        index = bisect_left(self._keys, offset) if end else bisect_right(self._keys, offset)
        new, old, verbatim = self._marks[max(index - 1, 0)]
        if verbatim:
            return old + (offset - new)
        return self._marks[index][1] if end and index < len(self._marks) else old


def line_starts(text: str) -> list[int]:
    """The offset at which each line begins; ``text`` has LF line ends only."""
    starts = [0]
    position = text.find("\n")
    while position >= 0:
        starts.append(position + 1)
        position = text.find("\n", position + 1)
    return starts
