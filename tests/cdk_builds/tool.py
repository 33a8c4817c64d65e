"""``cdk synth`` of applications in Python, and what it leaves in ``cdk.out``."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PYTHON = os.environ.get("VARTASK_CDK_PYTHON")
"""An interpreter with ``aws-cdk-lib``, which itself needs ``node`` on PATH."""

HOW = "aws-cdk-lib is not installed: scripts/cdk makes an environment with it, VARTASK_CDK_PYTHON=that/bin/python"
AVAILABLE = PYTHON is not None and shutil.which("node") is not None

_ASK = Path(__file__).with_name("ask_synth.py")


@dataclass(frozen=True, slots=True)
class Deployed:
    """A function as it stands in an assembly or is predicted; ``files`` of a zip package, or of an image's context."""

    handler: str | None
    runtime: str | None
    architecture: str | None
    environment: frozenset[tuple[str, str | None]]
    files: frozenset[str]
    layers: tuple[frozenset[str], ...]
    inline: str | None = None
    dockerfile: str | None = None
    target: str | None = None


def synthesise(directories: Iterable[Path]) -> None:
    """Write the assembly of each application.  Raises ``AssertionError`` when one is refused."""
    assert PYTHON is not None, HOW
    command = [PYTHON, str(_ASK), *map(str, directories)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    failed: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    assert not failed, next(iter(failed.values()))


def deployed(assembly: Path) -> set[Deployed]:
    """The Python functions of an assembly with those of its stages and nested stacks."""
    found: set[Deployed] = set()
    for path in assembly.rglob("*.template.json"):
        resources = json.loads(path.read_text())["Resources"]
        for resource in resources.values():
            if resource["Type"] == "AWS::Lambda::Function":
                found.add(_function(path.parent, resource, resources))
    return found


def _function(base: Path, resource: Mapping[str, Any], resources: Mapping[str, Any]) -> Deployed:
    given = resource["Properties"]
    variables = given.get("Environment", {}).get("Variables", {})
    environment = frozenset((key, value if isinstance(value, str) else None) for key, value in variables.items())
    architecture = given.get("Architectures", ["x86_64"])[0]
    if given.get("PackageType") == "Image":
        metadata = resource["Metadata"]
        command = given.get("ImageConfig", {}).get("Command")
        return Deployed(
            command[0] if command else None,
            None,
            architecture,
            environment,
            frozenset(_files(base / metadata["aws:asset:path"])),
            (),
            None,
            metadata.get("aws:asset:dockerfile-path", "Dockerfile"),
            metadata.get("aws:asset:docker-build-target"),
        )
    inline = given["Code"].get("ZipFile")
    layers = [resources[one["Ref"]] for one in given.get("Layers", ())]
    return Deployed(
        given["Handler"],
        given["Runtime"],
        architecture,
        environment,
        frozenset() if inline is not None else frozenset(_files(base / resource["Metadata"]["aws:asset:path"])),
        tuple(frozenset(_files(base / one["Metadata"]["aws:asset:path"])) for one in layers),
        inline,
    )


def _files(asset: Path) -> Iterator[str]:
    """The files that are uploaded: ``cdk deploy`` zips a directory with links followed."""
    if asset.is_file():
        with zipfile.ZipFile(asset) as archive:
            yield from archive.namelist()
        return
    for directory, _, names in os.walk(asset, followlinks=True):
        yield from (Path(directory, name).relative_to(asset).as_posix() for name in names)
