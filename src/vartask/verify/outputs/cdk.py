"""``cdk.out``: a cloud assembly, whose templates name the asset of every function and layer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from vartask.discovery import ASSEMBLY_MANIFEST, is_assembly
from vartask.project import Project
from vartask.syntax.cdk_assembly import BadAssembly, read_assembly
from vartask.syntax.cdk_resources import CdkResource
from vartask.syntax.cloudformation import Known
from vartask.verify.outputs import BadOutput, Entry, Output, by_name

CONFIG: Final = "cdk.json"
DEFAULT: Final = "cdk.out"

_FUNCTION: Final = "AWS::Lambda::Function"
_LAYER: Final = "AWS::Lambda::LayerVersion"


def places(directory: Path) -> Iterator[Path]:
    """Where ``cdk synth`` writes: ``output`` of ``cdk.json``, else ``cdk.out``."""
    try:
        settings = json.loads((directory / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        settings = None
    output = settings.get("output") if isinstance(settings, dict) else None
    yield directory / (output if isinstance(output, str) and output else DEFAULT)


def read(directory: Path) -> Output | None:
    """The output of ``cdk synth``."""
    project = Project(directory)
    if not is_assembly(project.listdir(".")):
        return None
    try:
        assembly = read_assembly(project, ".")
        written = (directory / ASSEMBLY_MANIFEST).stat().st_mtime
    except (BadAssembly, OSError) as error:
        raise BadOutput(f"{directory}: {error}") from error
    entries: list[Entry] = []
    layers: list[tuple[str, Path]] = []
    for stack in assembly.stacks:
        for resource in stack.template.resources:
            found = CdkResource(stack, resource)
            if resource.type == _FUNCTION:
                package = _asset(directory, found, "Code")
                handler = found.text("Handler")
                written_out = handler.value if isinstance(handler, Known) else None
                entries += [Entry(_names(found), written_out, package)] if package is not None else []
            elif resource.type == _LAYER:
                package = _asset(directory, found, "Content")
                layers += [(name, package) for name in _names(found)] if package is not None else []
    return Output(frozenset({"cdk"}), directory, written, tuple(entries), by_name(layers))


def _names(found: CdkResource) -> tuple[str, ...]:
    """The construct's path, which a program that is read knows the end of; the function's name; the logical id."""
    construct = found.construct
    named = found.text("FunctionName")
    names = [] if construct is None else [construct, construct.rpartition("/")[2]]
    names += [named.value] if isinstance(named, Known) else []
    return tuple(dict.fromkeys((*names, found.resource.name)))


def _asset(directory: Path, found: CdkResource, key: str) -> Path | None:
    asset = found.asset(key)
    if asset is None or asset.dockerfile is not None:
        return None
    path = directory / asset.path
    return path if path.exists() else None
