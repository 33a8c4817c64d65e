"""How arguments meet parameters, and which names a function's body binds."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from functools import lru_cache

from vartask.imports.rehearsal_state import State
from vartask.imports.rehearsal_values import UNKNOWN, Function, Items, Names, Raised, Table, Value, error
from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax.python_nodes import children

Code = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True, slots=True)
class LocalNames:
    """``bound`` by the body or the parameters; ``declared`` global or nonlocal."""

    bound: frozenset[str]
    declared: frozenset[str]


def bound(run: State, function: Function, arguments: list[Value], named: Mapping[str, Value], at: Span) -> Names:
    """Parameter -> value.  Raises :class:`Raised` with Python's ``TypeError`` (``Python/ceval.c``)."""
    del run
    signature = function.node.args
    positional = [argument.arg for argument in (*signature.posonlyargs, *signature.args)]
    keyword_only = [argument.arg for argument in signature.kwonlyargs]
    names: Names = dict(zip(positional, arguments, strict=False))
    only_positional = {argument.arg for argument in signature.posonlyargs}
    takes = ({*positional} - only_positional) | {*keyword_only}
    others: dict[object, Value] = {}
    for name, value in named.items():
        if name in takes and name in names:
            raise _wrong(function, f"got multiple values for argument {name!r}", at)
        if name not in takes and signature.kwarg is None:
            raise _wrong(function, f"got an unexpected keyword argument {name!r}", at)
        (names if name in takes else others)[name] = value
    if len(arguments) > len(positional) and signature.vararg is None:
        raise _too_many(function, positional, len(arguments), at)
    _check_missing(function, names, positional, keyword_only, at)
    if signature.vararg is not None:
        names[signature.vararg.arg] = Items("tuple", arguments[len(positional) :])
    if signature.kwarg is not None:
        names[signature.kwarg.arg] = Table(others)
    for name in (*positional, *keyword_only):
        names.setdefault(name, function.defaults.get(name, UNKNOWN))
    return names


def _check_missing(function: Function, names: Names, positional: list[str], keyword_only: list[str], at: Span) -> None:
    for wanted, kind in ((positional, "positional"), (keyword_only, "keyword-only")):
        lacking = [name for name in wanted if name not in names and name not in function.defaults]
        if lacking:
            plural = "argument" if len(lacking) == 1 else "arguments"
            raise _wrong(function, f"missing {len(lacking)} required {kind} {plural}: {_listed(lacking)}", at)


def _wrong(function: Function, text: str, at: Span) -> Raised:
    return error("TypeError", f"{function.qualname}() {text}", at)


def _too_many(function: Function, positional: list[str], given: int, at: Span) -> Raised:
    optional = sum(name in function.defaults for name in positional)
    least, most = len(positional) - optional, len(positional)
    takes = f"from {least} to {most}" if optional else str(most)
    plural = "argument" if most == 1 and not optional else "arguments"
    verb = "was" if given == 1 else "were"
    return _wrong(function, f"takes {takes} positional {plural} but {given} {verb} given", at)


def _listed(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    if len(quoted) == 1:
        return quoted[0]
    if len(quoted) == 2:  # noqa: PLR2004 - Python writes a pair without a comma
        return f"{quoted[0]} and {quoted[1]}"
    return f"{', '.join(quoted[:-1])}, and {quoted[-1]}"


def is_generator(node: Code) -> bool:
    """Whether calling the function runs nothing of its body yet."""
    if isinstance(node, ast.AsyncFunctionDef):
        return True
    return not isinstance(node, ast.Lambda) and any(isinstance(part, (ast.Yield, ast.YieldFrom)) for part in _own(node))


@lru_cache(maxsize=4096)
def local_names(node: Code) -> LocalNames:
    """The names that belong to a function's own scope."""
    arguments = node.args
    names = {argument.arg for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    names |= {argument.arg for argument in (arguments.vararg, arguments.kwarg) if argument is not None}
    declared: set[str] = set()
    for part in _own(node):
        if isinstance(part, (ast.Global, ast.Nonlocal)):
            declared |= set(part.names)
        elif isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            names.add(part.id)
        elif isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(part.name)
        elif isinstance(part, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name.partition(".")[0] for alias in part.names}
        elif (isinstance(part, ast.ExceptHandler) and part.name) or (
            isinstance(part, (ast.MatchAs, ast.MatchStar)) and part.name
        ):
            names.add(part.name)
    return LocalNames(frozenset(names - declared), frozenset(declared))


def _own(node: Code) -> list[ast.AST]:
    """The nodes of a body without those of functions and classes inside it, the inner ones' heads excepted."""
    found: list[ast.AST] = []
    pending: list[ast.AST] = list(node.body) if not isinstance(node, ast.Lambda) else [node.body]
    while pending:
        part = pending.pop()
        found.append(part)
        if isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            pending += part.decorator_list
        elif not isinstance(part, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            pending += children(part)
    return found
