"""A shell while it runs in a RUN line: where it stands, what its variables are, and what it does to files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence
from typing import NamedTuple

from vartask.artifact.filesystem import FileSystem, NotADirectory, resolve
from vartask.model import Present, Span, Unknown, UnknownRegion
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field, replace

Status = bool | None
"""Whether a command succeeds; ``None`` when that is not known."""


class Output(NamedTuple):
    """What a command prints; ``more`` is the directory below which there may be further paths to print."""

    text: str
    more: str | None = None


class Piped(NamedTuple):
    """Paths that go through a pipe; ``more`` is the directory below which there may be others."""

    paths: list[str]
    more: str | None = None


class Listed(NamedTuple):
    """Distributions that an installation brings; ``complete`` when what they need in turn is among them."""

    names: frozenset[str]
    complete: bool = False


class Zipped(NamedTuple):
    """What a script put into a zip archive.

    ``entries`` are by the name in the archive, without the slash that ends a directory's.  ``regions`` are places in
    it, below ``/``, that may hold more.  ``base`` is the archive that it was added to, as it was before.
    """

    entries: dict[str, Present]
    regions: tuple[UnknownRegion, ...] = ()
    base: int | None = None


class Packed(NamedTuple):
    """An archive that a script made: its members, and the file that holds them as it was then."""

    members: list[tuple[str, Present]]
    file: Present | None


@dataclass(slots=True)
class State:
    """A shell while it runs.

    ``cwd`` is ``None`` when not known; ``uid`` when the user is a name.  ``everything`` is false when variables that
    are not listed may be set all the same.  ``flavour`` is the shell: ``dash``, ``bash``, ``ash`` or ``?``.  ``prefix``
    is where this image's own Python is installed, ``machine`` the processor as ``uname -m`` says it, ``glibc`` the
    minor version of glibc 2 that is at least there, ``whole`` the text of the RUN.  ``stdin`` is the text that the
    command reads and ``piped`` the paths in it, ``written`` what a command prints and ``printed`` what was printed so
    far (``None`` is text that is not known).  ``substitution`` tells what a command in ``$( )`` prints.
    ``zips`` are the zip archives that were made, by the number that :class:`Present` keeps; ways that part share them.
    ``temporary`` are places whose random names stand here as templates.  ``must`` says that the failure of what runs
    now ends the build: then what comes later has seen it succeed.
    """

    project: Project
    files: FileSystem
    at: Span
    cwd: str | None
    variables: dict[str, str | None]
    everything: bool
    flavour: str = "dash"
    errexit: bool = False
    pipefail: bool = False
    uid: int | None = 0
    gid: int = 0
    umask: int = 0o022
    python: str | None = None
    prefix: str | None = None
    machine: str | None = None
    glibc: int = 17
    depth: int = 0
    exit_code: int = 1
    archives: dict[str, Packed] = field(default_factory=dict)
    zips: dict[int, Zipped] = field(default_factory=dict)
    piped: Piped | None = None
    stdin: str | None = None
    whole: str = ""
    written: str | None = None
    printed: list[str | None] = field(default_factory=list)
    substitution: Callable[[str], Output | None] | None = None
    temporary: list[str] = field(default_factory=list)
    must: bool = True

    @property
    def bash(self) -> bool | None:
        """Whether the shell expands braces and matches patterns in redirections; ``None`` when that is not known."""
        return None if self.flavour == "?" else self.flavour == "bash"

    def fork(self) -> State:
        """The same, going its own way."""
        return replace(self, files=self.files.copy(), variables=dict(self.variables), archives=dict(self.archives))

    def take_written(self) -> str | None:
        """What the last command is known to have written to its output."""
        text, self.written = self.written, None
        return text

    def prints(self, text: str | None) -> None:
        """A command printed this."""
        self.printed.append(text)

    def output_of(self, script: str) -> Output | None:
        """What a command substitution becomes; ``None`` when that is not known."""
        return self.substitution(script) if self.substitution is not None else None

    def set_parameters(self, values: Sequence[str | None]) -> None:
        """``$1``, ``$2``, ..., ``$#``."""
        for name in [name for name in self.variables if name.isdigit() or name == "#"]:
            del self.variables[name]
        self.variables.update({str(number): value for number, value in enumerate(values, 1)})
        self.variables["#"] = str(len(values))

    def text(self, entry: Present) -> str | None:
        """What a file says, where that is known."""
        if entry.content is not None or entry.source is None:
            return entry.content
        try:
            return self.project.read_text(entry.source)
        except Unreadable:
            return None

    # -- paths ------------------------------------------------------------------------------------

    def path(self, text: str) -> str | None:
        """An absolute path; ``None`` when the working directory is not known."""
        if text.startswith("/"):
            return posixpath.normpath("/" + text.lstrip("/"))
        if self.cwd is None:
            return None
        return posixpath.normpath(posixpath.join(self.cwd, text))

    def real(self, text: str, *, last: bool = True) -> str | None:
        """An absolute path with links followed (the last component too if ``last``)."""
        if not text.startswith("/") and self.cwd is None:
            return None
        return resolve(self.files, posixpath.join(self.cwd or "/", text), last=last)

    @staticmethod
    def asks_directory(text: str) -> bool:
        """Whether a path as written can only be a directory's."""
        return text.endswith(("/", "/.", "/..")) or text in {".", ".."}

    # -- effects ----------------------------------------------------------------------------------

    def new(self, kind: str, **more: str | None) -> Present:
        """An entry that this command makes."""
        base = 0o777 if kind == "d" else 0o666
        made = Present("d" if kind == "d" else "f", mode=base & ~self.umask, uid=self.uid or 0, gid=self.gid)
        return replace(made, put_by=self.at, content=more.get("content"))

    def writable(self, directory: str) -> Status:
        """Whether this user may change a directory's entries."""
        if self.files.read_only(directory):
            return False
        found = self.files.get(directory)
        if self.uid == 0:
            return True
        if self.uid is None or not isinstance(found, Present):
            return None
        if found.uid == self.uid:
            return bool(found.mode & 0o200)
        return bool(found.mode & (0o020 if found.gid == self.gid else 0o002))

    def write(self, path: str, content: str | None = None) -> Status:
        """Create or replace a file's contents; its mode stays."""
        real = resolve(self.files, path)
        if real is None:
            return False
        parent = posixpath.dirname(real)
        existing = self.files.get(real)
        if isinstance(existing, Present):
            if existing.kind == "d" or self.files.read_only(real):
                return False
            self.files.put(real, replace(existing, source=None, content=content, put_by=self.at, archive=None))
            return True
        where = self.files.get(parent)
        if isinstance(where, Present):
            if where.kind != "d" or self.writable(parent) is False:
                return False
        elif not isinstance(where, Unknown):
            return False
        elif self.must:
            self.files.make_dirs(parent, self.new("d"))
        if isinstance(existing, Unknown) and not self.must:
            # It may be a directory, which stays what it is.
            return None
        self.files.put(real, self.new("f", content=content))
        return None if isinstance(existing, Unknown) else True

    def doubt(self, path: str | None, reason: str, **more: frozenset[str] | None) -> None:
        """Something may have been added at or below ``path`` (anywhere when ``None``)."""
        real = None if path is None else resolve(self.files, path)
        region = UnknownRegion(real or "/", reason, self.at, more.get("names"), more.get("distributions"))
        self.files.doubt(region)

    def installed(self, path: str | None, reason: str, listed: Listed | None, *, rooted: bool = False) -> None:
        """Distributions may have been installed at ``path`` (``rooted``: right there); any where nobody lists them."""
        real = None if path is None else resolve(self.files, path)
        names, complete = listed or (None, False)
        region = UnknownRegion(real or "/", reason, self.at, distributions=names, complete=complete)
        self.files.doubt(replace(region, rooted=rooted and real is not None and names is not None))

    def forget(self, path: str | None, reason: str) -> None:
        """Anything may have happened at and below ``path``."""
        self.files.forget(resolve(self.files, path or "/") or "/", reason, self.at)

    def make_dirs(self, path: str) -> str | None:
        """Make a directory with its parents; its real path, ``None`` when a file is in the way."""
        try:
            return self.files.make_dirs(path, self.new("d"))
        except NotADirectory:
            return None
