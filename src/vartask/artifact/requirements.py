"""Which distributions a requirements file asks pip for.

The file format is pip's own (https://pip.pypa.io/en/stable/reference/requirements-file-format/), the lines are PEP 508
requirements, and names compare as PEP 503 says.  Environment markers are not evaluated: a distribution that is asked
for under some condition counts as asked for, because leaving it out could only invent a missing import.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from vartask.model import Span
from vartask.model.distribution import normalise
from vartask.project import Project, Unreadable

_NAME = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<rest>.*)")
_SPECIFIER = re.compile(r"(?:===|==|~=|!=|<=|>=|<|>|\(|;|$)")
_COMMENT = re.compile(r"(^|\s+)#.*$")
"""As in pip: ``#`` starts a comment only at the start of a line or after white space, so URL fragments stay."""
PER_LINE_OPTION = re.compile(r"\s+--(?:hash|global-option|config-settings?)\b.*$")
_EGG = re.compile(r"(?:^|[#&])egg=(?P<name>[^&\[]+)")
_SCHEME = re.compile(r"(?:(?:git|hg|svn|bzr)\+)?[a-z][a-z0-9.-]*:(?://)?", re.IGNORECASE)
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tbz", ".tar.xz", ".txz", ".tlz", ".tar.lz", ".tar")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""pip honours these marks; PowerShell's ``pip freeze > requirements.txt`` writes UTF-16."""


@dataclass(frozen=True, slots=True)
class LocalRequirement:
    """A requirement that is a path of the repository.

    ``path`` is relative to the project's root, ``None`` when it leaves it; ``written`` is how the file says it.
    """

    path: str | None
    written: str
    span: Span
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a requirements file asks for.

    ``distributions`` are normalised names; ``None`` when the list cannot be complete, and ``reason`` and ``at`` then
    say why and where.  ``places`` tells where each name that could be read is asked for (in that case too).
    ``local_paths`` are requirements that are directories or archives of the repository: an archive's name counts among
    the distributions, a directory makes the list incomplete, since its own dependencies are not known here.
    ``files`` are all files read.
    """

    path: str
    distributions: frozenset[str] | None
    reason: str | None = None
    at: Span | None = None
    places: Mapping[str, Span] = field(default_factory=lambda: MappingProxyType({}))
    local_paths: tuple[LocalRequirement, ...] = ()
    files: tuple[str, ...] = ()


def distribution_of(requirement: str) -> str | None:
    """The normalised name that one PEP 508 requirement or archive name asks for; ``None`` when none can be read.

    Understands what may stand on pip's command line: ``name[extra]>=1; marker``, ``name @ URL``, a VCS URL with
    ``#egg=``, and a path or URL of a wheel or source archive.
    """
    text = requirement.strip()
    if _is_url(text) or is_path(text):
        egg = _EGG.search(text)
        return normalise(unquote(egg["name"])) if egg else _archive_name(text)
    match = _NAME.match(text)
    if match is None:
        return None
    rest = match["rest"]
    return normalise(match["name"]) if rest.startswith("@") or _SPECIFIER.match(rest) else None


def read_requirements(project: Project, path: str) -> Requirements:
    """Read a requirements file of the project, with the files that it includes.

    Never raises: a file that is missing or unreadable gives ``distributions=None`` and the reason.
    """
    reader = _Reader(project)
    reader.read(path)
    return Requirements(
        path=path,
        distributions=None if reader.reason else frozenset(reader.places),
        reason=reader.reason,
        at=reader.at,
        places=MappingProxyType(reader.places),
        local_paths=tuple(reader.local),
        files=tuple(reader.files),
    )


class _Reader:
    """Collects over one file and those it includes."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.places: dict[str, Span] = {}
        self.local: list[LocalRequirement] = []
        self.files: list[str] = []
        self.reason: str | None = None
        self.at: Span | None = None

    def doubt(self, reason: str, at: Span) -> None:
        if self.reason is None:
            self.reason, self.at = reason, at

    def read(self, path: str, at: Span | None = None) -> None:
        pending: list[tuple[str, Span]] = [(path, at or Span(path))]
        while pending:
            here, asked = pending.pop()
            if here in self.files:
                continue
            try:
                text = decode(self.project.read_bytes(here))
            except Unreadable as error:
                self.doubt(f"`{here}`: {error}", asked)
                continue
            self.files.append(here)
            for line, content in logical_lines(text):
                included = self._line(here, content, Span(here, line))
                if included is not None:
                    pending.append((included, Span(here, line)))

    def _line(self, path: str, line: str, span: Span) -> str | None:
        """Take in one logical line; the path of the file that it includes, if it includes one."""
        option, value = option_of(line)
        if option in {"-r", "--requirement"}:
            return self._included(path, value, span)
        if option in {"-e", "--editable"}:
            self._requirement(path, value, span, editable=True)
        elif option is None:
            self._requirement(path, PER_LINE_OPTION.sub("", line), span)
        # Every other option (index, constraints, hashes) changes where a distribution comes from, not which is asked.
        return None

    def _included(self, path: str, value: str, span: Span) -> str | None:
        if _is_url(value):
            self.doubt(f"`{value}` is not in the repository", span)
            return None
        target = self.project.join(posixpath.dirname(path) or ".", value)
        if target is None:
            self.doubt(f"`{value}` is outside the project", span)
        return target

    def _requirement(self, path: str, text: str, span: Span, *, editable: bool = False) -> None:
        name = distribution_of(text)
        written = _local_path(text)
        if written is not None:
            # pip resolves a local path against the directory it runs in; beside the file is where projects keep both.
            target = self.project.join(posixpath.dirname(path) or ".", written)
            self.local.append(LocalRequirement(target, text, span, editable))
            if name is None or not written.endswith(_ARCHIVES):
                self.doubt(f"`{text}` is a local project, and what it needs in turn is not known", span)
        if name is not None:
            self.places.setdefault(name, span)
        elif written is None:
            self.doubt(f"cannot tell which distribution `{text}` is", span)


def decode(data: bytes) -> str:
    """A requirements file's text, by the mark it starts with."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Names and specifiers are ASCII; only comments can hold anything else.
        return data.decode("latin-1")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with continuations joined and comments gone, each with the number of its first line (pip's order)."""
    pending: list[str] = []
    start = 1
    for number, line in enumerate(text.splitlines(), 1):
        if not pending:
            start = number
        comment = line.lstrip().startswith("#")
        if line.endswith("\\") and not comment:
            pending.append(line.rstrip("\\"))
            continue
        pending.append(" " + line if comment else line)
        yield from _stripped(start, "".join(pending))
        pending = []
    if pending:
        yield from _stripped(start, "".join(pending))


def _stripped(number: int, line: str) -> Iterator[tuple[int, str]]:
    content = _COMMENT.sub("", line).strip()
    if content:
        yield number, content


def option_of(line: str) -> tuple[str | None, str]:
    """An option line's name and value; ``(None, line)`` for a requirement."""
    if not line.startswith("-"):
        return None, line
    if line.startswith("--"):
        name = re.split(r"[\s=]", line, maxsplit=1)[0]
        return name, _unquote(line[len(name) :].lstrip(" \t="))
    return line[:2], _unquote(line[2:].lstrip(" \t="))


def _unquote(value: str) -> str:
    value = value.strip()
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _is_url(text: str) -> bool:
    return _SCHEME.match(text) is not None


def is_path(text: str) -> bool:
    """As pip decides: something with a separator, or starting with a dot, or named like an archive."""
    head = re.split(r"\s*[;@\[]", text, maxsplit=1)[0]
    return head.startswith(".") or "/" in head or head.lower().endswith(_ARCHIVES)


def _local_path(text: str) -> str | None:
    """The path that a requirement names as written, without extras, marker and fragment."""
    match = re.match(r"(?:[A-Za-z0-9._-]+\s*(?:\[[^\]]*\])?\s*@\s*)?(?P<target>.*)", text, re.DOTALL)
    target = match["target"] if match else text
    if target.lower().startswith("file:"):
        path = unquote(re.split(r"[#;]", target[5:], maxsplit=1)[0]).strip()
        return path.removeprefix("//")
    if target is not text and target != text:
        return None
    if _is_url(text) or not is_path(text):
        return None
    return re.split(r"\s*[;\[#]|\s+@", text, maxsplit=1)[0].strip()


def _archive_name(text: str) -> str | None:
    """A wheel's or source archive's distribution (PEP 427, PEP 625)."""
    path = urlsplit(text).path if _is_url(text) else re.split(r"\s*[;\[#]", text, maxsplit=1)[0]
    base = unquote(posixpath.basename(path))
    if base.lower().endswith(".whl"):
        return normalise(base.split("-", 1)[0])
    for ending in _ARCHIVES:
        if base.lower().endswith(ending):
            match = re.fullmatch(r"(?P<name>.+?)-\d[^-]*(?:-.*)?", base[: -len(ending)])
            return normalise(match["name"]) if match else None
    return None
