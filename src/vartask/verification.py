"""The container's word on the predictions: the same rules on what was seen, and where the two differ."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from vartask.engine import Run
from vartask.model import Deployment, Gap, Observation, Verification
from vartask.project import Project, Unreadable
from vartask.records import replace
from vartask.verify.drift import Digest
from vartask.verify.judging import Looked, doubted, judge
from vartask.verify.observed import observed_tree


def verified(
    run: Run, observations: Sequence[Observation], gaps: Iterable[Gap] = (), functions: Iterable[str] = ()
) -> Verification:
    """Judge what was seen of a run's functions, or of those that are named.

    ``gaps`` are functions that could not be looked at; their predictions stand.
    """
    digest = project_digests(run.project)
    seen = [doubted(run.deployments, one) for one in observations]
    looked = list(_looked(run, seen, digest))
    observed = {one.started.function: one.observed for one in looked}
    names = frozenset(functions)
    about = (one for one in run.deployments if not names or one.function.name in names)
    deployments = tuple(observed.get(one.function.name, one) for one in about)
    judged = judge(looked, run.report_on(deployments).findings, seen, digest)
    unseen = (gap for one in seen for gap in one.gaps)
    known = tuple(dict.fromkeys([*gaps, *unseen, *judged.gaps, *_strangers(run, seen)]))
    report = run.report_on(deployments, (*judged.unexplained, *judged.failures), known)
    report = replace(report, findings=tuple(judged.standing(report.findings)))
    return Verification(report, tuple(seen), tuple(judged.drifts), known)


def _looked(run: Run, observations: Iterable[Observation], digest: Digest) -> Iterator[Looked]:
    """Each function that was looked at, replayed on the tree that was seen."""
    deployments = {one.function.name: one for one in run.deployments}
    for seen in observations:
        for started in seen.started:
            predicted = deployments.get(started.function)
            if predicted is not None:
                yield Looked(predicted, _observed(run, predicted, seen, digest), started)


def _observed(run: Run, predicted: Deployment, seen: Observation, digest: Digest) -> Deployment:
    if not seen.roots:
        return predicted
    function = predicted.function
    return run.replayed(function, observed_tree(predicted.tree, seen, function.span, digest))


def _strangers(run: Run, observations: Iterable[Observation]) -> Iterator[Gap]:
    """Functions of a record that the project does not declare any more."""
    declared = {one.function.name for one in run.deployments}
    for seen in observations:
        for started in seen.started:
            if started.function not in declared and run.deployments:
                reason = f"{started.function} was seen in {seen.image}, and nothing here declares it"
                yield Gap(run.deployments[0].function.span, reason, (started.function,))


def project_digests(project: Project) -> Digest:
    """The project's files by their SHA-256; ``None`` for one that cannot be read."""

    @cache
    def digest(path: str) -> str | None:
        try:
            return hashlib.sha256(project.read_bytes(path)).hexdigest()
        except Unreadable:
            return None

    return digest


def python_digests(run: Run, functions: Iterable[str]) -> frozenset[str]:
    """The Python files that functions are predicted to hold, by the first 16 hexadecimal digits of their SHA-256.

    A container needs not tell the text of these.
    """
    digest = project_digests(run.project)
    names = frozenset(functions)
    sources = {
        source
        for one in run.deployments
        if one.function.name in names
        for source in one.tree.by_source
        if source.endswith(".py")
    }
    return frozenset(found[:16] for source in sources if (found := digest(source)) is not None)
