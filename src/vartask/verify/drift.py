"""Where the prediction and the container differ: each is a mistake of the prediction, or an image of other sources."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator

from vartask.model import (
    Absent,
    Deployment,
    Drift,
    FileTree,
    Finding,
    Function,
    Observation,
    Present,
    Span,
    Started,
    Zip,
)

_CACHES = ("__pycache__",)
"""Python writes them when somebody imports a module; they decide nothing."""

_WORDS = {"f": "file", "d": "directory", "l": "symbolic link"}

Digest = Callable[[str], "str | None"]
"""The SHA-256 of one of the project's files."""


def path_drift(
    predicted: FileTree, seen: Observation, functions: tuple[str, ...], at: Span, digest: Digest
) -> Iterator[Drift]:
    """Paths below the directories that were looked at; of what is missing or extra, the highest directory stands."""
    if not seen.roots or predicted.error is not None:
        return
    named = closed(seen)
    for path, entry in sorted(predicted.entries.items()):
        if not _is_below(path, seen.roots) or _inside(path, named):
            continue
        found = seen.tree.entries.get(path)
        place = entry.put_by or at
        if found is None:
            named.add(path)
            yield Drift("missing", functions, path, _put(entry), "it is not there", place)
        elif found.kind != entry.kind:
            named.add(path)
            yield Drift("kind", functions, path, _put(entry), f"a {_WORDS[found.kind]}", place)
        elif _differs(entry, seen.digests.get(path), digest):
            yield Drift("content", functions, path, f"a copy of {entry.source}", "a file with another content", place)
    named.clear()
    for path, entry in sorted(seen.tree.entries.items()):
        answer = predicted.lookup(path)
        if (
            _is_below(path, seen.roots)
            and not _is_cache(path)
            and not _inside(path, named)
            and isinstance(answer, Absent)
        ):
            named.add(path)
            place = answer.removed_by or at
            yield Drift("extra", functions, path, "nothing puts it there", f"a {_WORDS[entry.kind]}", place)


def closed(seen: Observation) -> set[str]:
    """Directories that the user of the sandbox cannot look into."""
    return {path for path, entry in seen.tree.entries.items() if entry.kind == "d" and not _opens(entry, seen.uid)}


def _opens(directory: Present, uid: int | None) -> bool:
    """Whether a user may list a directory and reach what is in it; the owner's word counts for the owner alone."""
    shift = 6 if directory.uid == uid else 0
    return uid in (None, 0) or directory.mode >> shift & 0o5 == 0o5  # noqa: PLR2004 - read and search


def _is_below(path: str, roots: Iterable[str]) -> bool:
    return any(path.startswith(root.rstrip("/") + "/") for root in roots)


def _is_cache(path: str) -> bool:
    return any(f"/{name}/" in f"{path}/" for name in _CACHES)


def _inside(path: str, named: set[str]) -> bool:
    while path != "/":
        path = posixpath.dirname(path)
        if path in named:
            return True
    return False


def _put(entry: Present) -> str:
    return f"a {_WORDS[entry.kind]}" + (f" from {entry.source}" if entry.source else "")


def _differs(entry: Present, seen: str | None, digest: Digest) -> bool:
    """Whether a file that was predicted as a copy is not one; what a definition writes itself is not compared."""
    if seen is None or entry.source is None or entry.content is not None:
        return False
    expected = digest(entry.source)
    return expected is not None and expected != seen


def environment_drift(function: Function, predicted: FileTree, seen: Observation) -> Iterator[Drift]:
    """What the function declares of its surroundings, against those that the image has."""

    def drift(subject: str, expected: str, found: str, at: Span | None = None) -> Drift:
        return Drift("environment", (function.name,), subject, expected, found, at or function.span)

    if isinstance(function.artifact, Zip):
        return  # what a package runs on here is vartask's own choice, or the user's
    config, observed = predicted.config, seen.tree.config
    python = config.python if config is not None else None
    if not has_python(seen, python):
        yield drift("the Python version", python or "", seen.python or "", config.base_at if config else None)
    declared = function.architecture
    if declared and seen.architecture not in (None, declared):
        yield drift("the architecture", declared, seen.architecture or "")
    if config is None or observed is None or not config.aws_base:
        return
    if posixpath.normpath(config.workdir) != posixpath.normpath(observed.workdir):
        yield drift("the working directory", config.workdir, observed.workdir)
    root, there = config.env.get("LAMBDA_TASK_ROOT"), observed.env.get("LAMBDA_TASK_ROOT")
    if root is not None and root != there:
        yield drift("LAMBDA_TASK_ROOT", root, there or "not set")
    if config.entrypoint is not None and config.entrypoint != observed.entrypoint:
        yield drift(
            "the entrypoint", " ".join(config.entrypoint), " ".join(observed.entrypoint or ()), config.entrypoint_at
        )


def has_python(seen: Observation, version: str | None) -> bool:
    """Whether the container has a Python of this version (``3.12``), as far as both are known."""
    return not version or not seen.python or f"{seen.python}.".startswith(f"{version}.")


def message_drift(deployment: Deployment, findings: Iterable[Finding], started: Started) -> Drift | None:
    """A function that starts although it was said to fail, or the other way round, or fails for another reason.

    A gap is not a prediction: where there is one, the function may do either.  Nor does a prediction say how long
    something takes, or how much memory.
    """
    if started.doubt is not None:
        return None
    found = tuple(findings)
    fatal = [one for one in found if one.at_init]
    at = fatal[0].span if fatal else deployment.function.span
    said = (fatal[0].runtime_message or fatal[0].message) if fatal else "it starts"
    if started.verdict == "ok":
        return _message(deployment, started, said, "it starts", at) if fatal else None
    if started.verdict not in {"init error", "exited"} or started.doubt is not None:
        return None
    if any(one.runtime_message in (None, started.message) for one in fatal):
        return None
    if not fatal and (deployment.gaps or deployment.handler is None):
        return None
    return _message(deployment, started, said, started.message or "", at)


def _message(deployment: Deployment, started: Started, predicted: str, observed: str, at: Span) -> Drift:
    return Drift("message", (deployment.function.name,), started.handler, predicted, observed, at)
