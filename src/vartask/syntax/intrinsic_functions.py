"""The intrinsic functions that give a text: what each makes of its argument.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.syntax.intrinsics import Known, Unresolved, Value, shown, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence

if TYPE_CHECKING:
    from vartask.syntax.cloudformation import Evaluator

MAX_TEXT: Final = 20_000
"""What is computed beyond what is written out is never longer than this; the limit ends strings that double."""

_VARIABLE = regex(r"\$\{(!?)([^}]*)\}")


def known_values(texts: list[Value]) -> list[str] | None:
    """The strings, ``None`` unless all are known."""
    values = [text.value for text in texts if isinstance(text, Known)]
    return values if len(values) == len(texts) else None


def written_length(node: Node) -> int:
    """The characters of a text that stand in the node itself: inline code is long, and is no computation."""
    if isinstance(node, Scalar):
        return len(node.value)
    items = node.items if isinstance(node, Sequence) else [value for _, value in node.items()]
    below = [item for one in items if isinstance(one, Sequence) for item in one.items]
    lists = [item for one in below if isinstance(one, Sequence) for item in one.items]
    return sum(len(item.value) for item in (*items, *below, *lists) if isinstance(item, Scalar))


def conditional(condition: Node) -> str:
    """The reason why a value is not known that has two branches."""
    return f"it depends on the condition `{written(condition)}`"


def _ref(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    if not isinstance(argument, Scalar):
        return Unresolved("`Ref` takes a name", span)
    return evaluator.named(argument.value, span, depth)


def _sub(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    template, names = argument, None
    if isinstance(argument, Sequence) and argument.items:
        template = argument.items[0]
        names = argument.items[1] if len(argument.items) > 1 else None
    if not isinstance(template, Scalar):
        return Unresolved("`Fn::Sub` takes a string", span)
    done: list[str] = []
    end = 0
    for match in _VARIABLE.finditer(template.value):
        done.append(template.value[end : match.start()])
        end = match.end()
        if match[1]:
            done.append(f"${{{match[2]}}}")
            continue
        name = match[2].strip()
        given = names.get(name) if isinstance(names, Map) else None
        value = evaluator.text(given, depth) if given is not None else evaluator.named(name, span, depth)
        if not isinstance(value, Known):
            return value or Unresolved(f"`{shown(name)}` has no value", span)
        done.append(value.value)
    return Known("".join(done) + template.value[end:], template.span)


def _join(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    if not isinstance(argument, Sequence) or len(argument.items) != 2:  # noqa: PLR2004 - delimiter and list
        return Unresolved("`Fn::Join` takes a delimiter and a list", span)
    delimiter = evaluator.text(argument.items[0], depth)
    items = evaluator.elements(argument.items[1], depth)
    if not isinstance(items, list) or len(items) > MAX_TEXT:
        return items if isinstance(items, Unresolved) else Unresolved("the list is computed at deployment", span)
    texts = [evaluator.text(item, depth) for item in items]
    values = known_values(texts)
    if values is None or not isinstance(delimiter, Known | None):
        unknown = next((text for text in [delimiter, *texts] if isinstance(text, Unresolved)), None)
        return unknown or Unresolved("a part of the text has no value", span)
    if sum(map(len, values)) > MAX_TEXT + written_length(argument):
        return Unresolved("the value is too long", span)
    return Known((delimiter.value if delimiter else "").join(values), span)


def _if(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    if (branch := evaluator.branch(argument)) is not None:
        return evaluator.text(branch, depth)
    branches = argument.items if isinstance(argument, Sequence) else []
    if len(branches) != 3:  # noqa: PLR2004 - condition, then, else
        return Unresolved("`Fn::If` takes a condition and two values", span)
    first, second = (evaluator.text(branch, depth) for branch in branches[1:])
    if first is None and second is None:
        return None
    if isinstance(first, Known) and isinstance(second, Known) and first.value == second.value:
        return first
    return Unresolved(conditional(branches[0]), span)


def _find_in_map(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    found = evaluator.in_map(argument, span, depth)
    return found if isinstance(found, Unresolved) else evaluator.text(found, depth)


def _select(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    if not isinstance(argument, Sequence) or len(argument.items) != 2:  # noqa: PLR2004 - index and list
        return Unresolved("`Fn::Select` takes an index and a list", span)
    index = evaluator.text(argument.items[0], depth)
    items = evaluator.elements(argument.items[1], depth)
    if isinstance(index, Known) and index.value.isdecimal() and isinstance(items, list):
        place = int(index.value[:9])
        if place < len(items):
            return evaluator.text(items[place], depth)
    return items if isinstance(items, Unresolved) else Unresolved("`Fn::Select` has no such item", span)


FUNCTIONS: Final[Mapping[str, Callable[[Evaluator, Node, Span, int], Value]]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
}
