from __future__ import annotations

import pytest

from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Evaluate, Evaluator
from vartask.syntax.hcl_values import (
    Computed,
    Items,
    Known,
    Table,
    Value,
    plain,
)


class Scope:
    """``known.NAME`` is a value, everything else is not known."""

    def __init__(self, **known: str) -> None:
        self.known = known

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> tuple[Value, tuple[hcl.Step, ...]] | None:
        del evaluate
        first = reference.steps[0] if reference.steps else None
        if reference.base == "known" and isinstance(first, hcl.Attr) and first.name in self.known:
            return Known(self.known[first.name], reference.span), reference.steps[1:]
        return None


def value(text: str, **known: str) -> Value:
    expression = hcl.parse(f"a = {text}\n", "main.tf").body.get("a")
    assert expression is not None
    return Evaluator(Scope(**known)).soft(expression)


def test_blocks_have_types_labels_and_nested_blocks() -> None:
    body = hcl.parse('resource "aws_x" "y" {\n  inner {\n    a = 1\n  }\n}\n', "main.tf").body
    (block,) = body.of_type("resource")
    assert block.labels == ("aws_x", "y")
    assert [inner.type for inner in block.body.blocks] == ["inner"]
    assert str(block.span) == "main.tf:1"


def test_columns_count_characters() -> None:
    expression = hcl.parse('é = [ "ü", "here" ]\n', "main.tf").body.get("é")
    assert isinstance(expression, hcl.Tuple)
    assert (expression.items[1].span.column, expression.items[1].span.end_column) == (12, 18)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('"a\\"b\\n\\u00e9"', 'a"b\né'),
        ('"$${not} %%{either}"', "${not} %{either}"),
        ('"  ${"x"}  y  "', "  x  y  "),
        ("<<-EOT\n    one\n      two ${1 + 1}\n  EOT", "one\n  two 2\n"),
        ("<<EOT\n  one\nEOT", "  one\n"),
        ("<<-EOT\n    one\n\n      two\n  \n    three\n  EOT", "one\n\n  two\n  \nthree\n"),
        ('<<-EOT\n    one\n  ${"x"} y\n    z\n  EOT', "  one\nx y\n  z\n"),
        ('<<-EOT\n    one\n${"x"}\n  EOT', "    one\nx\n"),
        ("[1, 2.5, true, -3]", [1, 2.5, True, -3]),
        ('{ a = 1, "b" : 2, ("c") = 3 }', {"a": 1, "b": 2, "c": 3}),
        ('true ? "yes" : "no"', "yes"),
        ('1 == 1 && "a" != "b"', True),
        ("{ for k, v in { b = 1, a = 2 } : k => v if v > 1 }", {"a": 2}),
        ('[for v in ["a", "b"] : upper(v)]', ["A", "B"]),
        ('{ a = { b = ["x", "y"] } }["a"].b[1]', "y"),
        ('[{ n = "a" }, { n = "b" }][*].n', ["a", "b"]),
        ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ('concat(["a"], ["b"])', ["a", "b"]),
        ('toset(["b", "a", "b"])', ["a", "b"]),
        ('lookup({ a = 1 }, "z", 9)', 9),
        ('try({ a = 1 }.missing, "default")', "default"),
        ('coalesce("", null, "x")', "x"),
        ('format("%s-%d", "a", 3)', "a-3"),
        ('join(".", ["a", "b"])', "a.b"),
        ('split(":", "a:b")[1]', "b"),
        ('replace("a-b", "-", "_")', "a_b"),
        ('trimsuffix("a.py", ".py")', "a"),
        ('element(["a", "b"], 3)', "b"),
        ('zipmap(["a"], ["b"])', {"a": "b"}),
        ("merge([{ a = 1 }, { b = 2 }]...)", {"a": 1, "b": 2}),
    ],
)
def test_literals_and_functions_have_terraforms_values(text: str, expected: object) -> None:
    assert plain(value(text)) == expected


def test_a_value_keeps_the_place_of_the_string_it_comes_from() -> None:
    found = value('{ x = { handler = "app.f" } }["x"].handler')
    assert isinstance(found, Known)
    assert (found.span.line, found.span.column) == (1, 23)


def test_a_template_with_an_unknown_part_is_computed_with_the_known_text_in_clear() -> None:
    found = value('"${var.registry}/${known.name}:latest"', name="api")
    assert isinstance(found, Computed)
    assert found.text == "${var.registry}/api:latest"


@pytest.mark.parametrize(
    "text",
    [
        'file("x")',
        "timestamp()",
        'var.x ? "a" : "b"',
        'merge({ a = "known" }, var.more).a',
        'regex("a", "b")',
        '"%{ if var.x }a%{ endif }"',
        "[for v in var.list : v]",
        'try(var.x, "default")',
        "provider::local::f(1)",
    ],
)
def test_what_the_text_does_not_tell_is_computed(text: str) -> None:
    assert isinstance(value(text), Computed)


def test_both_branches_alike_make_the_condition_irrelevant() -> None:
    assert plain(value('var.x ? "same" : "same"')) == "same"


def test_merging_something_unknown_leaves_a_partial_table_whose_later_keys_are_known() -> None:
    found = value("merge(var.common, { a = 1 })")
    assert isinstance(found, Table)
    assert found.partial
    assert plain(found.values["a"]) == 1


def test_a_list_with_an_unknown_item_keeps_the_others() -> None:
    found = value('["a", var.x]')
    assert isinstance(found, Items)
    assert isinstance(found.values[0], Known)
    assert isinstance(found.values[1], Computed)


@pytest.mark.parametrize("text", ["}{", "[[[[", 'a = "x', "\0", "a b c", "%{ if x }", 'resource "x" "y" {\n a = 1\n'])
def test_what_is_not_hcl_is_an_error_with_its_place_and_never_an_exception(text: str) -> None:
    found = hcl.parse(text, "main.tf")
    assert found.error is not None
    assert found.error.span.path == "main.tf"


def test_an_error_in_one_block_does_not_hide_the_others() -> None:
    found = hcl.parse("locals {\n  a = = 1\n}\nlocals {\n  b = 2\n}\n", "main.tf")
    assert found.error is not None
    assert found.error.span.line == 2
    names = {item.name for block in found.body.of_type("locals") for item in block.body.attributes}
    assert "b" in names
    assert "a" not in names


def test_5000_brackets_are_read_without_exhausting_the_stack() -> None:
    found = hcl.parse(f"a = {'[' * 5000}{']' * 5000}\n", "main.tf")
    expression = found.body.get("a")
    assert expression is not None
    Evaluator(Scope()).soft(expression)


def test_a_block_that_holds_an_error_is_left_out_rather_than_read_by_half() -> None:
    text = 'resource "a" "b" {\n  x = 1\n  image_config {\n    command = ["a.b"\n  }\n}\n\nresource "a" "c" {\n}\n'
    found = hcl.parse(text, "main.tf")
    assert found.error is not None
    assert [block.labels[1] for block in found.body.of_type("resource")] == ["c"]
