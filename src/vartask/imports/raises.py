"""What code raises and catches: the exception of a ``raise``, the exceptions of an ``except`` clause."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping, Sequence

from vartask.imports.conditions import dotted

EXITS = frozenset({"sys.exit", "exit", "quit", "os._exit"})
"""Calls that end the process.  All but ``os._exit`` raise ``SystemExit``."""

_ADDED = {
    "BaseExceptionGroup": ("BaseException",),
    "ExceptionGroup": ("BaseExceptionGroup", "Exception", "BaseException"),
    "PythonFinalizationError": ("RuntimeError", "Exception", "BaseException"),
}
"""Built-in exceptions that the oldest host does not have, with their ancestors."""

_PLAIN = ("Error", "Exception", "Warning", "Exit", "Timeout", "Interrupt")
"""How the names of exception classes end; a name without such an end may be a tuple of them, or an alias."""


def lineage(name: str) -> frozenset[str] | None:
    """A built-in exception and its ancestors by name; ``None`` for any other name.

    Aliases count as what they are (``IOError`` is ``OSError``).
    """
    found = getattr(builtins, name, None)
    if isinstance(found, type) and issubclass(found, BaseException):
        return frozenset(parent.__name__ for parent in found.__mro__ if issubclass(parent, BaseException))
    return frozenset({name, *_ADDED[name]}) if name in _ADDED else None


def caught(clause: ast.ExceptHandler, names: Mapping[str, ast.expr]) -> tuple[frozenset[str], bool]:
    """The exceptions of a clause, and whether there may be others.  ``names`` are the file's own assignments."""
    if clause.type is None:
        return frozenset({"BaseException"}), False
    return caught_by(_listed(clause.type, names))


def caught_by(types: Sequence[ast.expr]) -> tuple[frozenset[str], bool]:
    """As :func:`caught`, of the classes themselves."""
    found: set[str] = set()
    unclear = False
    for item in types:
        name = (dotted(item) or "").rpartition(".")[2]
        known = lineage(name)
        if known is not None:
            # ``IOError`` and ``OSError`` are one class.
            found.add(getattr(builtins, name).__name__ if hasattr(builtins, name) else name)
        elif name.endswith(_PLAIN):
            found.add(name)
        else:
            unclear = True
    return frozenset(found), unclear


def _listed(node: ast.expr, names: Mapping[str, ast.expr], depth: int = 0) -> list[ast.expr]:
    if isinstance(node, ast.Tuple):
        return [part for item in node.elts for part in _listed(item, names, depth)]
    if isinstance(node, ast.Starred):
        return _listed(node.value, names, depth)
    if isinstance(node, ast.BinOp):
        return [*_listed(node.left, names, depth), *_listed(node.right, names, depth)]
    if isinstance(node, ast.Name) and node.id in names and depth < len(names):
        return _listed(names[node.id], names, depth + 1)
    return [node]


def suppressed(item: ast.expr) -> tuple[frozenset[str], bool] | None:
    """What ``contextlib.suppress(...)`` catches; ``None`` for any other context manager."""
    if isinstance(item, ast.Call) and (dotted(item.func) or "").rpartition(".")[2] == "suppress":
        return caught_by(item.args)
    return None


def raised(node: ast.Raise) -> tuple[str | None, str | None]:
    """The name of the exception that a ``raise`` raises and its text, each ``None`` where that is not certain."""
    value = node.exc
    arguments: Sequence[ast.expr] | None = ()
    if isinstance(value, ast.Call):
        arguments = None if value.keywords else value.args
        value = value.func
    name = (dotted(value) or "").rpartition(".")[2] if value is not None else ""
    if lineage(name) is None and not (name.endswith(_PLAIN) and name[:1].isupper()):
        return None, None
    return name, exception_text(name, arguments)


def exception_text(name: str, arguments: Sequence[ast.expr] | None) -> str | None:
    """``str()`` of a built-in exception made with literal arguments; ``None`` where that is not certain.

    Source: ``BaseException.__str__`` and ``KeyError.__str__`` of CPython (``Objects/exceptions.c``).
    """
    ancestors = lineage(name)
    if ancestors is None or arguments is None or ancestors & {"UnicodeError", "BaseExceptionGroup"}:
        return None
    if not arguments:
        return ""
    if len(arguments) > 1 or not isinstance(arguments[0], (ast.Constant, ast.JoinedStr)):
        return None
    value = _literal(arguments[0])
    if not isinstance(value, str):
        return None
    return repr(value) if "KeyError" in ancestors else value


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.JoinedStr):
        parts = [part.value if isinstance(part, ast.Constant) else None for part in node.values]
        return "".join(map(str, parts)) if None not in parts else None
    return node.value if isinstance(node, ast.Constant) else None


def assertion(node: ast.Assert) -> tuple[str, str | None] | None:
    """What an assertion that certainly fails raises; ``None`` for one that may hold."""
    if not isinstance(node.test, ast.Constant) or node.test.value:
        return None
    return "AssertionError", exception_text("AssertionError", [node.msg] if node.msg is not None else [])


def leaves(body: Sequence[ast.stmt]) -> bool:
    """Whether a block certainly ends by raising or leaving the process."""
    last = body[-1]
    if isinstance(last, ast.Raise):
        return True
    return isinstance(last, ast.Expr) and isinstance(last.value, ast.Call) and dotted(last.value.func) in EXITS


def context_catches(node: ast.With | ast.AsyncWith) -> Iterator[tuple[frozenset[str], bool]]:
    """What the context managers of a ``with`` catch."""
    yield from (found for item in node.items if (found := suppressed(item.context_expr)) is not None)
