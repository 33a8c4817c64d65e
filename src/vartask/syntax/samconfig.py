"""samconfig.toml: which template ``sam`` works on, from which directory, and which of its parameters are set there.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_PAIR = re.compile(r"ParameterKey=(?P<key>\w+)|(?:^|\s)\"?(?P<short>\w+)=")


@dataclass(frozen=True, slots=True)
class SamConfig:
    """Template files as written, parameters that some environment overrides, and values of ``base_dir``.

    ``base_dir`` replaces the template's directory as the place that ``CodeUri`` starts from.
    """

    templates: frozenset[str] = frozenset()
    overrides: frozenset[str] = frozenset()
    base_dirs: frozenset[str] = frozenset()


def read_samconfig(text: str) -> SamConfig:
    """What a samconfig.toml says; nothing when it cannot be read, since ``sam`` then refuses to run with it."""
    import tomli

    try:
        tables = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        return SamConfig()
    parameters = list(_parameters(tables))
    return SamConfig(
        templates=frozenset(_strings(parameters, "template", "template_file")),
        overrides=frozenset(name for table in parameters for name in _overridden(table)),
        base_dirs=frozenset(_strings(parameters, "base_dir")),
    )


def _strings(tables: list[dict[str, object]], *keys: str) -> Iterator[str]:
    return (value for table in tables for key in keys if isinstance(value := table.get(key), str))


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
