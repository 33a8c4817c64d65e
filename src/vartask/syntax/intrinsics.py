"""How values and intrinsic functions stand in a template, before anything is evaluated.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from typing import Final

from vartask.model import Span
from vartask.records import dataclass
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence

_MOST_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Known:
    """A string that the template determines; ``span`` is where it is written."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A value that the template alone does not determine."""

    reason: str
    span: Span


Value = Known | Unresolved | None
Items = list[Node] | Unresolved | None


def intrinsic(node: Node) -> tuple[str, Node] | None:
    """The function's long name (``Ref``, ``Fn::Sub``) and its argument, for both ways of writing it."""
    if node.tag is not None:
        if not node.tag.startswith("!"):
            return None  # a tag of YAML itself, such as !!str
        name = node.tag[1:]
        return (name if name in {"Ref", "Condition"} else f"Fn::{name}"), _untagged(node)
    if isinstance(node, Map) and len(node) == 1:
        ((key, value),) = node.items()
        if _is_function(key.value):
            return key.value, value
    return None


def is_written_out(node: Node | None) -> bool:
    """Whether a node is a mapping whose keys are all there: no intrinsic function makes it or adds to it."""
    return isinstance(node, Map) and node.tag is None and not any(_is_function(key.value) for key, _ in node.items())


def _is_function(key: str) -> bool:
    return key == "Ref" or key.startswith("Fn::")


def _untagged(node: Node) -> Node:
    if isinstance(node, Scalar):
        return Scalar(node.value, node.span, node.plain)
    if isinstance(node, Sequence):
        return Sequence(node.span, None, node.items)
    return Map(node.span, None, node.pairs)


def shown(text: str) -> str:
    """A text of the template fit for a message: on one line, and not too long."""
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[: _MOST_SHOWN - 1]}…"


def written(node: Node) -> str:
    """A value as its author wrote it, for messages: ``!Sub ${A}/x``, or ``a computed value`` when it is long."""
    if isinstance(node, Scalar):
        return shown(f"{node.tag} {node.value}" if node.tag else node.value)
    call = intrinsic(node)
    if call is not None and isinstance(call[1], Scalar):
        return shown(f"!{call[0].removeprefix('Fn::')} {call[1].value}")
    if call is not None and isinstance(call[1], Sequence) and all(_is_text(item) for item in call[1].items[:2]):
        parts = [item.value for item in call[1].items if isinstance(item, Scalar)]
        return shown(f"!{call[0].removeprefix('Fn::')} {'.'.join(parts)}")
    return "a computed value"


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.tag is None
