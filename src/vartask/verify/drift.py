"""Where the prediction and the container differ: each is a mistake of the prediction, and worth a report."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from vartask.model import Absent, Deployment, Drift, FileTree, Finding, Observation, Present, Started

_CACHES = ("__pycache__",)
"""Python writes them when somebody imports a module; they decide nothing."""


def path_drift(predicted: FileTree, seen: Observation, functions: tuple[str, ...]) -> Iterator[Drift]:
    """Paths below the directories that were looked at; of what is missing or extra, the highest directory stands."""
    if seen.python is None or predicted.error is not None:
        return
    roots = tuple(path for path in ("/var/task", "/opt", seen.directory) if path and path != "/")
    named: set[str] = set()
    for path, entry in sorted(predicted.entries.items()):
        if _is_below(path, roots) and path not in seen.tree.entries and not _inside(path, named):
            named.add(path)
            yield Drift("missing", functions, path, _put(entry), "it is not there", entry.put_by)
    named.clear()
    for path, entry in sorted(seen.tree.entries.items()):
        answer = predicted.lookup(path)
        if _is_below(path, roots) and not _is_cache(path) and not _inside(path, named) and isinstance(answer, Absent):
            named.add(path)
            yield Drift("extra", functions, path, "nothing puts it there", f"a {_word(entry)}", answer.removed_by)


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


def _word(entry: Present) -> str:
    return {"f": "file", "d": "directory", "l": "symbolic link"}[entry.kind]


def _put(entry: Present) -> str:
    return f"a {_word(entry)}" + (f" from {entry.source}" if entry.source else "")


def message_drift(deployment: Deployment, findings: Iterable[Finding], started: Started) -> Drift | None:
    """A function that starts although it was said to fail, or the other way round, or fails for another reason.

    A gap is not a prediction: where there is one, the function may do either.
    """
    said = [one.runtime_message for one in findings if one.runtime_message is not None]
    at_init = [text for text in said if text in set(_init_messages(deployment, said))]
    name = deployment.function.name
    if started.verdict == "ok":
        if not at_init:
            return None
        return Drift("message", (name,), started.handler, at_init[0], "it starts", deployment.function.span)
    if started.message in said or started.verdict in {"not reached", "failed"}:
        return None
    if not at_init and (deployment.gaps or deployment.handler is None):
        return None
    predicted = at_init[0] if at_init else "it starts"
    return Drift("message", (name,), started.handler, predicted, started.message or "", deployment.function.span)


def _init_messages(deployment: Deployment, said: Iterable[str]) -> Iterator[str]:
    """Those of the messages that stand for failures at init; an import in a function says so in its outcome."""
    later = {
        str(getattr(outcome, "error", ""))
        for outcomes in (deployment.imports, deployment.names, deployment.raised, deployment.strangers)
        for outcome in outcomes
        if getattr(outcome, "when", "init") != "init"
    }
    for text in said:
        if not any(error and text.endswith(error) for error in later):
            yield text
