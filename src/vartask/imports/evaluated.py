"""What a module certainly evaluates while it is imported: names nobody bound before, attributes of imported modules.

Evaluation order and what is left unevaluated: https://docs.python.org/3/reference/expressions.html (lambda bodies,
right operands, the arms of a conditional, all of a comprehension but its first iterable).
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from vartask.imports.conditions import dotted, evaluate
from vartask.imports.steps import span_of
from vartask.model import AttributeStep, Binding, NameStep, Step
from vartask.records import dataclass, field
from vartask.syntax.python_nodes import SIMPLE_STATEMENTS, children, walk

_NOT_EVERYWHERE = frozenset(
    {"aiter", "anext", "EncodingWarning", "BaseExceptionGroup", "ExceptionGroup", "PythonFinalizationError"}
)
"""Built-in names that came after Python 3.9: whether the target has them is asked when its version is known."""

_ALWAYS = (frozenset(dir(builtins)) | {"__file__", "__path__", "__cached__", "__annotations__", "__builtins__"}) - (
    _NOT_EVERYWHERE
)

_BLOCKS = (ast.stmt, ast.ExceptHandler, ast.match_case)


_HEADS: dict[type[ast.stmt], str] = {
    ast.Expr: "value",
    ast.AugAssign: "value",
    ast.For: "iter",
    ast.AsyncFor: "iter",
    ast.If: "test",
    ast.While: "test",
    ast.Assert: "test",
    ast.Match: "subject",
    ast.Raise: "exc",
}
"""The one expression that a statement evaluates before anything else."""


@dataclass
class Evaluated:
    """Reads one file.  ``steps`` has, by the identity of a statement, what it evaluates before it binds anything.

    ``bindings`` are the file's top-level names.  ``names`` is false where names may come from somewhere that cannot
    be read, so that none can be called unbound; ``late_annotations`` where annotations are not evaluated;
    ``assignment_expressions`` where the file has any.
    """

    path: str
    bindings: Mapping[str, Binding]
    names: bool
    late_annotations: bool
    assignment_expressions: bool = True
    steps: dict[int, list[Step]] = field(default_factory=dict)
    _straight: frozenset[int] = frozenset()

    def read(self, tree: ast.Module, declared: Iterable[str]) -> None:
        """Take in the module; ``declared`` are the names that its functions may bind with ``global``."""
        self._straight = frozenset(map(id, tree.body))
        self._block(tree.body, set(declared), None)

    def _block(self, statements: Iterable[ast.stmt], bound: set[str], local: frozenset[str] | None) -> None:
        for statement in statements:
            self._statement(statement, bound, local)

    def _statement(self, node: ast.stmt, bound: set[str], local: frozenset[str] | None) -> None:
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            # The second time round, names are bound that stand further down.
            bound |= bound_names([node])
        found: list[Step] = []
        for expression, annotation in self._evaluated(node):
            for part in certain_parts(expression):
                found += self._part(part, annotation, bound, local)
        if found:
            self.steps[id(node)] = found
        if isinstance(node, ast.ClassDef):
            inner = bound_names(node.body) | {item.name for item in _type_parameters(node)}
            self._block(node.body, set(bound), frozenset(inner) | (local or frozenset()))
            bound |= own_names(node)
        elif isinstance(node, ast.If):
            self._if(node, bound, local)
            return
        elif isinstance(node, ast.Try) or type(node).__name__ == "TryStar":
            self._blocks(node, bound, local)
            return
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            bound |= own_names(node)
        else:
            self._blocks(node, bound, local)
        if isinstance(node, ast.Delete) and id(node) in self._straight:
            bound -= {target.id for target in node.targets if isinstance(target, ast.Name)}

    def _if(self, node: ast.If, bound: set[str], local: frozenset[str] | None) -> None:
        truth = evaluate(node.test)
        if self.assignment_expressions:
            bound |= {part.target.id for part in walk(node.test) if isinstance(part, ast.NamedExpr)}
        before = set(bound)
        if truth is not False:
            self._block(node.body, bound, local)
        other = before
        if truth is not True:
            self._block(node.orelse, other, local)
        bound |= other

    def _blocks(self, node: ast.stmt, bound: set[str], local: frozenset[str] | None) -> None:
        bound |= own_names(node)
        if node.__class__ in SIMPLE_STATEMENTS:
            return
        self._block(getattr(node, "body", ()), bound, local)
        for part in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            if getattr(part, "name", None):
                bound.add(part.name)
            self._block(part.body, bound, local)
        self._block(getattr(node, "orelse", ()), bound, local)
        self._block(getattr(node, "finalbody", ()), bound, local)

    # -- expressions ------------------------------------------------------------------------------

    def _evaluated(self, node: ast.stmt) -> Iterator[tuple[ast.expr, bool]]:
        """The expressions that a statement evaluates at once, and whether each is an annotation."""
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield from self._function(node)
        elif isinstance(node, ast.ClassDef):
            for item in (*node.decorator_list, *(() if _generic(node) else node.bases)):
                yield item, False
            for keyword in () if _generic(node) else node.keywords:
                yield keyword.value, False
        elif isinstance(node, ast.AnnAssign):
            yield from self._annotated(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)):
            yield node.items[0].context_expr, False
        elif isinstance(node, ast.Assign):
            yield from ((item, False) for item in (node.value, *node.targets))
        else:
            head = getattr(node, _HEADS.get(type(node), ""), None)
            if head is not None:
                yield head, False

    def _annotated(self, node: ast.AnnAssign) -> Iterator[tuple[ast.expr, bool]]:
        if node.value is not None:
            yield node.value, False
        if not self.late_annotations:
            yield node.annotation, True

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[ast.expr, bool]]:
        arguments = node.args
        for item in (*node.decorator_list, *arguments.defaults, *(item for item in arguments.kw_defaults if item)):
            yield item, False
        if self.late_annotations or _generic(node):
            return
        every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
        for annotation in (*(item.annotation for item in every if item is not None), node.returns):
            if annotation is not None:
                yield annotation, True

    def _part(
        self, part: ast.expr, annotation: bool, bound: set[str], local: frozenset[str] | None
    ) -> Iterator[NameStep | AttributeStep]:
        if isinstance(part, ast.Name):
            if isinstance(part.ctx, ast.Load) and self.names and self._unbound(part.id, bound, local):
                yield NameStep(part.id, span_of(part, self.path), annotation)
        elif isinstance(part, ast.Attribute):
            chain = dotted(part)
            if chain is None or not isinstance(part.ctx, ast.Load):
                return
            base, *names = chain.split(".")
            binding = self.bindings.get(base)
            if binding is None or binding.kind != "import" or not binding.certain or base in (local or ()):
                return
            if base in bound:
                yield AttributeStep(binding, tuple(names), span_of(part, self.path), annotation)

    def _unbound(self, name: str, bound: set[str], local: frozenset[str] | None) -> bool:
        if name in bound or name in _ALWAYS:
            return False
        if local is None:
            return True
        # ``__private`` is another name inside a class, and ``super`` brings ``__class__``.
        return name not in local and not name.startswith("__")


def certain_parts(node: ast.expr) -> Iterator[ast.expr]:
    """The names and dotted names in an expression that are evaluated whenever the expression is."""
    pending: list[ast.AST] = [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            yield part
        elif isinstance(part, ast.Attribute):
            if dotted(part) is None:
                pending.append(part.value)
            else:
                yield part
                yield next(item for item in walk(part) if isinstance(item, ast.Name))
        elif isinstance(part, ast.BoolOp):
            pending.append(part.values[0])
        elif isinstance(part, ast.IfExp):
            pending.append(part.test)
        elif isinstance(part, ast.Compare):
            pending += [part.left, part.comparators[0]]
        elif isinstance(part, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            pending.append(part.generators[0].iter)
        elif not isinstance(part, (ast.Lambda, ast.expr_context)):
            pending.extend(children(part))


def bound_names(statements: Iterable[ast.stmt]) -> set[str]:
    """Every name that a block may bind, its inner blocks included; bodies of functions and classes are not."""
    names: set[str] = set()
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        names |= own_names(node)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            continue
        pending += [child for child in children(node) if not isinstance(child, ast.expr)]
    return names


def own_names(node: ast.AST) -> set[str]:
    """The names that a statement binds itself, without the blocks in it."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {item.asname or item.name.partition(".")[0] for item in node.names}
    if isinstance(node, ast.ExceptHandler):
        return {node.name} if node.name else set()
    if isinstance(node, ast.match_case):
        parts = list(walk(node.pattern))
        found = [getattr(part, field, None) for part in parts for field in ("name", "rest")]
        return {name for name in found if isinstance(name, str)}
    if not isinstance(node, ast.stmt) or (isinstance(node, ast.AnnAssign) and node.value is None):
        return set()
    heads = [child for child in children(node) if not isinstance(child, _BLOCKS)]
    names = {part.id for head in heads for part in _walked_head(head) if isinstance(part, ast.Name) and _is_store(part)}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        names.add(node.name)
    return names


def _walked_head(head: ast.AST) -> list[ast.AST]:
    """What a name may be bound in; the commonest expressions bind none."""
    while isinstance(head, ast.Attribute):
        head = head.value
    if isinstance(head, ast.Name):
        return [head]
    if isinstance(head, ast.arguments):
        return [part for below in children(head) for part in _walked_head(below)]
    if isinstance(head, ast.arg):
        return [] if head.annotation is None else _walked_head(head.annotation)
    return walk(head)


def _is_store(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _type_parameters(node: ast.AST) -> Sequence[Any]:
    """The type parameters of a statement (PEP 695): names of a scope of their own."""
    return getattr(node, "type_params", ())


def _generic(node: ast.AST) -> bool:
    return bool(_type_parameters(node))
