"""The predicted packages, handlers and variables are those of ``serverless package``.

Needs Node.js and the packages that ``scripts/serverless`` installs (``VARTASK_SERVERLESS=/path`` where they are elsewhere
than in its default place).  Nothing of a service leaves the machine: distributions come from wheels that are made here.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oracle.serverless_cases import CASES, CLUTTER, LINKS, Case
from vartask.artifact.zip import ZipTrees
from vartask.config import Settings
from vartask.definitions.serverless import find
from vartask.model import FileTree, Function, Image
from vartask.project import Project
from wheelhouse import Wheel

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vartask/serverless"
HOME = Path(os.environ.get("VARTASK_SERVERLESS") or CACHE)
PROGRAM = HOME / "node_modules/serverless/bin/serverless.js"
NODE = shutil.which("node")

pytestmark = pytest.mark.skipif(
    NODE is None or not PROGRAM.exists(), reason="the Serverless Framework is not installed: scripts/serverless"
)

WHEELS = ("tiny", "other")
BY_THE_PLUGIN = {".completed_requirements", "requirements.txt"}
"""Files of its own that serverless-python-requirements puts beside what pip installs."""

STAGE = "svc-dev-"

NO_CLOUD = """\
const file = require.resolve(%r);
const answer = async () => { throw new Error('the stack does not exist'); };
answer.memoized = answer;
require.cache[file] = { id: file, filename: file, loaded: true, exports: answer };
"""
"""The framework asks for the layers that are deployed: for a service that is not deployed yet, there are none."""


def installed(name: str) -> set[str]:
    """What pip makes of one of the wheels, without its byte code."""
    info = ("INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL")
    return {f"{name}/__init__.py", *(f"{name}-1.0.dist-info/{one}" for one in info)}


def lay_out(root: Path, case: Case) -> Path:
    """The service's directory, with everything that a repository may hold beside the code."""
    service = root / "repository/service"
    for name in CLUTTER:
        path = service / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for name, text in {**case.files, case.name: case.text}.items():
        (service / name).parent.mkdir(parents=True, exist_ok=True)
        (service / name).write_text(text)
    for link, target in LINKS.items():
        (service / link).symlink_to(target)
    with zipfile.ZipFile(service / "ready.zip", "w") as archive:
        archive.writestr("app.py", "")
        archive.writestr("lib/x.py", "")
    return service


def package(root: Path, service: Path) -> dict[str, Any]:
    """Run the framework; the resources of the template that it would deploy."""
    assert NODE is not None
    (root / "node_modules").symlink_to(HOME / "node_modules")
    tools = root / "bin"
    tools.mkdir()
    (tools / "python3.12").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python3.12").chmod(0o755)
    (root / "no_cloud.js").write_text(NO_CLOUD % str(HOME / "node_modules/serverless/lib/aws/request.js"))
    for name in WHEELS:
        Wheel(name, files={f"{name}/__init__.py": ""}).write(root / "wheels")
    environment = {
        **os.environ,
        "PATH": f"{tools}{os.pathsep}{os.environ.get('PATH', '')}",
        "XDG_CACHE_HOME": str(root / "cache"),
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root / "wheels"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "SLS_TELEMETRY_DISABLED": "1",
        "SLS_NOTIFICATIONS_MODE": "off",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "CI": "1",
    }
    done = subprocess.run(
        [NODE, "--require", str(root / "no_cloud.js"), str(PROGRAM), "package"],
        cwd=service,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    template = json.loads((service / ".serverless/cloudformation-template-update-stack.json").read_text())
    resources: dict[str, Any] = template["Resources"]
    return resources


def contents(archive: Path) -> set[str]:
    """The files of an archive; pip's byte code is no matter of the framework's."""
    with zipfile.ZipFile(archive) as opened:
        names = {name for name in opened.namelist() if not name.endswith("/")}
    own = {name for name in names if name.startswith(".serverless/")}  # what the framework was writing meanwhile
    return {name for name in names - own if not ("__pycache__" in name and set(name.split("/")) & set(WHEELS))}


def below(tree: FileTree, root: str) -> set[str]:
    return {
        path.removeprefix(root) for path, entry in tree.entries.items() if entry.kind == "f" and path.startswith(root)
    }


def predicted(tree: FileTree, root: str, actual: set[str], *, slim: bool) -> set[str]:
    """The predicted files, and what pip makes of the distributions that are said to be installed there."""
    files = below(tree, f"{root}/")
    for region in tree.regions:
        inside = "" if region.path == root else region.path.removeprefix(f"{root}/") + "/"
        if region.runtime or not (region.path == root or region.path.startswith(f"{root}/")):
            continue
        if region.path.endswith("/.git"):  # as large as can be, and never of any interest
            files |= {one for one in actual if one.startswith(inside)}
            continue
        assert region.distributions is not None, region.reason
        for name in region.distributions:
            added = {one for one in installed(name) if not (slim and "dist-info" in one)}
            files |= {inside + one for one in added}
        files |= {inside + one for one in BY_THE_PLUGIN}
    return files


def functions(project: Project) -> Iterator[tuple[str, Function]]:
    declared = find(project, Settings())
    assert (declared.problems, declared.gaps) == ((), ())
    for one in declared.functions:
        yield one.name, one


def check_properties(one: Function, properties: dict[str, Any]) -> None:
    """What the template says about a function is what was read."""
    variables = properties.get("Environment", {}).get("Variables", {})
    assert one.environment.keys() == variables.keys()
    assert {name: str(variables[name]) for name, value in one.environment.items() if value is not None} == {
        name: value for name, value in one.environment.items() if value is not None
    }
    assert [one.architecture] == properties.get("Architectures", ["x86_64"])
    if isinstance(one.artifact, Image):
        config = properties["ImageConfig"]
        assert one.artifact.reference == properties["Code"]["ImageUri"]
        assert one.artifact.workdir is not None
        assert [text.value for text in one.artifact.command or ()] == config["Command"]
        assert [text.value for text in one.artifact.entrypoint or ()] == config["EntryPoint"]
        assert one.artifact.workdir.value == config["WorkingDirectory"]
        return
    assert one.handler is not None
    assert (one.handler.value, one.runtime) == (properties["Handler"], properties["Runtime"])


@pytest.mark.parametrize("name", CASES)
def test_prediction_and_package_have_the_same_files(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    service = lay_out(tmp_path, case)
    # Read first: packaging leaves its work in the directory.
    project = Project(tmp_path / "repository")
    found = dict(functions(project))
    trees = {key: ZipTrees(project).tree(one) for key, one in found.items() if not isinstance(one.artifact, Image)}
    resources = package(tmp_path, service)
    deployed = {
        value["Properties"]["FunctionName"].removeprefix(STAGE): value["Properties"]
        for value in resources.values()
        if value["Type"] == "AWS::Lambda::Function" and not value["Properties"].get("Runtime", "").startswith("node")
    }
    assert found.keys() == deployed.keys()
    for key, one in found.items():
        properties = deployed[key]
        check_properties(one, properties)
        if key not in trees:
            continue
        stem = properties["Code"]["S3Key"].rpartition("/")[2]
        archive = service / stem if stem == "ready.zip" else service / ".serverless" / stem
        actual = contents(archive)
        assert predicted(trees[key], "/var/task", actual, slim=name == "slim") == actual
        check_layers(trees[key], properties, resources, service)


def check_layers(tree: FileTree, properties: dict[str, Any], resources: dict[str, Any], service: Path) -> None:
    """All the layers of a function, unpacked over each other."""
    actual: set[str] = set()
    for reference in properties.get("Layers", ()):
        content = resources[reference["Ref"]]["Properties"]["Content"]["S3Key"]
        actual |= contents(service / ".serverless" / content.rpartition("/")[2])
    assert predicted(tree, "/opt", actual, slim=False) == actual
