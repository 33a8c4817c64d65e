"""The projects of ``fixtures/`` whose functions are images, as a user would look at them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from built_images.engine import Engine as Oracle
from built_images.stand_in import NAME

ROOT = Path(__file__).resolve().parents[3]
FROM = re.compile(rf"^FROM {re.escape(NAME)}:(3\.\d+)", re.MULTILINE)


def show(engine: Oracle, _: Namespace) -> bool:
    """Print each project's functions and differences."""
    print("| project | functions | that start | differences |\n| --- | --- | --- | --- |")
    good = True
    projects = sorted({path.parents[2] for path in (ROOT / "fixtures").glob("*/*/**/Dockerfile*")})
    for project in projects:
        with _bases(engine, project):
            found = _verify(project)
        started = [one for image in found["images"] for one in image["functions"]]
        fine = sum(one["verdict"] == "ok" for one in started)
        print(f"| {project.relative_to(ROOT)} | {len(started)} | {fine} | {len(found['drift'])} |")
        for image in found["images"]:
            if image["error"]:
                print(f"\n{image['image']}: {image['error']}\n")
        good = good and bool(started) and not found["drift"] and not any(image["error"] for image in found["images"])
    return good


def _verify(project: Path) -> dict[str, list[dict[str, object]]]:
    words = [sys.executable, "-m", "vartask", "verify", "--engine", "docker", "--build-option=--network=none"]
    done = subprocess.run([*words, "--output-format", "json"], cwd=project, capture_output=True, text=True, check=False)
    found: dict[str, list[dict[str, object]]] = json.loads(done.stdout)
    return found


@contextmanager
def _bases(engine: Oracle, project: Path) -> Iterator[None]:
    """While the body runs, AWS's images are stand-ins whose pip has the wheels that the project asks for."""
    names = set()
    for dockerfile in project.rglob("Dockerfile*"):
        requirements = sorted(dockerfile.parent.glob("requirements*.txt"))
        for version in FROM.findall(dockerfile.read_text(encoding="utf-8")):
            names.add(_with_wheels(engine, version, requirements))
    try:
        yield
    finally:
        for name in names:
            engine.docker("tag", f"{name}-plain", name)
            engine.docker("rmi", "--force", f"{name}-plain")


def _with_wheels(engine: Oracle, version: str, requirements: list[Path]) -> str:
    name = f"{NAME}:{version}"
    subprocess.run([ROOT / "scripts/engine", "base", version], check=True, capture_output=True)
    engine.docker("tag", name, f"{name}-plain")
    with tempfile.TemporaryDirectory() as kept:
        wheels = Path(kept) / "wheels"
        wheels.mkdir()
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--only-binary=:all:", "--python-version", version]
        for file in requirements:
            subprocess.run([*pip, "--dest", wheels, "-r", file], check=True)
        (Path(kept) / "pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheels\n")
        text = f"FROM {name}-plain\nCOPY wheels /wheels\nCOPY pip.conf /etc/pip.conf\n"
        (Path(kept) / "Dockerfile").write_text(text)
        engine.docker("build", "--quiet", "--network", "none", "--tag", name, kept)
    return name
