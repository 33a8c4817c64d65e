from __future__ import annotations

from textwrap import dedent

import pytest

from vartask.syntax.cloudformation import Assumption, Evaluator
from vartask.syntax.conditions import MOST_WAYS, assumptions, condition_names
from vartask.syntax.nodes import Mapping
from vartask.syntax.yaml import read_yaml


def template(text: str) -> Mapping:
    (document,) = read_yaml(dedent(text), "template.yaml")
    assert isinstance(document.root, Mapping)
    return document.root


def evaluator(text: str) -> Evaluator:
    root = template(text)
    sections = [root.get(name) for name in ("Parameters", "Conditions")]
    parameters, conditions = (node if isinstance(node, Mapping) else None for node in sections)
    return Evaluator(parameters, conditions=conditions)


def ways(text: str, *names: str, needed: str | None = None) -> list[Assumption]:
    return list(assumptions(evaluator(text), frozenset(names), needed))


def holding(found: list[Assumption]) -> list[list[str]]:
    return [sorted(name for name, holds in one.holds.items() if holds) for one in found]


STAGE = "Parameters: {Stage: {Type: String, Default: dev}}\n"


def test_the_default_comes_first_and_then_each_value_that_is_named() -> None:
    found = ways(
        f"{STAGE}Conditions: {{Prod: !Equals [!Ref Stage, prod], Test: !Equals [test, !Ref Stage]}}", "Prod", "Test"
    )
    assert holding(found) == [[], ["Prod"], ["Test"]]
    assert [dict(one.given) for one in found] == [{}, {"Stage": "prod"}, {"Stage": "test"}]


def test_conditions_that_exclude_each_other_never_hold_together() -> None:
    text = f"{STAGE}Conditions:\n  Prod: !Equals [!Ref Stage, prod]\n  Other: !Not [!Condition Prod]\n"
    assert holding(ways(text, "Prod", "Other")) == [["Other"], ["Prod"]]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("!Or [!Equals [!Ref Stage, a], !Equals [!Ref Stage, b]]", [[], ["C"]]),
        ("!And [!Equals [!Ref Stage, a], !Equals [!Ref Zone, b]]", [[]]),
        ("{'Fn::Not': [{'Fn::Equals': [{Ref: Stage}, dev]}]}", [[], ["C"]]),
        ("!Equals [a, a]", [["C"]]),
        ("!Equals [!Ref AWS::Region, us-east-1]", [[], ["C"]]),
        ("!Equals [!Sub '${Stage}-x', a-x]", [[], ["C"]]),
        ("!Condition Nowhere", [[], ["C"]]),
        ("!Condition C", [[], ["C"]]),
        ("nonsense", [[], ["C"]]),
    ],
)
def test_what_a_condition_can_be(condition: str, expected: list[list[str]]) -> None:
    text = f"{STAGE}Conditions: {{C: {condition}}}"
    assert holding(ways(text, "C")) == expected


def test_only_allowed_values_count() -> None:
    text = (
        "Parameters: {Stage: {Type: String, Default: dev, AllowedValues: [dev, prod]}}\n"
        "Conditions: {Prod: !Equals [!Ref Stage, prod], Never: !Equals [!Ref Stage, nowhere]}\n"
    )
    assert holding(ways(text, "Prod", "Never")) == [[], ["Prod"]]


def test_a_default_that_is_named_has_one_other_value() -> None:
    text = f"{STAGE}Conditions: {{Dev: !Equals [!Ref Stage, dev]}}"
    found = ways(text, "Dev")
    assert holding(found) == [["Dev"], []]
    assert found[1].other == {"Stage"}
    allowed = text.replace("Default: dev", "Default: dev, AllowedValues: [dev, prod]")
    assert dict(ways(allowed, "Dev")[1].given) == {"Stage": "prod"}


def test_a_condition_that_is_needed_always_holds() -> None:
    text = f"{STAGE}Conditions: {{Prod: !Equals [!Ref Stage, prod], Big: !Equals [!Ref Size, big]}}\n"
    found = ways(text, "Big", needed="Prod")
    assert holding(found) == [["Prod"]]


def test_ways_grow_with_the_values_and_not_with_their_combinations() -> None:
    names = [f"C{index}" for index in range(12)]
    conditions = ", ".join(f"{name}: !Equals [!Ref P{name}, x]" for name in names)
    parameters = ", ".join(f"P{name}: {{Type: String, Default: y}}" for name in names)
    text = f"Parameters: {{{parameters}}}\nConditions: {{{conditions}}}\n"
    assert len(ways(text, *names)) == len(names) + 1


def test_too_many_values_are_left_undecided() -> None:
    conditions = ", ".join(f"C{index}: !Equals [!Ref Stage, v{index}]" for index in range(MOST_WAYS + 1))
    text = f"{STAGE}Conditions: {{{conditions}}}\n"
    assert ways(text, *(f"C{index}" for index in range(MOST_WAYS + 1))) == []


def test_conditions_are_found_wherever_they_stand() -> None:
    root = template("A: !If [One, {'Fn::If': [Two, x, y]}, z]\nB: [{C: !If [Three, !If [Four, 1, 2], 3]}]\n")
    assert condition_names([root]) == {"One", "Two", "Three", "Four"}


def test_an_anchor_that_contains_itself_ends() -> None:
    assert condition_names([template("A: &a [*a, !If [One, x, y]]")]) == {"One"}
