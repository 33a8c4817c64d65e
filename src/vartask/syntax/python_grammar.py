"""What a file that the host's parser has accepted uses of newer grammar.

Known are the changes that matter for a Lambda runtime: assignment expressions and positional-only parameters
(3.8), any expression as decorator and parenthesised context managers (3.9), ``match`` (3.10), ``except*`` and
unpacking in a subscript (3.11), type parameters, ``type`` statements and PEP 701 f-strings (3.12), defaults of
type parameters (3.13), ``except A, B`` and template strings (3.14).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from vartask.model import GrammarUse
from vartask.patterns import regex
from vartask.syntax.python_fstrings import fits_before_pep_701, may_need_pep_701
from vartask.syntax.python_nodes import nodes_of, walked
from vartask.syntax.python_places import normalised
from vartask.syntax.python_uses import Uses, outside_of_strings

Version = tuple[int, int]

_PARAMETERS = "TypeVar ParamSpec TypeVarTuple"

_HINTS: tuple[tuple[Version, bytes, re.Pattern[bytes], frozenset[str]], ...] = tuple(
    (newest, literal, regex(pattern, re.MULTILINE), frozenset(classes.split()))
    for newest, literal, pattern, classes in (
        ((3, 8), b":=", rb":=", "NamedExpr"),
        ((3, 8), b"/", rb",\s*/\s*[,):]", ""),
        ((3, 9), b"@", rb"^[ \t]*@[ \t]*(?:[\w. \t]*[^\w. \t\r\n(#]|\(|.*\)[ \t]*[.\[(])", ""),
        ((3, 9), b"with", rb"\bwith\s*\(", "With AsyncWith"),
        ((3, 10), b"match", rb"^[ \t]*match\b[ \t]*[^ \t\r\n=.]", "Match"),
        ((3, 11), b"*", rb"\[\s*\*[^*]|,\s*\*[^*,\r\n]*\]|:\s*\*\s*\w", "Starred"),
        ((3, 11), b"except", rb"\bexcept\s*\*", "TryStar"),
        ((3, 12), b"type", rb"(?:^|[;:])[ \t]*type(?:[ \t\f]|\\\r?\n)+\w", "TypeAlias"),
        # Type parameters are of 3.12, their defaults of 3.13: a host between the two has to look as well.
        ((3, 12), b"[", rb"\b(?:def|class)(?:[ \t\f]|\\\r?\n)+\w+\s*(?:\\\r?\n\s*)?\[", _PARAMETERS),
        ((3, 13), b"[", rb"\b(?:def|class)(?:[ \t\f]|\\\r?\n)+\w+\s*(?:\\\r?\n\s*)?\[", _PARAMETERS),
        ((3, 14), b"except", rb"\bexcept\b[^(:\r\n]*,|\bexcept\b[^:\r\n]*\)\s*,", "ExceptHandler"),
        ((3, 14), b"t", rb"\b(?:[tT][rR]?|[rR][tT])[\"']", "TemplateStr"),
    )
)
"""What every use of a newer construct looks like, and much that is none: a cheap reason to look closer.

With each pattern stand the newest version that it can mean, a literal that spares most files the pattern, and the
classes of ``ast`` of which a parsed file with such a use has a node.
"""

_PEP_701: Version = (3, 12)


def looks_newer(source: bytes, than: Version | None = None) -> bool:
    """Whether anything in a file, parsed or not, may be newer grammar than the host's, or than that of a version.

    ``False`` is certain.
    """
    own = than or sys.version_info[:2]
    return _hinted(source, after=own) or (own < _PEP_701 and may_need_pep_701(source))


def _hinted(source: bytes, after: Version, last: Version = (9, 0), classes: AbstractSet[str] | None = None) -> bool:
    return any(
        after < newest <= last
        and literal in source
        and (classes is None or not needed or not needed.isdisjoint(classes))
        and hint.search(source)
        for newest, literal, hint, needed in _HINTS
    )


def grammar_uses(tree: ast.Module, source: bytes, text: str | None = None) -> list[GrammarUse]:
    """What a parsed file uses that came after 3.7, in no order.

    ``tree`` has columns in characters.  ``text`` is the decoded source, ``None`` when it is ASCII.
    """
    fstrings = sys.version_info >= _PEP_701 and may_need_pep_701(source)
    classes = {kind.__name__ for kind in nodes_of(tree).classes}
    if not fstrings and not _hinted(source, after=(3, 0), last=sys.version_info[:2], classes=classes):
        return []
    look = _Look(normalised(source.decode("ascii", "replace") if text is None else text), fstrings=fstrings)
    return look.all(tree)


class _Look:
    def __init__(self, text: str, *, fstrings: bool) -> None:
        self._uses = Uses(text)
        self._text = text
        self._starts = self._uses.starts
        self._fstrings = fstrings
        self._strings: list[tuple[int, int]] = []

    def all(self, tree: ast.Module) -> list[GrammarUse]:
        """Every use, those inside f-strings without words."""
        uses = list(self._walk(tree))
        return self._uses.after_the_rest(outside_of_strings(uses, self._strings, self._starts))

    def _walk(self, tree: ast.Module) -> Iterator[GrammarUse]:
        literals: list[ast.JoinedStr] = []
        specs: set[int] = set()
        for node in walked(tree):
            kind = type(node)
            reader = _NODES.get(kind.__name__)
            if reader is not None:
                yield from reader(self, node)
            elif kind is ast.JoinedStr:
                literals.append(node)  # type: ignore[arg-type]
            elif kind is ast.FormattedValue:
                specs.add(id(node.format_spec))  # type: ignore[attr-defined]
        # The specification of a format is a JoinedStr too, but no literal of its own.
        outer = [node for node in literals if id(node) not in specs]
        self._strings = [(self._offset(node), self._end(node)) for node in outer]
        if self._fstrings:
            for start, end in sorted(self._strings):
                if not fits_before_pep_701(self._text[start:end]):
                    yield self._uses.fstring(start)
                    return  # the first says all that an older parser does

    def read_match(self, node: ast.Match) -> Iterator[GrammarUse]:
        yield self._uses.match(self._offset(node), self._end(node.subject))

    def read_assignment(self, node: ast.NamedExpr) -> Iterator[GrammarUse]:
        yield self._uses.make("an assignment expression", (3, 8), self._offset(node))

    def read_try_star(self, node: ast.Try) -> Iterator[GrammarUse]:
        yield self._uses.simple("`except*`", (3, 11), self._text.index("*", self._offset(node.handlers[0])))

    def read_type_alias(self, node: ast.AST) -> Iterator[GrammarUse]:
        name: ast.expr = node.name  # type: ignore[attr-defined]
        yield self._uses.simple("a `type` statement", (3, 12), self._offset(node), self._offset(name))
        yield from self._type_parameters(node)

    def read_template(self, node: ast.AST) -> Iterator[GrammarUse]:
        self._strings.append((self._offset(node), self._end(node)))
        yield self._uses.template_string(self._offset(node))

    def read_definition(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> Iterator[GrammarUse]:
        yield from self._type_parameters(node)
        for decorator in node.decorator_list:
            # PEP 614: before 3.9 a decorator was a dotted name, perhaps called.
            name: ast.expr = decorator.func if isinstance(decorator, ast.Call) else decorator
            while isinstance(name, ast.Attribute):
                name = name.value
            if not isinstance(name, ast.Name):
                yield self._uses.make("this decorator", (3, 9), self._offset(decorator))

    def _type_parameters(self, node: ast.AST) -> Iterator[GrammarUse]:
        parameters = getattr(node, "type_params", None)
        if parameters:
            bracket = self._text.rindex("[", 0, self._offset(parameters[0]))
            values = [getattr(parameter, "default_value", None) for parameter in parameters]
            first = next((self._offset(value) for value in values if value is not None), None)
            yield self._uses.type_parameters(bracket, first and self._text.rindex("=", 0, first))

    def read_arguments(self, node: ast.arguments) -> Iterator[GrammarUse]:
        if node.posonlyargs:
            yield self._uses.make("a positional-only parameter", (3, 8), self._offset(node.posonlyargs[0]))

    def read_argument(self, node: ast.arg) -> Iterator[GrammarUse]:
        if isinstance(node.annotation, ast.Starred):
            star = self._offset(node.annotation)
            yield self._uses.simple("a starred annotation", (3, 11), star)

    def read_with(self, node: ast.With | ast.AsyncWith) -> Iterator[GrammarUse]:
        if self._parenthesised(node):
            yield self._uses.make("a `with` statement in parentheses", (3, 9), self._offset(node))

    def read_clause(self, node: ast.ExceptHandler) -> Iterator[GrammarUse]:
        if isinstance(node.type, ast.Tuple) and not self._enclosed(node.type):
            first = node.type.elts[0]
            yield self._uses.bare_types(self._offset(first), self._text.index(",", self._end(first)))

    def read_set(self, node: ast.Set | ast.SetComp) -> Iterator[GrammarUse]:
        elements = node.elts if isinstance(node, ast.Set) else [node.elt]
        if self._bare_assignment(node, elements):
            yield self._uses.make("an assignment expression in a set", (3, 9), self._offset(node))

    def read_subscript(self, node: ast.Subscript) -> Iterator[GrammarUse]:
        bare = isinstance(node.slice, ast.Tuple) and not self._enclosed(node.slice)
        elements = node.slice.elts if bare and isinstance(node.slice, ast.Tuple) else [node.slice]
        star = next((element for element in elements if isinstance(element, ast.Starred)), None)
        if star is not None:
            yield self._uses.starred(self._offset(star), self._end(star))
        elif self._bare_assignment(node, elements):
            place = next(self._offset(element) for element in elements if isinstance(element, ast.NamedExpr))
            yield self._uses.simple("an assignment expression in a subscript", (3, 10), place)

    def _bare_assignment(self, node: ast.AST, elements: list[ast.expr]) -> bool:
        """Whether an element is an assignment expression without parentheses of its own (bpo-42381, bpo-42374)."""
        for element in elements:
            if isinstance(element, ast.NamedExpr):
                before = re.sub(r"#[^\n]*", "", self._text[self._offset(node) : self._offset(element)])
                if not before.rstrip(" \t\f\n\\").endswith("("):
                    return True
        return False

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


_NODES: dict[str, Callable[[_Look, Any], Iterator[GrammarUse]]] = {
    "NamedExpr": _Look.read_assignment,
    "Match": _Look.read_match,
    "TryStar": _Look.read_try_star,
    "TypeAlias": _Look.read_type_alias,
    "TemplateStr": _Look.read_template,
    "FunctionDef": _Look.read_definition,
    "AsyncFunctionDef": _Look.read_definition,
    "ClassDef": _Look.read_definition,
    "arguments": _Look.read_arguments,
    "arg": _Look.read_argument,
    "With": _Look.read_with,
    "AsyncWith": _Look.read_with,
    "ExceptHandler": _Look.read_clause,
    "Set": _Look.read_set,
    "SetComp": _Look.read_set,
    "Subscript": _Look.read_subscript,
}
"""By name: older hosts lack some of the classes."""
