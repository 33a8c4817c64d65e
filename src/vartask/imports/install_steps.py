"""Steps outside the definitions that install distributions into a package: scripts, pipelines, and what a README says.

pip's ``--target``, the exports that feed a requirements file, and ``sam build --manifest`` are what people run before
packaging (https://docs.aws.amazon.com/lambda/latest/dg/python-package.html).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.seen import Once, has_any

_READ = regex(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat|cmd|md|rst|txt|adoc|ya?ml|toml|cfg|ini|json|py|ts|js|tf|tfvars|groovy|go)"
    r"|[Mm]akefile|justfile|[Jj]enkinsfile|Dockerfile[^/]*|README|\.envrc)\Z"
)
_REST = rb"(?:\\\r?\n|[^\n])*?"
"""The rest of a command line, which a backslash continues."""
_REQUIREMENTS = rb"requirements[\w.-]*\.txt"
_INSTALLS: tuple[tuple[tuple[tuple[bytes, ...], ...], re.Pattern[bytes]], ...] = (
    (
        ((b"pip",), (b"install",), (b"-t", b"--prefix", b"--root")),
        regex(
            rb"pip3?(?:\.\d+)?['\", ]+install\b" + _REST + rb"['\" ](?:-t|--target|--prefix|--root)\b",
        ),
    ),
    (
        ((b"sam",), (b"build",), (b"-m",)),
        regex(rb"sam\s+build\b" + _REST + rb"\s(?:-m|--manifest)\b"),
    ),
    (
        ((b"requirements",), (b".txt",)),
        regex(
            rb"\b(?:cp|mv|ln|copy|rsync)\s" + _REST + _REQUIREMENTS + rb"|\b(?:export|freeze|requirements|compile)\b"
            + _REST + rb"(?:>|-o|--output)" + _REST + _REQUIREMENTS
        ),
    ),
    (
        ((b"site-packages", b"dist-packages"),),
        regex(rb"\b(?:zip|cp|mv|rsync|cd|pushd)\s" + _REST + rb"(?:site|dist)-packages"),
    ),
    (((b"poetry",), (b"bundle",)), regex(rb"\bpoetry\s+bundle\b")),
    (((b"-t'", b'-t"', b"-target"),), regex(rb"['\"](?:-t|--target)['\"]")),
)  # fmt: skip
"""Commands, each with the words of which it has one of every group: looking for those takes a tenth of the time."""
_WORDS = tuple(words for words, _ in _INSTALLS)
_IMAGE = regex(r"(?:\A|/)Dockerfile[^/]*\Z")
_STARTS = regex(rb"(?mi)^[ \t]*(?:CMD|ENTRYPOINT)\b")
_CONTAINERS = (b"docker", b"podman", b"nerdctl", b"finch", b"buildah", b"type=")
_TAKEN_OUT = regex(
    rb"\btype=(?:local|tar)\b|\b(?:docker|podman|nerdctl|finch|buildah)\b"
    + _REST
    + rb"\s(?:cp|create|export|save|-o|-v|--volume|--mount|--output)\b"
)
"""Commands by which files leave an image: a container's files are copied, or written where they are mounted."""
_PIPELINES = (".github", ".circleci", "scripts")
_LARGEST = 400_000


class InstallSteps:
    """The files of a repository that have such a step, found when the first question is asked."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._spans = Once(project.questions)
        self._taken_out = Once(project.questions)

    def near(self, base: str) -> Span | None:
        """The first such step that may concern the project in ``base``: in it, above it, or in a pipeline."""
        spans = self._spans.get(None, lambda: tuple(self._search()))
        return next((span for span in spans if _concerns(span.path, base)), None)

    def _search(self) -> Iterator[Span]:
        for path in self._project.files:
            if not _READ.search(path):
                continue
            try:
                start = self._first(path)
            except Unreadable:
                continue
            if start is not None and not self._stays_inside(path):
                yield Span(path, self._project.read_bytes(path).count(b"\n", 0, start) + 1)

    def _stays_inside(self, path: str) -> bool:
        """Whether a file is a Dockerfile of an image that is started, and nothing here takes files out of images."""
        if not _IMAGE.search(path) or not _STARTS.search(self._project.read_bytes(path)):
            return False
        return not self._taken_out.get(None, lambda: any(map(self._takes_out, self._project.files)))

    def _takes_out(self, path: str) -> bool:
        if not _READ.search(path):
            return False
        try:
            named = self._project.mentions(path, ((_CONTAINERS,),))
            return named and _TAKEN_OUT.search(self._project.read_bytes(path)) is not None
        except Unreadable:
            return False

    def _first(self, path: str) -> int | None:
        """Where in a file the first such command begins.  Raises :class:`Unreadable`."""
        data = self._project.read_bytes(path) if self._project.mentions(path, _WORDS) else b""
        if len(data) > _LARGEST:
            return None
        found = (command.search(data) for words, command in _INSTALLS if has_any(data, (words,)))
        return min((match.start() for match in found if match is not None), default=None)


def _concerns(path: str, base: str) -> bool:
    directory = posixpath.dirname(path)
    if base in {"", "."} or directory == base or path.startswith(base + "/"):
        return True
    return not directory or base.startswith(directory + "/") or directory.startswith(_PIPELINES)
