"""GitLab's Code Quality report: what a merge request shows as new and as mended.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import Any

from vartask.model import Finding, Gap, Report, Span
from vartask.reports import Style

SEVERITY = {"error": "critical", "warning": "major", "note": "info"}


def render(report: Report, style: Style) -> str:
    """An entry for each finding, and for each gap where gaps are listed."""
    issues = [_finding(finding, style) for finding in report.findings]
    if style.gaps:
        issues += [_gap(gap, style) for gap in report.gaps]
    _tell_apart(issues)
    return json.dumps(issues, indent=2) + "\n"


def _finding(finding: Finding, style: Style) -> dict[str, Any]:
    said = f" (Lambda: {finding.runtime_message})" if finding.runtime_message is not None else ""
    about = (finding.code, finding.message, *finding.functions)
    return {
        "description": f"{finding.code} {finding.message}{said}",
        "check_name": finding.name,
        "fingerprint": _fingerprint(finding.span, about, style),
        "severity": SEVERITY[finding.severity],
        "location": _location(finding.span, style),
    }


def _gap(gap: Gap, style: Style) -> dict[str, Any]:
    return {
        "description": f"not decided: {gap.reason}",
        "check_name": "gap",
        "fingerprint": _fingerprint(gap.span, ("gap", gap.reason, *gap.functions), style),
        "severity": "info",
        "location": _location(gap.span, style),
    }


def _location(span: Span, style: Style) -> dict[str, Any]:
    # GitLab knows files by their paths from the repository's root, without "./".
    return {"path": style.path(span.path, style.root), "lines": {"begin": span.line}}


def _fingerprint(span: Span, about: tuple[str, ...], style: Style) -> str:
    """The same as long as it is the same defect in the same file, wherever its line goes."""
    words = [style.path(span.path, style.root), *(re.sub(r"(\bline |:)\d+", r"\1", word) for word in about)]
    return hashlib.sha256("\0".join(words).encode("utf-8", "backslashreplace")).hexdigest()


def _tell_apart(issues: list[dict[str, Any]]) -> None:
    """Fingerprints are unique: the second of the same kind in a file is the second, whatever its line."""
    seen: Counter[str] = Counter()
    for issue in issues:
        own = issue["fingerprint"]
        seen[own] += 1
        if seen[own] > 1:
            issue["fingerprint"] = hashlib.sha256(f"{own} {seen[own]}".encode()).hexdigest()
