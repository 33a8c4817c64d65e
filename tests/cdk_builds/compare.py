"""What vartask predicts of an application, in the words of :class:`~cdk_builds.tool.Deployed`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cdk_builds.tool import Deployed
from vartask.artifact.zip import predict_zip
from vartask.config import Settings
from vartask.definitions import cdk_assembly, cdk_python
from vartask.model import Declared, FileTree, Function, Image, LocalLayer, Zip
from vartask.project import Project

Find = Callable[[Project, Settings], Declared]


def from_source(root: Path) -> set[Deployed]:
    """What the program says."""
    return _predicted(root, cdk_python.find)


def from_assembly(root: Path) -> set[Deployed]:
    """What ``cdk.out`` says."""
    return _predicted(root, cdk_assembly.find)


def _predicted(root: Path, find: Find) -> set[Deployed]:
    project = Project(root)
    declared = find(project, Settings())
    assert not declared.problems
    assert not declared.gaps, declared.gaps
    return {_deployed(project, function) for function in declared.functions}


def _deployed(project: Project, function: Function) -> Deployed:
    assert function.environment_known
    artifact = function.artifact
    handler = function.handler.value if function.handler is not None else None
    assert function.handler_reason is None
    environment = frozenset(function.environment.items())
    if isinstance(artifact, Image):
        assert artifact.context is not None, artifact.reason
        assert artifact.dockerfile is not None
        files = frozenset(_listed(project, artifact.context))
        name = artifact.dockerfile.removeprefix(f"{artifact.context}/")
        return Deployed(handler, None, function.architecture, environment, files, (), None, name, artifact.target)
    inline = artifact.inline.value if artifact.inline is not None else None
    return Deployed(
        handler,
        function.runtime,
        function.architecture,
        environment,
        frozenset() if inline is not None else _files(predict_zip(project, function), "/var/task/"),
        tuple(_layer(project, function, layer) for layer in function.layers),
        inline,
    )


def _layer(project: Project, function: Function, layer: object) -> frozenset[str]:
    assert isinstance(layer, LocalLayer), layer
    alone = Function("layer", layer.span, Zip(layer.span), "cdk", runtime=function.runtime, layers=(layer,))
    return _files(predict_zip(project, alone), "/opt/")


def _files(tree: FileTree, below: str) -> frozenset[str]:
    unknown = [region for region in tree.regions if not region.runtime and region.path.startswith(below.rstrip("/"))]
    assert not unknown or below == "/opt/", unknown
    entries = tree.entries.items()
    return frozenset(path.removeprefix(below) for path, one in entries if one.kind == "f" and path.startswith(below))


def _listed(project: Project, directory: str) -> set[str]:
    pending, found = [directory], set()
    while pending:
        here = pending.pop()
        for name, entry in project.listdir(here).items():
            path = f"{here}/{name}"
            if entry.kind == "d":
                pending.append(path)
            else:
                found.add(path.removeprefix(f"{directory}/"))
    return found
