"""What the Markdown reports of both commands are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence

from vartask.model import Finding, Function, Gap, Report, Span
from vartask.reports import Style, counted
from vartask.reports.markdown.markup import (
    advice,
    code,
    details,
    fence,
    language_of,
    link,
    prose,
    row,
    table,
)
from vartask.reports.markdown.room import Room

NAMED = 5
"""As many functions are named with a finding; the rest are counted."""

CHECK, VERIFY = ("vartask", "check"), ("vartask", "verify")

MARK = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}  # noqa: RUF001 - GitHub's own mark for a note


def marker(what: str, style: Style) -> str:
    """What a bot looks for; reports about several directories of one repository are told apart."""
    about = style.path(style.checked, style.root)
    place = "" if about == "." else f" {hashlib.sha256(about.encode('utf-8', 'backslashreplace')).hexdigest()[:8]}"
    return f"<!-- vartask {what}{place} -->"


def verdict(report: Report, style: Style) -> str:
    """The heading: one line that says all when there is nothing to mend."""
    many = counted(len(report.functions), "function")
    if report.crashes:
        return f"{MARK['error']} vartask failed: {many} not judged to the end"
    if not report.functions and not report.findings:
        return f"{MARK['error']} vartask: no Lambda function was found, so nothing was checked"
    if not report.findings:
        undecided = f", {counted(len(report.gaps), 'gap')}" if report.gaps else ""
        mark = f"{MARK['error']} vartask (strict)" if style.strict and report.gaps else "✅ vartask"
        return f"{mark}: no findings in {many}{undecided}"
    worst = next(mark for name, mark in MARK.items() if any(one.severity == name for one in report.findings))
    hit = {name for one in report.findings for name in one.functions}
    affected = f"{len(hit)} of {many} affected" if hit else f"{many} checked"
    return f"{worst} vartask: {counted(len(report.findings), 'finding')}; {affected}"


def overview(findings: Sequence[Finding], style: Style, room: Room) -> str:
    """A table of what fails."""
    rows = (
        row([MARK[one.severity], names(one.functions), f"{one.code}", place(one.span, style), prose(one.message)])
        for one in findings
    )
    kept = list(room.fitting(rows, 0.3))
    whole = table(["", "Function", "Rule", "Line to change", "What is wrong"], kept)
    return "\n\n".join(filter(None, [whole, left_out(len(findings) - len(kept), "finding")]))


def sections(findings: Sequence[Finding], command: Sequence[str], style: Style, room: Room) -> Iterator[str]:
    """Each finding with all that there is to know about it."""
    kept = list(room.fitting((_section(one, command, style) for one in findings), 0.8))
    yield from kept
    missing = left_out(len(findings) - len(kept), "finding")
    if missing:
        yield f"{missing} {code(style.command(*command))} lists them all."


def _section(finding: Finding, command: Sequence[str], style: Style) -> str:
    about = names(finding.functions) or code(style.path(finding.span.path, style.root))
    parts = [
        f"### {finding.code} {finding.name}: {about}",
        f"{place(finding.span, style)} {prose(finding.message)}",
    ]
    if finding.runtime_message is not None:
        parts += ["Lambda logs:", fence(finding.runtime_message)]
    source = style.source(finding.span)
    if source is not None and source.strip():
        parts += ["The line to change:", fence(source.strip(), language_of(finding.span.path))]
    if finding.because:
        causes = ((f"{place(one.span, style)} " if one.span else "") + prose(one.message) for one in finding.because)
        parts.append("\n".join(["Because:", "", *(f"- {cause}" for cause in causes)]))
    if finding.help is not None:
        parts.append(f"**Help:** {advice(finding.help)}")
    parts.append(f"Reproduce: {code(style.command(*command, *_only(finding, command)))}")
    return "\n\n".join(parts)


def _only(finding: Finding, command: Sequence[str]) -> Sequence[str]:
    """The options that leave little else than this finding."""
    if command == CHECK:
        return "--select", finding.code
    return ("--function", finding.functions[0]) if finding.functions else ()


def names(functions: Sequence[str]) -> str:
    """The first of many functions."""
    shown = ", ".join(code(name) for name in functions[:NAMED])
    return f"{shown} and {len(functions) - NAMED} more" if len(functions) > NAMED else shown


def crashes(report: Report) -> Iterator[str]:
    """What vartask itself failed at."""
    if report.crashes:
        yield "vartask itself failed; please report it:"
        yield fence("\n".join(report.crashes))


def gaps(found: Sequence[Gap], style: Style, room: Room) -> Iterator[str]:
    """What could not be decided, to unfold."""
    lines = [
        f"- {place(gap.span, style)} {prose(gap.reason)}{f' ({names(gap.functions)})' if gap.functions else ''}"
        for gap in found
    ]
    if lines:
        yield folded(f"{counted(len(lines), 'gap')}: what could not be decided", "gap", lines, room)


def fine(report: Report, style: Style, room: Room) -> Iterator[str]:
    """The functions without a finding, to unfold."""
    hit = {name for one in report.findings for name in one.functions}
    handlers = report.handlers or (None,) * len(report.functions)
    pairs = zip(report.functions, handlers, strict=True)
    rows = [_function(function, handler, style) for function, handler in pairs if function.name not in hit]
    if rows:
        heading = table(["Function", "Handler", "Runtime", "Declared"], ()).split("\n")
        yield folded(f"{counted(len(rows), 'function')} without a finding", "function", rows, room, heading)


def _function(function: Function, handler: str | None, style: Style) -> str:
    shown = code(handler) if handler else "unknown"
    runtime = code(function.runtime) if function.runtime else function.package_type
    return row([code(function.name), shown, runtime, place(function.span, style)])


def folded(title: str, noun: str, lines: Sequence[str], room: Room, heading: Sequence[str] = ()) -> str:
    """Lines to unfold, as many as fit, below ``heading``."""
    if not room.take(details(title, "\n".join(heading))):
        return left_out(len(lines), noun)
    kept = list(room.fitting(lines, 0.5))
    body = "\n".join([*heading, *kept])
    return details(title, "\n\n".join(filter(None, [body, left_out(len(lines) - len(kept), noun)])))


def left_out(missing: int, noun: str) -> str:
    """How many are not shown; nothing when all are."""
    return f"… and {counted(missing, f'more {noun}')}, for which there is no room here." if missing else ""


def place(span: Span, style: Style) -> str:
    """Where something is written: a link, where a browser can show the file."""
    return link(f"{style.path(span.path, style.root)}:{span.line}", style.url(span))
