"""Where a service is deployed from, as the scripts of the repository say.

The framework takes all paths of a service from the directory that it is started in, also where ``--config`` names a
file in another (https://www.serverless.com/framework/docs/providers/aws/cli-reference/deploy).
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable

_SCRIPTS: Final = regex(
    r"(?:\A|/)(?:package\.json|[^/]*\.(?:sh|bash|mk|ps1|ya?ml|md|rst|toml|groovy)|[Mm]akefile|justfile|Jenkinsfile)\Z"
)
_CONFIG: Final = regex(rb"(?<![\w-])(?:--config|-c)[=\s]+[\"'\\]*([\w./-]+)")
_PIPELINES: Final = regex(r"(?:\A|/)\.[^/]+/")
"""Below a directory such as ``.github``: the commands run at the top of the repository."""

_LARGEST: Final = 400_000


def named_by_script(project: Project, path: str) -> tuple[str, Span] | None:
    """The directory in which a script names the service file, and the line that does."""
    name = posixpath.basename(path).encode()
    for script in project.files:
        if script == path or not _SCRIPTS.search(script):
            continue
        try:
            data = project.read_bytes(script) if project.mentions(script, name) else b""
        except Unreadable:
            continue
        if len(data) > _LARGEST:
            continue
        for match in _CONFIG.finditer(data):
            written = match[1].decode()
            for base in (posixpath.dirname(script) or ".", *(["."] if _PIPELINES.search(script) else [])):
                if project.join(base, written) == path and base != (posixpath.dirname(path) or "."):
                    return base, Span(script, data.count(b"\n", 0, match.start()) + 1)
    return None
