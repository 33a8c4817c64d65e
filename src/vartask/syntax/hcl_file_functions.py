"""Terraform's functions of paths and files: https://developer.hashicorp.com/terraform/language/functions.

Files are read through the scope, which knows the project and the directory that paths are relative to.  A file that is
not there yet may be made before Terraform runs, so that nothing is said about it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Protocol, runtime_checkable

from vartask.model import Span
from vartask.records import replace
from vartask.syntax import hcl
from vartask.syntax.doublestar import BadPattern, match
from vartask.syntax.hcl_evaluate import Evaluator
from vartask.syntax.hcl_values import Contents, Items, Known, Table, Value, string

MAX_FILES: Final = 20_000
"""Files that one ``fileset`` looks at."""


@runtime_checkable
class Files(Protocol):
    """A scope that reads files."""

    def file_text(self, path: str) -> tuple[str, str] | None:
        """The text of a file that is checked in, and the project's name for it."""

    def files_below(self, directory: str) -> Iterable[str] | None:
        """The files below a directory, relative to it; ``None`` when they cannot be listed."""


def call(name: str, expression: hcl.Call, arguments: list[Value], evaluate: Evaluator) -> Value | None:
    """The value of a function of paths or files; ``None`` when it is unknown, or another function."""
    texts = [string(argument) for argument in arguments]
    if texts[0] is None:
        return None
    if name in _PATHS:
        path = _PATHS[name](texts[0])
        # What the directory that Terraform runs in is called depends on where the project stands.
        return None if name == "basename" and path in {".", ".."} else Known(path, expression.span)
    if name == "templatestring":
        return _rendered(texts[0], Span(expression.span.path, expression.span.line), arguments, evaluate)
    files = evaluate.scope
    if not isinstance(files, Files):
        return None
    if name == "fileset":
        return _fileset(expression, files, texts)
    found = files.file_text(texts[0]) if name in {"file", "fileexists", "templatefile"} else None
    if found is None:
        return None
    text, source = found
    if name == "fileexists":
        return Known(True, expression.span)
    if name == "file":
        return Contents(text, expression.span, source)
    rendered = _rendered(text, Span(source), arguments, evaluate)
    if isinstance(rendered, Known) and rendered.value == text:
        return Contents(text, expression.span, source)
    return rendered


def _base(path: str) -> str:
    return posixpath.basename(path.rstrip("/")) or ("/" if path else ".")


def _directory(path: str) -> str:
    return posixpath.normpath(posixpath.dirname(path) or ".")


_PATHS: Final[Mapping[str, Callable[[str], str]]] = {
    # Paths are relative to the directory that Terraform runs in, wherever that is.
    "abspath": posixpath.normpath,
    "basename": _base,
    "dirname": _directory,
    "pathexpand": str,
}


def _rendered(text: str, place: Span, arguments: list[Value], evaluate: Evaluator) -> Value | None:
    """A template with its variables put in; names that it is not given are unknown."""
    variables = arguments[1] if len(arguments) > 1 else None
    if not isinstance(variables, Table):
        return None
    return replace(evaluate, names=variables.values).soft(hcl.parse_template(text, place))


def _fileset(expression: hcl.Call, files: Files, texts: list[str | None]) -> Value | None:
    directory, pattern = texts[0], texts[1]
    listed = None if directory is None else files.files_below(directory)
    if listed is None or pattern is None:
        return None
    kept: list[str] = []
    for count, path in enumerate(listed):
        if count > MAX_FILES:
            return None
        try:
            if match(posixpath.normpath(pattern), path):
                kept.append(path)
        except BadPattern:
            return None
    return Items(tuple(Known(path, expression.span) for path in sorted(kept)), expression.span)
