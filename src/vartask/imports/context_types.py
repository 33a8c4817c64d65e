"""What the annotation of a parameter says about the context that arrives there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vartask.imports.context_facts import Callable, ContextFacts, dotted

_PLAIN_TYPES = frozenset(
    {"LambdaContext", "Context", "Any", "object", "dict", "Dict", "Mapping", "str", "None", "Optional", "Union"}
)
"""Annotations that do not say that another object than Lambda's arrives."""


def argument_of(node: Callable, name: str) -> ast.arg:
    """A parameter by name."""
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return next(argument for argument in every if argument.arg == name)


def is_plain(annotation: ast.expr, facts: ContextFacts, owner: str) -> bool:
    """Whether an annotation is compatible with the runtime's own object."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        try:
            annotation = ast.parse(annotation.value, mode="eval").body
        except SyntaxError:
            return False
    for name in _named(annotation):
        if name not in _PLAIN_TYPES and name != owner:
            return False
        if name == "Context" and name in facts.classes:
            return False
    return True


def _named(annotation: ast.expr) -> Iterator[str]:
    """The last components of the classes in an annotation: ``Optional[x.LambdaContext]`` names two."""
    if isinstance(annotation, ast.Subscript):
        parts = dotted(annotation.value) or ("?",)
        yield parts[-1]
        if parts[-1] in {"Optional", "Union"}:
            yield from _named(annotation.slice)
    elif isinstance(annotation, ast.Tuple):
        for element in annotation.elts:
            yield from _named(element)
    elif isinstance(annotation, ast.BinOp):
        yield from _named(annotation.left)
        yield from _named(annotation.right)
    elif isinstance(annotation, ast.Constant):
        yield "None" if annotation.value is None else str(annotation.value).rpartition(".")[2]
    else:
        yield (dotted(annotation) or ("?",))[-1]
