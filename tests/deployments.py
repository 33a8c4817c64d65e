"""Little functions for the tests of the replay: a dict of files becomes a project, a tree and a deployment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vartask.imports.deploy import deploy
from vartask.imports.evidence import Sources
from vartask.imports.library import Library
from vartask.model import Architecture, Deployment, FileTree, Function, Present, Span, Text, UnknownRegion, Zip
from vartask.project import Project

TEMPLATE = Span("template.yaml", 1)


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Lay a project out."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def zip_tree(project: Project, source: str, regions: tuple[UnknownRegion, ...] = ()) -> FileTree:
    """The directory ``source`` as ``/var/task``."""
    entries = {path: Present("d") for path in ("/", "/var", "/var/task", "/opt")}
    for path in project.files:
        if source in {"", "."} or path.startswith(source + "/"):
            relative = path if source in {"", "."} else path[len(source) + 1 :]
            parts = relative.split("/")
            for depth in range(1, len(parts)):
                entries["/var/task/" + "/".join(parts[:depth])] = Present("d")
            entries[f"/var/task/{relative}"] = Present(source=path, put_by=TEMPLATE)
    return FileTree(entries, regions)


def installed(*distributions: str, complete: bool = False) -> UnknownRegion:
    """What a build installs beside the code."""
    reason = "`requirements.txt` is installed here"
    return UnknownRegion("/var/task", reason, TEMPLATE, distributions=frozenset(distributions), complete=complete)


def deployed(
    directory: Path,
    files: Mapping[str, str],
    handler: str = "app.handler",
    *,
    source: str = "",
    runtime: str | None = "python3.12",
    regions: tuple[UnknownRegion, ...] = (),
    environment: Mapping[str, str | None] | None = None,
    environment_known: bool = False,
    inline: Mapping[str, Present] | None = None,
    architecture: Architecture | None = None,
) -> Deployment:
    """Write the files, package ``source`` and replay the handler."""
    write(directory, files)
    project = Project(directory)
    function = Function(
        "F",
        TEMPLATE,
        Zip.of(source or ".", TEMPLATE),
        "sam",
        runtime=runtime,
        architecture=architecture,
        environment=environment or {},
        environment_known=environment_known,
    )
    tree = zip_tree(project, source, regions)
    tree = FileTree({**tree.entries, **(inline or {})}, regions)
    text = Text(handler, Span("template.yaml", 2))
    return deploy(function, tree, text, Library(project), Sources(project))


def errors(deployment: Deployment) -> list[str]:
    """Python's texts of every import that fails."""
    return [item.error for item in deployment.imports] + [item.error for item in deployment.names]
