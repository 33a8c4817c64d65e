"""What the container's word makes of the findings: some are refuted, some failures have none yet, and some differ."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence

from vartask.model import (
    Cause,
    Deployment,
    Drift,
    FileTree,
    Finding,
    Function,
    Gap,
    Observation,
    ObservedFailure,
    Span,
    Started,
    Zip,
)
from vartask.patterns import regex
from vartask.records import dataclass, field, replace
from vartask.verify.doubts import doubt
from vartask.verify.drift import Digest, environment_drift, has_python, message_drift, path_drift

_FRAME = regex(r'File "(?P<path>[^"\n]+)", line (?P<line>\d+), in (?P<scope>\S+)')

_UNSEEN = frozenset({"not reached", "wrong architecture", "failed"})
"""Verdicts that say nothing of a function."""


@dataclass(frozen=True)
class Looked:
    """A function that was looked at: as it was predicted, as it was seen, and how it started."""

    predicted: Deployment
    observed: Deployment
    started: Started


@dataclass
class Judged:
    """``refuted`` are functions that start although a finding says that they cannot; ``failures`` are the opposite."""

    drifts: list[Drift] = field(default_factory=list)
    failures: list[ObservedFailure] = field(default_factory=list)
    refuted: set[str] = field(default_factory=set)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def unexplained(self) -> list[Drift]:
        """The differences that are not told already, as the failure of a function of which nothing was foreseen."""
        failed = {one.started.function for one in self.failures}
        return [one for one in self.drifts if one.kind != "message" or failed.isdisjoint(one.functions)]

    def standing(self, findings: Iterable[Finding]) -> Iterable[Finding]:
        """The findings that the container does not refute."""
        for finding in findings:
            names = tuple(name for name in finding.functions if name not in self.refuted)
            if not finding.at_init or names == finding.functions:
                yield finding
            elif names:
                yield replace(finding, functions=names)


def doubted(deployments: Sequence[Deployment], seen: Observation) -> Observation:
    """The observation with a word beside each failure that means nothing."""
    functions = {one.function.name: one.function for one in deployments}
    started = tuple(
        replace(one, doubt=one.doubt or doubt(functions[one.function], one)) if one.function in functions else one
        for one in seen.started
    )
    return replace(seen, started=started)


def judge(
    looked: Sequence[Looked], findings: Sequence[Finding], observations: Sequence[Observation], digest: Digest
) -> Judged:
    """Hold the findings on the seen files against how the functions started, and the files against the prediction."""
    judged = Judged()
    for one in looked:
        own = [finding for finding in findings if one.started.function in finding.functions]
        # On the files that are there: that they differ from the predicted ones is a difference of its own.
        drift = message_drift(one.observed, own, one.started)
        if drift is not None:
            judged.drifts.append(drift)
        _hold(one, own, judged)
    by_name = {one.started.function: one.predicted for one in looked}
    for seen in observations:
        there = [by_name[one.function] for one in seen.started if one.function in by_name]
        judged.drifts += _surroundings(there, seen, digest)
        judged.gaps += [*_unreached(there, seen), *_elsewhere(there, seen)]
    return judged


def _elsewhere(deployments: Sequence[Deployment], seen: Observation) -> Iterable[Gap]:
    """Zip packages that ran on another Python than Lambda runs them on."""
    for deployment in deployments:
        function = deployment.function
        version = (function.runtime or "").removeprefix("python")
        if isinstance(function.artifact, Zip) and not has_python(seen, version):
            reason = f"it ran on Python {seen.python}, and the function declares {version}"
            yield Gap(function.span, reason, (function.name,))


def _unreached(deployments: Sequence[Deployment], seen: Observation) -> Iterable[Gap]:
    """One gap for all functions of an image that fail to be looked at for the same reason."""
    functions = {one.function.name: one.function for one in deployments}
    grouped: dict[str, list[Function]] = {}
    for started in seen.started:
        if started.verdict in _UNSEEN and started.function in functions:
            grouped.setdefault(started.message or "it was not reached", []).append(functions[started.function])
    for reason, group in grouped.items():
        yield Gap(group[0].span, f"{seen.image}: {reason}", tuple(one.name for one in group))


def _hold(one: Looked, findings: Sequence[Finding], judged: Judged) -> None:
    started, function = one.started, one.predicted.function
    if started.verdict in {"ok", "startup check failed"}:
        # A package that is older than its sources says nothing about them.
        judged.refuted |= {started.function} if started.doubt is None else set()
    if started.verdict == "ok" or started.verdict in _UNSEEN:
        return
    if started.doubt is not None:
        reason = f"it does not start in the container ({started.message}), but {started.doubt}"
        judged.gaps.append(Gap(function.span, reason, (function.name,)))
    elif not any(finding.runtime_message == started.message for finding in findings):
        judged.failures.append(_failure(one))


def _failure(one: Looked) -> ObservedFailure:
    places = [place for place in _places(one.started.trace, one.observed.tree) if place.span is not None]
    handler = one.predicted.handler
    at = handler.handler.span if handler is not None else one.predicted.function.span
    if not places:
        return ObservedFailure(one.observed, one.started, at)
    last = places[-1].span or at
    return ObservedFailure(one.observed, one.started, last, tuple(places[:-1]))


def _places(trace: str, tree: FileTree) -> Iterable[Cause]:
    """The lines of the project that a traceback goes through, outermost first."""
    for frame in _FRAME.finditer(trace):
        entry = tree.entries.get(posixpath.normpath(frame["path"]))
        if entry is not None and entry.source is not None:
            yield Cause(f"runs `{frame['scope']}`", Span(entry.source, int(frame["line"])))


def _surroundings(deployments: Sequence[Deployment], seen: Observation, digest: Digest) -> Iterable[Drift]:
    """Functions of one image mostly share one predicted tree: its paths are told once."""
    by_tree: dict[int, list[Deployment]] = {}
    for deployment in deployments:
        by_tree.setdefault(id(deployment.tree), []).append(deployment)
        yield from environment_drift(deployment.function, deployment.tree, seen)
    for group in by_tree.values():
        names = tuple(one.function.name for one in group)
        yield from path_drift(group[0].tree, seen, names, group[0].function.span, digest)
