"""Follows Lambda's context from the handler through every function that receives it.

What is found is certain: wherever something else than Lambda's object may arrive, a gap says so, and only if
there is an attribute read that would fail.
"""

from __future__ import annotations

import ast
from collections import deque

from vartask.data.lambda_context import suggestion
from vartask.imports.context_decorators import Decoration, decoration
from vartask.imports.context_events import Environment, Read
from vartask.imports.context_expressions import parameter_name
from vartask.imports.context_facts import (
    Callable,
    ContextFacts,
    FunctionFacts,
    bound_in_body,
    context_facts,
    index_names,
)
from vartask.imports.context_flow import follow
from vartask.imports.context_names import Callee, ClassRef, ContextModules, Names, Scope
from vartask.imports.context_types import argument_of, is_plain
from vartask.model import Cause, ContextUse, Gap, Span
from vartask.records import dataclass, replace
from vartask.syntax.python import span_of
from vartask.syntax.python_nodes import walk

__all__ = ["ContextFacts", "ContextModules", "ContextTrace", "context_facts", "trace_context"]

_LAMBDA_CONTEXT = "LambdaContext"
_HANDLER_CONTEXT = 1
"""The runtime calls ``handler(event, context)``: both by position."""


@dataclass(frozen=True, slots=True)
class ContextTrace:
    """Attribute reads that fail, and doubts about reads that may.

    ``certain``: the handler was found and is certainly given Lambda's own object.
    """

    uses: tuple[ContextUse, ...] = ()
    gaps: tuple[Gap, ...] = ()
    certain: bool = False


def trace_context(handler_module: ContextFacts, handler_name: str, modules: ContextModules) -> ContextTrace:
    """Follow the context of one handler.  ``handler_name`` is the attribute in the handler string."""
    tracer = _Tracer(Names(modules), handler_name)
    try:
        tracer.start(handler_module, handler_name)
        tracer.run()
    except RecursionError:
        gap = Gap(Span(handler_module.path), "an expression is nested too deeply to follow the context through it")
        return ContextTrace((), (gap,))
    return tracer.result()


@dataclass(frozen=True, slots=True)
class _Origin:
    """How the context got somewhere; ``doubt`` says why it may be something else, and where."""

    because: tuple[Cause, ...]
    doubt: tuple[str, Span] | None = None
    caught: bool = False

    def then(self, text: str, place: Span) -> _Origin:
        return replace(self, because=(*self.because, Cause(text, place)))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    """A function to follow: which parameters, and which attributes of ``self``, hold the context."""

    facts: ContextFacts
    function: FunctionFacts
    holds: Environment
    inside: dict[str, str]
    origin: _Origin

    @property
    def key(self) -> tuple[int, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        return id(self.function.node), tuple(sorted(self.holds.items())), tuple(sorted(self.inside.items()))


class _Tracer:
    def __init__(self, names: Names, handler: str) -> None:
        self._names = names
        self._handler = handler
        self._certain: deque[_Task] = deque()
        self._doubtful: deque[_Task] = deque()
        self._seen: set[object] = set()
        self._reads: dict[int, tuple[Read, _Task]] = {}
        self._stored: set[str] = set()
        self._gaps: dict[Gap, None] = {}
        self._entered = False

    # -- where the context comes in ---------------------------------------------------------------

    def start(self, facts: ContextFacts, name: str) -> None:
        value = facts.assigned.get(name)
        if isinstance(value, ast.Call):
            self._start_call(facts, value)
            return
        target = self._names.in_module(facts, (name,))
        if isinstance(target, ClassRef):
            target = self._names.method(target, "__call__" if target.instance else "__init__", skip=1)
        if isinstance(target, Callee):
            self._enter(target, Decoration())
            return
        imported = facts.imports.get(name)
        if imported is None or imported.attribute is None:
            return
        # A handler that another module makes by a call: ``from impl import handler``.
        origin = self._names.module(imported, facts)
        if origin is not None and origin is not facts and imported.attribute in origin.assigned:
            self.start(origin, imported.attribute)

    def _start_call(self, facts: ContextFacts, call: ast.Call) -> None:
        """``handler = decorate(function)``, ``handler = decorate(option)(function)``, ``handler = Handler()``."""
        scope = Scope(facts)
        made = self._names.target(call, scope)
        if isinstance(made, ClassRef) and made.instance:
            method = self._names.method(made, "__call__", skip=1)
            if method is not None:
                self._enter(method, Decoration())
            return
        decorators: list[ast.expr] = []
        value: ast.expr = call
        while isinstance(value, ast.Call) and len(value.args) == 1 and not value.keywords:
            decorators.append(value.func)
            value = value.args[0]
        target = self._names.target(value, scope)
        if isinstance(target, Callee) and decorators:
            self._enter(target, decoration(decorators, scope, self._names))
        elif isinstance(self._names.target(call.func, scope), Callee):
            what = f"`{ast.unparse(call.func)}` makes the handler `{self._handler}`: its context is not followed"
            self._gaps[Gap(span_of(call, facts.path), what)] = None

    def _enter(self, callee: Callee, outer: Decoration) -> None:
        """Begin at a function that the runtime calls (through the decorators in ``outer``)."""
        parameter = parameter_name(callee.node, _HANDLER_CONTEXT, None, callee.skip)
        if parameter is None:
            return
        place = span_of(argument_of(callee.node, parameter), callee.facts.path)
        text = f"Lambda passes its context to the handler `{self._handler}` as `{parameter}`"
        self._receive(callee, {parameter: _LAMBDA_CONTEXT}, _Origin((Cause(text, place),)), outer)

    # -- from function to function ----------------------------------------------------------------

    def _receive(self, callee: Callee, holds: Environment, origin: _Origin, outer: Decoration) -> None:
        """A function is called with the context: note it, and the wrappers of its decorators."""
        node, facts = callee.node, callee.facts
        doubt = origin.doubt or self._doubt(callee, holds)
        wrapping = outer
        if not isinstance(node, ast.Lambda) and outer.doubt is None:
            own = decoration(node.decorator_list, Scope(facts), self._names)
            wrapping = Decoration(own.doubt, (*outer.wrappers, *own.wrappers))
        if wrapping.doubt is not None and doubt is None:
            doubt = (wrapping.doubt, _start_of(node, facts.path))
        self._entered = self._entered or (doubt is None)
        self._add(_Task(facts, callee.function, holds, {}, replace(origin, doubt=doubt)))
        for wrapper in wrapping.wrappers:
            name = getattr(wrapper.node, "name", "wrapper")
            first = origin.then(f"the decorator's `{name}` receives it", _start_of(wrapper.node, wrapper.facts.path))
            holding = {wrapper.parameter: _LAMBDA_CONTEXT}
            self._add(_Task(wrapper.facts, FunctionFacts(name, wrapper.node), holding, {}, first))

    def _doubt(self, callee: Callee, holds: Environment) -> tuple[str, Span] | None:
        path = callee.facts.path
        if not callee.function.certain:
            return f"`{callee.function.name}` is defined more than once", _start_of(callee.node, path)
        for name in holds:
            argument = argument_of(callee.node, name)
            if argument.annotation is not None and not is_plain(argument.annotation, callee.facts, holds[name]):
                kind = ast.unparse(argument.annotation)
                return f"`{name}` is declared as `{kind}`, not as Lambda's context", span_of(argument, path)
        return None

    def _add(self, task: _Task) -> None:
        (self._certain if task.origin.doubt is None else self._doubtful).append(task)

    def run(self) -> None:
        """Follow every task; certain ones first, so that a read is a doubt only where no certain way leads to it."""
        while self._certain or self._doubtful:
            task = (self._certain or self._doubtful).popleft()
            if task.key not in self._seen:
                self._seen.add(task.key)
                self._follow(task)

    def _follow(self, task: _Task) -> None:
        function, facts = task.function, task.facts
        self._stored |= facts.stored
        me = _self_name(function)
        flow = follow(function.node, task.holds, facts.stored, task.inside, me)
        for read in flow.reads:
            self._reads.setdefault(id(read.node), (read, task))
        scope = _scope(facts, function, me)
        for passed in flow.passes:
            callee = self._names.called(passed.call.func, scope)
            name = parameter_name(callee.node, passed.position, passed.keyword, callee.skip) if callee else None
            if callee is None or name is None:
                continue
            text = f"passed on to `{ast.unparse(passed.call.func)}` as `{name}`"
            origin = task.origin.then(text, span_of(passed.call, facts.path))
            origin = replace(origin, caught=origin.caught or passed.caught)
            self._receive(callee, {name: passed.owner}, origin, Decoration())
        for store in flow.stores:
            self._keep(task, store.attribute, store.owner, store.node)

    def _keep(self, task: _Task, attribute: str, owner: str, node: ast.expr) -> None:
        """``self.attribute`` holds the context in every method of the class, if nothing else is stored there."""
        name = task.function.owner
        if name is None or _stores(task.facts.classes[name], attribute) != 1 or attribute in task.inside:
            return
        origin = task.origin.then(f"kept as `{ast.unparse(node)}`", span_of(node, task.facts.path))
        for function in task.facts.functions.values():
            if function.owner == name and function.kind == "method":
                inside = {**task.inside, attribute: owner}
                self._add(replace(task, function=function, holds={}, inside=inside, origin=origin))

    # -- what it comes to -------------------------------------------------------------------------

    def result(self) -> ContextTrace:
        uses: list[ContextUse] = []
        for read, task in self._reads.values():
            if read.attribute in self._stored:
                continue
            if task.origin.doubt is not None:
                reason, place = task.origin.doubt
                what = f"{reason}: cannot tell whether `{read.attribute}` exists on it"
                self._gaps.setdefault(Gap(place, what))
                continue
            uses.append(
                ContextUse(
                    read.attribute,
                    read.owner,
                    span_of(read.node, task.facts.path),
                    suggestion(read.owner, read.attribute),
                    task.origin.because,
                    read.caught or task.origin.caught,
                )
            )
        return ContextTrace(tuple(sorted(uses, key=lambda use: use.span)), tuple(self._gaps), self._entered)


def _start_of(node: Callable, path: str) -> Span:
    return Span(path, node.lineno, node.col_offset + 1)


def _self_name(function: FunctionFacts) -> str | None:
    if function.kind != "method" or isinstance(function.node, ast.Lambda):
        return None
    arguments = [*function.node.args.posonlyargs, *function.node.args.args]
    return arguments[0].arg if arguments else None


def _scope(facts: ContextFacts, function: FunctionFacts, me: str | None) -> Scope:
    if isinstance(function.node, ast.Lambda):
        return Scope(facts, function.owner, me)
    local = index_names(function.node.body)
    bound = bound_in_body(function.node)
    hidden = frozenset(bound) | {argument.arg for argument in walk(function.node.args) if isinstance(argument, ast.arg)}
    once = {name: value for name, value in local.assigned.items() if bound.get(name) == 1}
    imports = {name: value for name, value in local.imports.items() if bound.get(name) == 1}
    return Scope(facts, function.owner, me, imports, once, frozenset(hidden))


def _stores(definition: ast.ClassDef, attribute: str) -> int:
    """How often an attribute is assigned in a class, on ``self`` or as an attribute of the class."""
    count = 0
    for node in walk(definition):
        if isinstance(node, ast.Attribute) and node.attr == attribute and not isinstance(node.ctx, ast.Load):
            count += 1
    for statement in definition.body:
        names = {item.id for item in walk(statement) if isinstance(item, ast.Name)} if _assigns(statement) else set()
        count += attribute in names
    return count


def _assigns(statement: ast.stmt) -> bool:
    return isinstance(statement, (ast.Assign, ast.AnnAssign)) and getattr(statement, "value", None) is not None
