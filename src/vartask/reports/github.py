"""Annotations on a pull request: GitHub Actions workflow commands, with paths relative to the project's root.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from vartask.model import Finding, Report, Verification
from vartask.reports import Style, counted, summary, untold

COMMAND = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report, style: Style) -> str:
    """A command for each finding, one for the gaps together, and a plain last line for the log."""
    lines = [_finding(finding, style) for finding in report.findings]
    if style.gaps:
        lines += [
            _command("notice", gap.reason, file=_path(gap.span.path, style), line=gap.span.line, title="vartask gap")
            for gap in report.gaps
        ]
    elif report.gaps:
        hint = f"{counted(len(report.gaps), 'gap')} could not be decided: vartask check --gaps lists them"
        lines.append(_command("notice", hint, title="vartask"))
    if not report.functions:
        lines.append(_command("error", "No Lambda function was found: nothing was checked", title="vartask"))
    lines += [_command("error", crash, title="vartask failed") for crash in report.crashes]
    lines.append(f"vartask: {summary(report)}")
    return "\n".join(lines) + "\n"


def verify(seen: Verification, style: Style) -> str:
    """The same, and an error for every image and function that fails without a finding."""
    lines = [
        _command("error", f"{image.image}: {image.error}", title="vartask verify")
        for image in seen.observations
        if image.error
    ]
    declared = {function.name: function.span for function in seen.report.functions}
    for one in untold(seen):
        wrong = next((f"{answer.event}: {answer.problem}" for answer in one.answers if answer.failed), one.verdict)
        span = declared.get(one.function)
        place: dict[str, str | int] = {"file": _path(span.path, style), "line": span.line} if span else {}
        lines.append(_command("error", f"{one.function}: {one.message or wrong}", **place, title="vartask verify"))
    return "".join(f"{line}\n" for line in lines) + render(seen.report, style)


def _finding(finding: Finding, style: Style) -> str:
    span = finding.span
    place: dict[str, str | int] = {"file": _path(span.path, style), "line": span.line}
    if span.end_line:
        place["endLine"] = span.end_line
    place["col"] = span.column
    # GitHub takes columns for annotations of one line only, and its endColumn is inclusive.
    if span.end_column > span.column and span.end_line in (0, span.line):
        place["endColumn"] = span.end_column - 1
    return _command(COMMAND[finding.severity], _message(finding, style), **place, title=_title(finding))


def _title(finding: Finding) -> str:
    return f"{finding.code} {finding.name}"


def _message(finding: Finding, style: Style) -> str:
    lines = [finding.message]
    if finding.functions:
        lines.append(f"function: {', '.join(finding.functions)}")
    if finding.runtime_message is not None:
        lines.append(f"Lambda: {finding.runtime_message}")
    for cause in finding.because:
        place = f"{_path(cause.span.path, style)}:{cause.span.line} " if cause.span else ""
        lines.append(f"because: {place}{cause.message}")
    if finding.help is not None:
        lines.append(f"help: {finding.help}")
    return "\n".join(lines)


def _command(command: str, message: str, **properties: str | int) -> str:
    pairs = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{command} {pairs}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _path(path: str, style: Style) -> str:
    return style.path(path, style.root)
