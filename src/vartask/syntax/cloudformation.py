"""CloudFormation's intrinsic functions, evaluated as far as a template alone allows.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html

Three answers again: a :class:`Known` string, an :class:`Unresolved` one with the reason, or ``None`` where the value is
absent (``AWS::NoValue``).  A parameter counts with its default unless the caller says that something else sets it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.records import dataclass, field, replace
from vartask.syntax.intrinsic_functions import FUNCTIONS, MAX_TEXT, conditional, known_values, written_length
from vartask.syntax.intrinsics import Items, Known, Unresolved, Value, intrinsic, is_written_out, shown, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence

__all__ = [
    "MAX_TEXT",
    "Assumption",
    "Evaluator",
    "Items",
    "Known",
    "Unresolved",
    "Value",
    "intrinsic",
    "is_written_out",
    "shown",
    "written",
]

_MAX_DEPTH: Final = 60
_PLACEHOLDER = regex(r"\{\{|\{%|<%|\$\{[^}]*\}|^%[^%\s]+%$|^__[A-Z0-9_]+__$")
"""What other tools replace before CloudFormation sees the text: Jinja, ERB, shell, ``%NAME%``, ``__NAME__``."""


@dataclass(frozen=True, slots=True)
class Assumption:
    """One way that a template may be deployed.

    ``holds`` says of conditions whether they hold, ``given`` are parameters with a value that is not their default,
    ``other`` those with some value that is not known.
    """

    holds: Mapping[str, bool] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    other: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Evaluates nodes of one template.

    ``parameters``, ``mappings`` and ``conditions`` are the sections of those names.  ``elsewhere`` maps parameters that
    something outside the template sets to the reason why their default does not count; ``given`` are those that it sets
    to a known value.  ``scope`` holds the loop variables of the ``Fn::ForEach`` around the node.  ``holds`` are the
    conditions that are taken to hold or not: without an answer there, both values of an ``Fn::If`` count.
    """

    parameters: Map | None = None
    mappings: Map | None = None
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    scope: Mapping[str, str] = field(default_factory=dict)
    conditions: Map | None = None
    given: Mapping[str, str] = field(default_factory=dict)
    holds: Mapping[str, bool] = field(default_factory=dict)
    _texts: dict[int, tuple[Node, Value]] = field(default_factory=dict, repr=False)
    _lists: dict[int, tuple[Node, Items]] = field(default_factory=dict, repr=False)

    def within(self, name: str, value: str) -> Evaluator:
        """The evaluator for one round of a loop."""
        return replace(self, scope={**self.scope, name: value}, _texts={}, _lists={})

    def assuming(self, way: Assumption) -> Evaluator:
        """The evaluator for one way of deploying the template."""
        elsewhere = {name: f"parameter `{name}` may have another value than its default" for name in way.other}
        given = {name: value for name, value in self.given.items() if name not in way.other}
        return replace(
            self,
            elsewhere={**self.elsewhere, **elsewhere},
            given={**given, **way.given},
            holds={**self.holds, **way.holds},
            _texts={},
            _lists={},
        )

    def like(self, other: Evaluator) -> Evaluator:
        """The evaluator for the way of deploying the template that ``other`` is for."""
        if (self.elsewhere, self.given, self.holds) == (other.elsewhere, other.given, other.holds):
            return self
        changed = {"elsewhere": other.elsewhere, "given": other.given, "holds": other.holds}
        return replace(self, **changed, _texts={}, _lists={})  # type: ignore[arg-type]  # one type per name

    def chosen(self, node: Node | None, depth: int = 0) -> Node | None:
        """The branch of an ``Fn::If`` whose condition is decided, else the node; ``None`` for ``AWS::NoValue``."""
        call = intrinsic(node) if node is not None and depth <= _MAX_DEPTH else None
        if call is None:
            return node
        name, argument = call
        if name == "Ref" and isinstance(argument, Scalar) and argument.value == "AWS::NoValue":
            return None
        branch = self.branch(argument) if name == "Fn::If" else None
        return node if branch is None else self.chosen(branch, depth + 1)

    def branch(self, argument: Node) -> Node | None:
        """The branch that counts of the arguments of an ``Fn::If``; ``None`` where that is open."""
        branches = argument.items if isinstance(argument, Sequence) else []
        if len(branches) != 3 or not isinstance(branches[0], Scalar):  # noqa: PLR2004 - condition, then, else
            return None
        holds = self.holds.get(branches[0].value)
        return None if holds is None else branches[1 if holds else 2]

    def condition(self, name: str) -> Node | None:
        """What the template says of a condition."""
        return self.conditions.get(name) if self.conditions is not None else None

    def default(self, name: str) -> str | None:
        """The value that a parameter has unless a deployment says otherwise, where that is known."""
        value = self.named(name, Span(""), 0) if self.parameters is not None and name in self.parameters else None
        return value.value if isinstance(value, Known) else None

    def allowed(self, name: str) -> list[str] | None:
        """The values that a parameter may have; ``None`` for any."""
        parameter = self.parameters.get(name) if self.parameters is not None else None
        values = parameter.get("AllowedValues") if isinstance(parameter, Map) else None
        return (
            [item.value for item in values.items if isinstance(item, Scalar)] if isinstance(values, Sequence) else None
        )

    def text(self, node: Node | None, depth: int = 0) -> Value:
        """The string that a node stands for."""
        if node is None:
            return None
        known = self._texts.get(id(node))
        if known is None:
            # Entered first, so that an alias to a node around it finds this answer and not the same question.
            self._texts[id(node)] = (node, Unresolved("the value contains itself", node.span))
            value = self._evaluate(node, depth)
            if isinstance(value, Known) and len(value.value) > MAX_TEXT + written_length(node):
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
        evaluate = FUNCTIONS.get(name)
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
        if (branch := self.branch(argument)) is not None:
            return self.elements(branch, depth + 1)
        branches = argument.items if isinstance(argument, Sequence) else []
        if len(branches) != 3:  # noqa: PLR2004 - condition, then, else
            return Unresolved("`Fn::If` takes a condition and two values", span)
        first, second = (self.elements(branch, depth + 1) for branch in branches[1:])
        if isinstance(first, list) and isinstance(second, list):
            texts = [[self.text(item, depth + 1) for item in items] for items in (first, second)]
            if known_values(texts[0]) is not None and known_values(texts[0]) == known_values(texts[1]):
                return first
        return None if first is second is None else Unresolved(conditional(branches[0]), span)

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
        if name in self.given:
            return Known(self.given[name], span)
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
        values = known_values(keys)
        if values is None or len(values) != 3:  # noqa: PLR2004 - map, first key, second key
            unknown = next((key for key in keys if isinstance(key, Unresolved)), None)
            return Unresolved(unknown.reason if unknown else "`Fn::FindInMap` takes three names", span)
        here: Node | None = self.mappings
        for key in values:
            here = here.get(key) if isinstance(here, Map) else None
        more = argument.items[3] if isinstance(argument, Sequence) and len(argument.items) > 3 else None  # noqa: PLR2004
        if here is None and isinstance(more, Map):  # with AWS::LanguageExtensions
            here = more.get("DefaultValue")
        if here is None:
            return Unresolved(f"the template maps nothing under `{shown('.'.join(values))}`", span)
        return here
