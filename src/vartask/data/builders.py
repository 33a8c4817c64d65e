"""Which image builder knows what: the differences that decide a file, each under a name.

A *frontend* is the part of BuildKit that reads Dockerfiles; it has a version of its own, and BuildKit 0.N carries
frontend 1.(N-6).  Facts come from the release notes and the history of https://github.com/moby/buildkit, and from
builds with each of the builders; docs/builders.md lists them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

OLDEST, NEWEST = 8, 26
"""The BuildKit versions 0.N whose behaviour is known."""

FRONTEND_BEHIND = 6
"""BuildKit 0.N carries the Dockerfile frontend 1.(N-6)."""

ACCEPTED = f"buildkit, buildkit@0.{OLDEST} to buildkit@0.{NEWEST}, classic, buildah"
VERSION = re.compile(r"buildkit@v?0\.(\d+)(?:\.\d+)?")

FLAGS: dict[str, dict[str, int]] = {
    "FROM": {"platform": 2},
    "RUN": {"mount": 2, "network": 3, "security": 20, "device": 14},
    "COPY": {"from": 2, "chown": 2, "chmod": 2, "link": 4, "exclude": 19, "parents": 20},
    "ADD": {
        "chown": 2,
        "chmod": 2,
        "link": 4,
        "checksum": 5,
        "keep-git-dir": 5,
        "unpack": 17,
        "exclude": 19,
    },
    "HEALTHCHECK": {"interval": 2, "timeout": 2, "start-period": 2, "retries": 2, "start-interval": 6},
}
"""Per instruction, its flags and the frontend 1.N whose stable channel has them first (2 stands for all known)."""

CLASSIC_FLAGS = {
    "FROM": frozenset({"platform"}),
    "RUN": frozenset({"mount", "network", "security"}),
    "COPY": frozenset({"from", "chown", "chmod"}),
    "ADD": frozenset({"chown", "chmod"}),
    "HEALTHCHECK": frozenset({"interval", "timeout", "start-period", "retries"}),
}
"""What the classic builder's parser accepts; ``--mount`` and ``--chmod`` it then refuses to carry out."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One builder: its name as written, its kind, and for BuildKit the version 0.N of daemon and frontend 1.N.

    Code asks for a named fact, never for the kind.
    """

    name: str
    kind: Literal["buildkit", "classic", "buildah"] = "buildkit"
    buildkit: int = NEWEST
    frontend: int = NEWEST - FRONTEND_BEHIND

    def _since(self, frontend: int) -> bool:
        return self.kind == "buildkit" and self.frontend >= frontend

    def flags(self, keyword: str) -> frozenset[str]:
        """The flags that an instruction may have."""
        if self.kind == "buildkit":
            return frozenset(name for name, since in FLAGS.get(keyword, {}).items() if self._since(since))
        return CLASSIC_FLAGS.get(keyword, frozenset())

    @property
    def heredocs(self) -> bool:
        """Whether ``<<EOF`` opens a here-document (frontend 1.4)."""
        return self._since(4)


BUILDKIT = Dialect("buildkit")
"""BuildKit 0.26, which Docker 29 runs."""


def builder_named(text: str) -> Dialect:
    """The builder that ``text`` names, as in ``buildkit@0.8``.  Raises :class:`ValueError` listing what is accepted."""
    if text == "buildkit":
        return BUILDKIT
    if text == "classic":
        return Dialect(text, "classic")
    if text == "buildah":
        return Dialect(text, "buildah")
    match = VERSION.fullmatch(text)
    if match is None or not OLDEST <= int(match[1]) <= NEWEST:
        raise ValueError(f"unknown builder {text!r}: accepted are {ACCEPTED}")
    version = int(match[1])
    return Dialect(text, "buildkit", version, version - FRONTEND_BEHIND)
