"""The lowest CPython version whose grammar accepts a file that the host's parser has accepted.

Known are the changes that matter for a Lambda runtime: assignment expressions and positional-only parameters
(3.8), any expression as decorator and parenthesised context managers (3.9), ``match`` (3.10), ``except*`` and
unpacking in a subscript (3.11), type parameters, ``type`` statements and PEP 701 f-strings (3.12), defaults of
type parameters (3.13), ``except A, B`` and template strings (3.14).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from vartask.syntax.python_fstrings import fits_before_pep_701, may_need_pep_701
from vartask.syntax.python_places import line_starts, normalised

Version = tuple[int, int]

_HINTS: tuple[tuple[Version, bytes, re.Pattern[bytes]], ...] = tuple(
    (newest, literal, re.compile(pattern, re.MULTILINE))
    for newest, literal, pattern in (
        ((3, 8), b":=", rb":="),
        ((3, 8), b"/", rb",\s*/\s*[,):]"),
        ((3, 9), b"@", rb"^[ \t]*@[ \t]*(?:[\w. \t]*[^\w. \t\r\n(#]|\(|.*\)[ \t]*[.\[(])"),
        ((3, 9), b"with", rb"\bwith\s*\("),
        ((3, 10), b"match", rb"^[ \t]*match\b[ \t]*[^ \t\r\n=.]"),
        ((3, 11), b"*", rb"\[\s*\*[^*]|,\s*\*[^*,\r\n]*\]|:\s*\*\s*\w"),
        ((3, 11), b"except", rb"\bexcept\s*\*"),
        ((3, 12), b"type", rb"(?:^|[;:])[ \t]*type(?:[ \t\f]|\\\r?\n)+\w"),
        # Type parameters are of 3.12, their defaults of 3.13: a host between the two has to look as well.
        ((3, 12), b"[", rb"\b(?:def|class)(?:[ \t\f]|\\\r?\n)+\w+\s*(?:\\\r?\n\s*)?\["),
        ((3, 13), b"[", rb"\b(?:def|class)(?:[ \t\f]|\\\r?\n)+\w+\s*(?:\\\r?\n\s*)?\["),
        ((3, 14), b"except", rb"\bexcept\b[^(:\r\n]*,|\bexcept\b[^:\r\n]*\)\s*,"),
        ((3, 14), b"t", rb"\b(?:[tT][rR]?|[rR][tT])[\"']"),
    )
)
"""What every use of a newer construct looks like, and much that is none: a cheap reason to look closer.

With each pattern stands the newest version that it can mean, and a literal that spares most files the pattern.
"""

_NODES: dict[str, Version] = {
    "NamedExpr": (3, 8),
    "Match": (3, 10),
    "TryStar": (3, 11),
    "TypeAlias": (3, 12),
    "TemplateStr": (3, 14),
}
_PEP_701: Version = (3, 12)
_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef})
_CLAUSES = frozenset(
    {ast.arguments, ast.arg, ast.With, ast.AsyncWith, ast.Subscript, ast.ExceptHandler, ast.Set, ast.SetComp}
)
_SETS = frozenset({ast.Set, ast.SetComp})


def looks_newer(source: bytes) -> bool:
    """Whether anything in a file, parsed or not, may be newer grammar than the host's.  ``False`` is certain."""
    host = sys.version_info[:2]
    return _hinted(source, after=host) or (host < _PEP_701 and may_need_pep_701(source))


def _hinted(source: bytes, after: Version, last: Version = (9, 0)) -> bool:
    return any(after < newest <= last and literal in source and hint.search(source) for newest, literal, hint in _HINTS)


def lowest_grammar(tree: ast.Module, source: bytes, text: str | None = None) -> Version:
    """The version for a parsed file; ``(3, 0)`` when it needs nothing newer than 3.7.

    ``tree`` has columns in characters.  ``text`` is the decoded source, ``None`` when it is ASCII.
    """
    fstrings = sys.version_info >= _PEP_701 and may_need_pep_701(source)
    if not fstrings and not _hinted(source, after=(3, 0), last=sys.version_info[:2]):
        return (3, 0)
    look = _Look(normalised(source.decode("ascii", "replace") if text is None else text), fstrings=fstrings)
    return max(look.versions(tree), default=(3, 0))


class _Look:
    def __init__(self, text: str, *, fstrings: bool) -> None:
        self._text = text
        self._starts = line_starts(text)
        self._fstrings = fstrings

    def versions(self, tree: ast.Module) -> Iterator[Version]:
        literals: list[ast.JoinedStr] = []
        specs: set[int] = set()
        for node in ast.walk(tree):
            kind = type(node)
            known = _NODES.get(kind.__name__)
            if known is not None:
                yield known
                yield from _type_parameters(node)
            elif kind is ast.JoinedStr:
                literals.append(node)  # type: ignore[arg-type]
            elif kind is ast.FormattedValue:
                specs.add(id(node.format_spec))  # type: ignore[attr-defined]
            elif kind in _DEFINITIONS:
                yield from _type_parameters(node)
                yield from _decorators(node.decorator_list)  # type: ignore[attr-defined]
            elif kind in _CLAUSES:
                yield from self._clause(node)
        # The specification of a format is a JoinedStr too, but no literal of its own.
        outer = [node for node in literals if id(node) not in specs]
        if self._fstrings and not all(fits_before_pep_701(self._segment(node)) for node in outer):
            yield _PEP_701

    def _clause(self, node: ast.AST) -> Iterator[Version]:
        if isinstance(node, ast.arguments) and node.posonlyargs:
            yield (3, 8)
        elif isinstance(node, (ast.With, ast.AsyncWith)) and self._parenthesised(node):
            yield (3, 9)
        elif isinstance(node, ast.Subscript):
            yield from self._subscript(node)
        elif isinstance(node, (ast.Set, ast.SetComp)):
            elements = node.elts if isinstance(node, ast.Set) else [node.elt]
            yield from [(3, 9)] if self._bare_assignment(node, elements) else ()
        elif isinstance(node, ast.arg) and isinstance(node.annotation, ast.Starred):
            yield (3, 11)
        elif isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Tuple):
            yield from () if self._enclosed(node.type) else [(3, 14)]

    def _subscript(self, node: ast.Subscript) -> Iterator[Version]:
        bare = isinstance(node.slice, ast.Tuple) and not self._enclosed(node.slice)
        elements = node.slice.elts if bare and isinstance(node.slice, ast.Tuple) else [node.slice]
        if any(isinstance(element, ast.Starred) for element in elements):
            yield (3, 11)
        elif self._bare_assignment(node, elements):
            yield (3, 10)

    def _bare_assignment(self, node: ast.AST, elements: list[ast.expr]) -> bool:
        """Whether an element is an assignment expression without parentheses of its own (bpo-42381, bpo-42374)."""
        for element in elements:
            if isinstance(element, ast.NamedExpr):
                before = re.sub(r"#[^\n]*", "", self._text[self._offset(node) : self._offset(element)])
                if not before.rstrip(" \t\f\n\\").endswith("("):
                    return True
        return False

    def _segment(self, node: ast.AST) -> str:
        return self._text[self._offset(node) : self._end(node)]

    def _offset(self, node: ast.AST) -> int:
        return int(self._starts[node.lineno - 1] + node.col_offset)  # type: ignore[attr-defined]

    def _end(self, node: ast.AST) -> int:
        return int(self._starts[node.end_lineno - 1] + node.end_col_offset)  # type: ignore[attr-defined]

    def _enclosed(self, node: ast.Tuple) -> bool:
        """Whether the tuple stands in parentheses of its own: ``(A, B)`` and not ``(A), B``."""
        if not node.elts:
            return True
        first = node.elts[0]
        opened = self._text[self._offset(node) : self._offset(first)].count("(")
        return opened > self._text[self._end(first) : self._end(node)].partition(",")[0].count(")")

    def _parenthesised(self, node: ast.With | ast.AsyncWith) -> bool:
        """Whether a parenthesis is still open where ``as`` or a comma stands between two items."""
        depth, position = 0, self._offset(node)
        parts: list[ast.expr] = []
        for item in node.items:
            parts += [item.context_expr] if item.optional_vars is None else [item.context_expr, item.optional_vars]
        for index, part in enumerate(parts):
            for char in re.sub(r"#[^\n]*", "", self._text[position : self._offset(part)]):
                if char in ",a" and index and depth > 0:
                    return True
                depth += (char == "(") - (char == ")")
            position = self._end(part)
        return False


def _type_parameters(node: ast.AST) -> Iterator[Version]:
    parameters = getattr(node, "type_params", None)
    if parameters:
        defaults = any(getattr(parameter, "default_value", None) is not None for parameter in parameters)
        yield (3, 13) if defaults else (3, 12)


def _decorators(decorators: list[ast.expr]) -> Iterator[Version]:
    """PEP 614: before 3.9 a decorator was a dotted name, perhaps called."""
    for decorator in decorators:
        name: ast.expr = decorator.func if isinstance(decorator, ast.Call) else decorator
        while isinstance(name, ast.Attribute):
            name = name.value
        if not isinstance(name, ast.Name):
            yield (3, 9)
