"""Six handlers in one image: the container pass, against a container for each."""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from built_images.dockerfiles import BASE
from built_images.engine import Engine as Oracle

HANDLERS = tuple(f"handler_{number}" for number in range(6))
ROUNDS = 5
CODE = """\
import json
import logging
import urllib.request
from decimal import Decimal

logger = logging.getLogger()


def handler(event, context):
    return {"statusCode": 200}
"""
GOAL = 0.35


def show(engine: Oracle, _: Namespace) -> bool:
    """Print both times, in turns, and their ratio."""
    image = "vartask-benchmark:six"
    with tempfile.TemporaryDirectory() as kept:
        project = Path(kept)
        _lay_out(project)
        engine.docker("build", "--quiet", "--network", "none", "--tag", image, str(project))
        try:
            pairs = [(_verify(project, image), _one_by_one(image)) for _ in range(ROUNDS)]
        finally:
            engine.docker("rmi", "--force", image)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"| six handlers in one image | median of {ROUNDS} |\n| --- | --- |")
    print(f"| `vartask verify --image` | {ours:.2f} s |")
    print(f"| six times `docker run --rm IMAGE python -c 'import ...'` | {theirs:.2f} s |")
    print(f"| ratio (goal: at most {GOAL}) | {statistics.median(a / b for a, b in pairs):.2f} |")
    return True


def _lay_out(project: Path) -> None:
    functions = "".join(
        f"  Function{number}:\n    Type: AWS::Serverless::Function\n"
        f"    Metadata: {{Dockerfile: Dockerfile, DockerContext: .}}\n"
        f"    Properties: {{PackageType: Image, ImageConfig: {{Command: [{name}.handler]}}}}\n"
        for number, name in enumerate(HANDLERS)
    )
    (project / "template.yaml").write_text(f"Transform: AWS::Serverless-2016-10-31\nResources:\n{functions}")
    (project / "Dockerfile").write_text(f"FROM {BASE}\nCOPY *.py ./\n")
    for name in HANDLERS:
        (project / f"{name}.py").write_text(CODE)


def _verify(project: Path, image: str) -> float:
    words = [sys.executable, "-m", "vartask", "verify", "--engine", "docker", "--image", image]
    started = time.perf_counter()
    done = subprocess.run(words, cwd=project, capture_output=True, text=True, check=False)
    spent = time.perf_counter() - started
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return spent


def _one_by_one(image: str) -> float:
    """What teams write by hand: a test for each handler."""
    started = time.perf_counter()
    for name in HANDLERS:
        code = f"import sys; sys.path[:0] = ['/var/task', '/var/runtime']; import {name}; {name}.handler"
        words = [
            "docker",
            "run",
            "--rm",
            "--network",
            "none",
            "--entrypoint",
            "/var/lang/bin/python3",
            image,
            "-c",
            code,
        ]
        subprocess.run(words, check=True, capture_output=True)
    return time.perf_counter() - started
