"""The Serverless Framework, asked what it packages and what it would deploy."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wheelhouse import Wheel

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vartask/serverless"
MODULES = Path(os.environ.get("VARTASK_SERVERLESS") or CACHE) / "node_modules"
NODE = shutil.which("node")
READY = NODE is not None and (MODULES / "serverless").exists()
HOW = "the Serverless Framework is not installed: scripts/serverless (which needs Node.js and npm)"

WHEELS = ("tiny", "other")
"""Distributions that the services ask for: there is no index."""

STAGE = "svc-dev-"
"""Before the name of each deployed function: the service's, and the stage's."""

_NO_CLOUD = """\
const file = require.resolve(%r);
const answer = async () => { throw new Error('the stack does not exist'); };
answer.memoized = answer;
require.cache[file] = { id: file, filename: file, loaded: true, exports: answer };
"""
"""The framework asks for the layers that are deployed: for a service that is not deployed yet, there are none."""

_LINKED_AT_ONCE = """\
const fs = require('fs');
fs.symlink = (target, path, ...rest) => {
  let error = null;
  try { fs.symlinkSync(target, path, ...rest.slice(0, -1)); } catch (thrown) { error = thrown; }
  rest.at(-1)(error);
};
"""
"""The requirements' plugin does not wait for the link to the layer's archive (``zipRequirements`` in its lib/layer.js),
so the framework may look for the archive before it is there."""


class PackagingFailed(Exception):
    """The framework refused; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function of the template that the framework would deploy, with the files of its package and of its layers."""

    properties: dict[str, Any]
    code: frozenset[str]
    layers: frozenset[str]


def package(root: Path, service: Path) -> dict[str, Deployed]:
    """Every function that is not Node's; ``root`` is a directory above the service for what else is needed."""
    _run(root, service)
    text = (service / ".serverless/cloudformation-template-update-stack.json").read_text()
    resources: dict[str, dict[str, Any]] = json.loads(text)["Resources"]
    found: dict[str, Deployed] = {}
    for one in resources.values():
        properties = one["Properties"]
        if one["Type"] == "AWS::Lambda::Function" and not properties.get("Runtime", "").startswith("node"):
            name = properties["FunctionName"].removeprefix(STAGE)
            found[name] = Deployed(properties, _code(service, properties), _layers(service, properties, resources))
    return found


def _code(service: Path, properties: dict[str, Any]) -> frozenset[str]:
    key = properties["Code"].get("S3Key")
    if key is None:
        return frozenset()
    name = key.rpartition("/")[2]
    made = service / ".serverless" / name
    return _files(made if made.exists() else service / name)


def _layers(service: Path, properties: dict[str, Any], resources: dict[str, dict[str, Any]]) -> frozenset[str]:
    """All the layers of a function, unpacked over each other."""
    found: frozenset[str] = frozenset()
    for reference in properties.get("Layers", ()):
        key = resources[reference["Ref"]]["Properties"]["Content"]["S3Key"]
        found |= _files(service / ".serverless" / key.rpartition("/")[2])
    return found


def _files(archive: Path) -> frozenset[str]:
    """The files of an archive, without pip's byte code and what the framework itself was writing meanwhile."""
    with zipfile.ZipFile(archive) as opened:
        names = {name for name in opened.namelist() if not name.endswith("/") and not name.startswith(".serverless/")}
    return frozenset(name for name in names if not ("__pycache__" in name and set(name.split("/")) & set(WHEELS)))


def _run(root: Path, service: Path) -> None:
    assert NODE is not None, HOW
    (root / "node_modules").symlink_to(MODULES)
    (root / "before.js").write_text(_LINKED_AT_ONCE + _NO_CLOUD % str(MODULES / "serverless/lib/aws/request.js"))
    tools = root / "bin"
    tools.mkdir()
    (tools / "python3.12").write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tools / "python3.12").chmod(0o755)
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
    program = str(MODULES / "serverless/bin/serverless.js")
    done = subprocess.run(
        [NODE, "--require", str(root / "before.js"), program, "package"],
        cwd=service,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise PackagingFailed(done.stdout + done.stderr)
