"""Phases from a file: what they become, and what is said of a file that cannot be followed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from vartask.verify.events import BadEvent, Expectation, named
from vartask.verify.phases import read_phases

TOML = """\
[[phases]]
name = "an item"
event = "api-gateway-v2"
path = "/items/1"
method = "GET"
expect = { status = 200, body-contains = "name" }
functions = ["Api"]
seconds = 5
cold = true

[[phases]]
event = "own.json"

[[phases]]
event = { id = 1 }
expect.error = "KeyError"
"""


def test_a_file_says_what_is_sent_and_what_is_expected(tmp_path: Path) -> None:
    (tmp_path / "phases.toml").write_text(TOML)
    (tmp_path / "own.json").write_text('{"own": true}')
    item, own, inline = read_phases(tmp_path / "phases.toml")
    assert (item.name, item.seconds, item.cold, item.functions) == ("an item", 5, True, ("Api",))
    assert item.expect == Expectation(200, None, "name")
    assert item.payload["rawPath"] == "/items/1"  # type: ignore[index]
    assert (own.name, own.payload) == ("own.json", {"own": True})
    assert (inline.name, inline.payload, inline.expect.error) == ("phase 3", {"id": 1}, "KeyError")
    assert item.is_for("Api")
    assert not item.is_for("Worker")
    assert own.is_for("Worker")


@pytest.mark.parametrize("document", [[{"event": "sqs"}], {"phases": [{"event": "sqs"}]}])
def test_json_is_read_too(document: Any, tmp_path: Path) -> None:
    (tmp_path / "phases.json").write_text(json.dumps(document))
    (phase,) = read_phases(tmp_path / "phases.json")
    assert (phase.name, phase.payload) == ("sqs", named("sqs"))


@pytest.mark.parametrize(
    ("phase", "said"),
    [
        ({"event": "sqs", "pth": "/"}, 'phase 1: unknown key "pth", did you mean "path"?'),
        ({"event": "alb", "name": "list", "expect": {"stauts": 1}}, 'phase 1 "list": unknown key "stauts", did you mean "status"?'),
        ({"event": "alb", "expect": {"body_contains": "x"}}, 'phase 1: unknown key "body_contains", did you mean "body-contains"?'),
        ({"name": "x"}, 'phase 1 "x": needs an "event"'),
        (7, "phase 1: must be a table with an event"),
        ({"event": "sqss"}, 'phase 1: sqss: neither a file nor a canned event, did you mean "sqs"?'),
        ({"event": "sqs", "path": "/"}, "phase 1: path, method, headers, query and body are for web requests"),
        ({"event": "alb", "path": 1}, 'phase 1: "path" must be a text'),
        ({"event": "alb", "query": {"a": 1}}, 'phase 1: "query" must be a table of texts or lists of texts'),
        ({"event": "alb", "headers": {"a": 1}}, 'phase 1: "headers" must be a table of texts'),
        ({"event": "alb", "seconds": 0}, 'phase 1: "seconds" must be a number above 0'),
        ({"event": "alb", "seconds": True}, 'phase 1: "seconds" must be a number above 0'),
        ({"event": "alb", "cold": 1}, 'phase 1: "cold" must be true or false'),
        ({"event": "alb", "functions": "Api"}, 'phase 1: "functions" must be a list of names'),
        ({"event": "alb", "expect": {"status": "200"}}, 'phase 1: "expect.status" must be a number'),
        ({"event": "alb", "expect": {"error": ""}}, 'phase 1: "expect.error" must be a text'),
        ({"event": "alb", "expect": {"error": "E", "status": 200}}, "phase 1: an error has neither a status nor a body"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_one_line_with_the_place(phase: Any, said: str, tmp_path: Path) -> None:
    file = tmp_path / "phases.json"
    file.write_text(json.dumps([phase]))
    with pytest.raises(BadEvent) as refused:
        read_phases(file)
    assert str(refused.value).startswith(f"{file}: {said}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("p.json", "{}", "p.json: needs a list of phases"),
        ("p.json", "[]", "p.json: needs a list of phases"),
        ("p.json", '{"phase": []}', 'p.json: unknown key "phase", did you mean "phases"?'),
        ("p.json", "{", "p.json: not JSON: "),
        ("p.toml", "[", "p.toml: not TOML: "),
        ("p.toml", "[[phases]]\nevent = { at = 2020-01-01 }\n", "p.toml: phase 1: the event cannot be written as JSON"),
        ("p.json", "[" * 100_000, "p.json: nested too deeply"),
    ],
)  # fmt: skip
def test_a_file_that_is_something_else_is_told(name: str, text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(BadEvent) as refused:
        read_phases(tmp_path / name)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadEvent, match="No such file"):
        read_phases(tmp_path / "none.json")


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "p.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadEvent, match=r"p\.toml: not UTF-8"):
        read_phases(tmp_path / "p.toml")
