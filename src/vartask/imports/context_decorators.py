"""Whether a decorated handler is still given Lambda's own context."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.imports.context_facts import Callable, ContextFacts, FunctionNode, bound_in_body, dotted
from vartask.imports.context_names import Callee, Names, Scope
from vartask.records import dataclass
from vartask.syntax.python_nodes import children, walk

_TRANSPARENT_MODULES = frozenset(
    {
        "aws_lambda_powertools",
        "aws_xray_sdk",
        "contextlib",
        "datadog_lambda",
        "elasticapm",
        "epsagon",
        "functools",
        "lumigo_tracer",
        "newrelic",
        "sentry_sdk",
        "thundra",
        "typing",
    }
)
"""Distributions whose decorators for handlers call the function with the arguments that they got."""

_TRANSPARENT_NAMES = frozenset(
    {
        "capture_lambda_handler",
        "capture_method",
        "capture_serverless",
        "classmethod",
        "cors_headers",
        "datadog_lambda_wrapper",
        "event_parser",
        "event_source",
        "idempotent",
        "inject_lambda_context",
        "lambda_wrapper",
        "log_metrics",
        "lumigo_tracer",
        "override",
        "serverless_function",
        "staticmethod",
        "validator",
        "wraps",
    }
)
"""The same by name, for objects whose origin is not seen (a logger that a shared module makes)."""


@dataclass(frozen=True, slots=True, eq=False)
class Wrapper:
    """A function inside a decorator that gets the context too, in ``parameter``."""

    facts: ContextFacts
    node: Callable
    parameter: str


@dataclass(frozen=True, slots=True)
class Decoration:
    """``doubt`` says why the function below may get something else; ``wrappers`` get the context first."""

    doubt: str | None = None
    wrappers: tuple[Wrapper, ...] = ()


def decoration(decorators: list[ast.expr], scope: Scope, names: Names) -> Decoration:
    """What the decorators of a function do with the context."""
    wrappers: list[Wrapper] = []
    for decorator in decorators:
        one = _one(decorator, scope, names)
        if one.doubt is not None:
            return one
        wrappers += one.wrappers
    return Decoration(None, tuple(wrappers))


def _one(decorator: ast.expr, scope: Scope, names: Names) -> Decoration:
    called = isinstance(decorator, ast.Call)
    func = decorator.func if isinstance(decorator, ast.Call) else decorator
    target = names.target(func, scope)
    if isinstance(target, Callee) and isinstance(target.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        known = _first_party(target.facts, target.node, called=called)
        if known is not None:
            return known
    elif target is None and _known(func, scope):
        return Decoration()
    return Decoration(f"the decorator `{ast.unparse(func)}` may pass another context to the function")


def _known(func: ast.expr, scope: Scope) -> bool:
    parts = dotted(func)
    if parts is None:
        return False
    if parts[-1] in _TRANSPARENT_NAMES:
        return True
    imported = scope.facts.imports.get(parts[0])
    value = scope.facts.assigned.get(parts[0])
    if imported is None and isinstance(value, ast.Call):
        made = dotted(value.func)
        imported = scope.facts.imports.get(made[0]) if made else None
    return imported is not None and not imported.level and imported.module.split(".")[0] in _TRANSPARENT_MODULES


def _first_party(facts: ContextFacts, node: FunctionNode, *, called: bool) -> Decoration | None:
    """``None`` where it is not plain that the context goes through."""
    if any(_last(decorator) == "lambda_handler_decorator" for decorator in node.decorator_list):
        # Powertools' own kind: def middleware(handler, event, context, **options).
        return _calls(facts, node, node, 2)
    holders = [node]
    if called:
        holders = [item for item in node.body if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef))]
    if not called or not holders:
        holders = holders or [node]
    return _calls(facts, holders[-1], None, 1)


def _calls(facts: ContextFacts, holder: FunctionNode, wrapper: FunctionNode | None, index: int) -> Decoration | None:
    if not holder.args.args:
        return None
    wrapped = holder.args.args[0].arg
    found: list[Wrapper] = []
    count = 0
    for call, inside in _calls_of(holder, wrapped):
        around = wrapper or inside
        if around is None or (wrapper is None and inside is holder):
            return None
        passed = _passed(call, around, index)
        if passed is None:
            return None
        count += 1
        if passed:
            found.append(Wrapper(facts, around, passed))
    if count:
        return Decoration(None, tuple(found))
    returned = [item.value for item in walk(holder) if isinstance(item, ast.Return)]
    plain = [value for value in returned if isinstance(value, ast.Name) and value.id == wrapped]
    return Decoration() if returned and len(plain) == len(returned) else None


def _calls_of(holder: FunctionNode, wrapped: str) -> Iterator[tuple[ast.Call, FunctionNode | None]]:
    pending: list[tuple[ast.AST, FunctionNode | None]] = [(item, holder) for item in holder.body]
    while pending:
        item, inside = pending.pop()
        if isinstance(item, ast.Call) and isinstance(item.func, ast.Name) and item.func.id == wrapped:
            yield item, inside
        around = item if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef)) else inside
        around = None if isinstance(item, ast.Lambda) else around
        pending.extend((child, around) for child in children(item))


def _passed(call: ast.Call, wrapper: FunctionNode, index: int) -> str | None:
    """The wrapper's parameter that becomes the second argument; ``""`` when all go through, ``None`` in doubt."""
    arguments = wrapper.args
    positional = [item.arg for item in [*arguments.posonlyargs, *arguments.args]]
    rebound = bound_in_body(wrapper)
    starred = next((place for place, item in enumerate(call.args) if isinstance(item, ast.Starred)), None)
    if starred is not None and starred <= 1:
        star = call.args[starred]
        value = star.value if isinstance(star, ast.Starred) else star
        through = isinstance(value, ast.Name) and arguments.vararg is not None and value.id == arguments.vararg.arg
        same = len(positional) == starred and not (isinstance(value, ast.Name) and value.id in rebound)
        return "" if through and same else None
    given: ast.expr | None = call.args[1] if len(call.args) > 1 else None
    if given is None:
        given = next((keyword.value for keyword in call.keywords if keyword.arg in {"context", "_context"}), None)
    wanted = positional[index] if len(positional) > index else None
    if isinstance(given, ast.Name) and given.id == wanted and wanted not in rebound:
        return wanted
    return None


def _last(decorator: ast.expr) -> str:
    parts = dotted(decorator.func if isinstance(decorator, ast.Call) else decorator)
    return parts[-1] if parts else ""
