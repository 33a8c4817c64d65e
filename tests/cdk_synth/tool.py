"""``cdk synth``, asked what it makes of an application.

Bundling runs without containers: ``CDK_DOCKER`` names a stand-in that runs the commands of a bundling here, with
``/asset-input`` and ``/asset-output`` where they are mounted from, and installers that only say what they were asked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PREFIX = os.environ.get("VARTASK_CDK")
CDK = Path(PREFIX) / "node_modules/aws-cdk/bin/cdk" if PREFIX else None
HOW = "the AWS CDK for Node.js is not installed: VARTASK_CDK=$(scripts/cdk-node)"
INSTALLED = "installed-by-the-stand-in.txt"
"""What the stand-ins of pip and its kin leave in their target: one line for each thing that they were asked for."""

_CONTEXT = {
    "aws:cdk:enable-path-metadata": True,
    "aws:cdk:enable-asset-metadata": True,
    "aws:cdk:bundling-stacks": ["**"],
    "aws:cdk:disable-version-reporting": True,
}
_STAND_IN = Path(__file__).with_name("docker_stand_in.py")


class SynthFailed(Exception):
    """``cdk synth`` refused; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A directory or archive of ``cdk.out``: files with a checksum each; ``installs`` by where they are installed."""

    files: Mapping[str, int]
    installs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Synthesised:
    """One function of the templates."""

    handler: str | None
    runtime: str | None
    architecture: str | None
    environment: Mapping[str, str | None]
    inline: str | None = None
    code: Asset | None = None
    layers: tuple[Asset | None, ...] = ()
    dockerfile: str | None = None
    context: Asset | None = None
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    command: tuple[str, ...] | None = None


def synthesise(root: Path, *, by_cli: bool = False) -> dict[str, list[Synthesised]]:
    """Every Python function and image function of an application, by its construct's id."""
    if CDK is None:
        raise SynthFailed(HOW)
    modules = root / "node_modules"
    if not modules.exists():
        modules.symlink_to(Path(CDK).parents[2], target_is_directory=True)
    stand_in = root.parent / "docker"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{_STAND_IN}" "$@"\n', encoding="utf-8")
    stand_in.chmod(0o755)
    environment = {
        **os.environ,
        "CDK_DOCKER": str(stand_in),
        "AWS_REGION": "us-east-1",
        "CDK_DISABLE_CLI_TELEMETRY": "1",
    }
    command = ["node", str(CDK), "synth", "--quiet", "--no-notices", "--no-version-reporting"]
    if not by_cli:
        # What `cdk synth` starts, with what it tells it: the command line tool itself only takes twice the time.
        command = json.loads((root / "cdk.json").read_text(encoding="utf-8"))["app"].split()
        environment |= {"CDK_OUTDIR": "cdk.out", "CDK_CONTEXT_JSON": json.dumps(_CONTEXT)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise SynthFailed(f"{done.stdout[-1500:]}{done.stderr[-2500:]}")
    found: dict[str, list[Synthesised]] = {}
    for template in sorted((root / "cdk.out").rglob("*.template.json")):
        for name, one in _functions(template):
            found.setdefault(name, []).append(one)
    return found


def _functions(template: Path) -> Iterator[tuple[str, Synthesised]]:
    resources: dict[str, Any] = json.loads(template.read_text(encoding="utf-8"))["Resources"]
    manifest = _images(template)
    for resource in resources.values():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        properties, metadata = resource["Properties"], resource.get("Metadata", {})
        runtime = properties.get("Runtime")
        if runtime is not None and not runtime.startswith("python"):
            continue
        path = metadata["aws:cdk:path"].split("/")
        code = properties["Code"]
        variables = properties.get("Environment", {}).get("Variables", {})
        image = manifest.get(_tag(code.get("ImageUri"))) if "ImageUri" in code else None
        asset = metadata.get("aws:asset:path")
        directory = template.parent
        yield (
            path[-2] if path[-1] == "Resource" else path[-1],
            Synthesised(
                properties.get("Handler"),
                runtime,
                (properties.get("Architectures") or [None])[0],
                {name: one if isinstance(one, str) else None for name, one in variables.items()},
                code.get("ZipFile"),
                _asset(directory / asset) if asset and image is None else None,
                tuple(_layer(directory, resources, one) for one in properties.get("Layers", [])),
                image and (image["source"].get("dockerFile") or "Dockerfile"),
                _asset(directory / image["source"]["directory"]) if image else None,
                image and image["source"].get("dockerBuildTarget"),
                (image["source"].get("dockerBuildArgs") or {}) if image else {},
                _texts(properties.get("ImageConfig", {}).get("Command")),
            ),
        )


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(map(str, value)) if isinstance(value, list) else None


def _images(template: Path) -> dict[str, Any]:
    manifest = template.with_name(template.name.replace(".template.json", ".assets.json"))
    if not manifest.exists():
        return {}
    images: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8")).get("dockerImages", {})
    return images


def _tag(uri: object) -> str:
    text = uri.get("Fn::Sub", "") if isinstance(uri, dict) else str(uri)
    return str(text).rpartition(":")[2]


def _layer(directory: Path, resources: Mapping[str, Any], reference: object) -> Asset | None:
    name = reference.get("Ref") if isinstance(reference, dict) else None
    layer = resources.get(str(name), {})
    path = layer.get("Metadata", {}).get("aws:asset:path")
    return _asset(directory / path) if path else None


def _asset(path: Path) -> Asset:
    if path.is_file():
        with zipfile.ZipFile(path) as archive:
            return Asset({one.filename: one.CRC for one in archive.infolist() if not one.is_dir()})
    files: dict[str, int] = {}
    installs: dict[str, tuple[str, ...]] = {}
    for one in sorted(path.rglob("*")):
        name = one.relative_to(path).as_posix()
        if one.name == INSTALLED:
            below = Path(name).parent.as_posix()
            installs["" if below == "." else below] = tuple(one.read_text(encoding="utf-8").split("\n")[:-1])
        elif one.is_file():
            files[name] = zlib.crc32(one.read_bytes())
    return Asset(files, installs)
