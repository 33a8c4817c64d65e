"""The whole pass: which functions share an image, how each image comes to be, and what was seen in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from vartask.model import Deployment, Drift, Finding, Function, Gap, Image, Observation, Started, Verification
from vartask.verify.builds import NotBuildable, Recipe, built, packaged, recipe_of
from vartask.verify.container import Limits
from vartask.verify.drift import message_drift, path_drift
from vartask.verify.engines import Engine, EngineError
from vartask.verify.observing import SECONDS, Wanted, observe
from vartask.verify.progress import Progress, Silent

NEWEST = "python3.13"
"""What a zip package runs on whose runtime nobody names."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for.

    ``image`` is a reference to look into instead of building, ``artifacts`` are packages by function name (``*`` for
    all zip functions), ``build_options`` go to the engine's ``build``.  ``seconds`` is the time for init and for each
    event.
    """

    engine: Engine
    root: Path
    image: str | None = None
    artifacts: Mapping[str, Path] | None = None
    build_options: tuple[str, ...] = ()
    events: tuple[tuple[str, object], ...] = ()
    limits: Limits = field(default_factory=Limits)
    seconds: float = SECONDS
    jobs: int = 2


@dataclass(frozen=True, slots=True)
class _Job:
    recipe: Recipe
    runtime: str | None
    deployments: tuple[Deployment, ...]
    wanted: tuple[Wanted, ...]


def verify(
    request: Request,
    deployments: Iterable[Deployment],
    findings: Sequence[Finding],
    handlers: Mapping[str, str | None],
    progress: Progress | None = None,
) -> Verification:
    """Look into every image that can be had, several at a time."""
    jobs, gaps = _plan(request, deployments, handlers)
    shown = progress or Silent()
    with ThreadPoolExecutor(max_workers=max(1, request.jobs)) as pool:
        try:
            seen = list(pool.map(lambda job: _run(request, job, shown), jobs))
        except BaseException:
            # The threads end as soon as what they wait for does, and clean up behind them.
            request.engine.running.stop()
            raise
    drifts = [drift for job, one in zip(jobs, seen, strict=True) for drift in _drifts(job, one, findings)]
    return Verification(tuple(seen), tuple(drifts), tuple(gaps))


def _plan(
    request: Request, deployments: Iterable[Deployment], handlers: Mapping[str, str | None]
) -> tuple[list[_Job], list[Gap]]:
    grouped: dict[tuple[Recipe, str | None], list[tuple[Deployment, Wanted]]] = {}
    gaps: list[Gap] = []
    for deployment in deployments:
        function = deployment.function
        try:
            recipe, runtime = _recipe(request, function)
        except NotBuildable as error:
            gaps.append(Gap(function.span, str(error), (function.name,)))
            continue
        wanted = Wanted(function, handlers.get(function.name) or "", request.events)
        grouped.setdefault((recipe, runtime), []).append((deployment, wanted))
    jobs = [
        _Job(recipe, runtime, tuple(one for one, _ in group), tuple(one for _, one in group))
        for (recipe, runtime), group in grouped.items()
    ]
    return jobs, gaps


def _recipe(request: Request, function: Function) -> tuple[Recipe, str | None]:
    """How a function's image is had, and the runtime that a zip package needs."""
    if isinstance(function.artifact, Image):
        if request.image is not None:
            return Recipe(reference=request.image), None
        return recipe_of(function, request.root), None
    artifacts = request.artifacts or {}
    package = artifacts.get(function.name) or artifacts.get("*")
    if package is None:
        raise NotBuildable("its zip package is not built: build it first, or name it by --artifact")
    platform = {"arm64": "linux/arm64"}.get(function.architecture or "")
    return Recipe(directory=package, platform=platform), function.runtime or NEWEST


def _run(request: Request, job: _Job, progress: Progress) -> Observation:
    names = ", ".join(one.function.name for one in job.wanted)
    shown = progress.image(_label(job), len(job.wanted))
    try:
        if job.recipe.reference is None:
            shown.building()
        with _image(request, job) as image:
            return observe(
                request.engine,
                image,
                job.wanted,
                request.limits,
                seconds=request.seconds,
                progress=shown.started,
            )
    except EngineError as error:
        lost = [Started(one.function.name, one.handler, "not reached", str(error)) for one in job.wanted]
        return Observation(_label(job) or names, started=tuple(lost), error=str(error))
    finally:
        shown.done()


def _image(request: Request, job: _Job) -> AbstractContextManager[str]:
    if job.runtime is not None:
        return packaged(request.engine, job.recipe, job.runtime, request.build_options)
    return built(request.engine, job.recipe, request.build_options)


def _label(job: _Job) -> str:
    recipe = job.recipe
    return recipe.reference or str(recipe.dockerfile or recipe.directory)


def _drifts(job: _Job, seen: Observation, findings: Sequence[Finding]) -> Iterable[Drift]:
    for deployment, started in zip(job.deployments, seen.started, strict=True):
        own = [one for one in findings if deployment.function.name in one.functions]
        found = message_drift(deployment, own, started)
        if found is not None:
            yield found
    names = tuple(one.function.name for one in job.deployments)
    for tree in {id(one.tree): one.tree for one in job.deployments}.values():
        yield from path_drift(tree, seen, names)
