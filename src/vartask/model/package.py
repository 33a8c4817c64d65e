"""What goes into a zip package or a layer, as a definition and the tool that reads it say."""

from __future__ import annotations

from vartask.model.span import Span, Text
from vartask.model.tree import Present, UnknownRegion
from vartask.records import dataclass, field


@dataclass(frozen=True, slots=True)
class Filter:
    """Patterns by which a packaging tool leaves files out.

    ``dialect`` says whose patterns they are, and so what they mean: it is the name of a module of
    ``vartask.artifact.filters``.  A pattern is a :class:`Text` where the project writes it, and a plain string where
    the tool brings it along.  ``prefix`` stands before a file's path below the part when a pattern looks at it: the
    patterns of a service see ``../shared/util.py`` where the part is the directory ``shared`` (prefix ``../shared/``).
    """

    dialect: str
    patterns: tuple[Text | str, ...]
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Files of the repository that go into a package.

    ``source`` (relative to the project's root) is a directory whose contents go below ``into``, one file, or a
    ready-made archive that is unpacked there.  ``into`` is relative to the package's root, ``name`` what a single file
    is called there when that is not its own name.  ``filters`` leave files of a directory out.  ``span`` is the line
    that puts the files there.  ``copy_of`` is set when a tool has made ``source`` (an asset of a cloud assembly) from
    that directory: a file that stands there with the same contents is the one that people know and edit.  ``mode`` are
    the permission bits that the tool gives every file, ``None`` where they stay as they are.
    """

    source: str
    span: Span
    into: str = ""
    name: str | None = None
    filters: tuple[Filter, ...] = ()
    copy_of: str | None = None
    mode: int | None = None

    @property
    def written_in(self) -> str:
        """Where people write the files."""
        return self.source if self.copy_of is None else self.copy_of


@dataclass(frozen=True, slots=True)
class Install:
    """Distributions that the build installs below ``into`` in the package.

    ``requirements`` is a requirements or lock file of the project; ``packages`` are what a command names outright, as
    pip reads it (``requests>=2``).  One ``Install`` has either.  ``without`` are distributions that the tool leaves out
    although the file lists them.
    """

    requirements: str | None
    span: Span
    into: str = ""
    packages: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Made:
    """A file that the packaging tool writes itself, at ``path`` in the package.

    ``content`` is Python that does what the file does as far as imports go; ``None`` for data.
    """

    path: str
    span: Span
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Packed:
    """Files that somebody else's commands have put together, path by path.

    ``entries`` are by their path in the package, ``regions`` are directories of it, below ``/``, that may hold more.
    """

    entries: tuple[tuple[str, Present], ...]
    span: Span
    regions: tuple[UnknownRegion, ...] = ()
    into: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """The contents of the directory ``path`` of an image that is built only to take them out of it.

    ``dockerfile`` and ``context`` are relative to the project's root, as in :class:`~vartask.model.function.Image`.
    """

    dockerfile: str
    context: str
    path: str
    span: Span
    target: str | None = None
    build_args: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    into: str = ""


Piece = Part | Install | Made | Packed | Taken


@dataclass(frozen=True, slots=True)
class Zip:
    """A zip package, whose contents become ``/var/task`` (a function) or ``/opt`` (a layer).

    ``parts`` are put in one after the other; a later one overwrites.  Without any, the code is not in the repository or
    cannot be known, and ``reason`` says why; beside parts it says what else the build may put in.  ``inline`` is source
    code that stands in the definition itself, packaged as ``index.py``.  ``built`` is the path, relative to the
    project's root, of the file or directory that the definition deploys, where it names one: a build may still have to
    make it.
    """

    span: Span
    parts: tuple[Piece, ...] = ()
    inline: Text | None = None
    reason: str | None = None
    built: str | None = field(default=None, compare=False, repr=False)

    @classmethod
    def of(  # noqa: PLR0913 - the parts of the commonest package
        cls,
        source: str,
        span: Span,
        *,
        requirements: str | None = None,
        filters: tuple[Filter, ...] = (),
        into: str = "",
        reason: str | None = None,
    ) -> Zip:
        """A package of one part, with what ``requirements`` lists at its root."""
        parts: tuple[Piece, ...] = (Part(source, span, into, filters=filters),)
        if requirements is not None:
            parts += (Install(requirements, span),)
        return cls(span, parts, reason=reason)

    @property
    def source(self) -> str | None:
        """Where the function's own code is: the first part that is files of the repository."""
        return next((part.written_in for part in self.parts if isinstance(part, Part)), None)

    @property
    def requirements(self) -> str | None:
        """The first file that lists what is installed."""
        return next((part.requirements for part in self.parts if isinstance(part, Install)), None)


@dataclass(frozen=True, slots=True)
class LocalLayer:
    """A layer whose contents stand in the repository; the package's root becomes ``/opt``."""

    name: str
    package: Zip
    span: Span


@dataclass(frozen=True, slots=True)
class UnknownLayer:
    """A layer that the repository names but does not hold (an ARN, another stack's output).

    ``distributions`` is set when all the Python it can hold are these PyPI distributions (normalised names) and what
    they depend on: none for an agent that has no Python modules.
    """

    name: str
    reason: str
    span: Span
    distributions: frozenset[str] | None = None


Layer = LocalLayer | UnknownLayer
