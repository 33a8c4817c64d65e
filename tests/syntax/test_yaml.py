from __future__ import annotations

import json
import sys
import time

import pytest

from vartask.model import Span
from vartask.syntax.nodes import MAX_DEPTH, Mapping, Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError, read_yaml


def root(text: str, path: str = "t.yaml") -> Mapping:
    (document,) = read_yaml(text, path)
    assert isinstance(document.root, Mapping)
    return document.root


def scalar(node: Node | None) -> Scalar:
    assert isinstance(node, Scalar)
    return node


def mapping(node: Node | None) -> Mapping:
    assert isinstance(node, Mapping)
    return node


def test_values_and_keys_keep_their_places() -> None:
    top = root("A:\n  Handler:  app.handler # why\n  Name: 'x y'\n")
    inner = mapping(top.get("A"))
    assert scalar(inner.get("Handler")).span == Span("t.yaml", 2, 13, 2, 24)
    assert scalar(inner.get("Name")).span == Span("t.yaml", 3, 9, 3, 14)
    assert inner.key("Handler") is not None
    assert scalar(inner.key("Handler")).span == Span("t.yaml", 2, 3, 2, 10)


def test_columns_count_characters() -> None:
    assert scalar(root("é€😀: x").get("é€😀")).span.column == 6


@pytest.mark.parametrize("tag", ["!Ref", "!Sub", "!GetAtt", "!Rain::S3", "!Anything/at-all", "!Fn::ForEach"])
def test_unknown_tags_are_kept(tag: str) -> None:
    value = scalar(root(f"a: {tag} x.y\n").get("a"))
    assert (value.tag, value.value) == (tag, "x.y")


def test_tags_on_lists_and_mappings_are_kept() -> None:
    top = root("a: !If [c, 1, 2]\nb: !Transform {Name: x}\n")
    assert isinstance(top.get("a"), Sequence)
    assert mapping(top.get("b")).tag == "!Transform"


def test_the_last_of_two_equal_keys_counts_and_both_are_reported() -> None:
    (document,) = read_yaml("a: 1\nb: {c: 1, c: 2}\na: 3\n", "t.yaml")
    top = mapping(document.root)
    assert scalar(top.get("a")).value == "3"
    assert scalar(mapping(top.get("b")).get("c")).value == "2"
    assert {(item.name, item.span.line, item.first.line) for item in document.duplicates} == {("a", 3, 1), ("c", 2, 2)}


def test_aliases_share_the_node() -> None:
    top = root("a: &x {k: v}\nb: *x\n")
    assert top.get("a") is top.get("b")


def test_merge_keys_yield_to_own_keys_and_to_earlier_merges() -> None:
    top = root("x: &x {a: 1, b: 1, c: 1}\ny: &y {b: 2, d: 2}\nm:\n  <<: [*x, *y]\n  a: 0\n")
    merged = mapping(top.get("m"))
    assert {key.value: scalar(value).value for key, value in merged.items()} == {"a": "0", "b": "1", "c": "1", "d": "2"}
    assert merged.key("<<") is None


def test_anchors_that_expand_a_billionfold_cost_nothing() -> None:
    lines = ["a0: &a0 [lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    lines += ["m0: &m0 {k: v}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}], k{n}: v}}" for n in range(1, 40)]
    started = time.perf_counter()
    top = root("\n".join(lines))
    assert len(mapping(top.get("m39"))) == 40
    assert time.perf_counter() - started < 2


@pytest.mark.parametrize("text", ["a: &a [*a]\n", "a: &a {b: *a}\n", "a: &a {<<: *a, k: v}\n"])
def test_an_alias_to_what_contains_it_ends(text: str) -> None:
    top = root(text)
    inner = top.get("a")
    if isinstance(inner, Mapping):
        assert list(inner.items())


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "[{a: "])
@pytest.mark.parametrize("closed", [True, False])
def test_thousands_of_brackets_give_one_clear_error(opening: str, closed: bool) -> None:
    text = opening * 5000 + "x"
    if closed:
        text += "".join({"[": "]", "{": "}"}.get(char, "") for char in reversed(opening * 5000))
    with pytest.raises(YamlError, match=f"nested more than {MAX_DEPTH} levels deep") as caught:
        read_yaml(text, "t.yaml")
    assert caught.value.span.line == 1
    assert caught.value.span.column > MAX_DEPTH


def test_json_brackets_are_bounded_too() -> None:
    text = '{"a":' * 5000 + "1" + "}" * 5000
    with pytest.raises(YamlError, match="nested more than"):
        read_yaml(text, "t.json")


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: b: c\n", 1, 5),
        ("a:\n  - [1, 2\nb: 3\n", 3, 2),
        ("a: 1\n\tb: 2\n", 2, 1),
        ("a: %env%\n", 1, 4),
        ("a: 1\nb: \x01\n", 2, 4),
        ("a: *nowhere\n", 1, 4),
        ("a: !x!y z\n", 1, 4),
        ('a: "unfinished\n', 2, 1),
    ],
)
def test_what_is_not_yaml_is_one_line_with_its_place(text: str, line: int, column: int) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text, "t.yaml")
    assert "\n" not in caught.value.message
    assert (caught.value.span.line, caught.value.span.column) == (line, column)


def test_several_documents_are_several() -> None:
    documents = read_yaml("a: 1\n---\nb: &x 2\n---\n", "t.yaml")
    assert [type(document.root) for document in documents] == [Mapping, Mapping, Scalar]
    with pytest.raises(YamlError, match="not defined"):
        read_yaml("a: &x 1\n---\nb: *x\n", "t.yaml")


def test_an_empty_file_has_no_document() -> None:
    assert read_yaml("# nothing\n", "t.yaml") == ()


JSON = r"""{
	"Resources": {
		"F": {"Type":"AWS::Lambda::Function", "n": [1, -2.5e3, true, false, null, "😀\ud83d\ude00\/\n", [], {}]}
	}
}"""


def test_json_with_tabs_escapes_and_surrogates_reads_as_json() -> None:
    top = root(JSON, "t.json")
    function = mapping(mapping(top.get("Resources")).get("F"))
    values = function.get("n")
    assert isinstance(values, Sequence)
    expected = json.loads(JSON)["Resources"]["F"]["n"][5]
    assert scalar(values.items[5]).value == expected
    assert [scalar(item).plain for item in values.items[:6]] == [True, True, True, True, True, False]
    assert scalar(values.items[4]).is_null
    assert scalar(function.get("Type")).span == Span("t.json", 3, 16, 3, 39)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ('{"a": }', 7),
        ('{"a" 1}', 6),
        ("{a: 1}", 2),
        ('{"a": 1} x', 10),
        ('{"a": "b', 7),
        ('{"a": 1,}', 9),
        ("[1 2]", 4),
    ],
)
def test_what_is_not_json_is_one_line_with_its_place(text: str, column: int) -> None:
    with pytest.raises(YamlError) as caught:
        read_yaml(text, "t.json")
    assert caught.value.span.column == column


def test_a_flow_mapping_need_not_be_json() -> None:
    assert scalar(root("{a: 1, b: !Ref x}").get("b")).tag == "!Ref"


def test_duplicates_in_json_are_reported() -> None:
    (document,) = read_yaml('{"a": 1, "a": 2}', "t.json")
    assert [item.name for item in document.duplicates] == ["a"]


def test_reading_yaml_imports_no_loader_until_it_is_needed() -> None:
    import subprocess

    code = "import sys, vartask.syntax.yaml; print('yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
