"""What the probe tells becomes a verdict: what fails a function, what is a doubt, and what is fine."""

from __future__ import annotations

from typing import Any

import pytest

from vartask.model import Answer, Started
from vartask.verify.events import Event, Expectation
from vartask.verify.outcomes import started, text_of

ERROR = {"type": "KeyError", "message": "'id'", "trace": "  File ..."}


def answered(expect: Expectation | None = None, **facts: Any) -> Answer:
    event = Event("one", {}, expect=expect or Expectation())
    told = {"verdict": "ok", "events": [{"name": "one", "milliseconds": 2.0, **facts}]}
    (answer,) = started("F", "app.handler", told, [event]).answers
    return answer


@pytest.mark.parametrize(
    ("facts", "expect", "problem"),
    [
        ({"status": 200}, None, None),
        ({"status": None}, None, None),
        ({"status": 404}, None, None),
        ({"status": 500}, None, "status 500"),
        ({"status": 503}, Expectation(503), None),
        ({"status": 404}, Expectation(200), "status 404, expected 200"),
        ({"status": None}, Expectation(200), "no status, expected 200"),
        ({"error": ERROR}, None, "KeyError: 'id'"),
        ({"error": ERROR}, Expectation(error="KeyError"), None),
        ({"error": ERROR}, Expectation(error="KeyError: 'id'"), None),
        ({"error": ERROR}, Expectation(error="ValueError"), "KeyError: 'id', expected ValueError"),
        ({"status": 200}, Expectation(error="KeyError"), "it answers, expected KeyError"),
        ({"status": 200, "contains": True}, Expectation(contains="x"), None),
        ({"status": 200, "contains": False}, Expectation(contains="x"), "the body does not contain 'x'"),
        ({"error": ERROR}, Expectation(200), "KeyError: 'id'"),
        ({"unsent": True}, None, "not sent: the function does not start"),
    ],
)
def test_an_answer_is_held_against_what_is_expected(
    facts: Any, expect: Expectation | None, problem: str | None
) -> None:
    answer = answered(expect, **facts)
    assert answer.problem == problem
    assert answer.failed is (problem is not None)


def test_an_error_keeps_its_type_message_and_trace() -> None:
    answer = answered(error=ERROR)
    assert (answer.error_type, answer.error, answer.trace) == ("KeyError", "KeyError: 'id'", "  File ...")


def test_what_the_container_cannot_reach_is_a_doubt() -> None:
    unreachable = {"type": "EndpointConnectionError", "message": "Could not connect to the endpoint URL", "trace": ""}
    answer = answered(error=unreachable)
    assert answer.problem is not None
    assert not answer.failed
    assert not answered(status=500, response='{"body": "[Errno -3] Temporary failure in name resolution"}').failed


def of(verdict: str, **facts: Any) -> Started:
    return started("F", "app.handler", {"verdict": verdict, **facts})


def test_a_module_of_lambdas_own_image_is_a_doubt_where_the_rules_stand_in() -> None:
    message = "Unable to import module 'app': No module named '{}'"
    for module, certain in (("boto3", False), ("botocore.config", False), ("requests", True)):
        facts = {"type": "Runtime.ImportModuleError", "message": message.format(module)}
        assert of("init error", by="rules", **facts).failed is certain
        assert of("init error", by="runtime", **facts).failed


def test_a_runtime_that_never_asks_while_an_extension_has_ended_is_a_doubt() -> None:
    doubts = ["the extension a ended with exit status 1, as it may without a network"]
    assert not of("timeout", doubts=doubts).failed
    assert of("timeout", doubts=[]).failed
    assert of("init error", type="Runtime.ImportModuleError", message="x", doubts=doubts).failed
    assert of("exited", message="x", doubts=doubts).failed


def test_an_image_without_a_client_says_why_nothing_starts() -> None:
    assert "install awslambdaric" in (of("not started", message="app.handler: No such file", client=False).why or "")
    assert of("not started", message="x", client=True).why is None
    assert of("init error", message="x", client=False).why is None
    assert of("not started", message="x", client=False, by="rules").why is None


def test_text_is_what_python_reads() -> None:
    assert text_of("\ufeff# Zürich".encode().decode("latin-1")) == "# Zürich"
    assert text_of(b"\xff".decode("latin-1")) is None
    assert text_of(None) is None
