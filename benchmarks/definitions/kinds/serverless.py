"""The Serverless Framework: ``serverless package``, on services by hand and at random."""

from __future__ import annotations

import tempfile
from pathlib import Path

from measured import Measured, Options, Outcome

from serverless_packages.compare import compare
from serverless_packages.projects import PROJECTS, Service
from serverless_packages.random_projects import random_project
from serverless_packages.tool import HOW, READY, PackagingFailed


def measure(options: Options) -> Measured:
    """Every service, packaged."""
    if not READY:
        return Measured("serverless", "serverless package", missing=HOW)
    seeds = range(options.seed, options.seed + options.amount)
    projects = {**PROJECTS, **{f"random {seed}": random_project(seed) for seed in seeds}}
    outcomes = (_outcome(name, service) for name, service in projects.items())
    return Measured("serverless", "serverless package", tuple(one for one in outcomes if one is not None))


def _outcome(name: str, service: Service) -> Outcome | None:
    with tempfile.TemporaryDirectory() as directory:
        try:
            compared = compare(Path(directory), service)
        except PackagingFailed as error:
            # Patterns at random may leave a package empty, which the framework refuses.
            empty = "No file matches" in str(error)
            return None if empty else Outcome(name, 0, 0, different=(f"the framework refused: {error}",))
    return Outcome(name, compared.equal, compared.files, compared.undecided, compared.different)
