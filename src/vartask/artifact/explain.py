"""In words: which lines put what into an artifact."""

from __future__ import annotations

from dataclasses import dataclass

from vartask.model import Artifact, Cause, FileTree, Image, Span

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
    return tuple(Cause(f"brings {_listed(line.sources)}", line.span) for line in lines[-_LINES:])


def _listed(sources: tuple[str, ...]) -> str:
    shown = " and ".join(sources[:_SHOWN])
    return f"only {shown}" if len(sources) <= _SHOWN else f"{sources[0]} and {len(sources) - 1} other files"


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
