"""aws-sam-cli, asked what it builds and packages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SAM = os.environ.get("VARTASK_SAM") or shutil.which("sam")
HOW = "aws-sam-cli is not installed: pip install aws-sam-cli uv in an environment of its own, VARTASK_SAM=that/bin/sam"
RUNTIME = f"python{sys.version_info[0]}.{sys.version_info[1]}"
"""Of the functions in all projects: ``sam build`` wants the interpreter of a function's runtime on PATH."""

_ASK = Path(__file__).with_name("ask_package.py")
_BUILT = Path(".aws-sam/build")


class BuildFailed(Exception):
    """``sam`` refused; the text is what it said last."""


@dataclass(frozen=True, slots=True)
class Package:
    """Files of one zip: a checksum each (as in the archive's directory), and which of them ``pip`` installed."""

    files: Mapping[str, int]
    installed: frozenset[str] = frozenset()
    distributions: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Run:
    """One way to use ``sam`` on a project: which template, with what arguments; ``build=False`` only packages."""

    template: str = "template.yaml"
    arguments: tuple[str, ...] = ()
    build: bool = True


def packages(root: Path, run: Run) -> dict[str, Package]:
    """What ``sam build`` and ``sam package`` make of a project, by the path of the resource in its stacks."""
    template = Path(run.template)
    if run.build:
        shutil.rmtree(root / ".aws-sam", ignore_errors=True)
        _call([_sam(), "build", "--template", run.template, *run.arguments], root)
        template = _BUILT / "template.yaml"
    python = Path(_sam()).parent / "python"
    answer: dict[str, Any] = json.loads(_call([str(python), str(_ASK), str(template)], root))
    return {name: _package(found) for name, found in answer.items()}


def _sam() -> str:
    if SAM is None:
        raise BuildFailed(HOW)
    return SAM


def _call(command: list[str], root: Path) -> str:
    # The interpreter of the functions comes first on PATH, and it has pip.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", ""), str(Path(_sam()).parent)])
    environment = {**os.environ, "SAM_CLI_TELEMETRY": "0", "PATH": path, "AWS_DEFAULT_REGION": "us-east-1"}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise BuildFailed(f"{' '.join(command[:2])}: {done.stderr[-2000:]}")
    return done.stdout


def _package(found: dict[str, Any]) -> Package:
    installed: set[str] = set()
    distributions: set[str] = set()
    for record, text in found["records"].items():
        below = Path(record).parents[1]
        distributions.add(Path(record).parent.name.split("-")[0].lower().replace("_", "-"))
        installed |= {(below / line.split(",")[0]).as_posix() for line in text.splitlines()}
    return Package(found["files"], frozenset(installed), frozenset(distributions))
