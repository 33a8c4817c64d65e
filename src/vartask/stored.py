"""A run whose result is remembered: an unchanged project costs one look at it, a changed one the steps it concerns."""

from __future__ import annotations

import gc
import os

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from vartask.cache import Cache
    from vartask.config import Settings
    from vartask.model import Report
    from vartask.project import Project
    from vartask.snapshot import Changes
    from vartask.steps import Kept, Steps

    Result = tuple[bytes, dict[str, Any], bytes]
    """A stamp that its steps bear too, a snapshot, and the report."""

RESULT = "result"
STEPS = "steps"
"""The parts of an entry: what an unchanged project needs, and what a changed one needs besides."""

_STATES = ("files", "watched", "looked")
"""What may have another state although it answers all questions as it did."""


def check(project: Project, settings: Settings, cache: Cache | None, run: Callable[[Steps], Report]) -> Report:
    """What ``run`` says of the project, or what it said when everything that it looks at was as it was now.

    ``run`` is given the steps of the last run that still hold.
    """
    enabled = gc.isenabled()
    # What is loaded lives until the end.
    gc.disable()
    try:
        return _checked(project, settings, cache, run)
    finally:
        if enabled:
            gc.enable()


def _checked(project: Project, settings: Settings, cache: Cache | None, run: Callable[[Steps], Report]) -> Report:
    if cache is None:
        return run(_no_steps(keeps=False))
    key = _key(project, settings)
    known = cache.get(key, RESULT)
    steps: Steps | None = None
    if known is not None:
        report, changed = _remembered(cache, key, known, project.root)
        if report is not None:
            return report
        steps = _earlier(cache, key, known, changed)
    steps = steps or _no_steps(keeps=True)
    report = run(steps)
    kept = None if report.crashes else steps.kept(project)
    if kept is not None:
        _keep(cache, key, kept, report)
    return report


def _no_steps(*, keeps: bool) -> Steps:
    # Imported here: an unchanged project does without.
    from vartask.steps import Steps

    return Steps(keeps=keeps)


def _remembered(cache: Cache, key: str, known: Result, root: str) -> tuple[Report | None, Changes]:
    """The result, if nothing is other than it was; else what is."""
    from vartask.snapshot import changes
    from vartask.values import loaded

    stamp, snapshot, data = known
    before = [dict(snapshot[kind]) for kind in _STATES]
    changed = changes(snapshot, root)
    report: Report | None = None if changed else loaded(data)
    if report is not None and before != [snapshot[kind] for kind in _STATES]:
        # Files that only were touched need not be read another time.
        steps = _steps_of(cache, key, stamp)
        cache.put(key, {RESULT: known, **({STEPS: (stamp, *steps)} if steps is not None else {})})
    return report, changed


def _earlier(cache: Cache, key: str, known: Result, changed: Changes) -> Steps | None:
    from vartask.steps import Kept, Steps

    stamp, snapshot, _ = known
    found = _steps_of(cache, key, stamp)
    return None if found is None else Steps(Kept.of((snapshot, *found)), changed, keeps=True)


def _steps_of(cache: Cache, key: str, stamp: bytes) -> tuple[Any, Any] | None:
    """The steps that belong to a result: another run may have written the file in between."""
    found = cache.get(key, STEPS)
    if found is None or found[0] != stamp:
        return None
    _, groups, steps = found
    return groups, steps


def _keep(cache: Cache, key: str, kept: Kept, report: Report) -> None:
    from vartask.values import dumped

    stamp = os.urandom(16)
    snapshot, groups, steps = kept.plain()
    cache.put(key, {RESULT: (stamp, snapshot, dumped(report)), STEPS: (stamp, groups, steps)})


def _key(project: Project, settings: Settings) -> str:
    user = os.geteuid() if hasattr(os, "geteuid") else None
    return repr((project.root, project.scopes, project.exclude, settings, user))
