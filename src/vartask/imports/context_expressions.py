"""What expressions do with the context; statements are in :mod:`vartask.imports.context_flow`."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from vartask.data.lambda_context import NESTED, has_attribute
from vartask.imports.context_events import Environment, Flow, Pass, Read, SelfStore
from vartask.imports.context_facts import Callable, bound_in, bound_in_body
from vartask.imports.context_truth import examined, truth
from vartask.syntax.python_nodes import children


class Expressions(ABC):
    """Follows expressions with an environment of names that certainly hold the context."""

    def __init__(self, stored: frozenset[str], inside: dict[str, str], me: str | None) -> None:
        self.flow = Flow()
        self._stored = stored
        self._inside = inside
        self._me = me
        self._caught = 0
        self._env: Environment = {}
        self._local: list[dict[str, Callable]] = [{}]
        self._unstable: list[set[str]] = [set()]
        self._active: set[int] = set()
        self._seen: set[tuple[int, str]] = set()

    def function(self, node: Callable, env: Environment) -> None:
        """Follow a body with ``env`` as its names; the environment of the caller is kept."""
        outer, caught = self._env, self._caught
        self._env, self._caught = env, 0
        self._local.append({})
        mine = {argument.arg for argument in _all_arguments(node)}
        counts = bound_in_body(node)
        self._unstable.append({name for name, count in counts.items() if count + (name in mine) > 1})
        if isinstance(node, ast.Lambda):
            self._expression(node.body)
        else:
            self._block(node.body)
        self._local.pop()
        self._unstable.pop()
        self._env, self._caught = outer, caught

    @abstractmethod
    def _block(self, body: list[ast.stmt]) -> bool:
        """Follow statements; ``False`` when the end is certainly not reached."""

    def _closure(self, node: Callable) -> Environment:
        mine = {argument.arg for argument in _all_arguments(node)} | set(bound_in_body(node)) | self._unstable[-1]
        return {name: owner for name, owner in self._env.items() if name not in mine}

    def _expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.BoolOp):
            self._short_circuit(node)
        elif isinstance(node, ast.IfExp):
            self._conditional(node)
        elif isinstance(node, ast.Lambda):
            self.function(node, self._closure(node))
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            self._comprehension(node)
        elif isinstance(node, ast.Call):
            self._call(node)
        else:
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
                self._read(node.value, node.attr, node)
            self._children(node)
            if isinstance(node, ast.NamedExpr):
                self._bind(node.target, node.value)

    def _children(self, node: ast.AST) -> None:
        for child in children(node):
            if isinstance(child, ast.expr):
                self._expression(child)
            elif not isinstance(child, (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop)):
                self._children(child)

    def _short_circuit(self, node: ast.BoolOp) -> None:
        before = dict(self._env)
        for value in node.values:
            self._expression(value)
            holds = truth(value, self._owner, self._stored)
            if holds is isinstance(node.op, ast.Or):
                break
            if holds is None:
                self._forget(set(examined(value, self._owner)))
        restored = {name: owner for name, owner in before.items() if name not in bound_in([ast.Expr(node)])}
        self._env.update(restored)

    def _conditional(self, node: ast.IfExp) -> None:
        self._expression(node.test)
        holds = truth(node.test, self._owner, self._stored)
        before = dict(self._env)
        if holds is None:
            self._forget(set(examined(node.test, self._owner)))
        if holds is not False:
            self._expression(node.body)
        self._env = before
        if holds is not True:
            self._expression(node.orelse)

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> None:
        before = dict(self._env)
        for generator in node.generators:
            self._expression(generator.iter)
            self._forget(bound_in([ast.Expr(generator.target)]))
            for test in generator.ifs:
                self._expression(test)
        for part in (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,):
            self._expression(part)
        self._env = before

    def _call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else None
        if name in {"getattr", "hasattr", "setattr", "delattr"} and node.args:
            wanted = node.args[1] if len(node.args) > 1 else None
            literal = wanted.value if isinstance(wanted, ast.Constant) else None
            if name == "getattr" and len(node.args) == 2 and isinstance(literal, str):  # noqa: PLR2004  no default
                self._read(node.args[0], literal, node)
            self._children(node)
            return
        for position, argument in enumerate(node.args):
            if isinstance(argument, ast.Starred):
                break
            self._given(node, argument, position, None)
        for keyword in node.keywords:
            if keyword.arg is not None:
                self._given(node, keyword.value, None, keyword.arg)
        self._children(node)

    def _given(self, call: ast.Call, argument: ast.expr, position: int | None, keyword: str | None) -> None:
        owner = self._owner(argument)
        if owner is None:
            return
        local = self._local_function(call.func)
        if local is None:
            self.flow.passes.append(Pass(call, owner, position, keyword, self._caught > 0))
            return
        parameter = parameter_name(local, position, keyword)
        if parameter is None or (id(local), parameter) in self._seen or id(local) in self._active:
            return
        self._seen.add((id(local), parameter))
        self._active.add(id(local))
        self.function(local, {**self._closure(local), parameter: owner})
        self._active.discard(id(local))

    def _local_function(self, func: ast.expr) -> Callable | None:
        if not isinstance(func, ast.Name):
            return None
        return next((names[func.id] for names in reversed(self._local) if func.id in names), None)

    def _read(self, value: ast.expr, attribute: str, node: ast.expr) -> None:
        owner = self._owner(value)
        if owner is not None and not has_attribute(owner, attribute) and attribute not in self._stored:
            self.flow.reads.append(Read(attribute, owner, node, self._caught > 0))

    def _owner(self, node: ast.expr) -> str | None:
        """The runtime's class of an expression's value, where it is certain."""
        if isinstance(node, ast.Name):
            return self._env.get(node.id)
        if isinstance(node, ast.NamedExpr):
            return self._owner(node.value)
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id == self._me and self._me not in self._env:
                return self._inside.get(node.attr)
            owner = self._owner(node.value)
            return None if owner is None else NESTED.get((owner, node.attr))
        if isinstance(node, ast.BoolOp):
            first = self._owner(node.values[0])
            always = truth(node.values[0], self._owner, self._stored)
            return first if always is isinstance(node.op, ast.Or) else None
        if isinstance(node, ast.IfExp):
            holds = truth(node.test, self._owner, self._stored)
            if holds is None:
                body, orelse = self._owner(node.body), self._owner(node.orelse)
                return body if body == orelse else None
            return self._owner(node.body if holds else node.orelse)
        return None

    # -- names ------------------------------------------------------------------------------------

    def _bind(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            owner = self._owner(value)
            self._forget([target.id])
            if owner is not None:
                self._env[target.id] = owner
            elif isinstance(value, ast.Lambda):
                self._local[-1][target.id] = value
        elif isinstance(target, ast.Attribute):
            self._expression(target.value)
            self._keep(target, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            pairs = _pairs(target, value)
            owners = [(inner, self._owner(item)) for inner, item in pairs]
            self._forget(bound_in([ast.Expr(target)]))
            self._env.update({inner.id: owner for inner, owner in owners if isinstance(inner, ast.Name) and owner})
        else:
            self._children(target)
            self._forget(bound_in([ast.Expr(target)]))

    def _keep(self, target: ast.Attribute, value: ast.expr) -> None:
        owner = self._owner(value)
        if owner is not None and isinstance(target.value, ast.Name) and target.value.id == self._me:
            self.flow.stores.append(SelfStore(target.attr, owner, target))

    def _forget(self, names: Iterable[str]) -> None:
        for name in list(names):
            self._env.pop(name, None)
            self._local[-1].pop(name, None)


def parameter_name(node: Callable, position: int | None, keyword: str | None, skip: int = 0) -> str | None:
    """The parameter that an argument fills; the first ``skip`` are filled by Python."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args][skip:]
    if position is not None:
        return positional[position].arg if position < len(positional) else None
    named = [*arguments.args, *arguments.kwonlyargs]
    return keyword if any(argument.arg == keyword for argument in named) else None


def _all_arguments(node: Callable) -> Iterator[ast.arg]:
    arguments = node.args
    yield from [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    yield from filter(None, (arguments.vararg, arguments.kwarg))


def _pairs(target: ast.Tuple | ast.List, value: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    if not isinstance(value, (ast.Tuple, ast.List)) or len(value.elts) != len(target.elts):
        return []
    if any(isinstance(item, ast.Starred) for item in [*target.elts, *value.elts]):
        return []
    return list(zip(target.elts, value.elts, strict=True))
