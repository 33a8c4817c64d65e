from __future__ import annotations

from pathlib import Path

import pytest

from chalice_packages.projects import BLUEPRINT, HEAD, ROUTE, config
from vartask import engine
from vartask.config import Settings
from vartask.definitions import chalice
from vartask.model import Declared, Report, Span
from written import project


def found(root: Path, files: dict[str, str]) -> Declared:
    return chalice.find(project(root, {".chalice/config.json": config(), **files}), Settings())


def report(root: Path, files: dict[str, str]) -> Report:
    return engine.check(project(root, {".chalice/config.json": config(), **files}), Settings())


def handlers(declared: Declared) -> dict[str, str]:
    return {one.name: one.handler.value for one in declared.functions if one.handler is not None}


def test_routes_make_one_function_and_events_one_each(tmp_path: Path) -> None:
    text = HEAD + ROUTE + "@app.on_s3_event(bucket='b')\ndef stored(event):\n    pass\n"
    declared = found(tmp_path, {"app.py": text})
    assert handlers(declared) == {"shop-dev-stored": "app.stored", "shop-dev": "app.app"}
    assert [(one.span.path, one.span.line) for one in declared.functions] == [("app.py", 9), ("app.py", 3)]


def test_a_working_application_has_no_finding_and_no_gap(tmp_path: Path) -> None:
    files = {
        "app.py": HEAD + "from chalicelib.more import extra\napp.register_blueprint(extra)\n" + ROUTE,
        "chalicelib/__init__.py": "",
        "chalicelib/more.py": BLUEPRINT,
        "requirements.txt": "chalice\n",
    }
    checked = report(tmp_path, files)
    assert (checked.findings, checked.gaps, checked.crashes) == ((), (), ())
    assert [one.name for one in checked.functions] == ["shop-dev", "shop-dev-deep"]


def test_a_module_beside_app_is_not_packaged(tmp_path: Path) -> None:
    checked = report(tmp_path, {"app.py": HEAD + "import helper\n" + ROUTE, "helper.py": ""})
    assert [(one.code, one.span.path) for one in checked.findings] == [("VT201", "app.py")]
    assert (
        report(
            tmp_path, {"app.py": HEAD + "from chalicelib import helper\n" + ROUTE, "chalicelib/helper.py": ""}
        ).findings
        == ()
    )


def test_chalices_own_requirements_are_not_packaged(tmp_path: Path) -> None:
    checked = report(tmp_path, {"app.py": HEAD + "import click\n" + ROUTE, "requirements.txt": ""})
    assert [one.code for one in checked.findings] == ["VT205"]


def test_an_aliased_blueprint_and_a_package_of_blueprints(tmp_path: Path) -> None:
    files = {
        "app.py": HEAD + "from chalicelib.api import first as one\napp.register_blueprint(one, name_prefix='a_')\n",
        "chalicelib/__init__.py": "",
        "chalicelib/api/__init__.py": "from .more import extra as first\n",
        "chalicelib/api/more.py": BLUEPRINT,
    }
    assert handlers(found(tmp_path, files)) == {
        "shop-dev-a_deep": "chalicelib.api.more.deeper",
        "shop-dev": "app.app",
    }


def test_classes_of_the_projects_own(tmp_path: Path) -> None:
    files = {
        "app.py": "from chalicelib.base import Api, More\napp = Api(app_name='shop')\nextra = More(__name__)\n"
        "@extra.schedule('rate(1 hour)')\ndef tick(event):\n    pass\n\napp.register_blueprint(extra)\n",
        "chalicelib/base.py": "import chalice\nfrom chalice import Blueprint as Base\n"
        "class Api(chalice.Chalice):\n    pass\nclass More(Base):\n    pass\n",
    }
    assert handlers(found(tmp_path, files)) == {"shop-dev-tick": "app.tick"}


def test_an_automatic_layer_with_nothing_in_it_is_none(tmp_path: Path) -> None:
    files = {".chalice/config.json": config(automatic_layer=True), "app.py": HEAD + "import pydantic\n" + ROUTE}
    declared = found(tmp_path, files)
    assert [one.layers for one in declared.functions] == [()]


def test_a_blueprint_that_nobody_registers_declares_nothing(tmp_path: Path) -> None:
    files = {"app.py": HEAD + "from chalicelib.more import extra\n" + ROUTE, "chalicelib/more.py": BLUEPRINT}
    assert list(handlers(found(tmp_path, files))) == ["shop-dev"]


def test_functions_of_other_files_are_looked_for_in_app(tmp_path: Path) -> None:
    """Chalice names every handler of the application `app.<function>`: one that `app` does not have cannot start."""
    files = {
        "app.py": "from chalicelib.core import app\nimport chalicelib.jobs\n",
        "chalicelib/core.py": "from chalice import Chalice\napp = Chalice(app_name='shop')\n",
        "chalicelib/jobs.py": "from chalicelib.core import app\n@app.lambda_function()\ndef work(event, context):\n    return 1\n",
    }
    assert handlers(found(tmp_path, files)) == {"shop-dev-work": "app.work"}
    assert [one.code for one in report(tmp_path, files).findings] == ["VT102"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import chalice\n", "no `app = Chalice(...)` is found here"),
        (
            HEAD + "for b in all_of_them():\n    app.register_blueprint(b)\n",
            "which blueprint is registered here is not known",
        ),
        (HEAD + "app.schedule('rate(1 hour)')(later)\n", "a function is registered by a call of `schedule`"),
        ("def broken(:\n", "no `app = Chalice(...)` is found here"),
    ],
)
def test_what_is_computed_is_a_gap(tmp_path: Path, text: str, reason: str) -> None:
    assert [gap.reason.partition(":")[0] for gap in found(tmp_path, {"app.py": text}).gaps] == [reason]


def test_an_application_without_its_configuration_is_read_and_doubted(tmp_path: Path) -> None:
    files = {
        "api/app.py": "import os\nimport yaml\nimport helper\n" + HEAD + "os.environ['NAME']\n" + ROUTE,
        "api/helper.py": "",
        "web/app.py": "import chalice\n",
        "other/app.py": "app = make()\n",
    }
    checked = engine.check(project(tmp_path, files), Settings())
    assert [one.name for one in checked.functions] == ["api-dev"]
    assert checked.findings == ()
    reasons = {gap.reason for gap in checked.gaps if gap.span == Span("api/app.py")}
    assert ".chalice/config.json is not in the repository: what it says of the application is unknown" in reasons
    files["api/app.py"] = HEAD + "from chalicelib.db import absent\n" + ROUTE
    again = engine.check(project(tmp_path, {**files, "api/chalicelib/db.py": ""}), Settings())
    assert [one.code for one in again.findings] == ["VT203"]


def test_broken_settings_are_a_problem_and_missing_code_a_gap(tmp_path: Path) -> None:
    declared = found(tmp_path, {".chalice/config.json": "{", "app.py": HEAD})
    assert [problem.message for problem in declared.problems] == ["not JSON: expected key or }"]
    assert [
        gap.reason for gap in chalice.find(project(tmp_path / "b", {".chalice/config.json": "{}"}), Settings()).gaps
    ] == ["a Chalice application without app.py: its functions are not known"]
