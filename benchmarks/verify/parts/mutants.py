"""Functions of base projects, whole and broken in the ways that people break them, started as zip packages."""

from __future__ import annotations

import random
import tempfile
from argparse import Namespace
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from built_images.engine import Engine as Oracle
from mutants.artifact import Artifact, NotBuilt, artifacts
from mutants.operators import Broken, mutants
from mutants.projects import bases, lay_out
from vartask.config import Settings
from vartask.engine import Run
from vartask.model import Drift, Function, Verification, Zip
from vartask.project import Project
from vartask.verification import verified
from vartask.verify.engines import find_engine
from vartask.verify.recipes import Known
from vartask.verify.session import Request, look

VERSION = "3.11"
"""Of the stand-in that is there."""


@dataclass(frozen=True)
class Chosen:
    """One function of one mutant, as it is deployed."""

    mutant: Broken
    artifact: Artifact


def show(_: Oracle, options: Namespace) -> bool:
    """Print how the functions started, and each difference."""
    every = list(_candidates(options.seed))
    chosen = random.Random(options.seed).sample(every, min(options.mutants, len(every)))  # noqa: S311 - no secret
    tally: Counter[str] = Counter()
    differing = 0
    for one in chosen:
        found = _look(one)
        if found is None:
            tally["not declared as a zip package"] += 1
            continue
        tally[found.started[0].verdict] += 1
        drifts = list(_told(found.drifts))
        differing += bool(drifts)
        for drift in drifts:
            print(f"- {one.mutant.base.name}, {one.mutant.operator}: {drift.kind} {drift.subject}:", end=" ")
            print(f"predicted {drift.predicted}, but {drift.observed}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in sorted(tally.items())))
    print(f"functions that differ from their prediction: {differing} of {len(chosen)}")
    return not differing


def _candidates(seed: int) -> Iterator[Chosen]:
    for base in bases():
        for mutant in mutants(base, 2, seed):
            try:
                built = artifacts(mutant.files, mutant.base.index)
            except NotBuilt:
                continue
            yield from (Chosen(mutant, one) for one in built if _fits(one))


def _fits(artifact: Artifact) -> bool:
    """Whether the stand-in can run it: its Python, and nothing outside of the package."""
    return artifact.version == VERSION and all(path.startswith("/var/task/") for path in artifact.files)


def _look(chosen: Chosen) -> Verification | None:
    with tempfile.TemporaryDirectory() as kept:
        project, package = Path(kept) / "project", Path(kept) / "package"
        lay_out(project, chosen.mutant.files)
        for path, data in chosen.artifact.files.items():
            target = package / path.removeprefix("/var/task/")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        run = Run(Project(project), Settings())
        function = next((one for one in run.declared.functions if _is(one, chosen.artifact)), None)
        if function is None:
            return None
        request = Request(find_engine("docker"), project, artifacts={function.name: package})
        known = Known(run.declared.functions, run.trees.tree)
        looks = look(request, [function], {function.name: chosen.artifact.handler}, known=known)
        return verified(run, looks.observations, looks.gaps, [function.name]) if looks.observations else None


def _is(function: Function, artifact: Artifact) -> bool:
    return function.name == artifact.name and isinstance(function.artifact, Zip)


def _told(drifts: tuple[Drift, ...]) -> Iterator[Drift]:
    """The little packager of the mutants leaves out what decides nothing: the files beside the code."""
    for drift in drifts:
        if drift.kind not in {"missing", "extra"} or drift.subject.endswith(".py"):
            yield drift
