"""Newer grammar in a libcst tree, and the older spelling of each use as an edit of the text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from vartask.model import GrammarUse
from vartask.patterns import regex
from vartask.records import dataclass, field
from vartask.syntax.python_fstrings import fits_before_pep_701
from vartask.syntax.python_places import Edit
from vartask.syntax.python_uses import Uses, outside_of_strings

_LAZY = regex(r"lazy(?:[ \t\f]|\\\n)+")
_PLACEHOLDER = "__vartask_{}__"


_HANDLERS = {
    "TypeParameters": "_type_parameters",
    "TypeAlias": "_type_alias",
    "ExceptHandler": "_except_handler",
    "ExceptStarHandler": "_except_handler",
    "Index": "_index",
    "Annotation": "_annotation",
    "ListComp": "_comprehension",
    "SetComp": "_comprehension",
    "GeneratorExp": "_comprehension",
    "StarredDictComp": "_dict_comprehension",
    "LazyImport": "_lazy_import",
    "LazyImportFrom": "_lazy_import",
    "FormattedString": "_formatted_string",
    "TemplatedString": "_formatted_string",
}
"""By name: an older libcst lacks some of the classes."""


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The expression of a replacement field: characters ``start`` to ``end`` of the original."""

    start: int
    end: int
    _edits: list[Edit] = field(default_factory=list)

    def edits(self) -> Sequence[Edit]:
        """What has to change in it, in order."""
        return sorted(self._edits, key=lambda edit: (edit.start, edit.end))


class Older:
    """The edits that make a file readable for the oldest supported host.

    ``uses`` are what was found, ``placeholders`` the names that stand for the expressions of f-strings that the host's
    lexer cannot read.
    """

    def __init__(self, module: cst.Module, text: str) -> None:
        self.uses: list[GrammarUse] = []
        self.placeholders: dict[str, Placeholder] = {}
        self._uses = Uses(text)
        self._text = text
        self._starts = self._uses.starts
        self._strings: list[tuple[int, int]] = []
        # The parser makes every node once, so the copy that the wrapper would make is not needed.
        self._ranges = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
        self._edits: list[Edit] = []
        self._todo: list[tuple[cst.CSTNode, list[Edit]]] = [(module, self._edits)]
        while self._todo:
            node, sink = self._todo.pop()
            handler = _HANDLERS.get(type(node).__name__)
            if handler is None or not getattr(self, handler)(node, sink):
                self._todo.extend((child, sink) for child in node.children)

    def edits(self) -> Sequence[Edit]:
        """What has to change in the module's text, in order."""
        return sorted(self._edits, key=lambda edit: (edit.start, edit.end))

    def found(self) -> list[GrammarUse]:
        """The uses, those inside f-strings without words."""
        return self._uses.after_the_rest(outside_of_strings(self.uses, self._strings, self._starts))

    # Each handler returns whether it has seen to the node's children itself.

    def _type_parameters(self, node: cst.TypeParameters, sink: list[Edit]) -> bool:
        start, end = self._extent(node)
        values = [parameter.default for parameter in node.params if parameter.default is not None]
        equals = self._last("=", self._start(values[0])) if values else None
        self._change(self._uses.type_parameters(start, equals), sink, start, end)
        return True

    def _type_alias(self, node: cst.TypeAlias, sink: list[Edit]) -> bool:
        start, name = self._start(node), self._start(node.name)
        self._change(self._uses.simple("a `type` statement", (3, 12), start, name), sink, start, name)
        return False

    def _except_handler(self, node: cst.ExceptHandler | cst.ExceptStarHandler, sink: list[Edit]) -> bool:
        if isinstance(node, cst.ExceptStarHandler):
            star = self._text.index("*", self._start(node))
            self._change(self._uses.simple("`except*`", (3, 11), star), sink, star, star + 1, " ")
        if isinstance(node.type, cst.Tuple) and not node.type.lpar:
            start, end = self._extent(node.type)
            first = self._extent(node.type.elements[0].value)
            use = self._uses.bare_types(first[0], self._text.index(",", first[1]))
            self._change(use, sink, start, start, " (")
            self._change(use, sink, end, end, ")")
        return False

    def _index(self, node: cst.Index, sink: list[Edit]) -> bool:
        if node.star:
            start, end = self._extent(node.value)
            star = self._last("*", start)
            use = self._uses.starred(star, end)
            self._blank(use, sink, star, 1)
        return False

    def _annotation(self, node: cst.Annotation, sink: list[Edit]) -> bool:
        if isinstance(node.annotation, cst.StarredElement):
            star = self._last("*", self._start(node.annotation.value))
            self._blank(self._uses.simple("a starred annotation", (3, 11), star), sink, star, 1)
        return False

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp, sink: list[Edit]) -> bool:
        if isinstance(node.elt, cst.StarredElement):
            star = self._last("*", self._start(node.elt.value))
            self._blank(self._uses.make("unpacking in a comprehension", (3, 15), star), sink, star, 1)
        return False

    def _dict_comprehension(self, node: Any, sink: list[Edit]) -> bool:
        value = next(child for child in node.children if isinstance(child, cst.BaseExpression))
        star = self._last("**", self._start(value))
        self._blank(self._uses.make("unpacking in a comprehension", (3, 15), star), sink, star, 2)
        return False

    def _lazy_import(self, node: cst.CSTNode, sink: list[Edit]) -> bool:
        lazy = _LAZY.match(self._text, self._start(node))
        if lazy is not None:
            self._change(self._uses.make("a `lazy` import", (3, 15), lazy.start()), sink, lazy.start(), lazy.end())
        return True

    def _formatted_string(self, node: cst.FormattedString, sink: list[Edit]) -> bool:
        start, end = self._extent(node)
        self._strings.append((start, end))
        opening = re.sub("[tT]", "f", node.start)
        if node.start != opening:
            self.uses.append(self._uses.template_string(start))
        if _host_reads(opening + self._text[start + len(node.start) : end]):
            if node.start != opening:
                sink.append(Edit(start, start + len(node.start), opening))
            return False
        # What keeps an older host from reading it may also be newer grammar inside, which is found there.
        if node.start == opening and not fits_before_pep_701(self._text[start:end]):
            self.uses.append(self._uses.fstring(start))
        sink.append(Edit(start, end, opening + "".join(map(self._part, node.parts)) + node.end))
        return True

    def _part(self, part: cst.CSTNode) -> str:
        """A part of an f-string, its expressions replaced by names."""
        if not isinstance(part, (cst.FormattedStringExpression, _TEMPLATE_EXPRESSION)):
            return str(part.value)  # type: ignore[attr-defined]
        conversion = f"!{part.conversion.strip()}" if part.conversion else ""
        # The text of a format specification does not matter here; the expressions in it do.
        inner = "".join(self._field(value) for value in _spec_values(part))
        return "{" + self._name(part.expression) + conversion + (f":{inner}" if inner else "") + "}"

    def _field(self, value: cst.BaseExpression) -> str:
        return "{" + self._name(value) + "}"

    def _name(self, value: cst.BaseExpression) -> str:
        name = _PLACEHOLDER.format(len(self.placeholders))
        edits: list[Edit] = []
        start, end = self._extent(value)
        self.placeholders[name] = Placeholder(start, end, edits)
        self._todo.append((value, edits))
        return name

    def _change(self, use: GrammarUse, sink: list[Edit], start: int, end: int, replacement: str = "") -> None:
        self.uses.append(use)
        sink.append(Edit(start, end, replacement))

    def _blank(self, use: GrammarUse, sink: list[Edit], start: int, length: int) -> None:
        self._change(use, sink, start, start + length, " " * length)

    def _last(self, token: str, before: int) -> int:
        """Where the last ``token`` in front of a place stands."""
        return self._text.rindex(token, 0, before)

    def _start(self, node: cst.CSTNode) -> int:
        return self._extent(node)[0]

    def _extent(self, node: cst.CSTNode) -> tuple[int, int]:
        # Positions of libcst leave the parentheses of an expression out.
        place = self._ranges[node]
        start = self._starts[place.start.line - 1] + place.start.column
        return start, self._starts[place.end.line - 1] + place.end.column


_TEMPLATE_EXPRESSION: type[Any] = getattr(cst, "TemplatedStringExpression", cst.FormattedStringExpression)


def _spec_values(part: Any) -> Iterator[cst.BaseExpression]:
    for piece in part.format_spec or ():
        if isinstance(piece, (cst.FormattedStringExpression, _TEMPLATE_EXPRESSION)):
            yield piece.expression
            yield from _spec_values(piece)


def _host_reads(literal: str) -> bool:
    """Whether the running interpreter reads the f-string as it is (its expressions too)."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(f"({literal})", mode="eval")
    except (SyntaxError, RecursionError, MemoryError, ValueError):
        return False
    return True
