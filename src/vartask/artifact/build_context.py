"""Which directory a Dockerfile is built from."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence

from vartask.artifact.build_commands import DockerBuild
from vartask.artifact.describe import CopySource
from vartask.artifact.gomatch import BadPattern, has_wildcards, match
from vartask.model import Span
from vartask.project import Project
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class ContextChoice:
    """The build context, or why none is known.  ``at`` is what declares it."""

    context: str | None
    reason: str | None = None
    at: Span | None = None


def resolve_context(
    project: Project, dockerfile: str, builds: Iterable[DockerBuild], sources: Sequence[CopySource]
) -> ContextChoice:
    """Choose the build context of a Dockerfile.

    A declared build decides; several must agree, or only one of them hold every COPY source.  Where none tells, it is
    the nearest directory at or above the Dockerfile that holds every source.
    """
    declared = [build for build in builds if build.dockerfile == dockerfile]
    contexts = {build.context: build.span for build in reversed(declared) if build.context is not None}
    if len(contexts) == 1:
        context, span = next(iter(contexts.items()))
        return ContextChoice(context, at=span)
    if contexts:
        return _among(project, contexts, sources)
    return _nearest(project, dockerfile, sources, doubtful=bool(declared))


def _among(project: Project, contexts: Mapping[str, Span], sources: Sequence[CopySource]) -> ContextChoice:
    fitting = [context for context in contexts if holds_all(project, context, sources)]
    if len(fitting) == 1:
        return ContextChoice(fitting[0], at=contexts[fitting[0]])
    places = ", ".join(f"{context} ({span})" for context, span in sorted(contexts.items(), key=lambda item: item[1]))
    return ContextChoice(None, f"it is built from different directories: {places}")


def _nearest(project: Project, dockerfile: str, sources: Sequence[CopySource], *, doubtful: bool) -> ContextChoice:
    home = posixpath.dirname(dockerfile) or "."
    candidates = list(ancestors(home))
    # "." is in every directory, so it tells nothing; what git ignores is made by a build step and may be anywhere.
    telling = [
        source
        for source in sources
        if source.path != "." and not all(_made_later(project, candidate, source.path) for candidate in candidates)
    ]
    if not telling:
        return _home(project, home, whole=any(source.path == "." for source in sources), doubtful=doubtful)
    holding = [candidate for candidate in candidates if holds_all(project, candidate, telling)]
    if doubtful and len(holding) != 1:
        return ContextChoice(None, "the directory that it is built from is computed where it is built")
    if holding:
        return ContextChoice(holding[0])
    partly = [one for one in candidates if any(_holds(project, one, source.path) for source in telling)]
    if len(partly) == 1 and not doubtful:
        # No directory makes the build work; only one makes sense of any of it, and there the builder stops.
        return ContextChoice(partly[0])
    missing = next(source for source in telling if not _holds(project, home, source.path))
    return ContextChoice(None, f"no directory at or above {home} holds every COPY source", missing.span)


def _home(project: Project, home: str, *, whole: bool, doubtful: bool) -> ContextChoice:
    """No source tells: the Dockerfile's own directory, where it has code to copy or nothing is copied."""
    if whole and (doubtful or not has_python(project, home)):
        return ContextChoice(None, "COPY . fits every directory, and nothing tells which one it is built from")
    return ContextChoice(home)


def ancestors(directory: str) -> Iterator[str]:
    """The directory and those above it, nearest first, ending with the project's root."""
    yield directory
    while directory != ".":
        directory = posixpath.dirname(directory) or "."
        yield directory


def has_python(project: Project, directory: str) -> bool:
    """Whether a Python file stands in the directory or below it."""
    prefix = "" if directory == "." else directory + "/"
    return any(path.startswith(prefix) and path.endswith(".py") for path in project.files)


def holds_all(project: Project, context: str, sources: Iterable[CopySource]) -> bool:
    """Whether every COPY source is in the directory, or will be made there by a build step."""
    return all(_holds(project, context, s.path) or _made_later(project, context, s.path) for s in sources)


def _made_later(project: Project, context: str, source: str) -> bool:
    if has_wildcards(source):
        # A pattern of which nothing matches may be meant for files that git ignores, such as dist/*.whl.
        source = posixpath.dirname(source[: min(source.find(char) for char in "*?[" if char in source)])
        if not source:
            return False
    path = project.join(context, source)
    return path is not None and path != "." and not project.kind(path) and project.ignored(path)


def _holds(project: Project, context: str, source: str) -> bool:
    if not has_wildcards(source):
        path = project.join(context, source)
        return path is not None and project.kind(path) is not None
    found = [context]
    for part in source.split("/"):
        found = [path for directory in found for path in _matching(project, directory, part)]
    return bool(found)


def _matching(project: Project, directory: str, part: str) -> Iterator[str]:
    for name in project.listdir(directory):
        try:
            fits = match(part, name)
        except BadPattern:
            return
        if fits:
            yield name if directory == "." else f"{directory}/{name}"
