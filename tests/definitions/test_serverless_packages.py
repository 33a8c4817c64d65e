from __future__ import annotations

from pathlib import Path

import pytest

from definitions.serverless_projects import HEAD, declared, function, packaged
from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions._serverless_python import UNPACKED
from vartask.engine import check
from vartask.model import Function, Install, LocalLayer, Zip
from vartask.project import Project

ONE = "functions:\n  f:\n    handler: app.handler\n"
REQUIREMENTS = "plugins: [serverless-python-requirements]\n"


def installs(one: Function) -> list[tuple[str | None, str]]:
    assert isinstance(one.artifact, Zip)
    return [(part.requirements, part.into) for part in one.artifact.parts if isinstance(part, Install)]


def reason(one: Function) -> str | None:
    assert isinstance(one.artifact, Zip)
    return one.artifact.reason


def test_patterns_of_a_function_are_ignored_unless_it_is_packaged_individually(tmp_path: Path) -> None:
    body = "functions:\n  f:\n    handler: app.handler\n    package: {patterns: ['!x.py']}\n"
    assert packaged(tmp_path, function(tmp_path, body, "app.py", "x.py")) == {"app.py", "x.py"}
    apart = "functions:\n  f:\n    handler: app.handler\n    package: {individually: true, patterns: ['!x.py']}\n"
    assert packaged(tmp_path, function(tmp_path, apart, "app.py", "x.py")) == {"app.py"}


def test_a_file_that_is_left_out_knows_the_pattern(tmp_path: Path) -> None:
    one = function(tmp_path, "package:\n  patterns:\n    - '!lib/**'\n" + ONE, "app.py", "lib/x.py")
    removed = predict_zip(Project(tmp_path), one).removed
    assert removed["/var/task/lib"].line == 6


@pytest.mark.parametrize("package", ["patterns: '${ssm:/x}'", "patterns: ['${env:X}']", "individually: '${env:X}'"])
def test_patterns_that_are_not_known_leave_the_package_unknown(tmp_path: Path, package: str) -> None:
    one = function(tmp_path, f"package: {{{package}}}\n{ONE}", "app.py")
    assert reason(one)


@pytest.mark.parametrize(
    ("artifact", "words"),
    [
        ("build/x.zip", "is not in the repository"),
        ("s3://bucket/x.zip", "not in the repository"),
        ("${env:A}", "env:A"),
    ],
)
def test_a_ready_made_package_that_is_not_there_is_unknown(tmp_path: Path, artifact: str, words: str) -> None:
    found = reason(function(tmp_path, f"package: {{artifact: '{artifact}'}}\n{ONE}", "app.py"))
    assert found is not None
    assert words in found


@pytest.mark.parametrize(
    "plugin",
    [
        "serverless-webpack",
        "serverless-scriptable-plugin",
        "serverless-package-python-functions",
        "serverless-layers",
        "./own",
    ],
)
def test_plugins_that_change_packages_leave_a_doubt(tmp_path: Path, plugin: str) -> None:
    assert plugin in (reason(function(tmp_path, f"plugins: [{plugin}]\n{ONE}", "app.py")) or "")


@pytest.mark.parametrize("plugin", ["serverless-offline", "serverless-prune-plugin", "serverless-domain-manager"])
def test_plugins_that_do_not_are_no_matter(tmp_path: Path, plugin: str) -> None:
    assert reason(function(tmp_path, f"plugins: [{plugin}]\n{ONE}", "app.py")) is None


# -- serverless-python-requirements -----------------------------------------------------------------------


def test_requirements_go_into_the_package_where_the_plugin_is_named(tmp_path: Path) -> None:
    assert installs(function(tmp_path, REQUIREMENTS + ONE, "app.py", "requirements.txt")) == [("requirements.txt", "")]
    assert installs(function(tmp_path, ONE)) == []


@pytest.mark.parametrize(
    ("custom", "files", "expected"),
    [
        ("{fileName: req/prod.txt}", ("req/prod.txt", "requirements.txt"), [("req/prod.txt", "")]),
        ("{layer: true}", ("requirements.txt",), []),
        ("{zip: true}", ("requirements.txt",), [("requirements.txt", UNPACKED)]),
        ("{}", ("Pipfile", "Pipfile.lock", "requirements.txt"), [("Pipfile.lock", "")]),
        ("{usePipenv: false}", ("Pipfile", "Pipfile.lock", "requirements.txt"), [("requirements.txt", "")]),
        ("{}", ("uv.lock", "requirements.txt"), [("requirements.txt", "")]),
        ("{}", (), []),
    ],
)
def test_options_choose_what_is_installed_where(
    tmp_path: Path, custom: str, files: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    body = f"{REQUIREMENTS}custom: {{pythonRequirements: {custom}}}\n{ONE}"
    assert installs(function(tmp_path, body, "app.py", *files)) == expected


def test_poetry_comes_first_where_it_builds_the_project(tmp_path: Path) -> None:
    text = {"pyproject__toml": "[build-system]\nrequires = ['poetry-core']\n", "poetry__lock": ""}
    (one,) = declared(tmp_path, HEAD + REQUIREMENTS + ONE, "app.py", "requirements.txt", **text).functions
    assert installs(one) == [("poetry.lock", "")]


@pytest.mark.parametrize(
    ("custom", "files", "words"),
    [
        ("{}", {"pyproject__toml": "[build-system]\nrequires = ['poetry']\n"}, "there is no `poetry.lock`"),
        ("{}", {"Pipfile": ""}, "there is no `Pipfile.lock`"),
        ("{poetryWithGroups: [x]}", {"pyproject__toml": "[build-system]\nrequires = ['poetry']\n"}, "chooses"),
        ("{zip: '${env:ZIP}'}", {}, "unknown"),
        ("{vendor: gone}", {"requirements__txt": ""}, "`vendor` names"),
        ("{}", {"__gitignore": "requirements.txt\n"}, "ignored by git"),
    ],
)
def test_what_is_installed_may_be_unknown(tmp_path: Path, custom: str, files: dict[str, str], words: str) -> None:
    service = f"{HEAD}{REQUIREMENTS}custom: {{pythonRequirements: {custom}}}\n{ONE}"
    (one,) = declared(tmp_path, service, "app.py", **files).functions
    assert words in (reason(one) or "")


@pytest.mark.parametrize(
    ("version", "expected", "doubtful"),
    [
        ("'3'", [], False),
        ("'4'", [("requirements.txt", "")], False),
        ("'>=3'", [], True),
        ("^4.4.0", [("requirements.txt", "")], False),
    ],
)
def test_version_four_installs_without_the_plugin(
    tmp_path: Path, version: str, expected: list[tuple[str, str]], doubtful: bool
) -> None:
    head = f"service: s\nframeworkVersion: {version}\nprovider: {{name: aws, runtime: python3.12}}\n"
    one = function(
        tmp_path, f"custom: {{pythonRequirements: {{slim: true}}}}\n{ONE}", "app.py", "requirements.txt", head=head
    )
    assert installs(one) == expected
    assert (reason(one) is not None) is doubtful


def test_a_function_packaged_individually_alone_gets_no_requirements_in_version_three(tmp_path: Path) -> None:
    body = REQUIREMENTS + "functions:\n  f:\n    handler: app.handler\n    package: {individually: true}\n"
    three = function(tmp_path, body, "app.py", "requirements.txt")
    assert (installs(three), reason(three)) == ([], None)
    four = function(tmp_path, body, head=HEAD.replace("3'", "4'"))
    assert installs(four) == [("requirements.txt", "")]


def test_a_module_moves_up_and_brings_its_own_requirements(tmp_path: Path) -> None:
    body = REQUIREMENTS + "package: {individually: true}\nfunctions:\n  f:\n    handler: app.handler\n    module: one\n"
    files = ("one/app.py", "one/lib/x.py", "two/app.py", "one/requirements.txt", "requirements.txt")
    one = function(tmp_path, body, *files)
    assert installs(one) == [("one/requirements.txt", "")]
    assert packaged(tmp_path, one) == {"app.py", "lib/x.py", "requirements.txt"}


ZIPPED = f"{HEAD}{REQUIREMENTS}custom: {{pythonRequirements: {{zip: true}}}}\n{ONE}"
UNPACKING = "try:\n    import unzip_requirements\nexcept ImportError:\n    pass\n"


def test_a_service_without_any_python_is_one_whose_code_is_elsewhere(tmp_path: Path) -> None:
    found = reason(function(tmp_path, ONE, "README.md", "docs/app.js"))
    assert found is not None
    assert "no Python file" in found


def findings(root: Path, service: str, app: str, **others: str) -> list[str]:
    declared(root, service, app__py=app, **others)
    return [finding.code for finding in check(Project(root), Settings()).findings]


def test_zipped_requirements_must_be_unpacked_before_they_are_imported(tmp_path: Path) -> None:
    body = "import requests\n\ndef handler(event, context):\n    return {}\n"
    files = {"requirements__txt": "requests\n"}
    assert findings(tmp_path / "good", ZIPPED, UNPACKING + body, **files) == []
    assert findings(tmp_path / "bad", ZIPPED, body, **files) == ["VT205"]
    plain = ZIPPED.replace("zip: true", "zip: false")
    assert findings(tmp_path / "plain", plain, UNPACKING + body, **files) == []


def test_what_is_not_deployed_is_not_there(tmp_path: Path) -> None:
    service = f"{HEAD}{REQUIREMENTS}custom: {{pythonRequirements: {{noDeploy: [Flask]}}}}\n{ONE}"
    (one,) = declared(tmp_path, service, "app.py", requirements__txt="flask\nrequests\n").functions
    (region,) = [one for one in predict_zip(Project(tmp_path), one).regions if one.path == "/var/task"]
    assert region.distributions == frozenset({"requests"})


def test_the_requirements_layer_is_for_functions_that_name_it(tmp_path: Path) -> None:
    service = (
        f"{HEAD}{REQUIREMENTS}custom: {{pythonRequirements: {{layer: {{name: x}}}}}}\nfunctions:\n"
        "  a: {handler: a.h, layers: [{Ref: PythonRequirementsLambdaLayer}]}\n  b: {handler: b.h}\n"
    )
    first, second = declared(tmp_path, service, "requirements.txt").functions
    (layer,) = first.layers
    assert isinstance(layer, LocalLayer)
    assert [part.into for part in layer.package.parts if isinstance(part, Install)] == ["python"]
    assert second.layers == ()


# -- serverless-wsgi ----------------------------------------------------------------------------------------

WSGI = (
    HEAD + "plugins: [serverless-wsgi, serverless-python-requirements]\ncustom: {wsgi: {app: api.app}}\n"
    "functions:\n  f:\n    handler: wsgi_handler.handler\n"
)


def test_the_wsgi_handler_imports_the_application(tmp_path: Path) -> None:
    files = {"api__py": "from flask import Flask\napp = Flask(__name__)\n", "requirements__txt": "flask\nwerkzeug\n"}
    assert findings(tmp_path / "good", WSGI, "", **files) == []
    assert findings(tmp_path / "bad", WSGI, "", **{**files, "api__py": "import helpers\napp = 1\n"}) != []
    excluded = WSGI + "package: {patterns: ['!api.py']}\n"
    assert findings(tmp_path / "excluded", excluded, "", **files) != []
    assert findings(tmp_path / "older", WSGI.replace("wsgi_handler", "wsgi"), "", **files) == []


@pytest.mark.parametrize("module", ["my-api", "lambda"])
def test_an_application_that_no_statement_can_name_is_imported_all_the_same(tmp_path: Path, module: str) -> None:
    wsgi = WSGI.replace("api.app", f"{module}.app")
    working = {"requirements__txt": "flask\nwerkzeug\n", "tools__py": "", f"{module}__py": "import tools\napp = 1\n"}
    broken = {**working, f"{module}__py": "import helpers.x\napp = 1\n", "lib/helpers/x__py": ""}
    other = {**working, f"{module}__py": "application = 1\n"}
    assert findings(tmp_path / "good", wsgi, "", **working) == []
    assert findings(tmp_path / "bad", wsgi, "", **broken) == ["VT202"]
    assert findings(tmp_path / "other", wsgi, "", **other) == ["VT212"]


def test_what_keeps_the_application_from_being_imported_is_said_in_the_plugins_words(tmp_path: Path) -> None:
    files = {"api__py": "from . import helpers\napp = 1\n", "requirements__txt": "werkzeug\n"}
    declared(tmp_path, WSGI, **files)
    (finding,) = check(Project(tmp_path), Settings()).findings
    error = "attempted relative import with no known parent package"
    assert finding.runtime_message == f"Unable to import app: 'api.app' - {error}"


def test_an_application_that_is_not_there_is_found_where_it_is_named(tmp_path: Path) -> None:
    declared(tmp_path, WSGI, api__py="application = 1\n", requirements__txt="werkzeug\n")
    (finding,) = check(Project(tmp_path), Settings()).findings
    assert (finding.code, finding.span.path, finding.span.line) == ("VT212", "serverless.yml", 5)
