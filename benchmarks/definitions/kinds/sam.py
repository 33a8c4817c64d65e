"""AWS SAM and CloudFormation: ``sam build`` and ``sam package``, on projects by hand and at random."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from sam_builds.compare import compare
from sam_builds.projects import PROJECTS, SamProject
from sam_builds.random_projects import random_project
from sam_builds.tool import HOW, SAM, BuildFailed


def measure(options: Options) -> Measured:
    """Every project, built and packaged."""
    if SAM is None:
        return Measured("sam", "sam build", missing=HOW)
    projects = {**PROJECTS, **{f"random {seed}": random_project(seed) for seed in _seeds(options)}}
    return Measured("sam", "sam build, package", tuple(_outcome(name, one) for name, one in projects.items()))


def _seeds(options: Options) -> range:
    return range(options.seed, options.seed + options.amount)


def _outcome(name: str, project: SamProject) -> Outcome:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory) / "project"
        root.mkdir()
        project.write(root)
        try:
            compared = compare(root, project.runs)
        except BuildFailed as error:
            return Outcome(name, 0, 0, different=(f"the build failed: {error}",))
    different = tuple(f"{one.name}: {one.text}" for one in compared.different)
    return Outcome(name, compared.equal, compared.files, compared.undecided, different)
