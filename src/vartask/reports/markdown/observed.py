"""The report of ``vartask verify``: which functions start in their containers, which do not, and what they said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vartask.model import Answer, Observation, Span, Started, Verification
from vartask.reports import UNHANDLED, Style, counted, untold
from vartask.reports.markdown.markup import code, details, fence, html_code, prose, row, table
from vartask.reports.markdown.pieces import (
    MARK,
    VERIFY,
    crashes,
    folded,
    gaps,
    left_out,
    marker,
    names,
    overview,
    place,
    sections,
)
from vartask.reports.markdown.room import Room

ANSWERING = ("ok", "startup check failed")
"""The verdicts of functions that can answer an event."""

PRINTED = 40
"""As many of the last lines that a function printed are shown."""


def verify(seen: Verification, style: Style) -> str:
    """The verdict, what fails, what was said to events, then what is fine."""
    room = Room()
    report = seen.report
    failures = untold(seen)
    declared = {function.name: function.span for function in report.functions}
    blocks = [marker("verify", style), f"## {_verdict(seen)}", *crashes(report)]
    if report.findings:
        blocks.append(overview(report.findings, style, room))
    if failures:
        blocks.append(_untold(failures, declared, style, room))
    blocks += _lost(seen.observations, room)
    blocks += sections(report.findings, VERIFY, style, room)
    blocks += _some([_section(one, declared, style) for one in failures], "function", room)
    blocks += _events(seen.started, room)
    printed = [_output(one) for one in seen.started if one.verdict != "ok" and one.output.strip()]
    blocks += _some(printed, "printed text", room)
    blocks += gaps(report.gaps, style, room)
    blocks += _started(seen.observations, room)
    return "\n\n".join(blocks) + "\n"


def _verdict(seen: Verification) -> str:
    many = counted(len(seen.started), "function")
    images = counted(len(seen.observations), "image")
    findings, undecided = len(seen.report.findings), len(seen.report.gaps)
    more = [counted(findings, "finding")] if findings else []
    more += [counted(undecided, "gap")] if undecided else []
    rest = "".join(f"; {one}" for one in more)
    if seen.report.crashes:
        return f"{MARK['error']} vartask verify failed: {many} not judged to the end"
    if not seen.observations:
        return f"{MARK['error']} vartask verify: no function could be looked at{rest}"
    failed = sum(one.failed for one in seen.started)
    if seen.failed:
        return f"{MARK['error']} vartask verify: {failed} of {many} in {images} failed{rest}"
    mark = MARK["error"] if any(one.severity == "error" for one in seen.report.findings) else MARK["warning"]
    started = sum(one.verdict == "ok" for one in seen.started)
    if started < len(seen.started):
        return f"{mark} vartask verify: {started} of {many} in {images} started{rest}"
    return f"{mark if findings else '✅'} vartask verify: {many} in {images} started{rest}"


def _untold(failures: Sequence[Started], declared: dict[str, Span], style: Style, room: Room) -> str:
    """A table of the failures that no finding is about."""
    rows = [
        row([MARK["error"], code(one.function), _word(one), _declared(one, declared, style), prose(_reason(one))])
        for one in failures
    ]
    kept = list(room.fitting(rows, 0.2))
    whole = table(["", "Function", "Result", "Declared", "What it said"], kept)
    return "\n\n".join(filter(None, [whole, left_out(len(rows) - len(kept), "function")]))


def _word(started: Started) -> str:
    return started.verdict if started.verdict != "ok" else "event failed"


def _declared(started: Started, declared: dict[str, Span], style: Style) -> str:
    span = declared.get(started.function)
    return place(span, style) if span else ""


def _reason(started: Started) -> str:
    if started.message:
        return started.message
    wrong = next((one for one in started.answers if one.failed), None)
    return f"{wrong.event}: {_said(wrong)}" if wrong else started.why or started.verdict


def _section(started: Started, declared: dict[str, Span], style: Style) -> str:
    wrong = next((one for one in started.answers if one.failed), None)
    trace = started.trace or (wrong.trace if wrong else "")
    parts = [
        f"### {_word(started)}: {code(started.function)}",
        fence("\n".join(filter(None, [_reason(started), trace]))),
    ]
    if started.why and started.why != _reason(started):
        parts.append(prose(started.why))
    where = _declared(started, declared, style)
    if where:
        parts.append(f"Declared in {where}, handler {code(started.handler)}")
    parts.append(f"Reproduce: {code(style.command(*VERIFY, '--function', started.function))}")
    return "\n\n".join(parts)


def _lost(observations: Sequence[Observation], room: Room) -> Iterator[str]:
    """Images that could not be looked into, in the engine's words."""
    for one in observations:
        if one.error:
            lost = [started.function for started in one.started if started.verdict == "not reached"]
            about = f" (for {names(lost)})" if lost else ""
            said = "\n".join(filter(None, (one.error, one.log)))
            block = f"{code(one.image)}{about} could not be looked into:\n\n{fence(said)}"
            if room.take(block):
                yield block


def _events(started: Sequence[Started], room: Room) -> Iterator[str]:
    """What was answered to which event."""
    # To a function that does not start no event is sent: that it does not start is told already.
    pairs = [(one, answer) for one in started for answer in one.answers if one.verdict in ANSWERING]
    if not pairs:
        return
    heading = ["", "Function", "Event", "Status", "Duration", "Error"]
    bad = [pair for pair in pairs if pair[1].failed]
    if bad:
        kept = list(room.fitting([_answer(*pair) for pair in bad], 0.4))
        yield "\n\n".join(filter(None, [table(heading, kept), left_out(len(bad) - len(kept), "event")]))
    good = [_answer(*pair) for pair in pairs if not pair[1].failed]
    if good:
        lines = table(heading, ()).split("\n")
        yield folded(f"{counted(len(good), 'event')} answered", "event", good, room, lines)


def _answer(started: Started, answer: Answer) -> str:
    took = "" if answer.milliseconds is None else f"{answer.milliseconds:.0f} ms"
    status = "" if answer.status is None else str(answer.status)
    mark = MARK["error"] if answer.failed else MARK["warning"] if answer.problem else "✅"
    return row([mark, code(started.function), code(answer.event), status, took, prose(_said(answer))])


def _said(answer: Answer) -> str:
    said = answer.problem or answer.error or ("no answer" if answer.milliseconds is None else "")
    return f"{said} (not certain: {answer.doubt})" if said and answer.doubt else said


def _some(blocks: Sequence[str], noun: str, room: Room) -> Iterator[str]:
    """As many blocks as half of the room takes, and how many more there are."""
    kept = list(room.fitting(blocks, 0.5))
    yield from kept
    if len(kept) < len(blocks):
        yield left_out(len(blocks) - len(kept), noun)


def _output(started: Started) -> str:
    # AWS's images put a long warning before every error, which says nothing of this one.
    lines = [line for line in started.output.rstrip().split("\n") if UNHANDLED not in line]
    shown = lines[-PRINTED:]
    title = f"What {html_code(started.function)} printed"
    title += f": the last {counted(len(shown), 'line')}" if len(lines) > PRINTED else ""
    return details(title, fence("\n".join(shown)))


def _started(observations: Sequence[Observation], room: Room) -> Iterator[str]:
    """Init time and peak memory of what started, to unfold."""
    rows = [
        row([code(one.function), code(one.handler), *_figures(one), code(seen.image), seen.python or ""])
        for seen in observations
        for one in seen.started
        if one.verdict == "ok"
    ]
    if rows:
        heading = table(["Function", "Handler", "Init", "Peak memory", "Image", "Python"], ()).split("\n")
        yield folded(f"{counted(len(rows), 'function')} started", "function", rows, room, heading)


def _figures(started: Started) -> tuple[str, str]:
    init = "" if started.init_milliseconds is None else f"{started.init_milliseconds:.0f} ms"
    peak = "" if started.peak_kib is None else f"{started.peak_kib / 1024:.0f} MiB"
    return init, peak
