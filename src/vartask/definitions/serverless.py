"""Functions that the Serverless Framework deploys: versions 3 and 4, and the older ones that read the same files.

https://www.serverless.com/framework/docs/providers/aws/guide/serverless.yml
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from vartask.config import Settings
from vartask.definitions._serverless_compose import COMPOSE, composed
from vartask.model import Declared, Function, Gap, Problem
from vartask.patterns import regex
from vartask.project import Project, Unreadable

_NAME: Final = regex(r"serverless[\w.-]*\.(?:ya?ml|json|ts|js|cjs|mjs)\Z")
_ORDER: Final = tuple(f"serverless.{ending}" for ending in ("yml", "yaml", "json", "js", "mjs", "cjs", "ts"))
"""The names that the framework looks for, the first of which it takes."""

_SERVICE: Final = (
    regex(rb"^service\s*:", re.MULTILINE),
    regex(rb"^provider\s*:", re.MULTILINE),
    regex(rb"^functions\s*:", re.MULTILINE),
)
_CONCERNS: Final = regex(rb"python|\bimage\b|\$\{|handler")


def find(project: Project, settings: Settings) -> Declared:
    """The Python functions of every service file."""
    del settings
    functions: list[Function] = []
    problems: list[Problem] = []
    gaps: list[Gap] = []
    given = composed(project, gaps)
    for path, data in _candidates(project, frozenset(given)):
        # Imported here: few projects have services.
        from vartask.definitions._serverless_functions import read_service

        named = posixpath.basename(path) in _ORDER
        found = read_service(project, path, data, named=named, given=given.get(path))
        functions += found.functions
        problems += found.problems
        gaps += found.gaps
    return Declared(tuple(functions), tuple(problems), tuple(gaps))


def _candidates(project: Project, composed: frozenset[str]) -> Iterator[tuple[str, bytes]]:
    """Files that are services by their name, by a compose file, or by their contents where ``--config`` names them."""
    for path in project.files:
        name = posixpath.basename(path)
        named = _NAME.match(name) is not None or path in composed
        if COMPOSE.match(name) or not (named or name.endswith((".yml", ".yaml"))) or _is_second(project, path, name):
            continue
        try:
            if (named or all(project.mentions(path, key) for key in _SERVICE)) and project.mentions(path, _CONCERNS):
                yield path, project.read_bytes(path)
        except Unreadable:
            if named:
                yield path, b""


def _is_second(project: Project, path: str, name: str) -> bool:
    """Whether the framework takes another file of the same directory."""
    beside = posixpath.dirname(path) or "."
    earlier = _ORDER[: _ORDER.index(name)] if name in _ORDER else ()
    return any(project.is_file(posixpath.normpath(posixpath.join(beside, one))) for one in earlier)
