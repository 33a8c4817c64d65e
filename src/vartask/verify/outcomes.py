"""What the probe tells, in the words of the house."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vartask.data.runtimes import BUNDLED
from vartask.model import Answer, Present, Started
from vartask.verify.doubts import reaches_out
from vartask.verify.events import Event, Expectation

SERVER_ERROR = 500
"""From here on a status says that the function has failed, not that the request was wrong (RFC 9110, section 15.6)."""

_OFFLINE = "it reaches for the network, which the container does not have"

_NO_CLIENT = (
    "the image has no client of Lambda's Runtime API: install awslambdaric and make it the entrypoint"
    " (https://docs.aws.amazon.com/lambda/latest/dg/python-image.html)"
)


def started(function: str, handler: str, facts: Mapping[str, Any], events: Sequence[Event] = ()) -> Started:
    """A function from what the probe told of it."""
    message = _message(facts)
    return Started(
        function,
        handler,
        facts["verdict"],
        message,
        facts.get("trace") or "",
        facts.get("init_milliseconds"),
        facts.get("peak_kib"),
        facts.get("output") or "",
        tuple(_answers(events, facts.get("events") or (), "; ".join(facts.get("doubts") or ()))),
        doubt=_doubt(facts, message),
        by="rules" if facts.get("by") == "rules" else "runtime",
        why=_why(facts),
        check_milliseconds=facts.get("check_milliseconds"),
    )


def _message(facts: Mapping[str, Any]) -> str | None:
    """In Lambda's words; the end of the process is told by the platform, which the probe quotes."""
    return None if facts["verdict"] == "ok" else _error(facts)


def _error(facts: Mapping[str, Any]) -> str:
    kind, text = facts.get("type"), facts.get("message") or ""
    return f"{kind}: {text}" if kind and text else str(kind or text)


def _doubt(facts: Mapping[str, Any], message: str | None) -> str | None:
    """What keeps a failure on this image from being one in the cloud."""
    if facts["verdict"] == "ok" or message is None:
        return None
    if facts.get("by") == "rules":
        missing = re.search(r"No module named '(\w+)", message)
        if missing and missing[1] in frozenset().union(*BUNDLED.values()):
            return f"Lambda's own image has {missing[1]}, which the one that it ran on has not"
    if facts["verdict"] == "timeout" and facts.get("doubts"):
        # Whoever was to ask for an event may be an extension.
        return "; ".join(facts["doubts"])
    return None


def _why(facts: Mapping[str, Any]) -> str | None:
    lost = facts["verdict"] in {"not started", "exited", "timeout"} and facts.get("client") is False
    lost = lost and not facts.get("doubts")
    return _NO_CLIENT if lost and facts.get("by") != "rules" else None


def _answers(events: Sequence[Event], told: Sequence[Mapping[str, Any]], doubts: str) -> list[Answer]:
    expected = [event.expect for event in events] + [Expectation()] * (len(told) - len(events))
    return [_answer(one, expect, doubts) for one, expect in zip(told, expected, strict=False)]


def _answer(one: Mapping[str, Any], expect: Expectation, doubts: str) -> Answer:
    error = one.get("error")
    problem = _problem(one, expect)
    told = (_error(error), error.get("trace") or "") if error else (one.get("response") or "",)
    doubt = _OFFLINE if reaches_out(*told) else None
    if error and error.get("type") == "Sandbox.Timedout":
        doubt = doubts or None  # whoever was to answer may be an extension
    return Answer(
        one["name"],
        one.get("milliseconds"),
        one.get("status"),
        _error(error) if error else None,
        one.get("response"),
        error.get("type") if error else None,
        (error.get("trace") or "") if error else "",
        problem,
        bool(one.get("fresh")),
        doubt if problem is not None else None,
    )


def _problem(one: Mapping[str, Any], expect: Expectation) -> str | None:
    """Why an answer makes the function fail; ``None`` for a good one."""
    if one.get("unsent"):
        return "not sent: the function does not start"
    error = one.get("error")
    if error:
        whole = _error(error)
        if expect.error is None:
            return whole
        return None if expect.error in {error.get("type"), whole} else f"{whole}, expected {expect.error}"
    if expect.error is not None:
        return f"it answers, expected {expect.error}"
    status = one.get("status")
    if expect.status is not None and status != expect.status:
        return f"status {status}, expected {expect.status}" if status else f"no status, expected {expect.status}"
    if expect.status is None and status is not None and status >= SERVER_ERROR:
        return f"status {status}"
    if one.get("contains") is False:
        return f"the body does not contain {expect.contains!r}"
    return None


def entry(facts: Mapping[str, Any]) -> Present:
    """One path as it was seen."""
    return Present(facts["type"], target=facts.get("target"), mode=facts["mode"], uid=facts["uid"], gid=facts["gid"])


def text_of(told: str | None) -> str | None:
    """A Python file's text; ``None`` for one that was not sent, or is in another encoding than Python's own."""
    if told is None:
        return None
    try:
        return told.encode("latin-1").decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
