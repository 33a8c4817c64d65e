"""Runs of ``vartask verify`` in a real engine, for the tests in ``oracle``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from built_images.dockerfiles import BASE
from built_images.engine import Engine

OPTIONS = ("--build-option=--network=none", "--output-format", "json")
FINE = "def handler(event, context):\n    return {'statusCode': 200, 'name': context.function_name, 'event': event}\n"


def left(engine: Engine) -> tuple[set[str], set[str], set[str]]:
    containers = engine.docker("ps", "-aq", "--filter", "label=vartask.verify=1").stdout.split()
    images = engine.docker("images", "-q", "--filter", "label=vartask.verify=1").stdout.split()
    return set(containers), set(images), {path.name for path in Path("/tmp").glob("vartask-verify-*")}  # noqa: S108


def command(engine: Engine, *arguments: str) -> tuple[list[str], dict[str, str]]:
    client = Path(engine.client)
    environment = {**engine.environment, "PATH": f"{client.parent}{os.pathsep}{os.environ['PATH']}"}
    return [sys.executable, "-m", "vartask", "verify", "--engine", "docker", *OPTIONS, *arguments], environment


def verify(engine: Engine, directory: Path, *arguments: str) -> tuple[int, dict[str, Any], str]:
    words, environment = command(engine, *arguments)
    done = subprocess.run(
        words, env=environment, cwd=directory, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr


def image_of(directory: Path, modules: Mapping[str, str], *lines: str, base: str = BASE) -> None:
    """A SAM project with a function for each module, all in one image."""
    functions = "".join(
        f"  {name.title()}:\n    Type: AWS::Serverless::Function\n    Metadata: {{Dockerfile: Dockerfile, DockerContext: .}}\n"
        f"    Properties: {{PackageType: Image, ImageConfig: {{Command: [{name}.handler]}}}}\n"
        for name in modules
    )
    (directory / "template.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n{functions}")
    (directory / "Dockerfile").write_text("\n".join([f"FROM {base}", *lines, "COPY *.py ./"]) + "\n")
    for name, text in modules.items():
        (directory / f"{name}.py").write_text(text)


def verdicts(found: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    functions = [one for image in found["images"] for one in image["functions"]]
    return {one["name"].lower(): (one["verdict"], one["message"]) for one in functions}


def told(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Everything that was told of each function."""
    return {one["name"]: one for image in found["images"] for one in image["functions"]}


def answers(found: dict[str, Any], function: str) -> list[tuple[str, int | None, str | None]]:
    """The name, status and problem of every event of a function."""
    return [(one["event"], one["status"], one["problem"]) for one in told(found)[function]["events"]]
