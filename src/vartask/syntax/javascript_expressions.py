"""From tree-sitter's nodes for TypeScript and JavaScript to expressions of :mod:`vartask.syntax.program`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from vartask.model import Span
from vartask.syntax import program as tree

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_DEPTH = 150
"""Deeper nesting is not a program that anyone wrote, and would exhaust Python's stack."""

_TRANSPARENT = frozenset(
    {"parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "await_expression"}
    | {"instantiation_expression", "computed_property_name"}
)
_WORDS = {"true": True, "false": False, "null": None, "undefined": None}
_FUNCTIONS = frozenset({"function_expression", "generator_function", "function", "arrow_function"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0", "\n": ""}


def named(node: Node) -> Iterator[Node]:
    """The children that mean something."""
    return (child for child in node.named_children if child.type not in {"comment", "html_comment"})


class Expressions(ABC):
    """Reads the expressions of one file."""

    def __init__(self, source: bytes, path: str) -> None:
        self.source = source
        self.path = path
        self._depth = 0
        self._ascii = source.isascii()
        self._lines = [] if self._ascii else source.split(b"\n")

    @abstractmethod
    def body(self, node: Node | None) -> tuple[tree.Statement, ...]:
        """The body of a function."""

    @abstractmethod
    def class_def(self, node: Node) -> tree.ClassDef:
        """A class."""

    # -- places and text --------------------------------------------------------------------------

    def span(self, node: Node) -> Span:
        """Where a node is written."""
        (line, column), (end, end_column) = node.start_point, node.end_point
        if not self._ascii:
            column = len(self._lines[line][:column].decode(errors="replace"))
            end_column = len(self._lines[end][:end_column].decode(errors="replace"))
        return Span(self.path, line + 1, column + 1, end + 1, end_column + 1)

    def text(self, node: Node) -> str:
        """The source of a node."""
        return self.source[node.start_byte : node.end_byte].decode(errors="replace")

    def string(self, node: Node) -> str:
        """The value of a string."""
        parts = [
            _unescaped(self.text(child)) if child.type == "escape_sequence" else self.text(child)
            for child in named(node)
        ]
        return "".join(parts)

    def key_text(self, node: Node) -> str:
        """The name of a property."""
        return self.string(node) if node.type == "string" else self.text(node)

    # -- expressions ------------------------------------------------------------------------------

    def optional(self, node: Node | None, around: Node) -> tree.Expression:
        """An expression that a broken file may lack."""
        return tree.Opaque("nothing", self.span(around)) if node is None else self.expression(node)

    def expression(self, node: Node) -> tree.Expression:
        """Any expression."""
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                return self._opaque(node, parts=False)
            return self._expression(node)
        finally:
            self._depth -= 1

    def _expression(self, node: Node) -> tree.Expression:  # noqa: C901, PLR0912 - a table
        kind, span = node.type, self.span(node)
        if kind in {"identifier", "this", "property_identifier", "shorthand_property_identifier", "import"}:
            return tree.Name(self.text(node), span)
        if kind == "string":
            return tree.Literal(self.string(node), span)
        if kind in _WORDS:
            return tree.Literal(_WORDS[kind], span)
        if kind == "number":
            return tree.Literal(_number(self.text(node)), span)
        if kind == "template_string":
            return self._template(node)
        if kind == "super":
            return tree.Super(span)
        if kind == "member_expression":
            return self._member(node)
        if kind == "subscript_expression":
            base, key = node.child_by_field_name("object"), node.child_by_field_name("index")
            return tree.Index(self.optional(base, node), self.optional(key, node), span)
        if kind in {"call_expression", "new_expression"}:
            return self._call(node)
        if kind == "array":
            return tree.Array(tuple(self.expression(child) for child in named(node)), span)
        if kind == "object":
            return tree.Object(tuple(self._entries(node)), span)
        if kind == "spread_element":
            return tree.Spread(self.optional(next(named(node), None), node), span)
        if kind in _FUNCTIONS:
            return tree.Lambda(self.function(node, "arrow" if kind == "arrow_function" else "plain"), span)
        if kind in {"class", "class_declaration"}:
            return tree.ClassValue(self.class_def(node), span)
        if kind in _TRANSPARENT:
            return self.optional(next(named(node), None), node)
        if kind == "type_assertion":
            return self.optional(list(named(node))[-1], node)
        return self._operation(node)

    def _operation(self, node: Node) -> tree.Expression:
        kind, span = node.type, self.span(node)
        if kind in {"binary_expression", "unary_expression"}:
            operator = node.child_by_field_name("operator")
            sides = ("left", "right") if kind == "binary_expression" else ("argument",)
            operands = tuple(self.optional(node.child_by_field_name(name), node) for name in sides)
            return tree.Operation("" if operator is None else self.text(operator), operands, span)
        if kind == "ternary_expression":
            fields = ("condition", "consequence", "alternative")
            test, then, otherwise = (self.optional(node.child_by_field_name(name), node) for name in fields)
            return tree.Conditional(test, then, otherwise, span)
        if kind in {"assignment_expression", "augmented_assignment_expression"}:
            return self._assignment(node)
        if kind == "update_expression":
            argument = node.child_by_field_name("argument")
            value = self.optional(argument, node)
            sign = "+" if "++" in self.text(node) else "-"
            changed = tree.Operation(sign, (value, tree.Literal(1, span)), span)
            return changed if argument is None else tree.Assigned(self.target(argument), changed, span)
        if kind == "sequence_expression":
            parts = [self.expression(child) for child in named(node)]
            return tree.Index(tree.Array(tuple(parts), span), tree.Literal(len(parts) - 1, span), span)
        if kind == "regex":
            pattern, flags = node.child_by_field_name("pattern"), node.child_by_field_name("flags")
            given = [tree.Literal("" if one is None else self.text(one), span) for one in (pattern, flags)]
            return tree.Call(tree.Name("RegExp", span), tuple(given), span, new=True)
        if kind == "meta_property":
            words = self.text(node).split(".")
            return tree.Attribute(tree.Name(words[0], span), words[-1], span)
        return self._opaque(node)

    def _opaque(self, node: Node, *, parts: bool = True) -> tree.Expression:
        line = self.text(node).split("\n", 1)[0][:40]
        held = tuple(self.expression(child) for child in named(node)) if parts and node.type != "ERROR" else ()
        return tree.Opaque(line, self.span(node), held)

    def _assignment(self, node: Node) -> tree.Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        value, span = self.optional(right, node), self.span(node)
        if left is None:
            return value
        if operator is not None:
            value = tree.Operation(self.text(operator).removesuffix("="), (self.expression(left), value), span)
        return tree.Assigned(self.target(left), value, span)

    def _template(self, node: Node) -> tree.Expression:
        parts: list[tree.Expression] = []
        for child in named(node):
            if child.type == "template_substitution":
                parts += [self.expression(one) for one in named(child)]
            else:
                value = _unescaped(self.text(child)) if child.type == "escape_sequence" else self.text(child)
                parts.append(tree.Literal(value, self.span(child)))
        return tree.Template(tuple(parts), self.span(node))

    def _member(self, node: Node) -> tree.Expression:
        base, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if base is not None and name is not None:
            held = self.expression(base)
            # Where a chain is broken over lines, its last name is the place to show.
            return tree.Attribute(held, self.text(name), self.span(node))
        meta = next((child for child in node.children if child.type == "meta_property"), None)
        if meta is not None and name is not None:
            return tree.Attribute(self.expression(meta), self.text(name), self.span(node))
        return self._opaque(node)

    def _call(self, node: Node) -> tree.Expression:
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        given = node.child_by_field_name("arguments")
        arguments = () if given is None else tuple(self.expression(child) for child in named(given))
        if given is not None and given.type == "template_string":
            arguments = (self._template(given),)
        new = node.type == "new_expression"
        return tree.Call(self.optional(callee, node), arguments, self.span(node), new=new)

    def _entries(self, node: Node) -> Iterator[tree.Entry]:
        for child in named(node):
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if child.type == "pair" and key is not None and value is not None:
                yield tree.Entry(self._key(key), self.expression(value))
            elif child.type == "shorthand_property_identifier":
                yield tree.Entry(tree.Literal(self.text(child), self.span(child)), self.expression(child))
            elif child.type == "spread_element":
                yield tree.Entry(None, self.optional(next(named(child), None), child))
            elif child.type == "method_definition":
                function = self.function(child)
                yield tree.Entry(tree.Literal(function.name, function.span), tree.Lambda(function, function.span))

    def _key(self, node: Node) -> tree.Expression:
        if node.type == "computed_property_name":
            return self.optional(next(named(node), None), node)
        return tree.Literal(self.key_text(node), self.span(node))

    # -- functions and targets --------------------------------------------------------------------

    def function(
        self, node: Node, kind: Literal["plain", "arrow", "static", "getter", "classmethod"] = "plain"
    ) -> tree.FunctionDef:
        """A function, method or arrow."""
        name = node.child_by_field_name("name")
        single, several = node.child_by_field_name("parameter"), node.child_by_field_name("parameters")
        if single is not None:
            parameters: tuple[tree.Parameter, ...] = (tree.Parameter(self.target(single)),)
        else:
            parameters = tuple(self._parameter(child) for child in named(several)) if several is not None else ()
        body = self.body(node.child_by_field_name("body"))
        return tree.FunctionDef("" if name is None else self.key_text(name), parameters, body, self.span(node), kind)

    def _parameter(self, node: Node) -> tree.Parameter:
        field = any(
            child.type in {"accessibility_modifier", "readonly", "override_modifier"} for child in node.children
        )
        pattern, default = node.child_by_field_name("pattern"), node.child_by_field_name("value")
        target = pattern or node
        if target.type == "assignment_pattern":
            left, default = target.child_by_field_name("left"), target.child_by_field_name("right")
            target = left or target
        if target.type == "rest_pattern":
            inner = next(named(target), None)
            return tree.Parameter(self.target(inner or target), rest="...")
        value = None if default is None else self.expression(default)
        return tree.Parameter(self.target(target), value, field=field)

    def target(self, node: Node) -> tree.Target:
        """What is assigned to."""
        kind, span = node.type, self.span(node)
        if kind in {"identifier", "shorthand_property_identifier_pattern", "this"}:
            return tree.Name(self.text(node), span)
        if kind in {"array_pattern", "array"}:
            return tree.ListPattern(tuple(self._places(node)), span)
        if kind in {"object_pattern", "object"}:
            return tree.ObjectPattern(tuple(self._properties(node)), span)
        if kind in {"assignment_pattern", "assignment_expression"}:
            left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
            if left is not None and right is not None:
                return tree.Defaulted(self.target(left), self.expression(right))
        if kind in {"rest_pattern", "spread_element"}:
            inner = next(named(node), None)
            return tree.Rest(self.target(inner)) if inner is not None else tree.Name("", span)
        if kind in {"non_null_expression", "parenthesized_expression", "as_expression"}:
            inner = next(named(node), None)
            return self.target(inner) if inner is not None else tree.Name("", span)
        if kind in {"member_expression", "subscript_expression"}:
            found = self.expression(node)
            if isinstance(found, (tree.Attribute, tree.Index)):
                return found
        return tree.Name("", span)

    def _places(self, node: Node) -> Iterator[tree.Target | None]:
        """The places of an array pattern; two commas with nothing between leave one out."""
        filled = False
        for child in node.children:
            if child.type in {"[", "]", "comment"}:
                continue
            if child.type == ",":
                if not filled:
                    yield None
                filled = False
            else:
                filled = True
                yield self.target(child)

    def _properties(self, node: Node) -> Iterator[tuple[str | None, tree.Target]]:
        for child in named(node):
            if child.type in {"rest_pattern", "spread_element"}:
                inner = next(named(child), None)
                if inner is not None:
                    yield None, self.target(inner)
                continue
            key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
            if key is not None and value is not None:
                yield self.key_text(key), self.target(value)
                continue
            left, default = child.child_by_field_name("left"), child.child_by_field_name("right")
            if left is not None and default is not None:
                yield self.text(left), tree.Defaulted(self.target(left), self.expression(default))
            else:
                yield self.text(child), self.target(child)


def _number(text: str) -> int | float:
    plain = text.replace("_", "").removesuffix("n")
    try:
        return int(plain, 0)
    except ValueError:
        try:
            return float(plain)
        except ValueError:
            return 0


def _unescaped(sequence: str) -> str:
    """The character that an escape sequence stands for (ECMAScript, section "String Literals")."""
    rest = sequence[1:]
    if rest[:1] in {"x", "u"}:
        try:
            return chr(int(rest[1:].strip("{}"), 16))
        except (ValueError, OverflowError):
            return sequence
    return _ESCAPES.get(rest, rest)
