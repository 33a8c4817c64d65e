"""YAML files of pipelines and build tools: their values, and the commands in them with their lines."""

from __future__ import annotations

from collections.abc import Iterator

from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar
from vartask.syntax.yaml import YamlError, read_yaml


def root_of(project: Project, path: str) -> MappingNode | None:
    """The document of a YAML file; ``None`` when it is not one, or no mapping."""
    try:
        documents = read_yaml(project.read_text(path), path)
    except (Unreadable, YamlError):
        return None
    root = documents[0].root if documents else None
    return root if isinstance(root, MappingNode) else None


def child(owner: Node | None, *names: str) -> Node | None:
    """A value below several names, one in the other."""
    node = owner
    for name in names:
        node = node.get(name) if isinstance(node, MappingNode) else None
    return node


def text_of(owner: Node | None, *names: str) -> str | None:
    """A scalar's value under a name, or below several."""
    node = child(owner, *names)
    return node.value if isinstance(node, Scalar) and not node.is_null else None


def commands_of(node: Scalar) -> tuple[str, int]:
    """A scalar's commands and the line that they begin at: those of a block stand below its ``|``."""
    return node.value, node.span.line + (0 if node.plain or "\n" not in node.value.strip() else 1)


def mappings(node: Node | None) -> Iterator[tuple[str, MappingNode]]:
    """The values of a mapping that are mappings."""
    for key, value in node.items() if isinstance(node, MappingNode) else ():
        if isinstance(value, MappingNode):
            yield key.value, value


def scalars(node: Node | None) -> Iterator[tuple[str, str]]:
    """The values of a mapping that are scalars."""
    for key, value in node.items() if isinstance(node, MappingNode) else ():
        if isinstance(value, Scalar):
            yield key.value, "" if value.is_null else value.value
