"""The composite action with a real engine: its static pass, then its container pass for what is left."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

import vartask
from action_runs import Job
from built_images.dockerfiles import BASE
from built_images.engine import HOW, Engine, running

TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  First:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties: {PackageType: Image, ImageConfig: {Command: [first.handler]}}
  Second:
    Type: AWS::Serverless::Function
    Metadata: {Dockerfile: Dockerfile, DockerContext: .}
    Properties: {PackageType: Image, ImageConfig: {Command: [second.handler]}}
"""
FINE = "def handler(event, context): ...\n"
WITHOUT_A_LIBRARY = "import ctypes\nlibrary = ctypes.CDLL('libnothing.so.1')\ndef handler(event, context): ...\n"


@pytest.fixture
def engine() -> Engine:
    found = running()
    if found is None or found.docker("image", "inspect", BASE, check=False).returncode != 0:
        pytest.skip(HOW)
    return found


def run(engine: Engine, directory: Path, first: str, second: str) -> Job:
    workspace = directory / "workspace"
    workspace.mkdir()
    (workspace / "template.yaml").write_text(TEMPLATE)
    (workspace / "Dockerfile").write_text(f"FROM {BASE}\nCOPY *.py ./\n")
    (workspace / "first.py").write_text(first)
    (workspace / "second.py").write_text(second)
    own = {name: value for name, value in engine.environment.items() if name.startswith(("DOCKER_", "BUILDKIT_"))}
    environment = {
        **own,
        "PATH": f"{Path(engine.client).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(Path(vartask.__file__).parents[1]),
    }
    job = Job(workspace, directory / "runner", sys.executable, environment)
    return job.run(verify_args="--engine docker --build-option=--network=none")


def test_what_the_static_pass_cannot_know_the_container_pass_says(engine: Engine, tmp_path: Path) -> None:
    job = run(engine, tmp_path, FINE, WITHOUT_A_LIBRARY)
    assert (job.outputs["check"]["exit-code"], job.outputs["verify"]["exit-code"], job.code) == ("0", "1", 1), job.log
    assert "✅ vartask: no findings in 2 functions" in job.summary
    assert "❌ vartask verify: 1 of 2 functions in 1 image failed" in job.summary
    assert "OSError: libnothing.so.1: cannot open shared object file: No such file or directory" in job.summary
    assert "library = ctypes.CDLL('libnothing.so.1')" in job.summary
    assert "vartask verify --function Second --engine docker --build-option=--network=none" in job.summary
    assert "::error file=second.py,line=2" in job.log


def test_only_what_is_not_known_to_fail_is_started(engine: Engine, tmp_path: Path) -> None:
    job = run(engine, tmp_path, FINE, "import no_such_module\n" + FINE)
    assert (job.outputs["check"]["exit-code"], job.outputs["verify"]["exit-code"], job.code) == ("1", "0", 1), job.log
    report = Path(job.outputs["verify"]["report"]).read_text()
    assert "## ✅ vartask verify: 1 function in 1 image started" in report
    assert re.search(r"\| `First` \| `first.handler` \| \d+ ms \| \d+ MiB \| `Dockerfile` \| 3\.11\.\d+ \|", report)
    assert "Second" not in report


def test_all_is_well(engine: Engine, tmp_path: Path) -> None:
    job = run(engine, tmp_path, FINE, FINE)
    assert (job.code, job.outputs["verify"]["exit-code"]) == (0, "0"), job.log
