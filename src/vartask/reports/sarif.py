"""SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/), which GitHub code scanning and others read.

Paths are relative to the directory checked.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from vartask import __version__
from vartask.model import Cause, Finding, Gap, Report, Rule, Span
from vartask.reports import Style

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Report, style: Style) -> str:
    """One run: the rules with their pages, a result for each finding, a notification for each gap and crash."""
    index = {rule.code: number for number, rule in enumerate(style.rules)}
    driver = {
        "name": "vartask",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in style.rules],
    }
    notifications = [_gap(gap, style) for gap in report.gaps]
    notifications += [{"level": "error", "message": {"text": crash}} for crash in report.crashes]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not report.crashes, "toolExecutionNotifications": notifications}],
        "results": [_result(finding, index, style) for finding in report.findings],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    descriptor: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": rule.summary or rule.name},
        "defaultConfiguration": {"level": rule.severity},
    }
    # Without docstrings (python -OO) there is no page, and an empty help text says less than none.
    if rule.page.strip():
        descriptor["help"] = {"text": rule.page.strip(), "markdown": rule.page.strip()}
    return descriptor


def _result(finding: Finding, index: dict[str, int], style: Style) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "level": finding.severity,
        "message": {"text": _message(finding)},
        "locations": [{"physicalLocation": _physical(finding.span, style)}],
        "properties": {"functions": list(finding.functions), "runtimeMessage": finding.runtime_message},
    }
    if finding.code in index:
        result["ruleIndex"] = index[finding.code]
    if finding.functions:
        result["locations"][0]["logicalLocations"] = [{"name": name, "kind": "function"} for name in finding.functions]
    placed = [cause for cause in finding.because if cause.span is not None]
    if placed:
        result["relatedLocations"] = [_related(number, cause, style) for number, cause in enumerate(placed, 1)]
    return result


def _message(finding: Finding) -> str:
    lines = [finding.message]
    if finding.runtime_message is not None:
        lines.append(f"Lambda: {finding.runtime_message}")
    lines += [f"because {cause.message}" for cause in finding.because if cause.span is None]
    if finding.help is not None:
        lines.append(f"help: {finding.help}")
    return "\n".join(lines)


def _related(number: int, cause: Cause, style: Style) -> dict[str, Any]:
    location: dict[str, Any] = {"id": number, "message": {"text": cause.message}}
    if cause.span is not None:
        location["physicalLocation"] = _physical(cause.span, style)
    return location


def _gap(gap: Gap, style: Style) -> dict[str, Any]:
    location = {"physicalLocation": _physical(gap.span, style)}
    return {"level": "note", "message": {"text": f"not decided: {gap.reason}"}, "locations": [location]}


def _physical(span: Span, style: Style) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column}
    # SARIF's endColumn is exclusive too (3.30.8).
    if span.end_line:
        region["endLine"] = span.end_line
    if span.end_column:
        region["endColumn"] = span.end_column
    # A file's name need not be UTF-8; Python then holds its bytes as surrogates (PEP 383).
    uri = quote(style.path(span.path, style.checked).encode("utf-8", "surrogateescape"))
    return {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}
