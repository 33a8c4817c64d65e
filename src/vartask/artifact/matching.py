"""Which paths of a tree a source's pattern matches."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from vartask.artifact.filesystem import Tree
from vartask.artifact.gomatch import has_wildcards, match


def split_pattern(path: str) -> tuple[str, str]:
    """A pattern's plain leading directories, and the rest."""
    plain = []
    parts = path.strip("/").split("/")
    while parts and not has_wildcards(parts[0]):
        plain.append(parts.pop(0))
    return "/" + "/".join(plain), "/".join(parts)


def matching(tree: Tree, directory: str, rest: str, below: str = "") -> Iterator[str]:
    """The paths below a directory that a pattern matches; ``below`` is where the search is, seen from there."""
    depth = rest.count("/")
    for child, found in tree.children(directory):
        name = f"{below}{posixpath.basename(child)}"
        if match(rest, name):
            yield child
        elif found.kind == "d" and name.count("/") < depth:
            yield from matching(tree, child, rest, name + "/")


def plain_directory(path: str) -> str:
    """The path itself, or of a pattern the directories before its first wildcard."""
    while has_wildcards(path):
        path = posixpath.dirname(path)
    return path
