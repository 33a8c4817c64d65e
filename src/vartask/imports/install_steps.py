"""Steps outside the definitions that install distributions into a package: scripts, pipelines, and what a README says.

pip's ``--target``, the exports that feed a requirements file, and ``sam build --manifest`` are what people run before
packaging (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vartask.model import Span
from vartask.project import Project, Unreadable

_READ = re.compile(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat|cmd|md|rst|txt|adoc|ya?ml|toml|cfg|ini|json|py|ts|js|tf|tfvars|groovy|go)"
    r"|[Mm]akefile|justfile|[Jj]enkinsfile|Dockerfile[^/]*|README|\.envrc)\Z"
)
_REST = rb"(?:\\\r?\n|[^\n])*?"
"""The rest of a command line, which a backslash continues."""
_REQUIREMENTS = rb"requirements[\w.-]*\.txt"
_INSTALLS: tuple[tuple[tuple[tuple[bytes, ...], ...], re.Pattern[bytes]], ...] = (
    (
        ((b"pip",), (b"install",), (b"-t", b"--prefix", b"--root")),
        re.compile(
            rb"pip3?(?:\.\d+)?['\", ]+install\b" + _REST + rb"['\" ](?:-t|--target|--prefix|--root)\b",
        ),
    ),
    (
        ((b"sam",), (b"build",), (b"-m",)),
        re.compile(rb"sam\s+build\b" + _REST + rb"\s(?:-m|--manifest)\b"),
    ),
    (
        ((b"requirements",), (b".txt",)),
        re.compile(
            rb"\b(?:cp|mv|ln|copy|rsync)\s" + _REST + _REQUIREMENTS + rb"|\b(?:export|freeze|requirements|compile)\b"
            + _REST + rb"(?:>|-o|--output)" + _REST + _REQUIREMENTS
        ),
    ),
    (
        ((b"site-packages", b"dist-packages"),),
        re.compile(rb"\b(?:zip|cp|mv|rsync|cd|pushd)\s" + _REST + rb"(?:site|dist)-packages"),
    ),
    (((b"poetry",), (b"bundle",)), re.compile(rb"\bpoetry\s+bundle\b")),
    (((b"-t'", b'-t"', b"-target"),), re.compile(rb"['\"](?:-t|--target)['\"]")),
)  # fmt: skip
"""Commands, each with the words of which it has one of every group: looking for those takes a tenth of the time."""
_PIPELINES = (".github", ".circleci", "scripts")
_LARGEST = 400_000


class InstallSteps:
    """The files of a repository that have such a step, found when the first question is asked."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._spans: tuple[Span, ...] | None = None

    def near(self, base: str) -> Span | None:
        """The first such step that may concern the project in ``base``: in it, above it, or in a pipeline."""
        if self._spans is None:
            self._spans = tuple(self._search())
        return next((span for span in self._spans if _concerns(span.path, base)), None)

    def _search(self) -> Iterator[Span]:
        for path in self._project.files:
            if not _READ.search(path):
                continue
            try:
                data = self._project.read_bytes(path)
            except Unreadable:
                continue
            start = _first(data) if len(data) <= _LARGEST else None
            if start is not None:
                yield Span(path, data.count(b"\n", 0, start) + 1)


def _first(data: bytes) -> int | None:
    """Where the first such command begins."""
    found = [
        match.start()
        for words, command in _INSTALLS
        if all(any(word in data for word in group) for group in words) and (match := command.search(data)) is not None
    ]
    return min(found, default=None)


def _concerns(path: str, base: str) -> bool:
    directory = posixpath.dirname(path)
    if base in {"", "."} or directory == base or path.startswith(base + "/"):
        return True
    return not directory or base.startswith(directory + "/") or directory.startswith(_PIPELINES)
