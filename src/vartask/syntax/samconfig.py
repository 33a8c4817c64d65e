"""samconfig.toml: which template ``sam`` works on, from which directory, and which of its parameters are set there.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html (which has
it as YAML too)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vartask.patterns import regex
from vartask.records import dataclass, field
from vartask.syntax import nodes
from vartask.syntax.yaml import YamlError, read_yaml

_PAIR = regex(
    r"ParameterKey=(?P<key>\w+),ParameterValue=(?P<long>\"[^\"]*\"|[^\s,]*)"
    r"|(?:^|(?<=\s))\"?(?P<short>\w+)=(?P<value>\"[^\"]*\"|'[^']*'|\S*)"
)
_KEYS = ("template", "base_dir", "parameter_overrides", "\\")
"""A file without these words sets none of the parameters; an escape may hide one."""

_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class SamConfig:
    """Template files as written, parameters that environments set, with their values, and values of ``base_dir``.

    ``base_dir`` replaces the template's directory as the place that ``CodeUri`` starts from.
    """

    templates: frozenset[str] = frozenset()
    overrides: Mapping[str, frozenset[str]] = field(default_factory=dict)
    base_dirs: frozenset[str] = frozenset()


def read_samconfig(text: str, path: str = "samconfig.toml") -> SamConfig:
    """What a samconfig file says; nothing when it cannot be read, since ``sam`` then refuses to run with it."""
    parameters = list(_parameters(_tables(text, path)))
    overrides: dict[str, frozenset[str]] = {}
    for name, value in (pair for table in parameters for pair in _overridden(table.get("parameter_overrides"))):
        overrides[name] = overrides.get(name, frozenset()) | {value}
    return SamConfig(
        templates=frozenset(_strings(parameters, "template", "template_file")),
        overrides=overrides,
        base_dirs=frozenset(_strings(parameters, "base_dir")),
    )


def _tables(text: str, path: str) -> dict[str, object]:
    if path.endswith(".toml"):
        # Most say nothing of what matters here, and tomli takes as long to import as a small project to list.
        if not any(key in text for key in _KEYS):
            return {}
        import tomli

        try:
            return tomli.loads(text)
        except (tomli.TOMLDecodeError, RecursionError):
            return {}
    try:
        documents = read_yaml(text, path)
    except YamlError:
        return {}
    plain = _plain(documents[0].root) if documents else None
    return plain if isinstance(plain, dict) else {}


def _plain(node: nodes.Node | None, depth: int = 0) -> object:
    if isinstance(node, nodes.Mapping) and depth < _MAX_DEPTH:
        return {key.value: _plain(value, depth + 1) for key, value in node.items()}
    if isinstance(node, nodes.Sequence) and depth < _MAX_DEPTH:
        return [_plain(item, depth + 1) for item in node.items]
    return node.value if isinstance(node, nodes.Scalar) else None


def _strings(tables: list[dict[str, object]], *keys: str) -> Iterator[str]:
    return (value for table in tables for key in keys if isinstance(value := table.get(key), str))


def _parameters(tables: dict[str, object]) -> Iterator[dict[str, object]]:
    """The ``parameters`` table of every command of every environment."""
    for environment in tables.values():
        for command in environment.values() if isinstance(environment, dict) else ():
            found = command.get("parameters") if isinstance(command, dict) else None
            if isinstance(found, dict):
                yield found


def _overridden(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from ((str(name), str(one)) for name, one in value.items())
    for text in value if isinstance(value, list) else [value]:
        if isinstance(text, str):
            yield from (
                (match["key"] or match["short"], (match["long"] or match["value"] or "").strip("\"'"))
                for match in _PAIR.finditer(text)
            )
