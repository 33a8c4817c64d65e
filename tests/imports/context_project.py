"""Little projects of several modules for the tests of the context's tracing."""

from __future__ import annotations

from textwrap import dedent

from vartask.imports.context import ContextFacts, ContextTrace, context_facts, trace_context
from vartask.syntax.python import parse


class Modules:
    """Modules by dotted name; relative imports start at the importer's package."""

    def __init__(self, **sources: str) -> None:
        self._facts: dict[str, ContextFacts] = {}
        for name, source in sources.items():
            is_package = any(other.startswith(f"{name}__") for other in sources)
            path = name.replace("__", "/") + ("/__init__.py" if is_package else ".py")
            parsed = parse(dedent(source).encode(), path)
            assert parsed.tree is not None, parsed.problem
            self._facts[name.replace("__", ".")] = context_facts(parsed.tree, path)

    def __getitem__(self, name: str) -> ContextFacts:
        return self._facts[name]

    def resolve(self, module: str, level: int, importer: str) -> ContextFacts | None:
        if level:
            package = importer.removesuffix(".py").split("/")[:-level]
            module = ".".join([*package, module] if module else package)
        return self._facts.get(module)


def trace(handler: str = "handler", **sources: str) -> ContextTrace:
    modules = Modules(**sources)
    return trace_context(modules["app"], handler, modules)


def found(handler: str = "handler", **sources: str) -> list[str]:
    """``path:line attribute`` of every use; the trace must have no gaps."""
    result = trace(handler, **sources)
    assert result.gaps == ()
    return [f"{use.span} {use.attribute}" for use in result.uses]


def gaps(handler: str = "handler", **sources: str) -> list[str]:
    """``path:line reason`` of every gap; the trace must have no uses."""
    result = trace(handler, **sources)
    assert result.uses == ()
    return [f"{gap.span} {gap.reason}" for gap in result.gaps]
