"""Modules of others: installed, not installed, only by somebody else's leave, or nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from deployments import deployed, installed, write
from vartask.config import Settings
from vartask.engine import check
from vartask.model import Deployment, UnknownRegion
from vartask.project import Project

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"


def at(tmp_path: Path, code: str, *regions: UnknownRegion, **rest: object) -> Deployment:
    return deployed(tmp_path, {"app.py": code + HANDLER}, regions=regions, **rest)  # type: ignore[arg-type]


def certain(deployment: Deployment) -> list[str]:
    return [item.error for item in deployment.strangers if item.certain]


def remarks(deployment: Deployment) -> list[str]:
    return [item.name for item in deployment.strangers if not item.certain]


def gaps(deployment: Deployment) -> list[str]:
    return [gap.reason for gap in deployment.gaps]


LOCKED = installed("requests", "urllib3", "certifi", "idna", "charset-normalizer", "opentelemetry-api", complete=True)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import yaml", "No module named 'yaml'"),
        ("import yaml.nodes", "No module named 'yaml'"),
        ("from PIL import Image", "No module named 'PIL'"),
        ("import requests, jwt", "No module named 'jwt'"),
        ("import opentelemetry.sdk.trace", "No module named 'opentelemetry.sdk'"),
        ("from opentelemetry import sdk", "cannot import name 'sdk' from 'opentelemetry' (unknown location)"),
        ("try:\n    import yaml\nexcept ImportError:\n    import ruamel.yaml", "No module named 'ruamel'"),
        ("try:\n    import yaml\nexcept ImportError:\n    raise", "No module named 'yaml'"),
        ("try:\n    import yaml\nexcept KeyError:\n    pass", "No module named 'yaml'"),
    ],
)
def test_what_a_complete_list_does_not_bring_fails_in_pythons_words(tmp_path: Path, code: str, error: str) -> None:
    deployment = at(tmp_path, code, LOCKED)
    assert certain(deployment) == [error]
    assert remarks(deployment) == gaps(deployment) == []


@pytest.mark.parametrize(
    "code",
    [
        "import requests\nfrom requests.adapters import HTTPAdapter\nimport urllib3, idna",
        "import boto3, botocore, dateutil, jmespath, six",
        "from opentelemetry import trace\nimport opentelemetry.context\nfrom opentelemetry.trace import Tracer",
        "try:\n    import yaml\nexcept ImportError:\n    yaml = None",
        "try:\n    import ujson as json\nexcept ModuleNotFoundError:\n    import json",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy_boto3_s3",
        "import contextlib\nwith contextlib.suppress(ImportError):\n    import yaml",
    ],
)
def test_what_is_brought_or_guarded_is_silent(tmp_path: Path, code: str) -> None:
    deployment = at(tmp_path, code, LOCKED)
    assert certain(deployment) == remarks(deployment) == gaps(deployment) == []


def test_an_incomplete_list_allows_only_a_remark(tmp_path: Path) -> None:
    deployment = at(tmp_path, "import requests, idna, yaml", installed("requests"))
    assert (certain(deployment), remarks(deployment), gaps(deployment)) == ([], ["yaml"], [])


def test_an_extra_brings_more(tmp_path: Path) -> None:
    assert remarks(at(tmp_path, "import awscrt", installed("boto3"))) == ["awscrt"]
    assert remarks(at(tmp_path, "import awscrt", installed("boto3", "boto3[crt]"))) == []


def test_a_distribution_that_nobody_has_read_makes_it_a_gap(tmp_path: Path) -> None:
    deployment = at(tmp_path, "import yaml", installed("requests", "acme-internal"))
    assert (certain(deployment), remarks(deployment)) == ([], [])
    assert gaps(deployment) == ["third-party modules are not judged: `yaml`: what `acme-internal` brings is not known"]


def test_a_distribution_that_nobody_has_read_and_that_is_something_else_allows_a_remark(tmp_path: Path) -> None:
    deployment = at(tmp_path, "import yaml", installed("requests", "acme-internal", complete=True))
    assert (certain(deployment), remarks(deployment), gaps(deployment)) == ([], ["yaml"], [])


@pytest.mark.parametrize(
    ("module", "stranger"), [("yaml", "acme-yaml"), ("jwt", "fastapi-jwt-auth"), ("nobody", "acme")]
)
def test_a_distribution_that_nobody_has_read_makes_it_a_gap_where_it_may_bring_it(
    tmp_path: Path, module: str, stranger: str
) -> None:
    deployment = at(tmp_path, f"import {module}.x", installed("requests", stranger, complete=True))
    assert (certain(deployment), remarks(deployment)) == ([], [])


def test_a_distribution_that_nobody_has_read_brings_what_is_called_like_it(tmp_path: Path) -> None:
    region = installed("acme-internal", "google-cloud-thing", "scikit-learn", "py-thing", complete=True)
    deployment = at(tmp_path, "import acme_internal, sklearn.svm, thing\nfrom google.cloud import thing", region)
    assert (certain(deployment), remarks(deployment), gaps(deployment)) == ([], [], [])


def test_stubs_bring_nothing(tmp_path: Path) -> None:
    region = installed("types-requests", "mypy-boto3-dynamodb", complete=True)
    assert certain(at(tmp_path, "import requests", region)) == ["No module named 'requests'"]
    assert certain(at(tmp_path, "import mypy_boto3_dynamodb", region)) == []


def test_a_layer_that_nobody_knows_makes_it_a_gap(tmp_path: Path) -> None:
    layer = UnknownRegion("/opt", "layer `arn` is not in the repository", None)
    deployment = at(tmp_path, "import yaml, requests", LOCKED, layer)
    assert (certain(deployment), remarks(deployment)) == ([], [])
    assert gaps(deployment) == ["third-party modules are not judged: `yaml`: layer `arn` is not in the repository"]


def test_a_layer_for_something_else_changes_nothing(tmp_path: Path) -> None:
    agent = UnknownRegion("/opt", "layer `agent`", None, distributions=frozenset())
    assert certain(at(tmp_path, "import yaml", LOCKED, agent)) == ["No module named 'yaml'"]


def test_nothing_is_installed_where_nothing_installs(tmp_path: Path) -> None:
    (outcome,) = at(tmp_path, "import requests").strangers
    assert (outcome.certain, outcome.asked, outcome.owners) == (True, None, ("requests",))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "build:\n\tpip install -r requirements.txt \\\n\t  --target build\n"),
        ("README.md", "Run `pip3 install requests -t .` first."),
        (".github/workflows/ci.yml", "run: sam build -t template.yaml --manifest ../requirements.txt"),
        ("scripts/build.py", "run([sys.executable, '-m', 'pip', 'install', 'x', '--target', 'out'])"),
        ("build.sh", "cp ../requirements.txt src/"),
        ("build.sh", "uv export --no-dev -o src/requirements.txt"),
        ("build.sh", "cd venv/lib/python3.12/site-packages && zip -r ../x.zip ."),
    ],
)
def test_a_step_that_may_install_it_makes_it_a_gap(tmp_path: Path, path: str, text: str) -> None:
    deployment = deployed(tmp_path, {"src/app.py": "import requests" + HANDLER, path: text}, source="src")
    assert certain(deployment) == []
    assert gaps(deployment)


def test_a_module_that_the_repository_may_mean_is_a_gap(tmp_path: Path) -> None:
    files = {"fn/app.py": "import helpers" + HANDLER, "tests/unit/helpers.py": ""}
    deployment = deployed(tmp_path, files, source="fn")
    assert certain(deployment) == []
    assert gaps(deployment)


def test_the_runtime_brings_the_sdk_for_durable_functions_from_3_13_on(tmp_path: Path) -> None:
    code = "from aws_durable_execution_sdk_python import durable_execution"
    assert certain(at(tmp_path, code, runtime="python3.13")) == []
    assert len(certain(at(tmp_path, code, runtime="python3.12"))) == 1


def test_an_import_inside_a_function_fails_when_that_is_called(tmp_path: Path) -> None:
    code = "def handler(event, context):\n    import yaml\n    return yaml\n"
    (outcome,) = deployed(tmp_path, {"app.py": code}, regions=(LOCKED,)).strangers
    assert (outcome.when, outcome.scope) == ("call", "handler")


def test_what_a_vendored_copy_imports_on_the_side_is_not_told(tmp_path: Path) -> None:
    files = {
        "app.py": "import pymysql\n\n\ndef handler(event, context):\n    pymysql.auth()\n",
        "pymysql/__init__.py": "def auth():\n    from nacl import bindings\n    return bindings\n",
    }
    assert certain(deployed(tmp_path, files)) == []


def test_an_import_string_is_never_a_failure(tmp_path: Path) -> None:
    code = "from importlib import import_module\ndef handler(event, context):\n    import_module('{}')\n"
    assert gaps(deployed(tmp_path, {"app.py": code.format("yaml")}, regions=(LOCKED,)))
    assert gaps(deployed(tmp_path, {"app.py": code.format("requests.auth")}, regions=(LOCKED,))) == []


@pytest.mark.parametrize(
    ("region", "told"),
    [
        (installed("flask-cors"), ([], [])),  # which needs Flask
        (installed("flask"), ([], [])),
        (installed("*"), ([], ["third-party modules are not judged: `flask`: `requirements.txt` is installed here"])),
        (installed("requests"), (["flask"], [])),
    ],
)
def test_code_in_a_directory_that_is_called_like_what_it_uses_does_not_mean_itself(
    tmp_path: Path, region: UnknownRegion, told: tuple[list[str], list[str]]
) -> None:
    files = {"app.py": "import web.flask" + HANDLER, "web/__init__.py": "", "web/flask/__init__.py": "import flask\n"}
    deployment = deployed(tmp_path, files, regions=(region,))
    assert (deployment.imports, certain(deployment)) == ((), [])
    assert (remarks(deployment), gaps(deployment)) == told


def test_a_distribution_that_nobody_has_read_does_not_speak_for_the_projects_own(tmp_path: Path) -> None:
    files = {"fn/app.py": "import acme_shared.audit" + HANDLER, "acme_shared/audit.py": ""}
    deployment = deployed(tmp_path, files, source="fn", regions=(installed("acme-shared"),))
    assert (certain(deployment), remarks(deployment)) == ([], [])
    assert len(gaps(deployment)) == 1


def test_what_is_certainly_not_installed_may_be_the_projects_own(tmp_path: Path) -> None:
    files = {"app.py": "import web.flask" + HANDLER, "web/__init__.py": "", "web/flask/__init__.py": "import flask\n"}
    deployment = deployed(tmp_path, files, regions=(LOCKED,))
    assert [item.error for item in deployment.imports] == ["No module named 'flask'"]


def test_what_a_program_may_have_installed_is_anybodys_but_the_projects(tmp_path: Path) -> None:
    files = {"fn/app.py": "import yaml\nimport helpers" + HANDLER, "helpers.py": ""}
    deployment = deployed(tmp_path, files, source="fn", regions=(installed("*"),))
    assert (certain(deployment), remarks(deployment)) == ([], [])
    assert gaps(deployment) == ["third-party modules are not judged: `yaml`: `requirements.txt` is installed here"]
    assert [item.error for item in deployment.imports] == ["No module named 'helpers'"]


def rooted(tmp_path: Path, path: str) -> Deployment:
    installed = UnknownRegion(
        path, "`requirements.txt` is installed here", distributions=frozenset({"requests"}), complete=True, rooted=True
    )
    return deployed(tmp_path, {"app.py": "import requests\n" + HANDLER}, regions=(installed,))


def test_what_is_installed_beside_the_directory_that_is_searched_is_not_installed(tmp_path: Path) -> None:
    assert [outcome.name for outcome in rooted(tmp_path, "/opt").strangers] == ["requests"]
    assert rooted(tmp_path, "/opt/python").strangers == ()
    assert rooted(tmp_path, "/var/task").strangers == ()


ZIPPED = """
data "archive_file" "api" {
  type        = "zip"
  source_dir  = "${path.module}/api"
  output_path = "${path.module}/api.zip"
}
resource "aws_lambda_function" "api" {
  function_name = "api"
  filename      = data.archive_file.api.output_path
  handler       = "app.handler"
  runtime       = "python3.12"
}
"""
INSTALLED = "FROM public.ecr.aws/lambda/python:3.12\nRUN pip install requests --target ${LAMBDA_TASK_ROOT}\n"


@pytest.mark.parametrize(
    ("dockerfile", "said", "codes"),
    [
        (INSTALLED + 'CMD ["other.handler"]\n', "", ["VT205"]),
        (INSTALLED + 'CMD ["other.handler"]\n', "docker run -p 9000:8080 other", ["VT205"]),
        (INSTALLED + 'CMD ["other.handler"]\n', "docker cp other:/var/task/. api/", []),
        (INSTALLED + 'CMD ["other.handler"]\n', "docker run --rm \\\n  -v $PWD/api:/out other cp -r . /out", []),
        (INSTALLED + 'CMD ["other.handler"]\n', "outputs: type=local,dest=api", []),
        (INSTALLED, "", []),
    ],
)
def test_what_an_image_installs_for_itself_is_in_no_package(
    tmp_path: Path, dockerfile: str, said: str, codes: list[str]
) -> None:
    files = {"main.tf": ZIPPED, "api/app.py": "import requests" + HANDLER, "Dockerfile": dockerfile, "README.md": said}
    write(tmp_path, {**files, "other.py": HANDLER})
    found = check(Project(tmp_path), Settings())
    assert [finding.code for finding in found.findings if finding.functions == ("api",)] == codes
    assert bool(found.gaps) is not bool(codes)
