"""Steps outside the definitions that copy, link or archive files: they may complete a package before it is made."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.seen import Once

_SCRIPT = regex(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat)|[Mm]akefile|justfile|[Tt]askfile\.ya?ml|noxfile\.py|tasks\.py"
    r"|buildspec[^/]*\.ya?ml|package\.json|Jenkinsfile|\.gitlab-ci\.yml)\Z|\A\.github/workflows/[^/]+\.ya?ml\Z"
)
_COPY = regex(r"(?:^|[\s;&|\"'`@(-])(?:cp|rsync|ln|mv|install|copytree|copyfile|zip|tar|robocopy|xcopy|Copy-Item)\b")

_PAGE = regex(r"\.(?:md|rst|adoc)\Z")
_TYPED = regex(
    r"^[ \t]*(?:[$>%][ \t]+)?(?:sudo[ \t]+)?(?:cp|rsync|ln|mv|zip|robocopy|xcopy|Copy-Item)[ \t]", re.MULTILINE
)
"""A command that a page has its reader type; words like these are in every prose."""
_TYPED_IN_BYTES = regex(_TYPED.pattern.encode(), re.MULTILINE)

_RUN = regex(
    r"\b(?:python[\d.]*|py|uv[ \t]+run)[ \t]+(?:-[A-Za-z]+[ \t]+)*?"
    r"(?:-m[ \t]*(?P<module>[\w.]+)|(?:\S*\$[^/\s]*/|[\"'])?(?P<path>[\w./-]+\.py)\b)"
    r"|(?:^|[\s;&|\"'`])\./(?P<direct>[\w./-]+\.py)\b",
    re.MULTILINE,
)
_QUOTED = regex(r"""(['"])(.*?)\1""")
_COPIES = (b"copytree", b"copy_tree", b"shutil.copy", b"shutil.move", b"make_archive", b"ZipFile(", b"symlink")
"""How a Python program copies, links or archives files."""
_LARGEST = 400_000


class CopySteps:
    """The lines of a repository's scripts and pages that copy something, found when the first question is asked."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lines = Once(project.questions)

    def of(self, name: str) -> Span | None:
        """The first line that copies something of this name."""
        lines: tuple[tuple[str, Span], ...] = self._lines.get(None, lambda: tuple(self._search()))
        word = re.compile(rf"(?<![\w-]){re.escape(name)}(?![\w-])")
        return next((span for line, span in lines if word.search(line)), None)

    def _search(self) -> Iterator[tuple[str, Span]]:
        programs: set[str] = set()
        for path in self._project.files:
            script = _SCRIPT.search(path) is not None
            text = self._text(path) if script or _PAGE.search(path) else None
            if text is None:
                continue
            programs.update(_program(found) for found in _RUN.finditer(text))
            yield from _matching(text, path, _COPY if script else _TYPED)
        for path in self._project.files:
            if path.endswith(".py") and any(path == one or path.endswith(f"/{one}") for one in programs):
                yield from self._of_program(path)

    def _text(self, path: str) -> str | None:
        try:
            page = _PAGE.search(path) is not None
            if page and not self._project.mentions(path, _TYPED_IN_BYTES) and not self._project.mentions(path, b".py"):
                return None
            data = self._project.read_bytes(path)
            return self._project.read_text(path) if len(data) <= _LARGEST else None
        except Unreadable:
            return None

    def _of_program(self, path: str) -> Iterator[tuple[str, Span]]:
        """What a program that copies has in quotes: what it copies mostly stands in other lines than the call."""
        try:
            if not self._project.mentions(path, ((_COPIES,),)):
                return
            text = self._project.read_text(path)
        except Unreadable:
            return
        for number, line in enumerate(text.splitlines(), 1):
            quoted = " ".join(found[2] for found in _QUOTED.finditer(line))
            if quoted and not line.lstrip().startswith("#"):
                yield quoted, Span(path, number)


def _program(found: re.Match[str]) -> str:
    """The file of a program that a command runs, as far as the command writes it out."""
    module = found["module"]
    return module.replace(".", "/") + ".py" if module is not None else (found["path"] or found["direct"]).lstrip("./")


def _matching(text: str, path: str, command: re.Pattern[str]) -> Iterator[tuple[str, Span]]:
    for number, line in enumerate(text.splitlines(), 1):
        if command.search(line):
            yield line, Span(path, number)
