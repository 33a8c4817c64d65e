"""The whole pass: which functions share an image, how each image comes to be, and what was seen in all of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from vartask.config import VerifySettings
from vartask.model import Function, Gap, Observation, Started, Verdict
from vartask.records import dataclass, field, replace
from vartask.verify.allowances import Asked
from vartask.verify.builds import Recipe, image_of
from vartask.verify.engines import Engine, EngineError, step_log
from vartask.verify.events import Event
from vartask.verify.machines import foreign
from vartask.verify.observing import Wanted, observe
from vartask.verify.progress import Progress, Silent
from vartask.verify.recipes import NO_PROJECT, Known, NotBuildable, Prepared, Recipes, told


@dataclass(frozen=True, slots=True)
class Request:
    """What the user asks for.

    ``image`` is a reference to look into instead of building, ``artifacts`` are packages by function name (``*`` for
    all zip functions), ``layers`` those of layers by theirs, ``runtime_image`` is what zip packages run on,
    ``build_options`` go to the engine's ``build``.  ``asked`` stands for what the functions declare.
    ``checks`` are startup checks to call, ``digests`` Python files whose text is known here (as
    :func:`vartask.verify.observing.observe` takes them).
    """

    engine: Engine
    root: Path
    image: str | None = None
    artifacts: Mapping[str, Path] = field(default_factory=dict)
    layers: Mapping[str, Path] = field(default_factory=dict)
    runtime_image: str | None = None
    build_options: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()
    asked: Asked = field(default_factory=Asked)
    jobs: int = 2
    checks: VerifySettings = field(default_factory=VerifySettings)
    digests: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Job:
    recipe: Recipe
    prepared: tuple[Prepared, ...]
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
    known: Known = NO_PROJECT,
) -> Looks:
    """Look into every image that can be had, several at a time."""
    recipes = Recipes(request.root, known, request.artifacts, request.layers, request.image, request.runtime_image)
    jobs, gaps = _plan(request, functions, handlers, recipes)
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
    request: Request, functions: Iterable[Function], handlers: Mapping[str, str | None], recipes: Recipes
) -> tuple[list[_Job], list[Gap]]:
    grouped: dict[Prepared, list[tuple[Prepared, Wanted]]] = {}
    gaps: list[Gap] = []
    for function in functions:
        try:
            prepared = recipes.prepare(function)
        except NotBuildable as error:
            gaps.append(Gap(function.span, f"not looked at: {error}", (function.name,)))
            continue
        gaps += prepared.gaps(function)
        check = request.checks.check(function.name)
        wanted = Wanted(function, handlers.get(function.name) or "", request.events, check)
        grouped.setdefault(prepared, []).append((prepared, wanted))
    jobs = [
        _Job(one.recipe, tuple(prepared for prepared, _ in group), tuple(wanted for _, wanted in group))
        for one, group in grouped.items()
    ]
    return jobs, gaps


def _run(request: Request, job: _Job, progress: Progress) -> Observation:
    shown = progress.image(job.recipe.label, len(job.wanted))
    try:
        if job.recipe.reference is None:
            shown.building()
        with image_of(request.engine, job.recipe, request.build_options) as image:
            seen = observe(
                request.engine,
                image,
                job.wanted,
                request.asked,
                progress=shown.started,
                known=request.digests,
            )
            # The name that it had while it was needed says nothing to anybody.
            return replace(told(job.prepared, seen), image=job.recipe.label or image)
    except (EngineError, OSError) as error:
        complaint = error.complaint if isinstance(error, EngineError) else ""
        machine = foreign(request.engine, job.recipe.platform or "", complaint)
        verdict: Verdict = "not reached" if machine is None else "wrong architecture"
        text = machine or (str(error) if isinstance(error, EngineError) else _host_error(error))
        lost = [Started(one.function.name, one.handler, verdict, text) for one in job.wanted]
        seen = Observation(job.recipe.label, started=tuple(lost), error=text, log=step_log(complaint))
        return told(job.prepared, seen)
    finally:
        shown.done()


def _host_error(error: OSError) -> str:
    """What this computer could not do while it put a package together, in one line."""
    if isinstance(error, shutil.Error) and error.args and isinstance(error.args[0], list):
        # One of several files that could not be copied: source, destination, reason.
        return "the package cannot be copied: " + " ".join(str(error.args[0][0][-1]).split())
    return f"the package cannot be put together: {error.strerror or error}: {error.filename or tempfile.gettempdir()}"
