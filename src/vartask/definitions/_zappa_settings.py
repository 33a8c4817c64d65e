"""Zappa's settings in JSON, YAML or TOML: stages, each with what it takes over from the one that it extends."""

from __future__ import annotations

import re
from typing import Any

from vartask.model import Span, Text
from vartask.records import dataclass
from vartask.syntax.json import JsonError, read_json
from vartask.syntax.nodes import Mapping, Node, Scalar, Sequence, TooLarge
from vartask.syntax.yaml import YamlError, read_yaml

FORMATS = ("zappa_settings.json", "zappa_settings.toml", "zappa_settings.yml", "zappa_settings.yaml")
"""In the order in which Zappa looks for them."""


class NotRead(Exception):
    """The settings cannot be read; ``message`` is one line, ``span`` the place."""

    def __init__(self, message: str, span: Span) -> None:
        super().__init__(message)
        self.message = message
        self.span = span


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage: its name, where it is written, and its settings, the strongest first."""

    name: str
    span: Span
    levels: tuple[Mapping, ...]

    def get(self, name: str) -> Node | None:
        """A setting; ``None`` where it is not set, or null."""
        for level in self.levels:
            found = level.get(name)
            if found is not None:
                return None if isinstance(found, Scalar) and found.is_null else found
        return None

    def text(self, name: str) -> Text | None:
        """A setting that is a text."""
        found = self.get(name)
        return Text(found.value, found.span) if isinstance(found, Scalar) else None

    def texts(self, name: str) -> list[Text]:
        """A setting that is a list of texts."""
        found = self.get(name)
        items = found.items if isinstance(found, Sequence) else []
        return [Text(item.value, item.span) for item in items if isinstance(item, Scalar)]

    def flag(self, name: str) -> bool | None:
        """A setting that is true or false; false when it is not set, ``None`` when it is something else."""
        found = self.get(name)
        if found is None:
            return False
        return found.boolean if isinstance(found, Scalar) else None

    def table(self, name: str) -> dict[str, str | None]:
        """A setting that is a table of texts."""
        found = self.get(name)
        pairs = found.items() if isinstance(found, Mapping) else ()
        return {key.value: value.value if isinstance(value, Scalar) else None for key, value in pairs}

    def functions(self, name: str) -> list[Text]:
        """The functions that a list of events names."""
        found = self.get(name)
        items = found.items if isinstance(found, Sequence) else []
        named = [item.get("function") for item in items if isinstance(item, Mapping)]
        return [Text(one.value, one.span) for one in named if isinstance(one, Scalar)]


def read_stages(text: str, path: str) -> list[Stage]:
    """Every stage of a settings file.  Raises :class:`NotRead`."""
    root = _root(text, path)
    stages = {key.value: (key.span, node) for key, node in root.items() if isinstance(node, Mapping)}
    found: list[Stage] = []
    for name, (span, node) in stages.items():
        levels = [node]
        seen = {name}
        while True:
            parent = levels[-1].get("extends")
            if not isinstance(parent, Scalar) or parent.is_null:
                break
            if parent.value not in stages:
                raise NotRead(f"stage `{name}` extends `{parent.value}`, which is not defined", parent.span)
            if parent.value in seen:
                raise NotRead(f"stage `{parent.value}` extends itself", parent.span)
            seen.add(parent.value)
            levels.append(stages[parent.value][1])
        found.append(Stage(name, span, tuple(levels)))
    return found


def _root(text: str, path: str) -> Mapping:
    try:
        if path.endswith(".json"):
            root = read_json(text, path).root
        elif path.endswith(".toml"):
            root = _toml(text, path)
        else:
            documents = read_yaml(text, path)
            root = documents[0].root if documents else None
    except JsonError as error:
        raise NotRead(error.message, error.span) from error
    except YamlError as error:
        raise NotRead(error.message, error.span) from error
    except TooLarge as error:
        raise NotRead(str(error), error.span) from error
    if not isinstance(root, Mapping):
        raise NotRead("the settings are no table of stages", Span(path))
    return root


def _toml(text: str, path: str) -> Node:
    # Imported here: few projects have settings in TOML.
    import tomli

    try:
        table = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise NotRead(f"not TOML: {error}", Span(path)) from error
    lines = text.splitlines()
    return _node(table, Span(path), path, lines)


def _node(value: Any, span: Span, path: str, lines: list[str]) -> Node:
    """A TOML value as a node; tomli keeps no positions, so a key's place is the first line that has it."""
    if isinstance(value, dict):
        pairs: list[tuple[Node, Node]] = []
        for name, one in value.items():
            place = Span(path, _line(name, lines, span.line))
            pairs.append((Scalar(name, place, plain=False), _node(one, place, path, lines)))
        return Mapping(span, pairs=pairs)
    if isinstance(value, list):
        return Sequence(span, items=[_node(one, span, path, lines) for one in value])
    if isinstance(value, bool):
        return Scalar(str(value).lower(), span)
    return Scalar(str(value), span, plain=False)


def _line(name: str, lines: list[str], start: int) -> int:
    pattern = re.compile(rf"^\s*(?:\[.*)?[\"']?\b{re.escape(name)}\b")
    return next((number for number, line in enumerate(lines, 1) if number >= start and pattern.match(line)), start)
