"""Services and parts of services that are programs in JavaScript or TypeScript, as far as they are written out.

https://www.serverless.com/framework/docs/guides/intro (``serverless.ts``) and
https://www.serverless.com/framework/docs/guides/variables/javascript (``${file(code.js):name}``).
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.model import Span
from vartask.project import Project
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar
from vartask.syntax.nodes import Sequence as List

PROGRAMS: Final = (".js", ".cjs", ".mjs", ".ts", ".mts", ".cts")
MORE: Final = "\0more"
"""The key that stands for entries of an object that nobody knows."""

_MAX_DEPTH: Final = 60


def exported(project: Project, path: str, *names: str) -> Node | None:
    """What a program exports, or an export of that name; a function gives what it returns.

    Values that are computed become scalars for which :func:`computed` has the reason.
    """
    # Imported here: most projects have no such program, and the grammars take a while.
    from vartask.syntax.javascript_modules import JavaScriptSources
    from vartask.syntax.program_run import Run
    from vartask.syntax.program_values import Fields, Function, Given, Value

    run = Run(project, {"javascript": JavaScriptSources(project)}, posixpath.dirname(path) or ".")
    namespace = run.namespace(path, "javascript")
    value: Value | None = namespace.values.get("default") or Fields(dict(namespace.values), Span(path))
    for name in ("", *names):
        if name:
            value = value.values.get(name) if isinstance(value, Fields) else None
        if isinstance(value, Function):
            value = run.call(value, Given(value.span))
    return None if value is None else _node(value, 0)


def _node(value: object, depth: int) -> Node:
    from vartask.syntax.program_values import Constant, Fields, Items, why

    span: Span = getattr(value, "span", None) or Span("")
    if depth > _MAX_DEPTH:
        return _unknown("it is nested too deep", span)
    if isinstance(value, Constant):
        plain = not isinstance(value.value, str)
        text = {None: "null", True: "true", False: "false"}.get(value.value) if plain else None  # type: ignore[arg-type]
        return Scalar(text if text is not None else str(value.value), span, plain=plain)
    if isinstance(value, Items):
        if value.more is not None:
            return _unknown(value.more.reason, span)
        return List(span, items=[_node(one, depth + 1) for one in value.values])
    if isinstance(value, Fields):
        found: list[tuple[Node, Node]] = []
        for name, one in value.values.items():
            node = _node(one, depth + 1)
            found.append((Scalar(name, node.span, plain=False), node))
        if value.more is not None:
            found.append((Scalar(MORE, span), _unknown(value.more.reason, span)))
        return Map(span, pairs=found)
    return _unknown(why(value), span)  # type: ignore[arg-type]  # every value has a reason


def _unknown(reason: str, span: Span) -> Scalar:
    return Scalar("", span, plain=False, tag=f"\0{reason}")


def computed(node: Node) -> str | None:
    """Why a value of a program is not known."""
    return node.tag[1:] if node.tag is not None and node.tag.startswith("\0") else None
