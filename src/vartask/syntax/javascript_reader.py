"""From tree-sitter's nodes for TypeScript and JavaScript to statements of :mod:`vartask.syntax.program`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vartask.model import Span
from vartask.syntax import program as tree
from vartask.syntax.javascript_expressions import Expressions, named

if TYPE_CHECKING:
    from tree_sitter import Node

_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
_CLASSES = frozenset({"class_declaration", "abstract_class_declaration"})
_VARIABLES = frozenset({"lexical_declaration", "variable_declaration"})


class Reader(Expressions):
    """Reads the statements of one file."""

    def module(self, root: Node) -> tree.Module:
        """The whole file."""
        body = tuple(self.statements(root.named_children))
        error = self.span(_first_error(root)) if root.has_error else None
        return tree.Module(self.path, "javascript", body, error)

    def statements(self, nodes: Sequence[Node]) -> Iterator[tree.Statement]:
        """The statements in a list of nodes."""
        for node in nodes:
            yield from self._statement(node)

    def _block(self, node: Node | None) -> tuple[tree.Statement, ...]:
        """A statement, or those of a block, with a scope of their own."""
        if node is None:
            return ()
        children = node.named_children if node.type == "statement_block" else [node]
        return (tree.Block(tuple(self.statements(children))),)

    def _statement(self, node: Node) -> Iterator[tree.Statement]:  # noqa: C901, PLR0912 - a table
        kind = node.type
        if kind == "expression_statement":
            yield from self._expression_statement(node)
        elif kind in _VARIABLES:
            yield from self._variables(node)
        elif kind in _FUNCTIONS:
            yield self.function(node)
        elif kind in _CLASSES:
            yield self.class_def(node)
        elif kind == "enum_declaration":
            yield self._enum(node)
        elif kind == "import_statement":
            yield from self._import(node)
        elif kind == "export_statement":
            yield from self._export(node)
        elif kind == "if_statement":
            yield self._if(node)
        elif kind == "for_in_statement":
            yield self._for_each(node)
        elif kind in {"for_statement", "while_statement", "do_statement"}:
            yield self._loop(node)
        elif kind == "switch_statement":
            yield from self._switch(node)
        elif kind == "try_statement":
            yield self._try(node)
        elif kind == "return_statement":
            value = next(iter(named(node)), None)
            yield tree.Return(None if value is None else self.expression(value), self.span(node))
        elif kind == "throw_statement":
            yield from (tree.Evaluate(self.expression(child)) for child in named(node))
            yield tree.Leave("throw")
        elif kind in {"break_statement", "continue_statement"}:
            yield tree.Leave("break" if kind == "break_statement" else "continue")
        elif kind == "statement_block":
            yield from self._block(node)
        elif kind == "labeled_statement":
            yield from self.statements([child for child in named(node) if child.type != "statement_identifier"])
        elif kind == "internal_module":
            # A namespace's members are used by its name: the few that matter are constants, read where they stand.
            body = node.child_by_field_name("body")
            yield from self.statements(body.named_children if body is not None else [])
        elif kind == "ERROR":
            yield from self.statements([child for child in named(node) if child.type.endswith("_statement")])

    def _expression_statement(self, node: Node) -> Iterator[tree.Statement]:
        for child in named(node):
            if child.type == "internal_module":
                yield from self._statement(child)
            elif child.type == "assignment_expression":
                left, right = child.child_by_field_name("left"), child.child_by_field_name("right")
                if left is not None and right is not None:
                    yield tree.Assign(self.target(left), self.expression(right), self.span(child))
            else:
                yield tree.Evaluate(self.expression(child))

    def _variables(self, node: Node) -> Iterator[tree.Statement]:
        for child in named(node):
            name, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            if child.type != "variable_declarator" or name is None:
                continue
            given = tree.Literal(None, self.span(child)) if value is None else self.expression(value)
            yield tree.Assign(self.target(name), given, self.span(child), declares=True)

    # -- functions and classes --------------------------------------------------------------------

    def body(self, node: Node | None) -> tuple[tree.Statement, ...]:
        """The body of a function: a block, or the expression of an arrow."""
        if node is None:
            return ()
        if node.type == "statement_block":
            return tuple(self.statements(node.named_children))
        return (tree.Return(self.expression(node), self.span(node)),)

    def class_def(self, node: Node) -> tree.ClassDef:
        """A class; what decorators do is not followed."""
        methods: list[tree.FunctionDef] = []
        fields: list[tree.Field] = []
        body = node.child_by_field_name("body")
        for child in named(body) if body is not None else ():
            name = child.child_by_field_name("name") or child.child_by_field_name("property")
            static = any(part.type == "static" for part in child.children)
            if child.type == "method_definition" and name is not None:
                getter = any(part.type == "get" for part in child.children)
                methods.append(self.function(child, "static" if static else "getter" if getter else "plain"))
            elif child.type in {"public_field_definition", "field_definition"} and name is not None:
                value = child.child_by_field_name("value")
                given = None if value is None else self.expression(value)
                fields.append(tree.Field(self.text(name), given, self.span(child), static))
        name = node.child_by_field_name("name")
        bases = tuple(self._bases(node))
        return tree.ClassDef(
            "" if name is None else self.text(name), bases, tuple(methods), tuple(fields), self.span(node)
        )

    def _bases(self, node: Node) -> Iterator[tree.Expression]:
        for child in node.children:
            if child.type != "class_heritage":
                continue
            clauses = [one for one in child.named_children if one.type == "extends_clause"]
            for clause in clauses:
                value = clause.child_by_field_name("value")
                if value is not None:
                    yield self.expression(value)
            if not clauses:
                # JavaScript's grammar has the base itself here, TypeScript's also `implements`, which decides nothing.
                yield from (self.expression(one) for one in named(child) if one.type != "implements_clause")

    def _enum(self, node: Node) -> tree.Enum:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        members: list[tuple[str, tree.Expression]] = []
        for at, child in enumerate(named(body) if body is not None else ()):
            label, value = child.child_by_field_name("name"), child.child_by_field_name("value")
            number = tree.Literal(at, self.span(child))
            if child.type == "enum_assignment" and label is not None:
                members.append((self.key_text(label), number if value is None else self.expression(value)))
            else:
                members.append((self.key_text(child), number))
        return tree.Enum("" if name is None else self.text(name), tuple(members), self.span(node))

    # -- modules ----------------------------------------------------------------------------------

    def _import(self, node: Node) -> Iterator[tree.Statement]:
        if any(child.type == "type" for child in node.children):
            return
        source = node.child_by_field_name("source")
        pairs: list[tuple[str, str]] = []
        for clause in named(node):
            if clause.type == "import_require_clause":
                source = clause.child_by_field_name("source")
                pairs += [("*", self.text(child)) for child in named(clause) if child.type == "identifier"]
            elif clause.type == "import_clause":
                for child in named(clause):
                    pairs += self._imported(child)
        if source is not None:
            yield tree.Import(self.string(source), tuple(pairs), self.span(node))

    def _imported(self, node: Node) -> Iterator[tuple[str, str]]:
        if node.type == "identifier":
            yield "default", self.text(node)
        elif node.type == "namespace_import":
            yield from (("*", self.text(child)) for child in named(node))
        for child in named(node) if node.type == "named_imports" else ():
            name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
            if name is not None:
                yield self.key_text(name), self.text(alias or name)

    def _export(self, node: Node) -> Iterator[tree.Statement]:
        span = self.span(node)
        source = node.child_by_field_name("source")
        module = None if source is None else self.string(source)
        declaration, value = node.child_by_field_name("declaration"), node.child_by_field_name("value")
        default = any(child.type == "default" for child in node.children)
        if declaration is not None:
            statements = list(self._statement(declaration))
            yield from statements
            pairs = [(name, name) for one in statements for name in _declared(one)]
            if default:
                pairs = [(name, "default") for name, _ in pairs]
            yield tree.Export(tuple(pairs), None, span)
        elif value is not None or any(child.type == "=" for child in node.children):
            given = value or next(iter(named(node)), None)
            if given is not None:
                yield tree.Assign(tree.Name(_DEFAULT, span), self.expression(given), span, declares=True)
                yield tree.Export(((_DEFAULT, "default"),), None, span)
        else:
            yield tree.Export(tuple(self._exported(node)), module, span)

    def _exported(self, node: Node) -> Iterator[tuple[str, str]]:
        parts = [child for child in named(node) if child.type in {"export_clause", "namespace_export"}]
        for part in parts:
            for child in named(part):
                name, alias = child.child_by_field_name("name"), child.child_by_field_name("alias")
                if part.type == "namespace_export":
                    yield "*", self.text(child)
                elif name is not None:
                    yield self.key_text(name), self.key_text(alias or name)
        if not parts:
            yield "*", "*"

    # -- control ----------------------------------------------------------------------------------

    def _if(self, node: Node) -> tree.If:
        test, then = node.child_by_field_name("condition"), node.child_by_field_name("consequence")
        otherwise = node.child_by_field_name("alternative")
        if otherwise is not None and otherwise.type == "else_clause":
            otherwise = next(iter(named(otherwise)), None)
        return tree.If(self.optional(test, node), self._block(then), self._block(otherwise), self.span(node))

    def _for_each(self, node: Node) -> tree.ForEach:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = node.child_by_field_name("operator")
        target = tree.Name("", self.span(node)) if left is None else self.target(left)
        keys = operator is not None and operator.type == "in"
        body = self._block(node.child_by_field_name("body"))
        return tree.ForEach(target, self.optional(right, node), body, self.span(node), keys)

    def _loop(self, node: Node) -> tree.Loop:
        before, step = node.child_by_field_name("initializer"), node.child_by_field_name("increment")
        test = node.child_by_field_name("condition")
        known = test is not None and node.type == "for_statement" and test.type not in {"empty_statement", ";"}
        return tree.Loop(
            tuple(self._statement(before)) if before is not None else (),
            self.expression(test) if known and test is not None else None,
            (tree.Evaluate(self.expression(step)),) if step is not None else (),
            self._block(node.child_by_field_name("body")),
            self.span(node),
        )

    def _switch(self, node: Node) -> Iterator[tree.Statement]:
        """A chain of ``if``: each case runs up to its ``break``, those that fall through take the next one's body."""
        subject = self.optional(node.child_by_field_name("value"), node)
        body = node.child_by_field_name("body")
        cases = [child for child in (named(body) if body is not None else ()) if child.type.startswith("switch_")]
        chain: tuple[tree.Statement, ...] = ()
        following: tuple[tree.Statement, ...] = ()
        tests: list[tuple[tree.Expression | None, tuple[tree.Statement, ...], Span]] = []
        for case in reversed(cases):
            value = case.child_by_field_name("value")
            own = tuple(self.statements([child for child in named(case) if child != value]))
            stops = any(isinstance(one, (tree.Leave, tree.Return)) for one in own)
            following = own if stops else (*own, *following)
            kept = tuple(one for one in following if one != tree.Leave("break"))
            tests.append((None if value is None else self.expression(value), (tree.Block(kept),), self.span(case)))
        for test, then, _ in tests:
            if test is None:
                chain = then
        for test, then, span in tests:
            if test is not None:
                chain = (tree.If(tree.Operation("===", (subject, test), span), then, chain, span),)
        yield from chain

    def _try(self, node: Node) -> tree.Try:
        handler, final = node.child_by_field_name("handler"), node.child_by_field_name("finalizer")
        handlers = () if handler is None else (self._block(handler.child_by_field_name("body")),)
        last = () if final is None else self._block(final.child_by_field_name("body"))
        return tree.Try(self._block(node.child_by_field_name("body")), handlers, last)


_DEFAULT = "\0default"


def _declared(statement: tree.Statement) -> Iterator[str]:
    """The names that an exported declaration defines."""
    if isinstance(statement, (tree.FunctionDef, tree.ClassDef, tree.Enum)):
        yield statement.name
    elif isinstance(statement, tree.Assign):
        yield from _names(statement.target)


def _names(target: tree.Target | None) -> Iterator[str]:
    match target:
        case tree.Name(name, _):
            yield name
        case tree.ListPattern(items, _):
            for item in items:
                yield from _names(item)
        case tree.ObjectPattern(items, _):
            for _, item in items:
                yield from _names(item)
        case tree.Defaulted(inner, _) | tree.Rest(inner):
            yield from _names(inner)
        case _:
            pass


def _first_error(root: Node) -> Node:
    node = root
    while True:
        broken = next((child for child in node.children if child.has_error or child.is_missing or child.is_error), None)
        if broken is None or node.is_error:
            return node
        node = broken
