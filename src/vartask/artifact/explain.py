"""In words: which lines put what into an artifact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vartask.model import Cause, FileTree, Image, Span, Text

_SHOWN = 2


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
        return (Cause(f"{removed_by} keeps it out", removed_by),)
    lines = copy_lines(tree, root)
    if not lines:
        return (Cause("nothing is copied to " + root),)
    return tuple(
        Cause(f"{line.span} copies only {_listed(line.sources)}", line.span) for line in lines if len(line.sources) <= _SHOWN
    ) or (Cause(f"{lines[-1].span} copies {_listed(lines[-1].sources)}", lines[-1].span),)


def _listed(sources: tuple[str, ...]) -> str:
    shown = " and ".join(sources[:_SHOWN])
    return shown if len(sources) <= _SHOWN else f"{sources[0]} and {len(sources) - 1} more files"


def place_to_add(tree: FileTree, root: str, fallback: Text | None, artifact: object) -> Span | None:
    """The line after which a COPY would be added: the last one that copies project files, in an image."""
    if not isinstance(artifact, Image):
        return fallback.span if fallback is not None else None
    lines = copy_lines(tree, root)
    return lines[-1].span if lines else fallback.span if fallback is not None else None


Environment = Mapping[str, str | None]
