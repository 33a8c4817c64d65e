"""Expressions of GitHub Actions, as far as names and literals go, and what gives names their values.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from vartask.artifact.scripts.steps import unknown
from vartask.artifact.scripts.yaml_values import child, scalars
from vartask.patterns import regex
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Scalar, Sequence

MAX_COMBINATIONS = 40
Context = Mapping[str, str | None]
"""Values by the names that expressions use; ``None`` is one that is not known."""

_EXPRESSION = regex(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)


def environment_of(owner: MappingNode, context: Context) -> dict[str, str | None]:
    """The ``env`` of a workflow, a job or a step."""
    return {name: put(value, context) for name, value in scalars(owner.get("env"))}


def _value(expression: str, context: Context) -> str | None:
    """The value of an expression that is a name or a literal, or ``a || b`` of such; ``None`` when not known."""
    for part in expression.split("||"):
        one = part.strip()
        literal = re.fullmatch(r"'([^']*)'", one)
        value = literal[1] if literal else context.get(one)
        if value is None:
            return None
        if value:
            return value
    return ""


def put(text: str, context: Context) -> str | None:
    """A text with its expressions; ``None`` when one of them is not known."""
    values = [_value(match[1], context) for match in _EXPRESSION.finditer(text)]
    if None in values:
        return None
    rest = iter(values)
    return _EXPRESSION.sub(lambda _match: next(rest) or "", text)


def shown(text: str, context: Context) -> str:
    """A text with its expressions; one that is not known becomes a variable that the shell cannot know either."""

    def settled(match: re.Match[str]) -> str:
        value = _value(match[1], context)
        return unknown("ci", match[1]) if value is None else value

    return _EXPRESSION.sub(settled, text)


def combinations_of(job: MappingNode) -> list[dict[str, str | None]]:
    """The combinations of ``strategy.matrix``; a matrix that is computed leaves its values unknown."""
    matrix = child(job, "strategy", "matrix")
    if not isinstance(matrix, MappingNode):
        return [{}]
    combinations: list[dict[str, str | None]] = [{}]
    included: list[dict[str, str | None]] = []
    for name, node in matrix.items():
        if not isinstance(node, Sequence) or name.value == "exclude":
            continue
        prefix = "" if name.value == "include" else f"{name.value}"
        choices: list[dict[str, str | None]] = []
        for item in node.items:
            if isinstance(item, Scalar):
                choices.append({f"matrix.{prefix}": item.value})
            elif isinstance(item, MappingNode):
                dotted = f"{prefix}." if prefix else ""
                choices.append({f"matrix.{dotted}{key}": value for key, value in scalars(item)})
        if prefix:
            combinations = [{**one, **choice} for one in combinations for choice in choices or [{}]][:MAX_COMBINATIONS]
        else:
            included = choices
    if included and combinations == [{}]:
        return included[:MAX_COMBINATIONS]
    return [{**one, **choice} for one in combinations for choice in included or [{}]][:MAX_COMBINATIONS]
