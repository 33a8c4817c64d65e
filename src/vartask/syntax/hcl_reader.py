"""From tree-sitter's nodes to the types of :mod:`vartask.syntax.hcl`."""

from __future__ import annotations

import re
from functools import cache

import tree_sitter
import tree_sitter_hcl
from tree_sitter import Node, Parser

from vartask.model import Span
from vartask.patterns import regex
from vartask.syntax.hcl import (
    Attr,
    Attribute,
    Block,
    Body,
    Call,
    Conditional,
    Expression,
    File,
    For,
    HclError,
    Index,
    Literal,
    Object,
    Operation,
    Reference,
    Splat,
    Step,
    Template,
    Tuple,
)
from vartask.syntax.hcl_text import dedent, scalar, unescape

MAX_DEPTH = 100
"""Deeper nesting is not configuration that anyone wrote, and would exhaust Python's stack."""

MAX_SALVAGED = 500_000
"""Bytes of a file with an error in which whole blocks are still looked for."""


def read(text: str, path: str) -> File:
    """See :func:`vartask.syntax.hcl.parse`."""
    source = text.encode()
    root = _parser().parse(source).root_node
    reader = _Reader(source, path)
    body = reader.file(root)
    if root.has_error:
        reader.fail(root)
        body = _salvaged(source, path) if len(source) < MAX_SALVAGED else Body()
    return File(path, body, reader.error)


def read_template(text: str, span: Span) -> Expression:
    """See :func:`vartask.syntax.hcl.parse_template`: a heredoc takes any text as it is."""
    marker = "EOT"
    while marker in text:
        marker += "T"
    found = _value(f"x = <<{marker}\n{text}\n{marker}\n", span)
    if isinstance(found, Literal) and isinstance(found.value, str):
        return Literal(span, text, found.value.removesuffix("\n"))
    if not isinstance(found, Template):
        return Expression(span, text)
    *parts, last = found.parts
    kept = [*parts, last.removesuffix("\n") if isinstance(last, str) else last]
    return Template(span, text, tuple(part for part in kept if part != ""))


def read_expression(text: str, span: Span) -> Expression:
    """See :func:`vartask.syntax.hcl.parse_expression`."""
    return _value(f"x = {text}\n", span) or Expression(span, text)


def _value(text: str, span: Span) -> Expression | None:
    source = text.encode()
    root = _parser().parse(source).root_node
    reader = _Placed(source, span)
    return None if root.has_error else reader.file(root).get("x")


def _salvaged(source: bytes, path: str) -> Body:
    """The top-level blocks that can be read for themselves: an error in one may swallow all that follow."""
    attributes: list[Attribute] = []
    blocks: list[Block] = []
    for found in _TOP_LEVEL.finditer(source):
        piece = b"\n" * source.count(b"\n", 0, found.start()) + found[0]
        body = _Reader(piece, path).file(_parser().parse(piece).root_node)
        attributes += body.attributes
        blocks += body.blocks
    return Body(tuple(attributes), tuple(blocks))


# From a line that opens a block to the brace that stands below its beginning, as everyone writes it.
_TOP_LEVEL = regex(
    rb"^([ \t]*)[A-Za-z_][\w-]*[ \t]*(?:\"[^\"\n]*\"[ \t]*)*\{(?:[^\n]*\}[ \t]*$|.*?^\1\}[^\n]*$)",
    re.MULTILINE | re.DOTALL,
)


@cache
def _parser() -> Parser:
    return Parser(tree_sitter.Language(tree_sitter_hcl.language()))


class _Reader:
    """Turns tree-sitter's nodes into the types above."""

    def __init__(self, source: bytes, path: str) -> None:
        self.path = path
        self.source = source
        self.lines = source.split(b"\n")
        self.error: HclError | None = None

    def file(self, root: Node) -> Body:
        """The body of a whole file."""
        body = Body()
        for child in root.named_children:
            if child.type == "body":
                body = self.body(child, 0)
            elif child.type != "comment":
                self.fail(child)
        return body

    def fail(self, node: Node) -> None:
        """Note the place of the first thing below ``node`` that tree-sitter could not read."""
        if self.error is not None:
            return
        here: Node | None = node
        while here is not None and not here.is_error and not here.is_missing:
            node = here
            here = next((child for child in here.children if child.has_error or child.is_missing), None)
        found = here or node
        what = f"expected `{found.type}`" if found.is_missing else "this is not HCL"
        self.error = HclError(what, self.span(found))

    def text(self, node: Node) -> str:
        return self.source[node.start_byte : node.end_byte].decode()

    def span(self, node: Node) -> Span:
        start, end = node.start_point, node.end_point
        return Span(
            self.path, start.row + 1, self._column(start.row, start.column), end.row + 1, self._column(*tuple(end))
        )

    def _column(self, row: int, column: int) -> int:
        return len(self.lines[row][:column].decode(errors="replace")) + 1 if row < len(self.lines) else 1

    def body(self, node: Node, depth: int) -> Body:
        attributes: list[Attribute] = []
        blocks: list[Block] = []
        for child in node.named_children:
            if child.type == "comment":
                continue
            # Half a block would be read as a whole one that does not set the rest.
            if child.has_error or child.is_error or depth > MAX_DEPTH:
                self.fail(child)
            elif child.type == "attribute":
                name, value = child.named_children[0], child.named_children[-1]
                attributes.append(Attribute(self.text(name), self.expression(value, depth + 1), self.span(child)))
            elif child.type == "block":
                blocks.append(self.block(child, depth))
        return Body(tuple(attributes), tuple(blocks))

    def block(self, node: Node, depth: int) -> Block:
        body = Body()
        labels: list[str] = []
        for child in node.named_children[1:]:
            if child.type == "string_lit":
                labels.append(unescape(self.text(child)[1:-1]))
            elif child.type == "identifier":
                labels.append(self.text(child))
            elif child.type == "body":
                body = self.body(child, depth + 1)
            elif child.is_error or child.is_missing:
                self.fail(child)
        head = self.span(node)
        end = len(self.lines[head.line - 1].decode(errors="replace").rstrip()) + 1
        return Block(
            self.text(node.named_children[0]),
            tuple(labels),
            body,
            Span(self.path, head.line, head.column, head.line, end),
        )

    def expression(self, node: Node, depth: int) -> Expression:
        if depth > MAX_DEPTH:
            return Expression(self.span(node), self.text(node))
        parts = [child for child in node.children if child.type != "comment"]
        if node.type in {"expression", "literal_value", "template_expr", "collection_value", "for_expr", "operation"}:
            if parts and parts[0].type == "(":
                return self.chain(self.expression(parts[1], depth + 1), parts[3:], node, depth)
            return self._composed(parts, node, depth)
        reader = _READERS.get(node.type)
        return reader(self, node, depth) if reader else Expression(self.span(node), self.text(node))

    def literal(self, node: Node, _depth: int) -> Expression:
        return Literal(self.span(node), self.text(node), scalar(self.text(node)))

    def name(self, node: Node, _depth: int) -> Expression:
        return Reference(self.span(node), self.text(node), self.text(node), ())

    def conditional(self, node: Node, depth: int) -> Expression:
        test, yes, no = (self.expression(child, depth + 1) for child in node.named_children if _real(child))
        return Conditional(self.span(node), self.text(node), test, yes, no)

    def quoted(self, node: Node, depth: int) -> Expression:
        return self.template(node, node.start_byte + 1, node.end_byte - 1, depth)

    def _composed(self, parts: list[Node], node: Node, depth: int) -> Expression:
        if not parts:
            return Expression(self.span(node), self.text(node))
        return self.chain(self.expression(parts[0], depth + 1), parts[1:], node, depth)

    def chain(self, base: Expression, parts: list[Node], node: Node, depth: int) -> Expression:
        """``base`` followed by ``.name``, ``[key]`` and ``[*]``."""
        if not parts:
            return base
        steps = self.steps(parts, depth)
        if isinstance(base, Reference):
            return Reference(self.span(node), self.text(node), base.base, base.steps + steps)
        return Reference(self.span(node), self.text(node), base, steps)

    def steps(self, parts: list[Node], depth: int) -> tuple[Step, ...]:
        steps: list[Step] = []
        for part in parts:
            if part.type == "get_attr":
                steps.append(Attr(self.text(part.named_children[-1])))
            elif part.type == "index":
                inner = part.named_children[0]
                if inner.type == "new_index":
                    steps.append(Index(self.expression(inner.named_children[0], depth + 1)))
                else:
                    number = self.text(inner).lstrip(".")
                    steps.append(Index(Literal(self.span(inner), number, scalar(number))))
            elif part.type == "splat":
                inner = part.named_children[0]
                steps.append(Splat(self.steps([child for child in inner.children if child.is_named], depth)))
        return tuple(steps)

    def template(self, node: Node, start: int, end: int, depth: int) -> Expression:
        """A quoted string.  Literal text is taken between the interpolations: the grammar drops blanks around them."""
        parts: list[str | Expression] = []
        at = start
        for child in node.named_children:
            if child.type not in {"template_interpolation", "template_directive"}:
                continue
            parts.append(unescape(self.source[at : child.start_byte].decode()))
            parts.append(self.interpolation(child, depth))
            at = child.end_byte
        parts.append(unescape(self.source[at:end].decode()))
        return self._joined(node, parts)

    def _joined(self, node: Node, parts: list[str | Expression]) -> Expression:
        kept = tuple(part for part in parts if part != "")
        if all(isinstance(part, str) for part in kept):
            return Literal(self.span(node), self.text(node), "".join(str(part) for part in kept))
        return Template(self.span(node), self.text(node), kept)

    def interpolation(self, node: Node, depth: int) -> Expression:
        inner = [child for child in node.named_children if child.type == "expression"]
        if node.type == "template_interpolation" and len(inner) == 1:
            return self.expression(inner[0], depth + 1)
        return Expression(self.span(node), self.text(node))

    def heredoc(self, node: Node, depth: int) -> Expression:
        """``<<EOT`` and ``<<-EOT``: the latter loses the indentation that all its lines share."""
        start = self.source.index(b"\n", node.start_byte) + 1
        end = self.source.rfind(b"\n", start, node.named_children[-1].start_byte) + 1
        parts: list[str | Expression] = []
        at = start
        for child in node.named_children:
            if child.type in {"template_interpolation", "template_directive"}:
                parts += [self._plain(at, child.start_byte), self.interpolation(child, depth)]
                at = child.end_byte
        parts.append(self._plain(at, max(at, end)))
        if self.text(node).startswith("<<-"):
            parts = dedent(parts)
        return self._joined(node, parts)

    def _plain(self, start: int, end: int) -> str:
        text = self.source[start:end].decode().replace("\r\n", "\n")
        return text.replace("$${", "${").replace("%%{", "%{")

    def tuple(self, node: Node, depth: int) -> Expression:
        items = [child for child in node.named_children if child.type == "expression"]
        return Tuple(self.span(node), self.text(node), tuple(self.expression(item, depth + 1) for item in items))

    def object(self, node: Node, depth: int) -> Expression:
        items: list[tuple[Expression, Expression]] = []
        for child in node.named_children:
            if child.type == "object_elem":
                key, value = [part for part in child.named_children if part.type == "expression"]
                items.append((self.key(key, depth), self.expression(value, depth + 1)))
        return Object(self.span(node), self.text(node), tuple(items))

    def key(self, node: Node, depth: int) -> Expression:
        found = self.expression(node, depth + 1)
        if isinstance(found, Reference) and not found.steps and isinstance(found.base, str):
            return Literal(found.span, found.text, found.base)
        return found

    def call(self, node: Node, depth: int) -> Expression:
        listed = [child for child in node.named_children if child.type == "function_arguments"]
        inner = [child for child in listed[0].named_children if _real(child)] if listed else []
        arguments = tuple(self.expression(child, depth + 1) for child in inner if child.type == "expression")
        expands = any(child.type == "ellipsis" for child in inner)
        return Call(self.span(node), self.text(node), self.text(node.named_children[0]), arguments, expands)

    def comprehension(self, node: Node, depth: int) -> Expression:
        children = [child for child in node.named_children if _real(child)]
        intro = next(child for child in children if child.type == "for_intro")
        names = tuple(self.text(child) for child in intro.named_children if child.type == "identifier")
        source = self.expression(next(c for c in intro.named_children if c.type == "expression"), depth + 1)
        results = [self.expression(child, depth + 1) for child in children if child.type == "expression"]
        guards = [child for child in children if child.type == "for_cond"]
        guard = self.expression(guards[0].named_children[-1], depth + 1) if guards else None
        groups = any(child.type == "ellipsis" for child in children)
        key = results[0] if node.type == "for_object_expr" else None
        return For(self.span(node), self.text(node), names, source, results[-1], key, guard, groups)

    def operation(self, node: Node, depth: int) -> Expression:
        """Operands are not wrapped in an ``expression``: what follows one up to the operator belongs to it."""
        operands: list[Expression] = []
        operator = ""
        run: list[Node] = []
        for child in node.children:
            if child.type == "comment":
                continue
            if not child.is_named and child.type not in {"(", ")"}:
                operator = child.type
                if run:
                    operands.append(self._operand(run, depth))
                run = []
            else:
                run.append(child)
        if run:
            operands.append(self._operand(run, depth))
        return Operation(self.span(node), self.text(node), operator, tuple(operands))

    def _operand(self, run: list[Node], depth: int) -> Expression:
        if run[0].type == "(":
            return self.chain(self.expression(run[1], depth + 1), run[3:], run[1], depth)
        return self.chain(self.expression(run[0], depth + 1), run[1:], run[0], depth)


class _Placed(_Reader):
    """Reads a text of which every part has the place of the whole."""

    def __init__(self, source: bytes, place: Span) -> None:
        super().__init__(source, place.path)
        self.place = place

    def span(self, node: Node) -> Span:
        del node
        return self.place


_READERS = {
    "binary_operation": _Reader.operation,
    "bool_lit": _Reader.literal,
    "conditional": _Reader.conditional,
    "for_object_expr": _Reader.comprehension,
    "for_tuple_expr": _Reader.comprehension,
    "function_call": _Reader.call,
    "heredoc_template": _Reader.heredoc,
    "null_lit": _Reader.literal,
    "numeric_lit": _Reader.literal,
    "object": _Reader.object,
    "quoted_template": _Reader.quoted,
    "string_lit": _Reader.quoted,
    "tuple": _Reader.tuple,
    "unary_operation": _Reader.operation,
    "variable_expr": _Reader.name,
}


def _real(node: Node) -> bool:
    return node.type not in {"comment", "tuple_start", "tuple_end", "object_start", "object_end"}
