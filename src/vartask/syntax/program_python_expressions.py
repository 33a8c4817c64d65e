"""Python's expressions as those of :mod:`vartask.syntax.program`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from vartask.model import Span
from vartask.patterns import regex
from vartask.syntax import program as tree
from vartask.syntax.python import span_of

_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Mod: "%", ast.BitOr: "|", ast.FloorDiv: "//",
    ast.Pow: "**",
}  # fmt: skip
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "===", ast.Is: "===", ast.NotEq: "!==", ast.IsNot: "!==", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.In: "in", ast.NotIn: "not in",
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], str] = {ast.Not: "!", ast.USub: "-", ast.UAdd: "+"}
_HOLE = regex(r"\{\{|\}\}|\{(?P<name>\w*)\}")
_CONVERSION = regex(r"%%|%[sd]")
_BASE = "constructor"
_MAX_PARENTS = 30

Define = Callable[[ast.Lambda], tree.FunctionDef]


class Expressions:
    """Lowers the expressions of one file; ``define`` does the same for a lambda."""

    def __init__(self, path: str, define: Define) -> None:
        self.path = path
        self.define = define

    def read(self, node: ast.expr) -> tree.Expression:  # noqa: C901, PLR0912 - a table
        """One expression."""
        span = span_of(node, self.path)
        match node:
            case ast.Constant(value):
                return self._constant(value, span)
            case ast.JoinedStr(values):
                return tree.Template(tuple(self._piece(one) for one in values), span)
            case ast.Name(name):
                return tree.Name(name, span)
            case ast.Attribute(base, name):
                return tree.Attribute(self.read(base), _BASE if name == "__init__" else name, span)
            case ast.Subscript(base, key):
                return self._subscript(base, key, span)
            case ast.Starred(value):
                return tree.Spread(self.read(value), span)
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return tree.Array(tuple(map(self.read, items)), span)
            case ast.Dict(keys, values):
                return tree.Object(tuple(self._entries(keys, values)), span)
            case ast.Call():
                return self._call(node, span)
            case ast.BinOp(left, operator, right):
                return self.binary(left, operator, right, span)
            case ast.BoolOp(operator, values):
                word = "&&" if isinstance(operator, ast.And) else "||"
                return tree.Operation(word, tuple(map(self.read, values)), span)
            case ast.UnaryOp(operator, operand):
                word = _UNARY.get(type(operator), "~")
                return tree.Operation(word, (self.read(operand),), span)
            case ast.Compare(left, operators, others):
                return self._compare([left, *others], operators, span)
            case ast.IfExp(test, body, orelse):
                return tree.Conditional(self.read(test), self.read(body), self.read(orelse), span)
            case ast.Lambda():
                return tree.Lambda(self.define(node), span)
            case ast.ListComp(element, generators) | ast.SetComp(element, generators):
                return self._comprehension(element, generators, span)
            case ast.GeneratorExp(element, generators):
                return self._comprehension(element, generators, span)
            case ast.DictComp(key, value, generators):
                return self._comprehension(value, generators, span, key)
            case ast.NamedExpr(target, value):
                return tree.Assigned(self.target(target), self.read(value), span)
            case ast.Await(value):
                return self.read(value)
            case _:
                return self._opaque(node, span)

    def target(self, node: ast.expr) -> tree.Target:
        """What an assignment sets; a place that cannot be followed is a name that nothing reads."""
        span = span_of(node, self.path)
        match node:
            case ast.Name(name):
                return tree.Name(name, span)
            case ast.Attribute(base, name):
                return tree.Attribute(self.read(base), name, span)
            case ast.Subscript(base, key) if not isinstance(key, ast.Slice):
                return tree.Index(self.read(base), self.read(key), span)
            case ast.Tuple(items) | ast.List(items):
                return tree.ListPattern(tuple(map(self.target, items)), span)
            case ast.Starred(value):
                return tree.Rest(self.target(value))
            case _:
                return tree.Name("\0unread", span)

    def binary(self, left: ast.expr, operator: ast.operator, right: ast.expr, span: Span) -> tree.Expression:
        """``left operator right``; a text with ``%`` is put together where its holes are plain."""
        if isinstance(operator, ast.Mod) and isinstance(left, ast.Constant) and isinstance(left.value, str):
            values = right.elts if isinstance(right, ast.Tuple) else [right]
            filled = self._percent(left.value, values, span)
            if filled is not None:
                return filled
        word = _BINARY.get(type(operator), type(operator).__name__)
        return tree.Operation(word, (self.read(left), self.read(right)), span)

    # -- parts ------------------------------------------------------------------------------------

    def _constant(self, value: object, span: Span) -> tree.Expression:
        if value is None or isinstance(value, str | bool | int | float):
            return tree.Literal(value, span)
        return tree.Opaque(repr(value)[:40], span)

    def _piece(self, node: ast.expr) -> tree.Expression:
        if not isinstance(node, ast.FormattedValue):
            return self.read(node)
        plain = node.conversion in {-1, ord("s")} and node.format_spec is None
        return self.read(node.value) if plain else self._opaque(node, span_of(node.value, self.path))

    def _subscript(self, base: ast.expr, key: ast.expr, span: Span) -> tree.Expression:
        if isinstance(base, ast.Attribute) and base.attr == "parents" and _is_depth(key):
            # ``Path.parents[1]`` is ``.parent.parent``.
            up = self.read(base.value)
            for _ in range(ast.literal_eval(key) + 1):
                up = tree.Attribute(up, "parent", span)
            return up
        if isinstance(key, ast.Slice):
            return tree.Opaque(_source(base, key), span, (self.read(base),))
        return tree.Index(self.read(base), self.read(key), span)

    def _entries(self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr]) -> Iterator[tree.Entry]:
        for key, value in zip(keys, values, strict=True):
            yield tree.Entry(self.read(key) if key is not None else None, self.read(value))

    def _compare(self, operands: list[ast.expr], operators: list[ast.cmpop], span: Span) -> tree.Expression:
        tests = tuple(
            tree.Operation(_COMPARED[type(operator)], (self.read(left), self.read(right)), span)
            for (left, right), operator in zip(pairwise(operands), operators, strict=True)
        )
        return tests[0] if len(tests) == 1 else tree.Operation("&&", tests, span)

    # -- calls ------------------------------------------------------------------------------------

    def _call(self, node: ast.Call, span: Span) -> tree.Expression:
        if isinstance(node.func, ast.Name) and node.func.id == "super":
            return tree.Super(span)
        filled = self._format(node, span)
        if filled is not None:
            return filled
        keywords = tuple(tree.Keyword(one.arg, self.read(one.value)) for one in node.keywords)
        arguments = node.args
        callee: tree.Expression = self.read(node.func)
        of_self = bool(arguments) and isinstance(arguments[0], ast.Name) and arguments[0].id == "self"
        if of_self and isinstance(callee, tree.Attribute) and callee.name == _BASE:
            # ``Base.__init__(self, …)`` is ``super().__init__(…)`` of a class with one base.
            callee, arguments = tree.Attribute(tree.Super(callee.span), _BASE, callee.span), arguments[1:]
        return tree.Call(callee, tuple(map(self.read, arguments)), span, keywords)

    def _format(self, node: ast.Call, span: Span) -> tree.Expression | None:
        """``"{}-{name}".format(…)`` with plain holes."""
        method = node.func
        if not isinstance(method, ast.Attribute) or method.attr != "format":
            return None
        text = method.value.value if isinstance(method.value, ast.Constant) else None
        named = {one.arg: one.value for one in node.keywords}
        if not isinstance(text, str) or None in named or any(isinstance(one, ast.Starred) for one in node.args):
            return None
        if "{" in _HOLE.sub("", text) or "}" in _HOLE.sub("", text):
            return None
        parts: list[tree.Expression] = []
        done = used = 0
        for hole in _HOLE.finditer(text):
            parts.append(tree.Literal(text[done : hole.start()], span))
            done = hole.end()
            name = hole["name"]
            if name is None:
                parts.append(tree.Literal(hole[0][0], span))
                continue
            at = int(name) if name.isdecimal() else used
            used += not name
            value = named.get(name) if name and not name.isdecimal() else _at(node.args, at)
            if value is None:
                return None
            parts.append(self.read(value))
        return tree.Template((*parts, tree.Literal(text[done:], span)), span)

    def _percent(self, text: str, values: Sequence[ast.expr], span: Span) -> tree.Expression | None:
        holes = [hole for hole in _CONVERSION.finditer(text) if hole[0] != "%%"]
        if len(holes) != len(values) or "%" in _CONVERSION.sub("", text):
            return None
        parts: list[tree.Expression] = []
        done = 0
        for hole, value in zip(holes, values, strict=True):
            parts += (tree.Literal(text[done : hole.start()].replace("%%", "%"), span), self.read(value))
            done = hole.end()
        return tree.Template((*parts, tree.Literal(text[done:].replace("%%", "%"), span)), span)

    # -- comprehensions ---------------------------------------------------------------------------

    def _comprehension(
        self, element: ast.expr, generators: Sequence[ast.comprehension], span: Span, key: ast.expr | None = None
    ) -> tree.Expression:
        if len(generators) > 1:
            return self._nested(element, generators, span, key)
        one = generators[0]
        return tree.Comprehension(
            self.read(element),
            self.target(one.target),
            self.read(one.iter),
            tuple(map(self.read, one.ifs)),
            span,
            self.read(key) if key is not None else None,
        )

    def _nested(
        self, element: ast.expr, generators: Sequence[ast.comprehension], span: Span, key: ast.expr | None
    ) -> tree.Expression:
        """Several ``for`` are loops within each other, in a function that is called at once."""
        result = tree.Name("\0result", span)
        value = self.read(element)
        body: tree.Statement
        if key is None:
            body = tree.Evaluate(tree.Call(tree.Attribute(result, "append", span), (value,), span))
        else:
            body = tree.Assign(tree.Index(result, self.read(key), span), value, span)
        for one in reversed(generators):
            for test in reversed(one.ifs):
                body = tree.If(self.read(test), (body,), (), span)
            body = tree.ForEach(self.target(one.target), self.read(one.iter), (body,), span)
        empty: tree.Expression = tree.Array((), span) if key is None else tree.Object((), span)
        start = tree.Assign(result, empty, span, declares=True)
        function = tree.FunctionDef("comprehension", (), (start, body, tree.Return(result, span)), span, "arrow")
        return tree.Call(tree.Lambda(function, span), (), span)

    def _opaque(self, node: ast.expr, span: Span) -> tree.Expression:
        parts = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
        return tree.Opaque(_source(node), span, tuple(map(self.read, parts)))


def _is_depth(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) is int and 0 <= node.value < _MAX_PARENTS


def _at(values: Sequence[ast.expr], at: int) -> ast.expr | None:
    return values[at] if at < len(values) else None


def _source(*nodes: ast.AST) -> str:
    try:
        return "".join(map(ast.unparse, nodes))[:60]
    except (ValueError, RecursionError):
        return "an expression"
