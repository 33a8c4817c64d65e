from __future__ import annotations

import json
from pathlib import Path

import pytest

from vartask import engine
from vartask.config import Settings
from vartask.definitions import zappa
from vartask.model import Declared, Report
from written import project
from zappa_packages.projects import APP, settings


def found(root: Path, files: dict[str, str]) -> Declared:
    return zappa.find(project(root, files), Settings())


def report(root: Path, files: dict[str, str]) -> Report:
    return engine.check(project(root, {"zappa_settings.json": settings(), **files}), Settings())


def test_every_stage_that_runs_something_is_a_function(tmp_path: Path) -> None:
    stages = {
        "base": {"project_name": "My Shop", "runtime": "python3.12", "aws_environment_variables": {"A": "1"}},
        "dev": {"extends": "base", "app_function": "app.application"},
        "prod": {"extends": "dev", "lambda_handler": "own.handler", "layers": ["arn:x"], "architecture": "arm64"},
    }
    declared = found(tmp_path, {"zappa_settings.json": json.dumps(stages, indent=1), "app.py": APP})
    assert [
        (one.name, one.runtime, one.handler and one.handler.value, one.architecture) for one in declared.functions
    ] == [
        ("my-shop-dev", "python3.12", "handler.lambda_handler", "x86_64"),
        ("my-shop-prod", "python3.12", "own.handler", "arm64"),
    ]
    assert dict(declared.functions[0].environment) == {"A": "1"}
    assert [layer.name for layer in declared.functions[1].layers] == ["arn:x"]


def test_a_working_project_has_no_finding(tmp_path: Path) -> None:
    files = {"app.py": "import flask\nimport shop.views\n" + APP, "shop/views.py": ""}
    assert report(tmp_path, files).findings == ()


@pytest.mark.parametrize(
    ("settings_text", "code"),
    [
        (settings(app_function="app.other"), "VT203"),
        (settings(exclude=["app.py"]), "VT201"),
        (settings(lambda_handler="nowhere.handler"), "VT101"),
    ],
)
def test_an_application_that_is_not_there_is_a_finding(tmp_path: Path, settings_text: str, code: str) -> None:
    checked = report(tmp_path, {"zappa_settings.json": settings_text, "app.py": APP})
    assert [one.code for one in checked.findings] == [code]


@pytest.mark.parametrize("module", ["my-shop", "lambda"])
def test_an_application_that_no_statement_can_name_is_imported_all_the_same(tmp_path: Path, module: str) -> None:
    def codes(name: str, app: str) -> list[str]:
        files = {"zappa_settings.json": settings(app_function=f"{module}.application"), "lib/helpers/x.py": ""}
        return [one.code for one in report(tmp_path / name, {**files, f"{module}.py": app}).findings]

    assert codes("good", APP) == []
    assert codes("bad", "import helpers.x\n" + APP) == ["VT202"]
    assert codes("other", "app = 1\n") == ["VT303"]


def test_an_application_without_a_module_is_refused_in_zappas_words(tmp_path: Path) -> None:
    declared = found(tmp_path, {"zappa_settings.json": settings(app_function="app"), "app.py": APP})
    (problem,) = declared.problems
    assert problem.message.startswith("Your app_function value is not a modular path.")


def test_third_party_packages_are_not_judged(tmp_path: Path) -> None:
    checked = report(tmp_path, {"app.py": "import numpy\n" + APP, "requirements.txt": "flask\n"})
    assert checked.findings == ()
    assert any("virtual environment" in gap.reason for gap in checked.gaps)


@pytest.mark.parametrize("more", [{"slim_handler": True}, {"prebuild_script": "build.make"}])
def test_what_is_put_together_elsewhere_is_a_gap(tmp_path: Path, more: dict[str, object]) -> None:
    checked = report(tmp_path, {"zappa_settings.json": settings(**more), "app.py": "import nothing_like_this\n"})
    assert checked.findings == ()
    assert checked.gaps


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("zappa_settings.json", "{", "not JSON: expected key or }"),
        ("zappa_settings.yml", "a: [", "not YAML: did not find expected node content while parsing a flow node"),
        ("zappa_settings.toml", "a = ", "not TOML: Invalid value (at end of document)"),
        ("zappa_settings.json", "[]", "the settings are no table of stages"),
        ("zappa_settings.json", '{"a": {"extends": "b"}}', "stage `a` extends `b`, which is not defined"),
        ("zappa_settings.json", '{"a": {"extends": "a"}}', "stage `a` extends itself"),
    ],
)
def test_broken_settings_are_a_problem(tmp_path: Path, name: str, text: str, reason: str) -> None:
    declared = found(tmp_path, {name: text})
    assert [problem.message for problem in declared.problems] == [reason]
