"""CloudFormation's intrinsic functions, evaluated as far as a template alone allows.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

Three answers again: a :class:`Known` string, an :class:`Unresolved` one with the reason, or ``None`` where the value is
absent (``AWS::NoValue``).  A parameter counts with its default unless the caller says that something else sets it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from vartask.model import Span
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence

MAX_TEXT: Final = 20_000
"""Longer computed strings are never a handler, a path or a name; the limit also ends strings that double."""

_MAX_DEPTH: Final = 60
_MOST_SHOWN: Final = 120
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_PLACEHOLDER = re.compile(r"\{\{|\{%|<%|\$\{[^}]*\}|^%[^%\s]+%$|^__[A-Z0-9_]+__$")
"""What other tools replace before CloudFormation sees the text: Jinja, ERB, shell, ``%NAME%``, ``__NAME__``."""


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


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates nodes of one template.

    ``parameters`` and ``mappings`` are the sections of those names.  ``elsewhere`` maps parameters that something
    outside the template sets to the reason why their default does not count.  ``scope`` holds the loop variables of
    the ``Fn::ForEach`` around the node.
    """

    parameters: Map | None = None
    mappings: Map | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    _texts: dict[int, tuple[Node, Value]] = field(default_factory=dict, repr=False)
    _lists: dict[int, tuple[Node, Items]] = field(default_factory=dict, repr=False)

    def within(self, name: str, value: str) -> Evaluator:
        """The evaluator for one round of a loop."""
        return Evaluator(self.parameters, self.mappings, self.elsewhere, {**self.scope, name: value})

    def text(self, node: Node | None, depth: int = 0) -> Value:
        """The string that a node stands for."""
        if node is None:
            return None
        known = self._texts.get(id(node))
        if known is None:
            # Entered first, so that an alias to a node around it finds this answer and not the same question.
            self._texts[id(node)] = (node, Unresolved("the value contains itself", node.span))
            value = self._evaluate(node, depth)
            if isinstance(value, Known) and len(value.value) > MAX_TEXT:
                value = Unresolved("the value is too long", node.span)
            known = self._texts[id(node)] = (node, value)
        return known[1]

    def literal(self, node: Node | None) -> Value:
        """Like :meth:`text`, for what names a file or handler: a placeholder of another tool is not yet a value."""
        value = self.text(node)
        if isinstance(value, Known) and _PLACEHOLDER.search(value.value):
            return Unresolved(f"`{shown(value.value)}` is a placeholder that something else fills in", value.span)
        return value

    def _evaluate(self, node: Node, depth: int) -> Value:
        if depth > _MAX_DEPTH:
            return Unresolved("the value is nested too deep", node.span)
        call = intrinsic(node)
        if call is None:
            if not isinstance(node, Scalar):
                return Unresolved("a string was expected here", node.span)
            return None if node.is_null else Known(self.in_scope(node.value), node.span)
        name, argument = call
        evaluate = _FUNCTIONS.get(name)
        if evaluate is None:
            return Unresolved(f"`{written(node)}` is computed at deployment", node.span)
        return evaluate(self, argument, node.span, depth + 1)

    def in_scope(self, text: str) -> str:
        """A text with the loop variables around it filled in; ``&{name}`` drops what a logical id cannot hold."""
        for name, value in self.scope.items():
            text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", re.sub(r"[^A-Za-z0-9]", "", value))
        return text

    # -- lists --------------------------------------------------------------------------------------

    def elements(self, node: Node | None, depth: int = 0) -> Items:
        """The items of a list, however it is written."""
        if node is None:
            return None
        known = self._lists.get(id(node))
        if known is None:
            self._lists[id(node)] = (node, Unresolved("the list contains itself", node.span))
            known = self._lists[id(node)] = (node, self._list(node, depth))
        return known[1]

    def _list(self, node: Node, depth: int) -> Items:
        if depth > _MAX_DEPTH:
            return Unresolved("the list is nested too deep", node.span)
        call = intrinsic(node)
        if call is None:
            if isinstance(node, Scalar):
                return None if node.is_null else Unresolved("a list was expected here", node.span)
            return node.items if isinstance(node, Sequence) else Unresolved("a list was expected here", node.span)
        name, argument = call
        if name == "Fn::If":
            return self._elements_of_if(argument, node.span, depth)
        if name == "Fn::FindInMap":
            found = self.in_map(argument, node.span, depth)
            return self.elements(found, depth + 1) if isinstance(found, Scalar | Sequence | Map) else found
        if name == "Fn::Split" and isinstance(argument, Sequence) and len(argument.items) == 2:  # noqa: PLR2004
            delimiter, text = (self.text(item, depth + 1) for item in argument.items)
            return self._split(delimiter, text, node.span)
        if name == "Ref":
            value = self.text(node, depth + 1)
            return self._split(Known(",", node.span), value, node.span) if isinstance(value, Known) else value
        return Unresolved(f"`{written(node)}` is computed at deployment", node.span)

    def _elements_of_if(self, argument: Node, span: Span, depth: int) -> Items:
        branches = argument.items if isinstance(argument, Sequence) else []
        if len(branches) != 3:  # noqa: PLR2004 - condition, then, else
            return Unresolved("`Fn::If` takes a condition and two values", span)
        first, second = (self.elements(branch, depth + 1) for branch in branches[1:])
        if isinstance(first, list) and isinstance(second, list):
            texts = [[self.text(item, depth + 1) for item in items] for items in (first, second)]
            if _values(texts[0]) is not None and _values(texts[0]) == _values(texts[1]):
                return first
        return None if first is second is None else Unresolved(_conditional(branches[0]), span)

    @staticmethod
    def _split(delimiter: Value, value: Value, span: Span) -> Items:
        if isinstance(value, Known) and isinstance(delimiter, Known) and delimiter.value:
            return [Scalar(part.strip(), value.span, plain=False) for part in value.value.split(delimiter.value)]
        return value if isinstance(value, Unresolved) else Unresolved("the list is computed at deployment", span)

    # -- the functions ------------------------------------------------------------------------------

    def named(self, name: str, span: Span, depth: int) -> Value:
        """What ``Ref`` or ``${name}`` gives."""
        if name in self.scope:
            return Known(self.scope[name], span)
        if name == "AWS::NoValue":
            return None
        parameter = self.parameters.get(name) if self.parameters is not None else None
        if not isinstance(parameter, Map):
            what = "known at deployment only" if name.startswith("AWS::") else "not a parameter of the template"
            return Unresolved(f"`{shown(name)}` is {what}", span)
        if name in self.elsewhere:
            return Unresolved(self.elsewhere[name], span)
        kind = parameter.get("Type")
        if isinstance(kind, Scalar) and kind.value.startswith("AWS::SSM::"):
            return Unresolved(f"parameter `{name}` is read from SSM at deployment", span)
        default = parameter.get("Default")
        if default is None:
            return Unresolved(f"parameter `{name}` has no default", span)
        return self.text(default, depth)

    def in_map(self, argument: Node, span: Span, depth: int) -> Node | Unresolved:
        """What ``Fn::FindInMap`` leads to."""
        keys = [self.text(item, depth) for item in argument.items[:3]] if isinstance(argument, Sequence) else []
        values = _values(keys)
        if values is None or len(values) != 3:  # noqa: PLR2004 - map, first key, second key
            unknown = next((key for key in keys if isinstance(key, Unresolved)), None)
            return Unresolved(unknown.reason if unknown else "`Fn::FindInMap` takes three names", span)
        here: Node | None = self.mappings
        for key in values:
            here = here.get(key) if isinstance(here, Map) else None
        if here is None:
            return Unresolved(f"the template maps nothing under `{shown('.'.join(values))}`", span)
        return here


def _values(texts: list[Value]) -> list[str] | None:
    values = [text.value for text in texts if isinstance(text, Known)]
    return values if len(values) == len(texts) else None


def _conditional(condition: Node) -> str:
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
    values = _values(texts)
    if values is None or not isinstance(delimiter, Known | None):
        unknown = next((text for text in [delimiter, *texts] if isinstance(text, Unresolved)), None)
        return unknown or Unresolved("a part of the text has no value", span)
    if sum(map(len, values)) > MAX_TEXT:
        return Unresolved("the value is too long", span)
    return Known((delimiter.value if delimiter else "").join(values), span)


def _if(evaluator: Evaluator, argument: Node, span: Span, depth: int) -> Value:
    branches = argument.items if isinstance(argument, Sequence) else []
    if len(branches) != 3:  # noqa: PLR2004 - condition, then, else
        return Unresolved("`Fn::If` takes a condition and two values", span)
    first, second = (evaluator.text(branch, depth) for branch in branches[1:])
    if first is None and second is None:
        return None
    if isinstance(first, Known) and isinstance(second, Known) and first.value == second.value:
        return first
    return Unresolved(_conditional(branches[0]), span)


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


_FUNCTIONS: Final[Mapping[str, Callable[[Evaluator, Node, Span, int], Value]]] = {
    "Ref": _ref,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::If": _if,
    "Fn::FindInMap": _find_in_map,
    "Fn::Select": _select,
}
