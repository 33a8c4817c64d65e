"""What the rehearsal of init adds to the replay, and takes back of it."""

from __future__ import annotations

from collections.abc import Iterable

from vartask.imports.failures import Failure, told
from vartask.imports.rehearsal import Rehearsal, Rehearsed
from vartask.imports.replay import Replay
from vartask.imports.resolve import Found
from vartask.imports.scene import Scene
from vartask.model import ImportOutcome, MissingName, RaisedOutcome, StringOutcome, SyntaxOutcome
from vartask.records import replace


def rehearse(scene: Scene, found: Found) -> Rehearsed:
    """Rehearse init; what the replay's own steps doubt has been noted before."""
    rehearsed = scene.library.rehearsals.get(scene, found.module.name, lambda: _rehearsed(scene, found.module.name))
    for span, reason in rehearsed.gaps:
        scene.lasting_gap(span, reason)
    return rehearsed


def _rehearsed(scene: Scene, module: str) -> Rehearsed:
    with scene.muted():
        return Rehearsal(scene, Replay(scene)).start(module)


def combined(failures: list[Failure], strings: Iterable[StringOutcome], rehearsed: Rehearsed) -> list[Failure]:
    """The failures of both: the replay's, without imports that were seen to work, and the one that ends init."""
    kept = [failure for failure in failures if not _worked(failure, rehearsed)]
    certain = rehearsed.failure
    if certain is None or any(not item.fact.scope and item.error == told(certain).error for item in strings):
        return kept
    for index, failure in enumerate(kept):
        if _same(failure, certain):
            kept[index] = failure if failure.when == "init" else replace(failure, when="init", scope="")
            return kept
    return [certain, *kept]


def _worked(failure: Failure, rehearsed: Rehearsed) -> bool:
    if isinstance(failure, (ImportOutcome, MissingName)):
        return failure.fact.span in rehearsed.worked
    read = isinstance(failure, RaisedOutcome) and failure.kind in {"name", "attribute", "circular"}
    return read and isinstance(failure, RaisedOutcome) and failure.span in rehearsed.seen


def _same(one: Failure, other: Failure) -> bool:
    """Whether two failures are one: the same error reaches the runtime."""
    if isinstance(one, SyntaxOutcome) and isinstance(other, SyntaxOutcome):
        return one.problem == other.problem
    return told(one) == told(other)
