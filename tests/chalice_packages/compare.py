"""Package an application with ``chalice package``, and compare its functions and files with those predicted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chalice_packages.projects import ChaliceProject
from vartask.artifact.zip import LAYER_ROOT, TASK_ROOT, predict_zip
from vartask.config import Settings
from vartask.definitions.chalice import find
from vartask.model import FileTree, Function, LocalLayer, Unknown
from vartask.project import Project

CHALICE = os.environ.get("VARTASK_CHALICE") or shutil.which("chalice")
HOW = "Chalice is not installed: pip install chalice setuptools in an environment of its own, VARTASK_CHALICE=that/bin/chalice"


class PackagingFailed(Exception):
    """``chalice`` refused; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many packages were predicted exactly, with how many files, and what is wrong with the others."""

    equal: int
    files: int
    different: tuple[str, ...]


def compare(root: Path, project: ChaliceProject) -> Compared:
    """Predict first, then package every stage."""
    project.write(root)
    functions = find(Project(root), Settings()).functions
    equal, files = 0, 0
    different: list[str] = []
    for stage in project.stages:
        out = root.parent / f"out-{stage}"
        template = _package(root, stage, out)
        real = _functions(template)
        mine = {one.handler.value: one for one in functions if one.handler and _is_of(one, stage)}
        said = {handler: _facts(one) for handler, one in mine.items()}
        if said != real:
            different.append(f"{stage}: functions predicted {said}, packaged {real}")
            continue
        for one in mine.values():
            wrong, count = _files(root, one, out)
            different += [f"{stage}: {text}" for text in wrong]
            equal += not wrong
            files += 0 if wrong else count
    return Compared(equal, files, tuple(different))


def _is_of(function: Function, stage: str) -> bool:
    return f"{function.name}-".startswith(f"shop-{stage}-")


def _facts(function: Function) -> tuple[object, ...]:
    layers = sum(isinstance(layer, LocalLayer) for layer in function.layers)
    return dict(function.environment), len(function.layers), layers, function.architecture


def _package(root: Path, stage: str, out: Path) -> dict[str, Any]:
    if CHALICE is None:
        raise PackagingFailed(HOW)
    # Its own bin directory first: it calls pip of the interpreter that it runs with.
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP"))},
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(root.parent / "wheels"),
        "AWS_DEFAULT_REGION": "eu-west-1",
        "HOME": str(root.parent),
    }
    command = [CHALICE, "package", "--stage", stage, str(out)]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise PackagingFailed(f"{done.stdout[-1000:]}{done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads((out / "sam.json").read_text(encoding="utf-8"))
    return found


def _functions(template: dict[str, Any]) -> dict[str, tuple[object, ...]]:
    """What the template says of every function, by its handler."""
    found: dict[str, tuple[object, ...]] = {}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            own = resource["Properties"]
            layers = own.get("Layers", [])
            variables = own.get("Environment", {}).get("Variables", {})
            variables = {name: value for name, value in variables.items() if name != "WEBSOCKET_API_ENDPOINT"}
            managed = sum(isinstance(layer, dict) for layer in layers)
            found[own["Handler"]] = (variables, len(layers), managed, own["Architectures"][0])
    return found


def _files(root: Path, function: Function, out: Path) -> tuple[list[str], int]:
    """Differences of a function's package and of its automatic layer, and how many files there are."""
    project = Project(root)
    real = _members(out / "deployment.zip")
    code = predict_zip(project, replace(function, layers=()))
    wrong = _differences(code, TASK_ROOT, real)
    count = len(real)
    if any(isinstance(layer, LocalLayer) for layer in function.layers):
        # Chalice names the directory after its own Python; a layer's python/ is the same place for an import.
        layer = {name.partition("/site-packages/")[2] for name in _members(out / "layer-deployment.zip")}
        local = tuple(one for one in function.layers if isinstance(one, LocalLayer))
        wrong += _differences(predict_zip(project, replace(function, layers=local)), f"{LAYER_ROOT}/python", layer)
        count += len(layer)
    return wrong, count


def _members(path: Path) -> set[str]:
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def _differences(tree: FileTree, root: str, real: set[str]) -> list[str]:
    below = f"{root}/"
    mine = {
        path.removeprefix(below) for path, one in tree.entries.items() if path.startswith(below) and one.kind == "f"
    }
    found = [f"predicted, but not packaged: {sorted(mine - real)}"] if mine - real else []
    extra = sorted(name for name in real - mine if not isinstance(tree.lookup(below + name), Unknown))
    return [*found, *([f"packaged, but not predicted: {extra}"] if extra else [])]
