"""``vartask verify`` on what the packaging tools themselves build: the package is found, starts, and is as predicted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running
from cdk_synth.tool import CDK, synthesise
from cdk_synth.tool import HOW as CDK_HOW
from pythons import pythons
from sam_builds.tool import HOW as SAM_HOW
from sam_builds.tool import SAM
from serverless_packages.tool import HOW as SERVERLESS_HOW
from serverless_packages.tool import READY, package

PYTHON = pythons().get("3.11")
"""The one runtime that the engine has an image of; ``sam build`` wants its interpreter on PATH."""

USES_SHARED = "from shared.text import GREETING\n\n\ndef handler(event, context):\n    return GREETING\n"
USES_LAYER = "from common import NAME\n\n\ndef handler(event, context):\n    return NAME\n"
SHARED = "GREETING = 'hello'\n"
NO_SHARED = "Runtime.ImportModuleError: Unable to import module '{}': No module named 'shared'"


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def verify(engine: Engine, directory: Path, *arguments: str) -> dict[str, Any]:
    client = Path(engine.client)
    environment = {**engine.environment, "PATH": f"{client.parent}{os.pathsep}{os.environ['PATH']}"}
    words = [sys.executable, "-m", "vartask", "verify", "--engine", "docker", "--build-option=--network=none"]
    done = subprocess.run(
        [*words, "--output-format", "json", *arguments],
        env=environment,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def zipped(path: Path, members: dict[str, tuple[int, str]]) -> None:
    """An archive of files by their names, each with its whole ``st_mode`` and content."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, (mode, content) in members.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)


def started(found: dict[str, Any]) -> dict[str, tuple[str, str | None, str | None]]:
    """Verdict, message and package of each function."""
    functions = [one for image in found["images"] for one in image["functions"]]
    return {one["name"]: (one["verdict"], one["message"], one["artifact"]) for one in functions}


# -- sam build -------------------------------------------------------------------------------------------

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: python3.11}}
Resources:
  Common:
    Type: AWS::Serverless::LayerVersion
    Metadata: {BuildMethod: python3.11}
    Properties: {ContentUri: layer/, CompatibleRuntimes: [python3.11]}
  Plain:
    Type: AWS::Serverless::LayerVersion
    Properties: {ContentUri: plain/, CompatibleRuntimes: [python3.11]}
  Api: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/, Handler: app.handler}}
  Worker: {Type: AWS::Serverless::Function, Properties: {CodeUri: src/, Handler: worker.handler, Layers: [!Ref Common]}}
  Other: {Type: AWS::Serverless::Function, Properties: {CodeUri: other/, Handler: other.handler, Layers: [!Ref Plain]}}
  Nested: {Type: AWS::Serverless::Application, Properties: {Location: nested/template.yaml}}
"""
NESTED = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Api: {Type: AWS::Serverless::Function, Properties: {CodeUri: fn/, Handler: app.handler, Runtime: python3.11}}
"""
SAM_PROJECT = {
    "template.yaml": TEMPLATE,
    "nested/template.yaml": NESTED,
    "nested/fn/app.py": "def handler(event, context):\n    return 'nested'\n",
    "src/app.py": USES_SHARED,
    "src/worker.py": USES_LAYER,
    "src/shared/__init__.py": "",
    "src/shared/text.py": SHARED,
    "src/requirements.txt": "",
    "layer/common.py": "NAME = 'common'\n",
    "plain/python/common.py": "NAME = 'plain'\n",
    "other/other.py": USES_LAYER,
    "other/requirements.txt": "",
    "nested/fn/requirements.txt": "",
    "layer/requirements.txt": "",
}


def sam_build(root: Path) -> None:
    assert SAM is not None
    assert PYTHON is not None
    path = os.pathsep.join([str(Path(PYTHON).parent), os.environ.get("PATH", "")])
    tools = root.parent / "tools"
    tools.mkdir()
    (tools / "python3.11").symlink_to(PYTHON)
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": f"{tools}{os.pathsep}{path}"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run([SAM, "build"], cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.skipif(SAM is None or PYTHON is None, reason=f"{SAM_HOW}; and CPython 3.11")
def test_what_sam_builds_is_found_and_is_as_predicted(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "repo", SAM_PROJECT)
    sam_build(root)
    found = verify(engine, root)
    build = ".aws-sam/build"
    assert started(found) == {
        "Api": ("ok", None, f"{build}/Api"),
        "Worker": ("ok", None, f"{build}/Worker"),
        "Other": ("ok", None, f"{build}/Other"),
        "nested/Api": ("ok", None, f"{build}/Nested/Api"),
    }
    assert (found["drift"], found["gaps"], found["findings"]) == ([], [], [])


@pytest.mark.skipif(SAM is None or PYTHON is None, reason=f"{SAM_HOW}; and CPython 3.11")
def test_functions_that_sam_builds_once_share_a_container(engine: Engine, tmp_path: Path) -> None:
    template = TEMPLATE.replace(", Layers: [!Ref Common]", "")
    root = write(tmp_path / "repo", {**SAM_PROJECT, "template.yaml": template, "src/worker.py": USES_SHARED})
    sam_build(root)
    found = verify(engine, root)
    assert len(started(found)) == 4
    assert len(found["images"]) == 3


def test_a_package_is_as_the_archive_has_it(engine: Engine, tmp_path: Path) -> None:
    """Modes, links and ignore files of an archive reach the container, where another user than root reads them."""
    template = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
    for name in ("Fine", "Secret"):
        template += f"  {name}:\n    Type: AWS::Serverless::Function\n    Properties:\n"
        template += f"      Runtime: python3.11\n      CodeUri: app.zip\n      Handler: {name.lower()}.handler\n"
    write(tmp_path, {"template.yaml": template})
    handler = "from linked import NAME\n\n\ndef handler(event, context):\n    return NAME\n"
    members = {
        "fine.py": (0o100644, handler),
        "secret.py": (0o100600, handler),
        "linked.py": (0o120777, "lib/real.py"),
        "lib/real.py": (0o100644, "NAME = 'real'\n"),
        ".dockerignore": (0o100644, "**\n"),
    }
    zipped(tmp_path / "app.zip", members)
    facts = started(verify(engine, tmp_path))
    assert facts["Fine"] == ("ok", None, "app.zip")
    verdict, message, _ = facts["Secret"]
    assert verdict == "init error"
    assert "Permission denied: '/var/task/secret.py'" in str(message)


def test_a_broken_archive_is_one_line(engine: Engine, tmp_path: Path) -> None:
    text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  App:\n    Type: AWS::Serverless::Function\n"
    text += "    Properties: {Runtime: python3.11, CodeUri: src, Handler: app.handler}\n"
    write(tmp_path, {"template.yaml": text, "src/app.py": USES_SHARED, "app.zip": "<html>not found</html>"})
    found = verify(engine, tmp_path, "--artifact", "app.zip")
    assert "app.zip cannot be read as a zip archive: File is not a zip file" in found["images"][0]["error"]


def test_a_layer_that_is_not_here_makes_a_failure_a_gap_until_it_is_named(engine: Engine, tmp_path: Path) -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:layer:common:3"
    text = "Resources:\n  App:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.11\n"
    text += f"      Code: src\n      Handler: app.handler\n      Layers: [{arn}]\n"
    write(tmp_path, {"template.yaml": text, "src/app.py": USES_LAYER, "layer/python/common.py": "NAME = 1\n"})
    found = verify(engine, tmp_path)
    assert started(found)["App"][0] == "init error"
    assert (found["findings"], found["drift"]) == ([], [])
    assert any("layer common is not here" in gap["reason"] for gap in found["gaps"])
    named = verify(engine, tmp_path, "--layer", f"{arn}={tmp_path / 'layer'}")
    assert started(named)["App"] == ("ok", None, "src")
    assert (named["findings"], named["drift"], named["gaps"]) == ([], [], [])


def test_a_package_older_than_its_sources_says_nothing_about_them(engine: Engine, tmp_path: Path) -> None:
    text = "Resources:\n  App:\n    Type: AWS::Lambda::Function\n    Properties:\n      Runtime: python3.11\n"
    text += "      Code: src\n      Handler: app.handler\n"
    broken = "import no_such_module\n\n\ndef handler(event, context):\n    return 1\n"
    write(tmp_path, {"template.yaml": text, "src/app.py": broken})
    zipped(tmp_path / "old.zip", {"app.py": (0o100644, "def handler(event, context):\n    return 1\n")})
    os.utime(tmp_path / "old.zip", (0, 0))
    found = verify(engine, tmp_path, "--artifact", "old.zip")
    assert started(found)["App"][0] == "ok"
    # The old package starts, and the finding about the new source stands.
    assert [one["functions"] for one in found["findings"]] == [["App"]]
    assert any("old.zip was built before src/app.py was changed" in gap["reason"] for gap in found["gaps"])


# -- serverless package ----------------------------------------------------------------------------------

SERVICE = """\
service: svc
frameworkVersion: "3"
provider: {name: aws, runtime: python3.11}
package: {patterns: ["!node_modules/**", "!layer/**"]}
layers:
  common: {path: layer}
functions:
  api: {handler: src/app.handler}
  worker: {handler: src/worker.handler, layers: [{Ref: CommonLambdaLayer}]}
  alone:
    handler: src/alone.handler
    package: {individually: true, patterns: ["!**", "src/alone.py", "shared/**"]}
"""
SERVERLESS_PROJECT = {
    "serverless.yml": SERVICE,
    "src/app.py": USES_SHARED,
    "src/worker.py": USES_LAYER,
    "src/alone.py": USES_SHARED,
    "shared/__init__.py": "",
    "shared/text.py": SHARED,
    "layer/python/common.py": "NAME = 'common'\n",
}


@pytest.mark.skipif(not READY, reason=SERVERLESS_HOW)
def test_what_serverless_packages_is_found_and_is_as_predicted(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "repo", SERVERLESS_PROJECT)
    package(tmp_path, root)
    found = verify(engine, root)
    assert started(found) == {
        "api": ("ok", None, ".serverless/svc.zip"),
        "worker": ("ok", None, ".serverless/svc.zip"),
        "alone": ("ok", None, ".serverless/alone.zip"),
    }
    assert (found["drift"], found["gaps"], found["findings"]) == ([], [], [])


@pytest.mark.skipif(not READY, reason=SERVERLESS_HOW)
def test_a_folder_that_the_patterns_leave_out_is_found(engine: Engine, tmp_path: Path) -> None:
    service = SERVICE.replace(', "shared/**"]', "]")
    root = write(tmp_path / "repo", {**SERVERLESS_PROJECT, "serverless.yml": service})
    package(tmp_path, root)
    found = verify(engine, root)
    assert started(found)["alone"] == ("init error", NO_SHARED.format("src/alone"), ".serverless/alone.zip")
    assert [one["functions"] for one in found["findings"]] == [["alone"]]
    assert found["drift"] == []


# -- cdk synth -------------------------------------------------------------------------------------------

PROGRAM = """\
const cdk = require('aws-cdk-lib');
const lambda = require('aws-cdk-lib/aws-lambda');
const app = new cdk.App();
class Stack extends cdk.Stack {
  constructor(scope, id) {
    super(scope, id);
    const common = new lambda.LayerVersion(this, 'Common', { code: lambda.Code.fromAsset('layer') });
    const settings = { runtime: lambda.Runtime.PYTHON_3_11, code: lambda.Code.fromAsset('src') };
    new lambda.Function(this, 'Api', { ...settings, handler: 'app.handler' });
    new lambda.Function(this, 'Again', { ...settings, handler: 'app.handler' });
    new lambda.Function(this, 'Worker', { ...settings, handler: 'worker.handler', layers: [common] });
    const alone = lambda.Code.fromAsset('src', { exclude: EXCLUDED });
    new lambda.Function(this, 'Alone', { ...settings, code: alone, handler: 'app.handler' });
  }
}
new Stack(app, 'Dev');
new Stack(app, 'Prod');
app.synth();
"""
CDK_PROJECT = {
    "cdk.json": '{"app": "node app.js"}',
    "src/app.py": USES_SHARED,
    "src/worker.py": USES_LAYER,
    "src/shared/__init__.py": "",
    "src/shared/text.py": SHARED,
    "layer/python/common.py": "NAME = 'common'\n",
}


@pytest.mark.skipif(CDK is None or shutil.which("node") is None, reason=CDK_HOW)
def test_what_cdk_synthesises_is_found_and_is_as_predicted(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {**CDK_PROJECT, "app.js": PROGRAM.replace("EXCLUDED", "['worker.py']")})
    synthesise(root)
    found = verify(engine, root)
    facts = started(found)
    # The functions of the other stack are the same but for their names.
    assert set(facts) == {f"Dev/{name}" for name in ("Api", "Again", "Worker", "Alone")}
    assert {(verdict, message) for verdict, message, _ in facts.values()} == {("ok", None)}
    assert all(str(artifact).startswith("cdk.out/asset.") for _, _, artifact in facts.values())
    assert (found["drift"], found["gaps"], found["findings"]) == ([], [], [])
    # One container for each combination of package and layers.
    assert len(found["images"]) == 3


@pytest.mark.skipif(CDK is None or shutil.which("node") is None, reason=CDK_HOW)
def test_a_folder_that_an_asset_leaves_out_is_found(engine: Engine, tmp_path: Path) -> None:
    root = write(tmp_path / "repo", {**CDK_PROJECT, "app.js": PROGRAM.replace("EXCLUDED", "['shared']")})
    synthesise(root)
    found = verify(engine, root)
    broken = {name: message for name, (verdict, message, _) in started(found).items() if verdict != "ok"}
    assert broken == {"Dev/Alone": NO_SHARED.format("app")}
    assert found["drift"] == []
    assert {name for one in found["findings"] for name in one["functions"]} == set(broken)
