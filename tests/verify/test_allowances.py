"""What a function is given, and what a failure for want of more means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vartask.model import Answer, Function, Limits, Span, Started, Verdict, Zip
from vartask.verify.allowances import Allowance, Asked, allowance

SPAN = Span("template.yaml", 3)


def given(limits: Limits, asked: Asked | None = None) -> Allowance:
    return allowance(Function("f", SPAN, Zip(SPAN), "sam", limits=limits), asked or Asked())


@pytest.mark.parametrize(
    ("limits", "init", "event"),
    [
        (Limits(256, 3, 512), 10.0, 3.0),
        (Limits(256, 29, 512), 29.0, 29.0),
        (Limits(256, 900, 512), 60.0, 60.0),
        (Limits(256, None, 512), 10.0, 60.0),
    ],
)
def test_init_has_ten_seconds_or_the_functions_timeout(limits: Limits, init: float, event: float) -> None:
    found = given(limits)
    assert (found.init, found.event) == (init, event)


def test_what_is_asked_for_comes_before_what_is_declared() -> None:
    found = given(Limits(256, 900, 1024), Asked(memory=128, timeout=2.5))
    assert (found.memory, found.storage, found.init, found.event) == (128, 1024, 2.5, 2.5)
    assert (found.memory_doubt, found.time_doubt) == (None, None)


def started(verdict: Verdict, message: str | None = None, error: str | None = None) -> Started:
    answers = () if error is None else (Answer("e", None, error=error, problem=error),)
    return Started("f", "app.handler", verdict, message, answers=answers)


@pytest.mark.parametrize(
    ("limits", "one", "doubted"),
    [
        (Limits(256, 3), started("timeout", "init took longer than 10 s"), False),
        (Limits(256, 900), started("timeout", "init took longer than 60 s"), True),
        (Limits(256, None), started("timeout", "init took longer than 10 s"), True),
        (Limits(256, 3), started("killed", "Runtime.ExitError: Runtime exited with error: signal: killed"), False),
        (Limits(None, 3), started("killed", "Runtime.ExitError: Runtime exited with error: signal: killed"), True),
        (Limits(None, 3), started("killed", "Runtime.ExitError: Runtime exited with error: signal: aborted"), False),
        (Limits(None, None), started("init error", "KeyError: 'A'"), False),
        (Limits(None, None), started("ok"), False),
    ],
)
def test_a_limit_that_is_not_known_is_a_doubt(limits: Limits, one: Started, doubted: bool) -> None:
    assert (given(limits).judged(one).doubt is not None) == doubted


@pytest.mark.parametrize(
    ("limits", "error", "doubted"),
    [
        (Limits(256, 3), "Sandbox.Timedout: Task timed out after 3.00 seconds", False),
        (Limits(256, 900), "Sandbox.Timedout: Task timed out after 60.00 seconds", True),
        # The phase itself says how long it may take.
        (Limits(256, 900), "Sandbox.Timedout: Task timed out after 2.00 seconds", False),
        (Limits(None, 3), "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: signal: killed", True),
        (Limits(128, 3), "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: signal: killed", False),
    ],
)
def test_so_it_is_for_an_event(limits: Limits, error: str, doubted: bool) -> None:
    (answer,) = given(limits).judged(started("ok", error=error)).answers
    assert (answer.doubt is not None) == doubted


def test_a_doubt_that_is_there_already_stays() -> None:
    one = replace(started("timeout", "init took longer than 10 s"), doubt="an extension may be the reason")
    assert given(Limits(256, None)).judged(one).doubt == "an extension may be the reason"


def test_a_function_that_is_killed_is_told_what_it_used_and_has() -> None:
    killed = started("killed", "Runtime.ExitError: Runtime exited with error: signal: killed")
    judged = given(Limits(128, 3)).judged(replace(killed, peak_kib=146 * 1024))
    assert judged.why == "it used 146 MiB, and has 128 MiB"
