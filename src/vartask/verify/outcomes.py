"""What the probe tells, in the words of the house."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vartask.model import Answer, Present, Started


def started(function: str, handler: str, facts: Mapping[str, Any]) -> Started:
    """A function from what the probe told of it."""
    return Started(
        function,
        handler,
        facts["verdict"],
        _message(facts),
        facts.get("trace") or "",
        facts.get("init_milliseconds"),
        facts.get("peak_kib"),
        facts.get("output") or "",
        tuple(_answer(one) for one in facts.get("events") or ()),
    )


def _message(facts: Mapping[str, Any]) -> str | None:
    """In Lambda's words.

    The end of the process is told by the platform
    (https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-invocation.html).
    """
    text = facts.get("message") or ""
    if facts["verdict"] == "ok":
        return None
    if facts["verdict"] == "init error":
        return _error(facts)
    if facts["verdict"] in {"exited", "killed"}:
        return f"Runtime.ExitError: Runtime exited with error: {text}"
    return text


def _error(facts: Mapping[str, Any]) -> str:
    kind, text = facts.get("type"), facts.get("message") or ""
    return f"{kind}: {text}" if kind and text else str(kind or text)


def _answer(one: Mapping[str, Any]) -> Answer:
    error = one.get("error")
    return Answer(
        one["name"],
        one["milliseconds"],
        one.get("status"),
        _error(error) if error else None,
        one.get("response"),
    )


def entry(facts: Mapping[str, Any]) -> Present:
    """One path as it was seen."""
    return Present(facts["type"], target=facts.get("target"), mode=facts["mode"], uid=facts["uid"], gid=facts["gid"])
