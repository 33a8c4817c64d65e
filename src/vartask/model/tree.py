"""The file tree of an artifact, predicted or observed, with three answers to every question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from vartask.model.span import Span
from vartask.records import dataclass, field

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal


@dataclass(frozen=True, slots=True)
class Present:
    """A path that is in the artifact.

    ``kind`` is ``f`` file, ``d`` directory, ``l`` symbolic link (to ``target``).  ``put_by`` is the
    line that put it there.  ``source`` is the project's file it came from (relative to the root),
    ``content`` the text of a file that a definition writes itself (a heredoc, inline code); ``written_by_tool`` says
    that it stands in no file at all, because the packaging tool brings it along.  ``mode`` is the permission bits.
    ``archive`` is a number for what a script has packed into the file: it stays with the file wherever that is moved.
    """

    kind: Literal["f", "d", "l"] = "f"
    source: str | None = None
    put_by: Span | None = None
    content: str | None = None
    target: str | None = None
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    written_by_tool: bool = False
    archive: int | None = None


@dataclass(frozen=True, slots=True)
class Absent:
    """A path that is certainly not in the artifact; ``removed_by`` is the line that kept it out, if one did."""

    removed_by: Span | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """A path that may or may not be there.

    ``distributions`` is set when the only doubt is what a known list of PyPI distributions
    brings (normalised names); who knows what those provide can settle the answer.  ``runtime`` is set when
    the only doubt is what the runtime or its base image holds, which the tables of its modules settle.
    """

    reason: str
    at: Span | None = None
    distributions: frozenset[str] | None = None
    runtime: bool = False


Lookup = Present | Absent | Unknown


@dataclass(frozen=True, slots=True)
class UnknownRegion:
    """A directory below which anything that is not listed may still exist.

    ``names`` limits the doubt to those first components below ``path``.  ``distributions`` says that only the
    named PyPI distributions and what they depend on may have put something there (normalised names; one that is asked
    for with extras stands there as ``name[extra]`` too), ``complete`` that the list has those dependencies.  ``holes``
    are paths inside, with everything below them, that the doubt does not reach: known to be gone, or spoken for by
    another region; ``gone`` are the same as shell patterns (``rm -r /dir/boto*``).  ``runtime`` says that the
    directory belongs to the managed runtime or the base image, whose modules are known by tables.  ``rooted`` says that
    an installer put the distributions right into ``path``: a directory below has only what they themselves bring there.
    """

    path: str
    reason: str
    at: Span | None = None
    names: frozenset[str] | None = None
    distributions: frozenset[str] | None = None
    holes: frozenset[str] = frozenset()
    runtime: bool = False
    gone: frozenset[str] = frozenset()
    complete: bool = False
    rooted: bool = False

    def covers(self, path: str) -> bool:
        """Whether ``path`` lies in the region."""
        if self.holes and any(path == hole or path.startswith(hole + "/") for hole in self.holes):
            return False
        if self.gone and any(_matches(path, pattern) for pattern in self.gone):
            return False
        if path == self.path:
            return self.names is None
        prefix = self.path if self.path.endswith("/") else self.path + "/"
        if not path.startswith(prefix):
            return False
        return self.names is None or path[len(prefix) :].partition("/")[0] in self.names


def _matches(path: str, pattern: str) -> bool:
    """Whether a shell pattern matches a path or a directory above it; a leading dot has to be written out."""
    from fnmatch import fnmatchcase

    pieces, parts = pattern.split("/"), path.split("/")
    return len(parts) >= len(pieces) and all(
        fnmatchcase(part, piece) and (not part.startswith(".") or piece.startswith("."))
        for part, piece in zip(parts, pieces, strict=False)
    )


@dataclass(frozen=True, slots=True)
class BuildError:
    """The build itself would fail: what the builder would say, and at which line."""

    message: str
    at: Span


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """The part of an image's configuration that decides how the function starts.

    ``entrypoint`` and ``cmd`` are as in the image's JSON (a shell form is already ``["/bin/sh", "-c",
    ...]``), each with the line that set it; ``None`` is unset.  ``base`` is the resolved base image,
    ``workdir`` is as written (``/opt/``).
    ``unknown_env`` names variables that are set to a value nobody knows, ``python`` its Python as ``3.12``
    where the name tells.
    """

    workdir: str = "/"
    entrypoint: tuple[str, ...] | None = None
    entrypoint_at: Span | None = None
    cmd: tuple[str, ...] | None = None
    cmd_at: Span | None = None
    user: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    unknown_env: frozenset[str] = frozenset()
    base: str | None = None
    base_at: Span | None = None
    python: str | None = None
    aws_base: bool = False


Entry = tuple[str, Present]


@dataclass(frozen=True)
class FileTree:
    """Every path of an artifact: present, certainly absent, or unknown.

    Paths are absolute POSIX paths inside the artifact.  What stands neither in ``entries`` nor below an
    unknown region is absent.  ``removed`` keeps the lines that took a path out again (``rm``, an
    ignore file), so that a finding can name them.
    """

    entries: Mapping[str, Present] = field(default_factory=dict)
    regions: tuple[UnknownRegion, ...] = ()
    removed: Mapping[str, Span] = field(default_factory=dict)
    config: ImageConfig | None = None
    error: BuildError | None = None

    def lookup(self, path: str) -> Lookup:
        """Answer for one path, without following symbolic links."""
        found = self.entries.get(path)
        if found is not None:
            return found
        doubts = [region for region in self.regions if region.covers(path)]
        if not doubts:
            return Absent(self.removed.get(path))
        added = [region for region in doubts if not region.runtime]
        if not added:
            return Unknown(doubts[0].reason, doubts[0].at, runtime=True)
        # A doubt without a list of distributions cannot be settled, so it speaks first.
        for region in added:
            if region.distributions is None:
                return Unknown(region.reason, region.at)
        named = frozenset().union(*(region.distributions or frozenset() for region in added))
        return Unknown(added[0].reason, added[0].at, named)

    def children(self, directory: str) -> Iterator[Entry]:
        """The direct children of ``directory`` that are certainly there."""
        for path in self._by_parent.get(directory.rstrip("/") or "/", ()):
            yield path, self.entries[path]

    @cached_property
    def _by_parent(self) -> dict[str, list[str]]:
        parents: dict[str, list[str]] = {}
        for path in self.entries:
            if path != "/":
                parents.setdefault(path.rpartition("/")[0] or "/", []).append(path)
        return parents

    @cached_property
    def by_source(self) -> dict[str, list[str]]:
        """Source file of the project -> the paths it became."""
        sources: dict[str, list[str]] = {}
        for path, entry in self.entries.items():
            if entry.source is not None and entry.kind == "f":
                sources.setdefault(entry.source, []).append(path)
        return sources
