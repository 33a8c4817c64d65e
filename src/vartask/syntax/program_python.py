"""Python source as the tree of :mod:`vartask.syntax.program`."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Literal

from vartask.model import Span
from vartask.syntax import program as tree
from vartask.syntax.program_python_expressions import Expressions
from vartask.syntax.python import parse, span_of

_PLAIN_BASES = frozenset({"Enum", "StrEnum", "IntEnum"})
_CONSTRUCTOR = "__init__"


def read_python(data: bytes, path: str) -> tree.Module:
    """The tree of one file, whatever version of the grammar it is written in.  Never raises on bad input."""
    parsed = parse(data, path)
    if parsed.tree is None:
        at = parsed.problem.span if parsed.problem is not None else Span(path)
        return tree.Module(path, "python", (), at)
    try:
        return tree.Module(path, "python", tuple(_Statements(path).all(parsed.tree.body)))
    except RecursionError:
        return tree.Module(path, "python", (), Span(path))


class _Statements:
    """Lowers the statements of one file.  An assignment makes a variable of the function (or module) around it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.expressions = Expressions(path, self.function)

    def all(self, body: Sequence[ast.stmt]) -> Iterator[tree.Statement]:
        """The statements of a block."""
        for node in body:
            yield from self.one(node)

    def one(self, node: ast.stmt) -> Iterator[tree.Statement]:  # noqa: C901, PLR0912 - a table
        """One statement, which may become several."""
        span = span_of(node, self.path)
        match node:
            case ast.Expr(value):
                if not isinstance(value, ast.Constant):
                    yield tree.Evaluate(self.expressions.read(value))
            case ast.Assign(targets, value):
                yield from self._assign(targets, value, span)
            case ast.AnnAssign(target, _, value):
                if value is not None:
                    yield from self._assign([target], value, span)
            case ast.AugAssign(target, operator, value):
                changed = self.expressions.binary(target, operator, value, span)
                yield tree.Assign(self.expressions.target(target), changed, span, declares=True)
            case ast.If(test, body, orelse):
                branches = (tuple(self.all(body)), tuple(self.all(orelse)))
                yield tree.If(self.expressions.read(test), *branches, span)
            case ast.For() | ast.AsyncFor():
                iterable = self.expressions.read(node.iter)
                yield tree.ForEach(self.expressions.target(node.target), iterable, tuple(self.all(node.body)), span)
                yield from self.all(node.orelse)
            case ast.While(test, body, orelse):
                yield tree.Loop((), self.expressions.read(test), (), tuple(self.all(body)), span)
                yield from self.all(orelse)
            case ast.With() | ast.AsyncWith():
                yield from self._with(node, span)
            case ast.Match(subject, cases):
                yield from self._match(subject, cases, span)
            case ast.Return(value):
                yield tree.Return(self.expressions.read(value) if value is not None else None, span)
            case ast.Break() | ast.Continue():
                yield tree.Leave("break" if isinstance(node, ast.Break) else "continue")
            case ast.Raise():
                yield tree.Leave("throw")
            case ast.Assert(test):
                yield tree.Evaluate(self.expressions.read(test))
            case ast.Import(names):
                yield from self._imports(names, span)
            case ast.ImportFrom(module, names, level):
                pairs = tuple((one.name, one.asname or one.name) for one in names)
                yield tree.Import("." * (level or 0) + (module or ""), pairs, span)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                yield self.function(node)
            case ast.ClassDef():
                yield self.klass(node)
            case _ if hasattr(node, "handlers"):  # ``try`` and, from 3.11 on, ``except*``
                yield self._try(node)
            case _:
                return

    def _assign(self, targets: Sequence[ast.expr], value: ast.expr, span: Span) -> Iterator[tree.Statement]:
        first, *others = targets
        yield tree.Assign(self.expressions.target(first), self.expressions.read(value), span, declares=True)
        for other in others:
            # ``a = b = f()`` calls once.
            again = self.expressions.read(first) if isinstance(first, ast.Name | ast.Attribute) else None
            if again is not None:
                yield tree.Assign(self.expressions.target(other), again, span, declares=True)

    def _with(self, node: ast.With | ast.AsyncWith, span: Span) -> Iterator[tree.Statement]:
        for item in node.items:
            value = self.expressions.read(item.context_expr)
            if item.optional_vars is not None:
                target = self.expressions.target(item.optional_vars)
                yield tree.Assign(target, value, span, declares=True)
            else:
                yield tree.Evaluate(value)
        yield from self.all(node.body)

    def _try(self, node: ast.stmt) -> tree.Try:
        body: list[ast.stmt] = [*node.body, *node.orelse]  # type: ignore[attr-defined]
        handlers = [tuple(self.all(one.body)) for one in node.handlers]  # type: ignore[attr-defined]
        return tree.Try(tuple(self.all(body)), tuple(handlers), tuple(self.all(node.finalbody)))  # type: ignore[attr-defined]

    def _match(self, subject: ast.expr, cases: Sequence[ast.match_case], span: Span) -> Iterator[tree.Statement]:
        """Cases with plain values are compared; any other pattern may match or not."""
        otherwise: tuple[tree.Statement, ...] = ()
        asked = self.expressions.read(subject)
        for case in reversed(cases):
            body = tuple(self.all(case.body))
            test = self._pattern(asked, case, span)
            otherwise = body if test is None else (tree.If(test, body, otherwise, span),)
        yield from otherwise

    def _pattern(self, asked: tree.Expression, case: ast.match_case, span: Span) -> tree.Expression | None:
        pattern = case.pattern
        alternatives = pattern.patterns if isinstance(pattern, ast.MatchOr) else [pattern]
        values = [one.value for one in alternatives if isinstance(one, ast.MatchValue)]
        if case.guard is None and len(values) == len(alternatives):
            tests = tuple(tree.Operation("===", (asked, self.expressions.read(one)), span) for one in values)
            return tests[0] if len(tests) == 1 else tree.Operation("||", tests, span)
        wild = isinstance(pattern, ast.MatchAs) and pattern.pattern is None and pattern.name is None
        return None if wild and case.guard is None else tree.Opaque("match", span)

    def _imports(self, names: Sequence[ast.alias], span: Span) -> Iterator[tree.Statement]:
        """``import a.b`` runs ``a.b`` and binds ``a``."""
        for one in names:
            if one.asname is not None or "." not in one.name:
                yield tree.Import(one.name, (("*", one.asname or one.name),), span)
            else:
                top = one.name.partition(".")[0]
                yield tree.Import(one.name, (), span)
                yield tree.Import(top, (("*", top),), span)

    # -- functions and classes --------------------------------------------------------------------

    def function(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> tree.FunctionDef:
        """A function, method or lambda."""
        span = span_of(node, self.path)
        parameters = tuple(self._parameters(node.args))
        if isinstance(node, ast.Lambda):
            value = tree.Return(self.expressions.read(node.body), span)
            return tree.FunctionDef("lambda", parameters, (value,), span, "arrow")
        body = tuple(self.all(node.body))
        name = "constructor" if node.name == _CONSTRUCTOR else node.name
        return tree.FunctionDef(name, parameters, body, span, _kind(node))

    def _parameters(self, arguments: ast.arguments) -> Iterator[tree.Parameter]:
        positional = [*arguments.posonlyargs, *arguments.args]
        without = len(positional) - len(arguments.defaults)
        for at, one in enumerate(positional):
            default = arguments.defaults[at - without] if at >= without else None
            yield self._parameter(one, default)
        if arguments.vararg is not None:
            yield self._parameter(arguments.vararg, None, rest="*")
        for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            yield self._parameter(one, default, keyword_only=True)
        if arguments.kwarg is not None:
            yield self._parameter(arguments.kwarg, None, rest="**")

    def _parameter(
        self, one: ast.arg, default: ast.expr | None, *, rest: str = "", keyword_only: bool = False
    ) -> tree.Parameter:
        value = self.expressions.read(default) if default is not None else None
        return tree.Parameter(tree.Name(one.arg, span_of(one, self.path)), value, rest, keyword_only=keyword_only)

    def klass(self, node: ast.ClassDef) -> tree.ClassDef:
        """A class with its methods; what stands in its body for other reasons is left out."""
        bases = tuple(self.expressions.read(base) for base in node.bases)
        inner = _Statements(self.path)
        methods: list[tree.FunctionDef] = []
        fields: list[tree.Field] = []
        members = any(_last(base) in _PLAIN_BASES for base in node.bases)
        for one in node.body:
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                methods.append(inner.function(one))
            elif isinstance(one, ast.ClassDef):
                nested = inner.klass(one)
                fields.append(tree.Field(one.name, tree.ClassValue(nested, nested.span), nested.span, static=True))
            else:
                fields += self._fields(one, enumeration=node if members else None)
        return tree.ClassDef(node.name, bases, tuple(methods), tuple(fields), span_of(node, self.path))

    def _fields(self, node: ast.stmt, *, enumeration: ast.ClassDef | None) -> Iterator[tree.Field]:
        span = span_of(node, self.path)
        targets: Sequence[ast.expr]
        match node:
            case ast.Assign(targets, value):
                pass
            case ast.AnnAssign(target, _, value):
                targets = [target]
            case _:
                return
        for one in targets:
            if isinstance(one, ast.Name):
                read = self.expressions.read(value) if value is not None else None
                if enumeration is not None and read is not None:
                    read = _member(enumeration, one.id, read, span)
                elif read is not None:
                    read = _default(read)
                yield tree.Field(one.id, read, span, static=True)


def _member(of: ast.ClassDef, name: str, value: tree.Expression, span: Span) -> tree.Expression:
    """A member of an enumeration: an instance with its ``name`` and ``value``, or what ``__init__`` makes of it."""
    made = tree.Name(of.name, span)
    if any(isinstance(one, ast.FunctionDef) and one.name == _CONSTRUCTOR for one in of.body):
        return tree.Call(made, (tree.Spread(value, span) if isinstance(value, tree.Array) else value,), span)
    keywords = (tree.Keyword("name", tree.Literal(name, span)), tree.Keyword("value", value))
    return tree.Call(made, (), span, keywords)


def _default(value: tree.Expression) -> tree.Expression | None:
    """A dataclass's ``field(default=…)`` and ``field(default_factory=…)`` stand for what they give."""
    if not isinstance(value, tree.Call) or not isinstance(value.callee, tree.Name | tree.Attribute):
        return value
    if value.callee.name not in {"field", "Field"}:
        return value
    for keyword in value.keywords:
        if keyword.name == "default":
            return keyword.value
        if keyword.name == "default_factory":
            return _factory(keyword.value, value.span)
    return value.arguments[0] if value.arguments else None


def _factory(value: tree.Expression, span: Span) -> tree.Expression:
    if isinstance(value, tree.Name) and value.name in {"list", "dict"}:
        return tree.Array((), span) if value.name == "list" else tree.Object((), span)
    return tree.Call(value, (), span)


def _kind(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Literal["plain", "static", "getter", "classmethod"]:
    names = {_last(one) for one in node.decorator_list}
    if "staticmethod" in names:
        return "static"
    if "classmethod" in names:
        return "classmethod"
    return "getter" if names & {"property", "cached_property"} else "plain"


def _last(node: ast.expr) -> str:
    """The last part of a dotted name, perhaps called."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
