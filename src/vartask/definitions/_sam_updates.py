"""Whether something in the repository replaces a function's code after the template has made it.

A template may deploy a line of inline code as a stand-in, and a script then uploads the real package
(https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable

_UPDATE: Final = regex(rb"update[-_]function[-_]code|UpdateFunctionCode|aws-lambda-deploy", re.IGNORECASE)
_SCRIPTS: Final = regex(
    r"\.(?:sh|bash|ps1|bat|py|js|ts|mjs|rb|go|ya?ml|json|toml|mk|md|tf)$|(?:^|/)(?:Makefile|Jenkinsfile|justfile)$"
)
_SDK: Final = frozenset({"botocore", "boto3", "site-packages", "node_modules"})
"""Directories of the SDK itself, which names every operation."""

_PIPELINES: Final = frozenset({".github", ".circleci", "scripts", "ci", "tools"})
_MAX_BYTES: Final = 512 * 1024


class CodeUpdates:
    """Looks for such a script, at most once per run and only when asked."""

    def __init__(self, project: Project) -> None:
        self._project = project

    def near(self, template: str) -> Span | None:
        """A line that replaces the code of some function, as near to a template as there is one.

        Another part of the repository than the template's own says nothing about it, unless it is a pipeline.
        """
        top, below, _ = template.partition("/")
        beside = {top, *_PIPELINES}
        found = [at for at in self._all if not below or "/" not in at.path or at.path.partition("/")[0] in beside]
        return max(found, key=lambda at: len(posixpath.commonprefix([at.path, template])), default=None)

    @cached_property
    def _all(self) -> tuple[Span, ...]:
        return self._project.lasting("places: that replace code", _places)


def _places(project: Project) -> tuple[Span, ...]:
    return tuple(_read(project))


def _read(project: Project) -> Iterator[Span]:
    for path in project.files:
        if _SDK.intersection(path.split("/")):
            continue
        if not _SCRIPTS.search(path):
            continue
        try:
            data = project.read_bytes(path) if project.mentions(path, _UPDATE) else b""
        except Unreadable:
            continue
        match = _UPDATE.search(data) if len(data) <= _MAX_BYTES else None
        if match is not None:
            yield Span(path, data.count(b"\n", 0, match.start()) + 1)
