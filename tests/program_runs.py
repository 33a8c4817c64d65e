"""Programs written out for a test, and what they make shown as plain text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vartask.syntax.javascript_modules import JavaScriptSources
from vartask.syntax.program_run import Run
from vartask.syntax.program_values import (
    ROOT,
    Choice,
    Computed,
    Constant,
    External,
    Fields,
    Items,
    Made,
    Missing,
    Value,
)
from written import project


def shown(value: Value | None) -> str:  # noqa: C901 - a table
    """A value in short: ``?`` is computed, ``a | b`` a choice, ``-`` what may be missing."""
    match value:
        case Constant(str() as text, _):
            return text.replace(ROOT, "<root>")
        case Constant(plain, _):
            return str(plain)
        case Items(values, _, more):
            return "[" + ", ".join([*map(shown, values), *(["..."] if more else [])]) + "]"
        case Fields(fields, _, more):
            held = [f"{name}: {shown(one)}" for name, one in fields.items()]
            return "{" + ", ".join([*held, *(["..."] if more else [])]) + "}"
        case Choice(options, _):
            return " | ".join(map(shown, options))
        case External(name, _):
            return "@" + name
        case Made(callee=callee, arguments=arguments):
            return f"{callee}({', '.join(map(shown, arguments))})"
        case Missing():
            return "-"
        case Computed():
            return "?"
        case None:
            return "none"
        case _:
            return type(value).__name__


def javascript(root: Path, files: Mapping[str, str], *, complete: bool = False) -> Run:
    """The run of the program that starts with the first file."""
    held = project(root, files)
    run = Run(held, {"javascript": JavaScriptSources(held)})
    run.start(next(iter(files)), "javascript")
    if complete:
        run.complete([(path, "javascript") for path in files], lambda span: span.line > 0)
    return run


def seen(run: Run, callee: str = "lib.See") -> list[str]:
    """The arguments of every ``new See(…)``."""
    return [", ".join(map(shown, made.arguments)) for made in run.made if made.callee == callee]
