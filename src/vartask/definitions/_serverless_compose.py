"""Services that a ``serverless-compose.yml`` deploys together.

https://www.serverless.com/framework/docs/guides/compose
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.model import Gap, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Scalar
from vartask.syntax.yaml import YamlError, read_yaml

COMPOSE: Final = regex(r"serverless-compose\.ya?ml\Z")
_NAMES: Final = ("serverless.yml", "serverless.yaml", "serverless.json")


def composed(project: Project, gaps: list[Gap]) -> dict[str, Map]:
    """The service files that compose files name, with the parameters that they are given."""
    found: dict[str, Map] = {}
    for path in project.files:
        if not COMPOSE.match(posixpath.basename(path)):
            continue
        try:
            documents = read_yaml(project.read_text(path), path)
        except Unreadable as error:
            gaps.append(Gap(Span(path), f"not read: {error}"))
            continue
        except YamlError as error:
            gaps.append(Gap(error.span, f"not read as a compose file: {error.message}"))
            continue
        root = documents[0].root if documents else None
        services = root.get("services") if isinstance(root, Map) else None
        for _, service in services.items() if isinstance(services, Map) else ():
            if isinstance(service, Map):
                _take(project, posixpath.dirname(path) or ".", service, found)
    return found


def _take(project: Project, base: str, service: Map, found: dict[str, Map]) -> None:
    where, config, params = (service.get(key) for key in ("path", "config", "params"))
    directory = project.join(base, where.value if isinstance(where, Scalar) else ".")
    if directory is None:
        return
    names = (config.value,) if isinstance(config, Scalar) else _NAMES
    for name in names:
        path = project.join(directory, name)
        if path is not None and project.is_file(path):
            found.setdefault(path, params if isinstance(params, Map) else Map(service.span))
            return
