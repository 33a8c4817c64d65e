"""What the rehearsal of init adds to the replay, and takes back of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vartask.imports.failures import ONLY_WHERE, Failure, place, told
from vartask.imports.rehearsal import Rehearsal, Rehearsed
from vartask.imports.rehearsal_variables import not_set_here
from vartask.imports.replay import Replay
from vartask.imports.resolve import Found
from vartask.imports.scene import Scene
from vartask.model import Cause, Gap, ImportOutcome, MissingName, RaisedOutcome, Span, StringOutcome, SyntaxOutcome
from vartask.records import replace

_FEW = 3


def rehearse(scene: Scene, found: Found) -> Rehearsed:
    """Rehearse init; what the replay's own steps doubt has been noted before."""
    rehearsed = scene.library.rehearsals.get(scene, found.module.name, lambda: _rehearsed(scene, found.module.name))
    for span, reason in rehearsed.gaps:
        scene.lasting_gap(span, reason)
    return rehearsed


def _rehearsed(scene: Scene, module: str) -> Rehearsed:
    with scene.muted():
        usual = Rehearsal(scene, Replay(scene))
        rehearsed = usual.start(module)
        return rehearsed if rehearsed.failure is not None or not usual.unset else _without(scene, module, rehearsed)


def _without(scene: Scene, module: str, usual: Rehearsed) -> Rehearsed:
    """Rehearse with the default of every variable that the definition does not name.

    Where init ends only then, those variables decide it: whether something else sets them is asked now.
    """
    perhaps: frozenset[str] = frozenset()
    while True:
        trial = Rehearsal(scene, Replay(scene), perhaps)
        rehearsed = trial.start(module)
        if rehearsed.failure is None:
            return usual
        doubtful = {at: told for at, told in trial.perhaps_set().items() if told[0] not in perhaps}
        if not doubtful:
            read = [(at, name) for at, name in trial.unset.items() if name not in perhaps]
            return replace(rehearsed, failure=_because_unset(rehearsed.failure, read))
        if not perhaps:
            at, told = list(doubtful.items())[-1]
            usual = replace(usual, gaps=(*usual.gaps, (at, not_set_here(*told))))
        perhaps |= {name for name, _ in doubtful.values()}


def _because_unset(failure: Failure, read: list[tuple[Span, str]]) -> Failure:
    """The failure with the reads of variables that led to it: those of its own line or file, else the last."""
    file = [(at, name) for at, name in read if at.path == place(failure).path]
    line = [(at, name) for at, name in file if at.line == place(failure).line]
    here = line or file[-_FEW:] or read[-1:]
    causes = (Cause(f"`{name}` is read here, and the definition does not set it", at) for at, name in here)
    return replace(failure, chain=(*failure.chain, *causes))


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


def unsettled(gaps: Iterable[Gap], failures: Iterable[Failure]) -> Iterator[Gap]:
    """The gaps without those that doubt what certainly fails."""
    places = {place(failure) for failure in failures}
    return (gap for gap in gaps if gap.span not in places or not gap.reason.endswith(ONLY_WHERE))


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
