"""What is predicted of a service, beside what the Serverless Framework packages and would deploy."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from serverless_packages.projects import Service
from serverless_packages.tool import Deployed, package
from vartask.artifact.zip import LAYER_ROOT, TASK_ROOT, ZipTrees
from vartask.config import Settings
from vartask.definitions.serverless import find
from vartask.model import FileTree, Function, Image
from vartask.project import Project

BY_THE_PLUGIN = (".completed_requirements", "requirements.txt")
"""Files of its own that serverless-python-requirements puts beside what pip installs."""

_INFO = ("INSTALLER", "METADATA", "RECORD", "REQUESTED", "WHEEL")


@dataclass(frozen=True, slots=True)
class Compared:
    """How many packages of a service were predicted exactly; ``undecided`` are those with a reason why not."""

    equal: int
    files: int
    undecided: tuple[str, ...]
    different: tuple[str, ...]


def compare(root: Path, service: Service) -> Compared:
    """Predict a service, then let the framework package it; ``root`` is an empty directory."""
    directory = service.write(root / "repository")
    # Read first: packaging leaves its work in the directory.
    project = Project(root / "repository")
    declared = find(project, Settings())
    trees = {one.name: _tree(project, one) for one in declared.functions}
    deployed = package(root, directory)
    equal, files = 0, 0
    undecided: list[str] = [gap.reason for gap in declared.gaps]
    different: list[str] = [problem.message for problem in declared.problems]
    names = {one.name for one in declared.functions}
    different += [f"{name}: predicted or deployed, not both" for name in sorted(names ^ deployed.keys())]
    for one in declared.functions:
        if one.name not in deployed:
            continue
        tree = trees[one.name]
        reason = None if tree is None else _unknown(tree)
        texts = list(_differences(one, tree, deployed[one.name], slim="slim: true" in service.service))
        if reason is not None:
            undecided.append(f"{one.name}: {reason}")
        elif texts:
            different += [f"{one.name}: {text}" for text in texts]
        else:
            equal += 1
            files += len(deployed[one.name].code) + len(deployed[one.name].layers)
    return Compared(equal, files, tuple(undecided), tuple(different))


def _tree(project: Project, one: Function) -> FileTree | None:
    return None if isinstance(one.artifact, Image) else ZipTrees(project).tree(one)


def _unknown(tree: FileTree) -> str | None:
    """Why the contents are not known, if they are not."""
    for region in tree.regions:
        known = region.runtime or region.distributions is not None or region.path.endswith("/.git")
        if not known and region.path.startswith((TASK_ROOT, LAYER_ROOT)):
            return region.reason
    return None


def _differences(one: Function, tree: FileTree | None, real: Deployed, *, slim: bool) -> Iterator[str]:
    yield from _properties(one, real.properties)
    if tree is None:
        return
    for root, files in ((TASK_ROOT, real.code), (LAYER_ROOT, real.layers)):
        predicted = _files(tree, root, files, slim=slim)
        if predicted != files:
            yield f"{root}: too many {sorted(predicted - files)}, missing {sorted(files - predicted)}"


def _files(tree: FileTree, root: str, actual: frozenset[str], *, slim: bool) -> frozenset[str]:
    """The predicted files, and what pip makes of the distributions that are said to be installed there."""
    base = f"{root}/"
    found = {path[len(base) :] for path, entry in tree.entries.items() if entry.kind == "f" and path.startswith(base)}
    for region in tree.regions:
        if region.runtime or not f"{region.path}/".startswith(base):
            continue
        inside = f"{region.path}/"[len(base) :]
        if region.path.endswith("/.git"):  # as large as can be, and never of any interest
            found |= {one for one in actual if one.startswith(inside)}
            continue
        for name in region.distributions or ():
            made = {f"{name}/__init__.py", *(f"{name}-1.0.dist-info/{one}" for one in _INFO if not slim)}
            found |= {inside + one for one in made}
        if region.distributions is not None:
            found |= {inside + one for one in BY_THE_PLUGIN}
    return frozenset(found)


def _properties(one: Function, real: dict[str, Any]) -> Iterator[str]:
    """What the template says about a function, where something else was read."""
    expected: dict[str, Any] = {"Architectures": [one.architecture]}
    actual: dict[str, Any] = {"Architectures": real.get("Architectures", ["x86_64"])}
    variables = {name: str(value) for name, value in real.get("Environment", {}).get("Variables", {}).items()}
    expected["Environment"] = {
        name: variables.get(name) if value is None else value for name, value in one.environment.items()
    }
    actual["Environment"] = variables
    if isinstance(one.artifact, Image):
        workdir = one.artifact.workdir
        expected["Code"] = one.artifact.reference
        expected["ImageConfig"] = {
            "Command": [text.value for text in one.artifact.command or ()],
            "EntryPoint": [text.value for text in one.artifact.entrypoint or ()],
            "WorkingDirectory": workdir.value if workdir is not None else None,
        }
        actual |= {"Code": real["Code"]["ImageUri"], "ImageConfig": real["ImageConfig"]}
    else:
        expected |= {"Handler": one.handler and one.handler.value, "Runtime": one.runtime}
        actual |= {"Handler": real["Handler"], "Runtime": real["Runtime"]}
    for key, value in expected.items():
        if value != actual[key]:
            yield f"{key}: {value} predicted, {actual[key]} deployed"
