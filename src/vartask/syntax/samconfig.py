"""samconfig.toml: which template ``sam`` works on, and which of its parameters are set there.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAIR = re.compile(r"ParameterKey=(?P<key>\w+)|(?:^|\s)\"?(?P<short>\w+)=")


@dataclass(frozen=True, slots=True)
class SamConfig:
    """Template files as written, and names of the parameters that some environment overrides."""

    templates: frozenset[str] = frozenset()
    overrides: frozenset[str] = frozenset()


def read_samconfig(text: str) -> SamConfig:
    """What a samconfig.toml says; nothing when it cannot be read, since ``sam`` then refuses to run with it."""
    import tomli

    try:
        tables = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        return SamConfig()
    parameters = list(_parameters(tables))
    templates = {
        value
        for table in parameters
        for key in ("template", "template_file")
        if isinstance(value := table.get(key), str)
    }
    return SamConfig(frozenset(templates), frozenset(name for table in parameters for name in _overridden(table)))


def _parameters(tables: dict[str, object]) -> Iterator[dict[str, object]]:
    """The ``parameters`` table of every command of every environment."""
    for environment in tables.values():
        for command in environment.values() if isinstance(environment, dict) else ():
            found = command.get("parameters") if isinstance(command, dict) else None
            if isinstance(found, dict):
                yield found


def _overridden(table: dict[str, object]) -> Iterator[str]:
    value = table.get("parameter_overrides")
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            yield from (match["key"] or match["short"] for match in _PAIR.finditer(text))
