"""``.pth`` files of an artifact: the directories that they put on the search path.

Source: ``site.addpackage`` of CPython: a line that begins with ``import`` is executed, a comment or blank line is left
out, any other is a directory, taken from where the file stands, which counts when it exists.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from vartask.imports.search import SearchPath
from vartask.model import FileTree, Present, Span
from vartask.project import Project, Unreadable


def with_site_files(path: SearchPath, tree: FileTree, project: Project) -> SearchPath:
    """The search path with what the artifact's ``.pth`` files add to it."""
    added: list[str] = []
    open_at: Span | None = None
    for directory in path.site:
        for file, entry in _pth_files(directory, tree):
            at = Span(entry.source or (entry.put_by.path if entry.put_by else file))
            lines = _lines(entry, project)
            if lines is None:
                open_at = open_at or at
                continue
            for line in lines:
                if line.startswith(("import ", "import\t")):
                    open_at = open_at or at
                    continue
                place = posixpath.normpath(posixpath.join(directory, line.rstrip()))
                found = tree.lookup(place)
                if isinstance(found, Present) and found.kind == "d":
                    added.append(place)
    return path.with_appended(tuple(added), open_at)


def _pth_files(directory: str, tree: FileTree) -> Iterator[tuple[str, Present]]:
    """In the order of their names, hidden ones left out."""
    for file, entry in sorted(item for item in tree.children(directory) if item[0].endswith(".pth")):
        if entry.kind == "f" and not posixpath.basename(file).startswith("."):
            yield file, entry


def _lines(entry: Present, project: Project) -> list[str] | None:
    """The lines that count; ``None`` when the text is not known."""
    text = entry.content
    if text is None and entry.source is not None:
        try:
            text = project.read_text(entry.source)
        except Unreadable:
            return None
    if text is None:
        return None
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
