"""Whether two files of the project are copies of each other."""

from __future__ import annotations

from vartask.project import Project, Unreadable


def same_contents(project: Project, one: str, other: str) -> bool:
    """Whether both are files with the same bytes; what cannot be read is no copy of anything."""
    sizes = {_size(project, one), _size(project, other)}
    if None in sizes or len(sizes) > 1:
        return False
    try:
        return project.read_bytes(one) == project.read_bytes(other)
    except Unreadable:
        return False


def _size(project: Project, path: str) -> int | None:
    real = project.resolve(path)
    info = project.lstat(real) if real is not None else None
    return info.size if info is not None and info.kind == "f" else None
