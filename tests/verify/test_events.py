"""Events by name, from files, and with what a phase changes in them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vartask.data.canned_events import NAMES, canned
from vartask.verify.events import WEB, BadEvent, WebChange, changed, named


@pytest.mark.parametrize("name", NAMES)
def test_a_canned_event_is_there_under_its_name(name: str) -> None:
    payload = named(name)
    assert isinstance(payload, dict)
    assert payload == canned(name)


def test_each_canned_event_has_what_tells_its_source() -> None:
    assert named("sqs")["Records"][0]["eventSource"] == "aws:sqs"  # type: ignore[index]
    assert named("s3")["Records"][0]["eventSource"] == "aws:s3"  # type: ignore[index]
    assert named("scheduled")["source"] == "aws.events"  # type: ignore[index]
    assert "elb" in named("alb")["requestContext"]  # type: ignore[index]
    assert named("api-gateway-v2")["version"] == "2.0"  # type: ignore[index]


def test_a_file_is_taken_before_a_canned_event_of_the_same_name(tmp_path: Path) -> None:
    (tmp_path / "sqs").write_text("[1]")
    assert named("sqs", tmp_path) == [1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("api-gatway-v2", 'api-gatway-v2: neither a file nor a canned event, did you mean "api-gateway-v2"? (there are: api-gateway-v1, '),
        ("zzz", "zzz: neither a file nor a canned event (there are: alb, api-gateway-v1, "),
        ("events/get.json", "events/get.json: there is no such file (canned events: api-gateway-v1, "),
    ],
)  # fmt: skip
def test_what_is_neither_file_nor_event_is_told_with_what_there_is(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(BadEvent) as refused:
        named(text, tmp_path)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_no_json_is_told(tmp_path: Path) -> None:
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BadEvent, match=r"bad\.json: not JSON"):
        named("bad.json", tmp_path)
    (tmp_path / "deep.json").write_text("[" * 100_000)
    with pytest.raises(BadEvent, match=r"deep\.json: nested too deeply"):
        named("deep.json", tmp_path)


CHANGE = WebChange("/items/1", "PUT", {"Content-Type": "application/json"}, {"a": ["1", "2"], "b": "x y"}, {"id": 1})


def test_a_change_reaches_every_place_of_format_2() -> None:
    made: Any = changed(named("api-gateway-v2"), CHANGE)
    http = made["requestContext"]["http"]
    assert (made["rawPath"], http["path"], http["method"]) == ("/items/1", "/items/1", "PUT")
    assert made["headers"]["content-type"] == "application/json"
    assert made["rawQueryString"] == "a=1&a=2&b=x+y"
    assert made["queryStringParameters"] == {"a": "1,2", "b": "x y"}
    assert (made["body"], made["isBase64Encoded"]) == ('{"id": 1}', False)


def test_a_change_reaches_every_place_of_format_1() -> None:
    made: Any = changed(named("api-gateway-v1"), CHANGE)
    context = made["requestContext"]
    assert {made["path"], made["resource"], context["path"], context["resourcePath"]} == {"/items/1"}
    assert (made["httpMethod"], context["httpMethod"]) == ("PUT", "PUT")
    assert made["multiValueHeaders"]["content-type"] == ["application/json"]
    assert made["queryStringParameters"] == {"a": "2", "b": "x y"}
    assert made["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": ["x y"]}


def test_a_load_balancers_request_gets_no_parts_that_it_has_not() -> None:
    before: Any = named("alb")
    made: Any = changed(before, CHANGE)
    assert set(made) == set(before)
    assert (made["path"], made["httpMethod"]) == ("/items/1", "PUT")
    assert before["path"] == "/lambda"


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WEB])
def test_other_events_have_no_path(name: str) -> None:
    with pytest.raises(BadEvent, match="are for web requests"):
        changed(named(name), CHANGE)
    assert changed(named(name), WebChange()) == named(name)
