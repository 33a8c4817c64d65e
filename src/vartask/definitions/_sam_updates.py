"""Whether something in the repository replaces a function's code after the template has made it.

A template may deploy a line of inline code as a stand-in, and a script then uploads the real package
(https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html).
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import Final

from vartask.model import Span
from vartask.project import Project, Unreadable

_UPDATE: Final = re.compile(rb"update[-_]function[-_]code|UpdateFunctionCode|aws-lambda-deploy", re.IGNORECASE)
_SCRIPTS: Final = re.compile(
    r"\.(?:sh|bash|ps1|bat|py|js|ts|mjs|rb|go|ya?ml|json|toml|mk|md|tf)$|(?:^|/)(?:Makefile|Jenkinsfile|justfile)$"
)
_MAX_BYTES: Final = 512 * 1024


class CodeUpdates:
    """Looks for such a script, at most once per run and only when asked."""

    def __init__(self, project: Project) -> None:
        self._project = project

    @cached_property
    def first(self) -> Span | None:
        """The first line that replaces the code of some function."""
        for path in self._project.files:
            info = self._project.lstat(path)
            if info is None or info.size > _MAX_BYTES or not _SCRIPTS.search(path):
                continue
            try:
                data = self._project.read_bytes(path)
            except Unreadable:
                continue
            match = _UPDATE.search(data)
            if match is not None:
                return Span(path, data.count(b"\n", 0, match.start()) + 1)
        return None
