from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator

from report_samples import BARE, CLEAN, GAP, NOT_PACKAGED, REPORT, STYLE
from vartask.model import Report, Span
from vartask.reports.gitlab import render

# What the page says that each entry has
# (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format).
SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description", "check_name", "fingerprint", "severity", "location"],
        "properties": {
            "description": {"type": "string", "minLength": 1},
            "check_name": {"type": "string", "minLength": 1},
            "fingerprint": {"type": "string", "minLength": 1},
            "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
            "location": {
                "type": "object",
                "required": ["path", "lines"],
                "properties": {
                    "path": {"type": "string", "not": {"pattern": r"^(\./|/|\.\.)"}},
                    "lines": {
                        "type": "object",
                        "required": ["begin"],
                        "properties": {"begin": {"type": "integer", "minimum": 1}},
                    },
                },
            },
        },
    },
}


def issues(report: Report, **style: Any) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(render(report, replace(STYLE, **style)))
    Draft202012Validator(SCHEMA).validate(loaded)
    prints = [one["fingerprint"] for one in loaded]
    assert len(set(prints)) == len(prints)
    return loaded


def test_a_finding_is_an_entry_with_what_lambda_says() -> None:
    first, second = issues(REPORT)
    assert first["description"].startswith(
        "VT101 handler module `src.scheduler.query_tool_handler` is not in the image (Lambda: Runtime.Imp"
    )
    assert (first["check_name"], first["severity"]) == ("handler-not-packaged", "critical")
    assert first["location"] == {"path": "services/api/Dockerfile", "lines": {"begin": 7}}
    assert (second["severity"], second["location"]["path"]) == ("major", "src/a,b.py")


def test_paths_are_the_repositorys_wherever_the_run_starts() -> None:
    assert (
        issues(REPORT, cwd="/repo/services", checked="/repo/services/api")[0]["location"]["path"]
        == "services/api/Dockerfile"
    )


def test_a_defect_stays_the_same_when_its_line_moves() -> None:
    moved = replace(NOT_PACKAGED, span=Span(NOT_PACKAGED.span.path, 70), help="add after line 70", because=())
    assert issues(replace(REPORT, findings=(moved,)))[0]["fingerprint"] == issues(REPORT)[0]["fingerprint"]


def test_another_file_message_function_or_rule_is_another_defect() -> None:
    others = (
        replace(NOT_PACKAGED, span=Span("other/Dockerfile", 7)),
        replace(NOT_PACKAGED, message="another"),
        replace(NOT_PACKAGED, functions=("Other",)),
        replace(NOT_PACKAGED, code="VT102"),
    )
    assert len({one["fingerprint"] for one in issues(replace(REPORT, findings=(NOT_PACKAGED, *others)))}) == 5


def test_two_of_a_kind_are_told_apart_and_the_first_stays() -> None:
    twice = issues(Report(findings=(BARE, replace(BARE, span=Span(BARE.span.path, 90)))))
    assert twice[0]["fingerprint"] == issues(Report(findings=(BARE,)))[0]["fingerprint"]


def test_gaps_are_entries_where_they_are_listed() -> None:
    assert [one["check_name"] for one in issues(replace(CLEAN, gaps=(GAP, GAP)), gaps=True)] == ["gap", "gap"]
    assert issues(replace(CLEAN, gaps=(GAP,))) == []
