"""The ways that a template may be deployed, as far as its conditions decide what a function is.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html

Combinations are not enumerated: there is the deployment with every default, and for each value that a condition names,
the one where a parameter has that value and all others keep theirs.  So every way is one that parameters can reach,
and their number grows with the number of values.  A condition that does not say plainly what it depends on is taken
both ways, one such condition at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from vartask.records import dataclass, field
from vartask.syntax.cloudformation import Assumption, Evaluator, intrinsic
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence

MOST_WAYS: Final = 24
"""A function that depends on more values than this is left undecided."""

_MAX_DEPTH: Final = 40


@dataclass(frozen=True, slots=True)
class _Variable:
    """A parameter that conditions compare: its values, the first one being its default.

    ``None`` is a value that no condition names.
    """

    name: str
    values: tuple[str | None, ...]


def condition_names(nodes: Iterable[Node | None]) -> frozenset[str]:
    """The conditions that any ``Fn::If`` in the nodes asks for."""
    found: set[str] = set()
    seen: set[int] = set()
    pending = [node for node in nodes if node is not None]
    while pending:
        node = pending.pop()
        if id(node) in seen or isinstance(node, Scalar):
            continue
        seen.add(id(node))
        call = intrinsic(node)
        if call is not None and call[0] == "Fn::If" and isinstance(call[1], Sequence) and call[1].items:
            condition = call[1].items[0]
            found |= {condition.value} if isinstance(condition, Scalar) else set()
        pending += node.items if isinstance(node, Sequence) else [value for _, value in node.items()]
    return frozenset(found)


def assumptions(evaluator: Evaluator, names: frozenset[str], needed: str | None = None) -> tuple[Assumption, ...]:
    """The ways in which the named conditions may hold, likeliest first; empty where there are too many.

    ``needed`` is a condition that holds in all of them: the one under which a resource exists.
    """
    wanted = names | ({needed} if needed is not None else set())
    conditions = _Conditions(evaluator, wanted)
    assignments = list(conditions.assignments())
    if len(assignments) > MOST_WAYS:
        return ()
    found: dict[tuple[bool, ...], Assumption] = {}
    for assignment in assignments:
        holds = conditions.holding(assignment)
        if needed is None or holds[needed]:
            found.setdefault(tuple(holds[name] for name in sorted(names)), conditions.assumption(assignment, holds))
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class _Assignment:
    """Parameters with their values, and of the conditions that cannot be evaluated the one that is taken to hold."""

    values: Mapping[str, str | None]
    free: str | None = None


@dataclass(slots=True)
class _Conditions:
    """The conditions that count, and what they depend on."""

    evaluator: Evaluator
    names: frozenset[str]
    variables: dict[str, _Variable] = field(default_factory=dict)
    opaque: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        named: dict[str, dict[str, None]] = {}
        for name in sorted(self.names):
            if not self._collect(name, named, 0):
                self.opaque.add(name)
        self.variables = {name: self._variable(name, tuple(values)) for name, values in named.items()}

    # -- what conditions depend on --------------------------------------------------------------------

    def _collect(self, name: str, named: dict[str, dict[str, None]], depth: int) -> bool:
        node = self.evaluator.condition(name)
        return node is not None and self._collect_from(node, named, depth + 1)

    def _collect_from(self, node: Node, named: dict[str, dict[str, None]], depth: int) -> bool:
        """Note the parameters that a condition compares; false where it depends on something else too."""
        call = _condition_call(node)
        if call is None or depth > _MAX_DEPTH:
            return False
        name, argument = call
        if name == "Condition":
            return isinstance(argument, Scalar) and self._collect(argument.value, named, depth)
        if not isinstance(argument, Sequence):
            return False
        if name in {"Fn::And", "Fn::Or", "Fn::Not"}:
            # Every part is looked at, whatever the ones before it say.
            plain = [self._collect_from(item, named, depth + 1) for item in argument.items]
            return all(plain)
        return name == "Fn::Equals" and self._collect_equals(argument.items, named)

    def _collect_equals(self, sides: list[Node], named: dict[str, dict[str, None]]) -> bool:
        for side, other in (sides, sides[::-1]) if len(sides) == 2 else ():  # noqa: PLR2004 - what is compared
            variable, constant = _variable_name(side), _constant(other)
            if variable is not None and constant is not None:
                named.setdefault(variable, {})[constant] = None
                return True
        return len(sides) == 2 and all(_constant(side) is not None for side in sides)  # noqa: PLR2004

    def _variable(self, name: str, constants: tuple[str, ...]) -> _Variable:
        default, allowed = self.evaluator.default(name), self.evaluator.allowed(name)
        rest = None if allowed is None else [value for value in allowed if value not in constants]
        others: list[str | None] = [None] if rest is None or len(rest) > 1 else list(rest)
        values: list[str | None] = [default] if default is not None else []
        values += [value for value in constants if allowed is None or value in allowed]
        if default is None:
            values = [*others, *values]
        elif default in constants:
            values += others
        return _Variable(name, tuple(dict.fromkeys(values)) or (None,))

    # -- the ways -------------------------------------------------------------------------------------

    def assignments(self) -> Iterator[_Assignment]:
        """The defaults, then every other value alone."""
        defaults = {variable.name: variable.values[0] for variable in self.variables.values()}
        yield _Assignment(defaults)
        for variable in self.variables.values():
            for value in variable.values[1:]:
                yield _Assignment({**defaults, variable.name: value})
        for name in sorted(self.opaque):
            yield _Assignment(defaults, name)

    def holding(self, assignment: _Assignment) -> dict[str, bool]:
        return {name: self._holds(name, assignment, 0) or False for name in self.names}

    def assumption(self, assignment: _Assignment, holds: dict[str, bool]) -> Assumption:
        changed = {
            name: value
            for name, value in assignment.values.items()
            if value != self.evaluator.default(name) and not name.startswith("AWS::")
        }
        return Assumption(
            holds,
            {name: value for name, value in changed.items() if value is not None},
            frozenset(name for name, value in changed.items() if value is None),
        )

    def _holds(self, name: str, assignment: _Assignment, depth: int) -> bool | None:
        if name in self.opaque:
            return name == assignment.free
        node = self.evaluator.condition(name)
        return None if node is None else self._evaluate(node, assignment, depth + 1)

    def _evaluate(self, node: Node, assignment: _Assignment, depth: int) -> bool | None:
        call = _condition_call(node)
        if call is None or depth > _MAX_DEPTH:
            return None
        name, argument = call
        if name == "Condition":
            return self._holds(argument.value, assignment, depth) if isinstance(argument, Scalar) else None
        items = argument.items if isinstance(argument, Sequence) else []
        if name == "Fn::Equals":
            left, right = (self._value(item, assignment) for item in items)
            return left == right
        each = [self._evaluate(item, assignment, depth + 1) for item in items]
        if name == "Fn::Not":
            return None if each[0] is None else not each[0]
        return _all(each) if name == "Fn::And" else _any(each)

    def _value(self, node: Node, assignment: _Assignment) -> str | None:
        variable = _variable_name(node)
        return assignment.values.get(variable) if variable is not None else _constant(node)


def _all(each: list[bool | None]) -> bool | None:
    return False if False in each else None if None in each else True


def _any(each: list[bool | None]) -> bool | None:
    return True if True in each else None if None in each else False


def _condition_call(node: Node) -> tuple[str, Node] | None:
    call = intrinsic(node)
    if call is None and isinstance(node, Map) and len(node) == 1 and (name := node.get("Condition")) is not None:
        return "Condition", name
    return call


def _variable_name(node: Node) -> str | None:
    call = intrinsic(node)
    return call[1].value if call is not None and call[0] == "Ref" and isinstance(call[1], Scalar) else None


def _constant(node: Node) -> str | None:
    return node.value if isinstance(node, Scalar) and node.tag is None else None
