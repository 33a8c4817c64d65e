"""In words: which lines put what into an artifact."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from vartask.model import Artifact, Cause, FileTree, Function, Image, Span

_SHOWN = 2
_LINES = 3


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A line of a definition and the project's files it brought below a directory."""

    span: Span
    sources: tuple[str, ...]


def copy_lines(tree: FileTree, root: str) -> tuple[CopyLine, ...]:
    """The lines that put project files below ``root``, in the order they are written."""
    lines: dict[Span, list[str]] = {}
    for path, entry in tree.entries.items():
        if entry.put_by is not None and entry.source is not None and entry.kind == "f" and path.startswith(root + "/"):
            lines.setdefault(entry.put_by, []).append(entry.source)
    return tuple(CopyLine(span, tuple(sorted(sources))) for span, sources in sorted(lines.items()))


def copy_causes(tree: FileTree, root: str, removed_by: Span | None = None) -> tuple[Cause, ...]:
    """Why a file is not there: the line that kept it out, or what the lines that copy do bring."""
    if removed_by is not None:
        return (Cause("keeps it out", removed_by),)
    lines = copy_lines(tree, root)
    if not lines:
        return (Cause("nothing is copied to " + root),)
    return tuple(Cause(f"brings {_listed(line)}", line.span) for line in lines[-_LINES:])


def _listed(line: CopyLine) -> str:
    """The sources as the line's own file would write them."""
    names = [seen_from(line.span.path, source) for source in line.sources]
    if len(names) > _SHOWN:
        return f"{names[0]} and {len(names) - 1} other files"
    return "only " + " and ".join(names)


def seen_from(definition: str, path: str) -> str:
    """A path of the project as it would be written in a definition: relative to the definition's directory."""
    return posixpath.relpath(path, posixpath.dirname(definition) or ".")


def place_to_add(tree: FileTree, root: str, artifact: Artifact, otherwise: Span) -> Span:
    """The line to change: in an image the last one that copies project files, else ``otherwise``."""
    if not isinstance(artifact, Image):
        return otherwise
    lines = copy_lines(tree, root)
    return lines[-1].span if lines else otherwise


def package_word(artifact: Artifact) -> str:
    """What a message calls the artifact."""
    return "image" if isinstance(artifact, Image) else "zip package"


def task_root(tree: FileTree) -> str:
    """The directory that the handler is imported from."""
    config = tree.config
    return "/var/task" if config is None or config.aws_base else config.workdir


def bring(function: Function, candidates: tuple[str, ...]) -> str | None:
    """The advice to package the file that was meant, as seen from the definition."""
    if not candidates:
        return None
    return f"bring {seen_from(function.span.path, candidates[0])} into the {package_word(function.artifact)}"
