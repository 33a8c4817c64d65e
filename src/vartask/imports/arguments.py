"""What CPython says when a function is called with arguments that it does not take.

Source: ``too_many_positional``, ``format_missing`` and ``initialize_locals`` in CPython's ``Python/ceval.c``; the texts
are compared with CPython 3.9 to 3.13 by the oracle tests.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence


def refusal(name: str, arguments: ast.arguments, count: int, keywords: Sequence[str] = ()) -> str | None:
    """The text of the ``TypeError`` for ``count`` positional arguments and some by keyword; ``None`` if they fit."""
    positional = [item.arg for item in [*arguments.posonlyargs, *arguments.args]]
    only = [item.arg for item in arguments.kwonlyargs]
    by_name = set(positional[len(arguments.posonlyargs) :])
    taken = set(positional[:count])
    for keyword in keywords:
        if keyword in by_name and keyword in taken:
            return f"{name}() got multiple values for argument {keyword!r}"
        if keyword not in by_name and keyword not in only and arguments.kwarg is None:
            misplaced = [item.arg for item in arguments.posonlyargs if item.arg in keywords]
            if misplaced:
                listed = ", ".join(misplaced)
                return f"{name}() got some positional-only arguments passed as keyword arguments: {listed!r}"
            return f"{name}() got an unexpected keyword argument {keyword!r}"
    given = [keyword for keyword in keywords if keyword in only]
    if count > len(positional) and arguments.vararg is None:
        return _too_many(name, len(positional), len(arguments.defaults), count, len(given))
    required = positional[count : len(positional) - len(arguments.defaults)]
    missing = [item for item in required if item not in keywords]
    if missing:
        return _missing(name, "positional", missing)
    defaults = zip(only, arguments.kw_defaults, strict=True)
    missing = [item for item, default in defaults if default is None and item not in keywords]
    return _missing(name, "keyword-only", missing) if missing else None


def _too_many(name: str, most: int, defaults: int, count: int, keyword_only: int) -> str:
    takes = f"from {most - defaults} to {most}" if defaults else str(most)
    plural = "s" if defaults or most != 1 else ""
    extra = ""
    if keyword_only:
        arguments, only = "s" if count != 1 else "", "s" if keyword_only != 1 else ""
        extra = f" positional argument{arguments} (and {keyword_only} keyword-only argument{only})"
    verb = "was" if count == 1 and not keyword_only else "were"
    return f"{name}() takes {takes} positional argument{plural} but {count}{extra} {verb} given"


def _missing(name: str, kind: str, names: list[str]) -> str:
    shown = [repr(item) for item in names]
    if len(shown) == 1:
        listed = shown[0]
    elif len(shown) == 2:  # noqa: PLR2004 - two are joined without a comma
        listed = " and ".join(shown)
    else:
        listed = f"{', '.join(shown[:-1])}, and {shown[-1]}"
    return f"{name}() missing {len(names)} required {kind} argument{'s' if len(names) > 1 else ''}: {listed}"
