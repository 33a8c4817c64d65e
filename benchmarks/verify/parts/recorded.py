"""The recorded Dockerfiles, built again and looked into by the container pass."""

from __future__ import annotations

import os
import tempfile
from argparse import Namespace
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from built_images.engine import Engine as Oracle
from built_images.recorded import ARCHIVE, ELSEWHERE
from dockercases import Case, read_cases
from vartask.data.builders import builder_named
from vartask.model import Drift, Function, Image, Span
from vartask.project import Project
from vartask.verification import project_digests
from vartask.verify.allowances import Asked
from vartask.verify.drift import environment_drift, path_drift
from vartask.verify.engines import find_engine
from vartask.verify.session import Looks, Request, look


def show(engine: Oracle, _: Namespace) -> bool:
    """Print how many images were looked into, and each difference."""
    tally: Counter[str] = Counter()
    differing = 0
    with tempfile.TemporaryDirectory() as kept, ThreadPoolExecutor(os.cpu_count()) as pool:
        cases = [case for case in read_cases(ARCHIVE, Path(kept)) if case.name not in ELSEWHERE]
        tally["cannot be built here"] = len(ELSEWHERE)
        for case, (what, drifts) in zip(cases, pool.map(lambda case: _compare(engine, case), cases), strict=True):
            tally[what] += 1
            differing += bool(drifts)
            for drift in drifts:
                print(f"- {case.name}: {drift.subject}: predicted {drift.predicted}, but {drift.observed}", flush=True)
    print(", ".join(f"{count} {what}" for what, count in sorted(tally.items())))
    print(f"images that differ from their prediction: {differing}")
    return not differing


def _compare(engine: Oracle, case: Case) -> tuple[str, list[Drift]]:
    """What became of a case, and how it differs."""
    predicted = case.tree(builder_named(f"buildkit@{engine.buildkit}"))
    function = _function(case)
    looks = _look(case, function)
    (seen,) = looks.observations
    if not seen.roots:
        failed = predicted.error is not None
        return ("builds that fail, as predicted" if failed else "builds that fail, undecided"), []
    if predicted.error is not None:
        return "built", [
            Drift("message", (case.name,), "the build", predicted.error.message, "it is built", predicted.error.at)
        ]
    digest = project_digests(Project(case.directory / "context"))
    drifts = [
        *path_drift(predicted, seen, (case.name,), function.span, digest),
        *environment_drift(function, predicted, seen),
    ]
    return ("looked into" if seen.python else "listed, without a Python that runs"), drifts


def _function(case: Case) -> Function:
    image = Image(
        dockerfile=str(case.meta.get("file", "Dockerfile")),
        context=".",
        span=Span("Dockerfile"),
        target=case.text("target"),
        build_args=case.table("args"),
        platform=case.text("platform"),
    )
    return Function(case.name, Span("Dockerfile"), image, "dockerfile")


def _look(case: Case, function: Function) -> Looks:
    root = case.directory / "context"
    contexts = [f"--build-context={name}={root / path}" for name, path in case.table("contexts").items()]
    request = Request(
        find_engine("docker"),
        root,
        build_options=("--network=none", "--provenance=false", *contexts),
        asked=Asked(timeout=3),
    )
    return look(request, [function], {case.name: "app.handler"})
