from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from report_samples import CLEAN, CRASHED, REPORT, STYLE, TREE
from vartask.model import (
    Answer,
    BuildError,
    Drift,
    ImageConfig,
    Observation,
    Report,
    Span,
    Started,
    Verification,
)
from vartask.reports.json import functions, render, tree, verify

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text(encoding="utf-8"))


def checked(text: str, definition: str) -> Any:
    document = json.loads(text)
    schema = {**SCHEMA, "$ref": f"#/$defs/{definition}"}
    schema.pop("oneOf")
    jsonschema.Draft202012Validator(schema).validate(document)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    return document


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_report_has_every_field_of_the_contract() -> None:
    document = checked(render(REPORT, STYLE), "check")

    assert document["version"] == 1
    assert document["functions"] == [
        {
            "name": "QueryTool",
            "handler": "src.scheduler.query_tool_handler.handler",
            "runtime": "python3.12",
            "package_type": "image",
            "memory": None,
            "timeout": None,
            "storage": None,
            "path": "infra/main.tf",
            "line": 40,
        },
        {
            "name": "Cron",
            "handler": "cron.handler",
            "runtime": None,
            "package_type": "zip",
            "memory": None,
            "timeout": None,
            "storage": None,
            "path": "template.yaml",
            "line": 7,
        },
        {
            "name": "Hidden",
            "handler": None,
            "runtime": None,
            "package_type": "zip",
            "memory": None,
            "timeout": None,
            "storage": None,
            "path": "template.yaml",
            "line": 20,
        },
    ]
    first, second = document["findings"]
    assert first["code"] == "VT101"
    assert first["name"] == "handler-not-packaged"
    assert first["severity"] == "error"
    assert (first["path"], first["line"], first["column"]) == ("services/api/Dockerfile", 7, 1)
    assert first["functions"] == ["QueryTool"]
    assert first["runtime_message"].startswith("Runtime.ImportModuleError")
    assert first["because"] == [
        {"path": "services/api/Dockerfile", "line": 5, "message": "copies only src/lambda_handler.py"},
        {"path": None, "line": None, "message": "nothing else is copied"},
    ]
    assert first["fix"] is None
    assert (second["severity"], second["runtime_message"], second["because"]) == ("warning", None, [])
    assert document["gaps"] == [
        {
            "path": "services/api/Dockerfile",
            "line": 4,
            "reason": "RUN make may put anything below /var/task",
            "functions": ["QueryTool"],
        }
    ]
    assert document["suppressed"] == 1


def test_paths_are_relative_to_the_directory_checked() -> None:
    document = checked(render(REPORT, replace(STYLE, checked="/repo/services/api", cwd="/elsewhere")), "check")

    assert document["findings"][0]["path"] == "Dockerfile"
    assert document["functions"][0]["path"] == "../../infra/main.tf"


@pytest.mark.parametrize("report", [Report(), CLEAN, CRASHED])
def test_every_report_fits_the_schema(report: Report) -> None:
    document = checked(render(report, STYLE), "check")

    assert document["crashes"] == list(report.crashes)


def test_a_finding_without_its_message_does_not_fit() -> None:
    document = json.loads(render(REPORT, STYLE))
    del document["findings"][0]["message"]

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_the_functions_alone() -> None:
    document = checked(functions(REPORT, STYLE), "functions")

    assert list(document) == ["version", "functions"]
    assert document["functions"] == json.loads(render(REPORT, STYLE))["functions"]


def test_a_tree_without_an_image_has_no_configuration() -> None:
    document = checked(tree("QueryTool", TREE, STYLE), "tree")

    assert document["entries"][1] == {
        "path": "/var/task/app.py",
        "type": "f",
        "mode": "0755",
        "uid": 5,
        "gid": 0,
        "target": None,
        "put_by": {"path": "services/api/Dockerfile", "line": 5},
        "source": "services/api/app.py",
    }
    assert document["unknown"] == [
        {
            "path": "/var/task",
            "names": None,
            "holes": ["/var/task/old"],
            "reason": "RUN make",
            "line": 4,
            "at": {"path": "services/api/Dockerfile", "line": 4},
        },
        {"path": "/opt", "names": ["lib", "python"], "holes": [], "reason": "a layer", "line": None, "at": None},
    ]
    assert document["config"] is None
    assert document["error"] is None


def test_a_tree_of_an_image_says_how_it_starts_and_how_it_fails() -> None:
    config = ImageConfig("/var/task", ("/lambda-entrypoint.sh",), None, ("app.handler",), None, "app", {"A": "b"})
    predicted = replace(TREE, config=config, error=BuildError("no such file", Span("Dockerfile", 3)))

    document = checked(tree("QueryTool", predicted, STYLE), "tree")

    assert document["config"] == {
        "workdir": "/var/task",
        "entrypoint": ["/lambda-entrypoint.sh"],
        "cmd": ["app.handler"],
        "user": "app",
        "env": {"A": "b"},
    }
    assert document["error"] == "Dockerfile:3: no such file"


def test_what_was_seen_in_containers_fits_the_schema() -> None:
    answers = (Answer("list", 1.5, 500, problem="status 500"), Answer("none", None, error="E: e", error_type="E"))
    started = (
        Started("Api", "app.handler", "ok", answers=answers, by="rules", check_milliseconds=3.0),
        Started("Job", "job.handler", "startup check failed", "check returned False", why="no client", doubt="perhaps"),
    )
    seen = Observation("api:1", "3.12.4", "/var/task", "x86_64", 993, started=started)
    drift = Drift("message", ("Api",), "app.handler", "it starts", "it does not", Span("template.yaml", 3))
    text = verify(Verification(REPORT, (seen, Observation("lost", error="gone")), (drift,)), STYLE)
    document = checked(text, "check")
    assert {one["verdict"] for one in document["images"][0]["functions"]} == {"ok", "startup check failed"}
    document["images"][0]["functions"][0]["verdict"] = "something else"
    with pytest.raises(jsonschema.ValidationError):
        checked(json.dumps(document), "check")
