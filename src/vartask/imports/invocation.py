"""What happens when the runtime calls the handler: ``handler(event, context)``, then JSON of what it returns.

Source: ``handle_event_request`` of ``awslambdaric.bootstrap``; it neither awaits nor iterates.
"""

from __future__ import annotations

import ast

from vartask.data.unserializable import NOT_CALLABLE
from vartask.imports.arguments import refusal
from vartask.imports.evaluation import Evaluator
from vartask.imports.homes import Homes
from vartask.imports.name_tables import is_generator, own_nodes
from vartask.imports.objects import (
    UNKNOWN,
    BoundObject,
    ClassObject,
    FunctionObject,
    InstanceObject,
    ModuleObject,
    Object,
    PartialObject,
    PlainObject,
    Scope,
)
from vartask.imports.resolve import Found
from vartask.imports.results import Refusal, Results, described, handed_in, type_name
from vartask.imports.scene import Scene
from vartask.imports.steps import span_of
from vartask.model import InvocationOutcome, Span
from vartask.records import replace
from vartask.syntax.python_nodes import walk

_DEEPEST = 8
_QUALIFIED = (3, 10)
"""Since this version the texts of a ``TypeError`` name a function by its ``__qualname__``."""

_REWRITTEN = frozenset({"__code__", "__defaults__", "__kwdefaults__"})
_CONTEXT = PlainObject("LambdaContext")
"""The runtime's last argument; a ``partial`` or a bound method puts others before it."""

_MARSHAL = "Runtime.MarshalError: Unable to marshal response: "


def invoked(scene: Scene, found: Found, attribute: str) -> tuple[InvocationOutcome, ...]:
    """What fails when a handler that was found is called."""
    homes = Homes(scene)
    home = homes.home(found)
    if home is None:
        return ()
    evaluator = Evaluator(homes)
    call = _Call(scene, evaluator, Results(evaluator), Span(home.path))
    made = evaluator.attribute(ModuleObject(found.module.name, home), attribute)
    entries = home.names.entries.get(attribute, ())
    if entries and isinstance(entries[-1].source, ast.AST):
        call.place = span_of(entries[-1].source, home.path)
    call.object(made, 2, ())
    return tuple(dict.fromkeys(call.outcomes))


class _Call:
    """One call of the runtime's, and the calls that it comes down to."""

    def __init__(self, scene: Scene, evaluator: Evaluator, results: Results, place: Span) -> None:
        self._scene = scene
        self._evaluator = evaluator
        self._results = results
        self.place = place
        self.outcomes: list[InvocationOutcome] = []
        self._depth = 0

    def object(self, made: Object, count: int, keywords: tuple[str, ...]) -> None:
        """Call an object with ``count`` arguments by position and some by keyword."""
        classes = self._evaluator.classes
        if isinstance(made, PartialObject):
            self.object(made.function, count + made.count, (*keywords, *made.keywords))
        elif isinstance(made, FunctionObject):
            self._function(made, count, keywords, [*[UNKNOWN] * (count - 1), _CONTEXT])
        elif isinstance(made, BoundObject):
            self._function(made.function, count + 1, keywords, [*[UNKNOWN] * count, _CONTEXT])
        elif isinstance(made, ClassObject):
            self._class(made, count, keywords)
        elif isinstance(made, InstanceObject):
            special = classes.special(made.cls, "__call__")
            if special is None:
                self._not_callable(made.cls.node.name)
            else:
                self.object(special, count, keywords)
        elif isinstance(made, ModuleObject):
            self._not_callable("module")
        elif isinstance(made, PlainObject) and made.type_name in NOT_CALLABLE:
            self._not_callable(made.type_name or "")

    def _not_callable(self, name: str) -> None:
        error = f"TypeError: {name!r} object is not callable"
        self.outcomes.append(InvocationOutcome("callable", self.place, described(name), error))

    def _class(self, cls: ClassObject, count: int, keywords: tuple[str, ...]) -> None:
        classes = self._evaluator.classes
        if cls.generated or not classes.plainly_made(cls):
            return
        made = classes.special(cls, "__init__")
        if made is None and not classes.is_exception(cls):
            error = f"TypeError: {cls.node.name}() takes no arguments"
            self.outcomes.append(InvocationOutcome("arguments", self._span(cls.node, cls.scope), cls.qualname, error))
            return
        if made is not None:
            if not isinstance(made, BoundObject):
                return
            if self._mismatch(made.function, count + 1, keywords):
                return
        name = type_name(InstanceObject(cls), self._evaluator)
        if name is not None:
            error = f"{_MARSHAL}Object of type {name} is not JSON serializable"
            span = self._span(cls.node, cls.scope)
            self.outcomes.append(InvocationOutcome("result", span, f"an instance of {cls.qualname}", error))

    # -- functions --------------------------------------------------------------------------------

    def _function(self, made: FunctionObject, count: int, keywords: tuple[str, ...], given: list[Object]) -> None:
        if _REWRITTEN & made.scope.home.stored or self._depth > _DEEPEST:
            return
        if self._mismatch(made, count, keywords):
            return
        node = made.node
        kind = _made_by_calling(made)
        if kind is not None:
            error = f"{_MARSHAL}Object of type {kind} is not JSON serializable"
            self.outcomes.append(InvocationOutcome("result", self._named(made), described(kind), error))
            return
        inside = self._evaluator.inside(made, given, {})
        if isinstance(node, ast.Lambda):
            found = self._results.refused(node.body, inside)
            self._refused(found, inside, sure=True)
            return
        self._depth += 1
        for found, sure in self._results.returned(node, inside):
            self._refused(found, inside, sure=sure)
        self._passed_on(node, inside)
        self._depth -= 1

    def _mismatch(self, made: FunctionObject, count: int, keywords: tuple[str, ...]) -> bool:
        version = self._evaluator.homes.version
        qualname = None if "__qualname__" in made.scope.home.stored else made.qualname
        name = qualname if version is None or version >= _QUALIFIED else made.code_name
        known = name is not None and (version is not None or name == made.code_name)
        text = refusal(name or made.code_name, made.node.args, count, keywords)
        if text is None:
            return False
        # Since 3.13 the text may go on with a suggestion.
        known = known and not ("unexpected keyword" in text and (version is None or version >= (3, 13)))
        error = f"TypeError: {text}" if known else None
        what = made.qualname or made.code_name
        self.outcomes.append(InvocationOutcome("arguments", self._named(made), what, error))
        return True

    def _passed_on(self, node: ast.FunctionDef | ast.AsyncFunctionDef, inside: Scope) -> None:
        """A decorator's wrapper calls the function below with what it got: whether that fits, and what it gives."""
        returned = _returned_calls(node, inside)
        always = {id(item) for statement in node.body if not _branches(statement) for item in walk(statement)}
        for call in own_nodes(node):
            if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name):
                continue
            # Only a function that was handed in: others may get what the runtime never passes.
            below = self._evaluator.value(call.func, inside) if handed_in(call.func.id, inside) else None
            count = _count(call, node) if isinstance(below, FunctionObject) else None
            if not isinstance(below, FunctionObject) or count is None:
                continue
            fits = refusal("", below.node.args, count) is None
            if id(call) in (returned if fits else always):
                self._function(below, count, (), [])

    def _refused(self, found: Refusal | None, scope: Scope, *, sure: bool) -> None:
        if found is None:
            return
        span = span_of(found.node, scope.home.path)
        if not sure:
            self._scene.lasting_gap(span, f"{found.what} cannot be sent as JSON, if Lambda's calls ever return it")
            return
        error = f"{_MARSHAL}{found.text}" if found.text is not None else None
        self.outcomes.append(InvocationOutcome("result", span, found.what, error))

    def _named(self, made: FunctionObject) -> Span:
        return self._span(made.node, made.scope)

    def _span(self, node: ast.AST, scope: Scope) -> Span:
        whole = span_of(node, scope.home.path)
        return replace(whole, end_line=0, end_column=0) if whole.end_line != whole.line else whole


def _made_by_calling(made: FunctionObject) -> str | None:
    """The type that a call gives without running the body."""
    if isinstance(made.node, ast.AsyncFunctionDef):
        return "async_generator" if is_generator(made.node) else "coroutine"
    return "generator" if is_generator(made.node) else None


def _branches(node: ast.stmt) -> bool:
    """Whether what stands in a statement may not run, or its exceptions not come out."""
    return not isinstance(node, (ast.Return, ast.Assign, ast.AnnAssign, ast.Expr))


def _returned_calls(function: ast.FunctionDef | ast.AsyncFunctionDef, scope: Scope) -> frozenset[int]:
    """The calls whose result a function returns as it is, through a variable too."""
    found: set[int] = set()
    for node in own_nodes(function):
        value = node.value if isinstance(node, ast.Return) else None
        if isinstance(value, ast.Name):
            entries = scope.names.entries.get(value.id, ())
            source = entries[0].source if len(entries) == 1 else None
            value = source if isinstance(source, ast.expr) else None
        if value is not None:
            found.add(id(value))
    return frozenset(found)


def _count(call: ast.Call, wrapper: ast.FunctionDef | ast.AsyncFunctionDef) -> int | None:
    """How many arguments by position a wrapper called with two passes on; ``None`` where that is not plain."""
    if any(key.arg is not None or not _is(key.value, wrapper.args.kwarg) for key in call.keywords):
        return None
    positional = [*wrapper.args.posonlyargs, *wrapper.args.args]
    count = 0
    for argument in call.args:
        if not isinstance(argument, ast.Starred):
            count += 1
        elif _is(argument.value, wrapper.args.vararg):
            count += max(0, 2 - len(positional))
        else:
            return None
    return count


def _is(node: ast.expr, argument: ast.arg | None) -> bool:
    return isinstance(node, ast.Name) and argument is not None and node.id == argument.arg
