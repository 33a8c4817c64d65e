from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from report_samples import BARE, CLEAN, CRASHED, REPORT, RULES, STYLE
from vartask.model import Report, Span
from vartask.reports.sarif import render

SCHEMA = json.loads((Path(__file__).parents[1] / "data" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
WITH_RULES = replace(STYLE, rules=RULES)


def run_of(text: str) -> Any:
    document = json.loads(text)
    jsonschema.Draft7Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(document)
    assert document["version"] == "2.1.0"
    return document["runs"][0]


@pytest.mark.parametrize("report", [REPORT, CLEAN, CRASHED, Report()])
def test_every_report_validates_against_the_official_schema(report: Report) -> None:
    run_of(render(report, WITH_RULES))
    run_of(render(report, STYLE))


def test_the_schema_refuses_a_result_without_message() -> None:
    document = json.loads(render(REPORT, WITH_RULES))
    del document["runs"][0]["results"][0]["message"]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(SCHEMA).validate(document)


def test_a_result_stands_at_its_region_and_relates_to_its_causes() -> None:
    result = run_of(render(REPORT, WITH_RULES))["results"][0]

    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("VT101", 0, "error")
    location = result["locations"][0]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "services/api/Dockerfile", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 1, "endLine": 7, "endColumn": 52},
    }
    assert location["logicalLocations"] == [{"name": "QueryTool", "kind": "function"}]
    [related] = result["relatedLocations"]
    assert related["message"] == {"text": "copies only src/lambda_handler.py"}
    assert related["physicalLocation"]["region"]["startLine"] == 5
    assert "Lambda: Runtime.ImportModuleError" in result["message"]["text"]
    assert "because nothing else is copied" in result["message"]["text"]


def test_the_rules_bring_their_pages_as_help() -> None:
    first, second = run_of(render(REPORT, WITH_RULES))["tool"]["driver"]["rules"]

    assert first["id"] == "VT101"
    assert first["shortDescription"] == {"text": "The handler's module is not in the artifact."}
    assert "Lambda cannot import it." in first["help"]["markdown"]
    assert second["defaultConfiguration"] == {"level": "warning"}
    assert "help" not in second


def test_addresses_are_percent_encoded() -> None:
    odd = replace(BARE, span=Span("a b/ü#\udcff.py"))

    result = run_of(render(Report(findings=(odd,)), STYLE))["results"][0]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b/%C3%BC%23%FF.py"


def test_a_crash_is_no_successful_execution_and_a_gap_is_a_note() -> None:
    [crashed] = run_of(render(CRASHED, STYLE))["invocations"]
    [with_gap] = run_of(render(REPORT, STYLE))["invocations"]

    assert not crashed["executionSuccessful"]
    assert crashed["toolExecutionNotifications"][0]["level"] == "error"
    assert with_gap["executionSuccessful"]
    assert with_gap["toolExecutionNotifications"][0]["message"]["text"].startswith("not decided: RUN make")
