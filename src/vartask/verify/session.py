"""The whole pass: which functions share an image, how each image comes to be, and what was seen in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from vartask.model import Function, Gap, Image, Observation, Started
from vartask.verify.builds import NotBuildable, Recipe, built, packaged, recipe_of
from vartask.verify.container import Limits
from vartask.verify.engines import Engine, EngineError
from vartask.verify.events import Event
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
    events: tuple[Event, ...] = ()
    limits: Limits = field(default_factory=Limits)
    seconds: float = SECONDS
    jobs: int = 2


@dataclass(frozen=True, slots=True)
class _Job:
    recipe: Recipe
    runtime: str | None
    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class Looks:
    """What was seen, an image after the other; ``gaps`` are functions that could not be looked at, and why."""

    observations: tuple[Observation, ...]
    gaps: tuple[Gap, ...]


def look(
    request: Request,
    functions: Iterable[Function],
    handlers: Mapping[str, str | None],
    progress: Progress | None = None,
) -> Looks:
    """Look into every image that can be had, several at a time."""
    jobs, gaps = _plan(request, functions, handlers)
    shown = progress or Silent()
    with ThreadPoolExecutor(max_workers=max(1, request.jobs)) as pool:
        try:
            seen = tuple(pool.map(lambda job: _run(request, job, shown), jobs))
        except BaseException:
            # The threads end as soon as what they wait for does, and clean up behind them.
            request.engine.running.stop()
            raise
    return Looks(seen, tuple(gaps))


def _plan(
    request: Request, functions: Iterable[Function], handlers: Mapping[str, str | None]
) -> tuple[list[_Job], list[Gap]]:
    grouped: dict[tuple[Recipe, str | None], list[Wanted]] = {}
    gaps: list[Gap] = []
    for function in functions:
        try:
            key = _recipe(request, function)
        except NotBuildable as error:
            gaps.append(Gap(function.span, f"not looked at: {error}", (function.name,)))
            continue
        grouped.setdefault(key, []).append(Wanted(function, handlers.get(function.name) or "", request.events))
    return [_Job(recipe, runtime, tuple(group)) for (recipe, runtime), group in grouped.items()], gaps


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
