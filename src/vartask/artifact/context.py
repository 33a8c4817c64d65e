"""The build context as the builder sees it: the project's files without what .dockerignore leaves out."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from vartask.artifact.gomatch import BadPattern, Matcher, Pattern, pattern
from vartask.data.builders import BUILDKIT, Dialect
from vartask.model import Absent, Lookup, Present, Span, Text, UnknownRegion
from vartask.project import Project, Stat, Unreadable
from vartask.records import dataclass, replace

MAX_HIDDEN = 20_000
"""At most so many left-out paths are remembered per COPY: enough for code, and node_modules does not need names."""

NEVER_CODE = frozenset({".git", "node_modules", "__pycache__", ".venv", "venv", ".tox", ".mypy_cache", ".terraform"})


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """A .dockerignore: where it is (``None``: there is none) and its patterns."""

    path: str | None
    matcher: Matcher
    error: str | None = None
    at: Span | None = None


class IgnoreError(Exception):
    """The builder refuses a line of an ignore file; ``at`` is that line."""

    def __init__(self, message: str, at: Span) -> None:
        super().__init__(message)
        self.at = at


def read_ignore_file(project: Project, context: str, dockerfile: str | None, builder: Dialect = BUILDKIT) -> IgnoreFile:
    """``<Dockerfile>.dockerignore`` beside the Dockerfile, else ``.dockerignore`` at the context's root.

    A file in any other directory has no effect (https://docs.docker.com/build/concepts/context/#dockerignore-files).
    """
    own = dockerfile is not None and builder.ignore_file_per_dockerfile
    candidates = [f"{dockerfile}.dockerignore"] if own else []
    candidates.append(posixpath.normpath(posixpath.join(context, ".dockerignore")))
    for path in candidates:
        if project.is_file(path):
            try:
                return IgnoreFile(path, _read(project.read_text(path), path, builder))
            except Unreadable as error:
                return IgnoreFile(path, Matcher(), str(error))
            except IgnoreError as error:
                return IgnoreFile(path, Matcher(), str(error), error.at)
    return IgnoreFile(None, Matcher())


def excluding(ignore: IgnoreFile, texts: Iterable[Text], builder: Dialect = BUILDKIT) -> IgnoreFile:
    """The ignore file with more patterns at its end."""
    found: list[Pattern] = []
    for text in texts:
        try:
            item = pattern(text.value, text.span, blank_after_bang=builder.ignore_blank_after_bang)
        except BadPattern:
            return replace(ignore, error="syntax error in pattern", at=text.span)
        if item is not None:
            found.append(item)
    if not found:
        return ignore
    return replace(ignore, matcher=Matcher((*ignore.matcher.patterns, *found), builder.ignore_newer_rules))


def _read(text: str, path: str, builder: Dialect) -> Matcher:
    patterns: list[Pattern] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        if line.startswith("#"):
            continue
        at = Span(path, number, 1)
        try:
            item = pattern(line, at, blank_after_bang=builder.ignore_blank_after_bang)
        except BadPattern as error:
            alone = line.strip().rstrip() == "!"
            raise IgnoreError('illegal exclusion pattern: "!"' if alone else "syntax error in pattern", at) from error
        if item is not None:
            patterns.append(item)
    return Matcher(tuple(patterns), builder.ignore_newer_rules)


class ContextTree:
    """A directory of the project as a :class:`~vartask.artifact.filesystem.Tree` rooted at ``/``.

    ``complete`` says that no build step adds to it what git ignores.
    """

    def __init__(
        self,
        project: Project,
        directory: str,
        ignore: IgnoreFile,
        builder: Dialect = BUILDKIT,
        *,
        complete: bool = False,
    ) -> None:
        self.project = project
        self.directory = directory
        self.ignore = ignore
        self.builder = builder
        self.complete = complete
        self._kept: dict[str, bool] = {}

    def unfiltered(self) -> ContextTree:
        """The same directory with everything that the ignore file leaves out."""
        return ContextTree(
            self.project, self.directory, IgnoreFile(None, Matcher()), self.builder, complete=self.complete
        )

    def source(self, path: str) -> str:
        """The project's path of one of the context's paths."""
        return posixpath.normpath(posixpath.join(self.directory, path.lstrip("/")))

    def get(self, path: str) -> Lookup:
        """The entry itself; links are not followed.  What the ignore file leaves out is absent."""
        if path == "/":
            return Present("d", self.source("/"), mode=0o755) if self.project.is_dir(self.directory) else Absent()
        info = self.project.lstat(self.source(path))
        if info is None:
            return Absent()
        out = self.left_out_by(path, info.kind == "d")
        return Absent(out.span) if out is not None else self._present(self.source(path), info)

    def _present(self, source: str, info: Stat) -> Present:
        if info.kind == "d":
            return Present("d", source, mode=info.mode)
        if info.kind == "l":
            return Present("l", source, target=self.project.readlink(source) or "", mode=0o777)
        return Present("f", source, mode=info.mode)

    def children(self, path: str) -> Iterable[tuple[str, Present]]:
        """The direct entries of a directory that the builder gets, sorted."""
        source = self.source(path)
        start, prefix = path.rstrip("/") + "/", "" if source == "." else source + "/"
        for name, info in self.project.listdir(source).items():
            child = start + name
            if self.left_out_by(child, info.kind == "d") is None:
                yield child, self._present(prefix + name, info)

    def doubts(self, path: str) -> Iterable[UnknownRegion]:  # noqa: ARG002 - a context holds no doubts
        """None: what is in the repository is known."""
        return ()

    def hidden(self, path: str) -> Mapping[str, Span]:
        """Paths at or below ``path`` that the ignore file leaves out, and the line that does."""
        found: dict[str, Span] = {}
        if not self.ignore.matcher.patterns:
            return found
        for child, out in self._walk(path):
            if out.span is not None:
                found[child] = out.span
            if len(found) >= MAX_HIDDEN:
                break
        return found

    def _walk(self, path: str) -> Iterator[tuple[str, Pattern]]:
        pending = [path]
        while pending:
            here = pending.pop()
            for name, info in self.project.listdir(self.source(here)).items():
                child = posixpath.join(here, name)
                out = self.left_out_by(child, info.kind == "d")
                if out is not None:
                    yield child, out
                if info.kind == "d" and name not in NEVER_CODE:
                    pending.append(child)

    def left_out_by(self, path: str, is_dir: bool) -> Pattern | None:
        """The ignore pattern that keeps a path from the builder.

        An ignored directory comes back as soon as something below it does.
        """
        rules = self.ignore.matcher
        if not rules.patterns:
            return None
        if not rules.newer_rules:
            return self._left_out_by_older(path.lstrip("/"), is_dir)
        out = rules.decide(path.lstrip("/"))
        if out is not None and is_dir and rules.has_negation and self._holds_something(path):
            return None
        return out

    def _left_out_by_older(self, path: str, is_dir: bool) -> Pattern | None:
        """The older rules: an ignored directory is entered only if a ``!`` pattern is written below it."""
        parts = path.split("/")
        for depth in range(1, len(parts)):
            out = self._skipped("/".join(parts[:depth]))
            if out is not None:
                return out
        if not is_dir:
            return self.ignore.matcher.decide(path)
        out = self._skipped(path)
        if out is not None or self.builder.ignore_keeps_empty_dirs:
            return out
        ignored = self.ignore.matcher.decide(path)
        return None if ignored is None or self._holds_something("/" + path) else ignored

    def _skipped(self, directory: str) -> Pattern | None:
        out = self.ignore.matcher.decide(directory)
        below = directory + "/"
        named = any(item.negated and f"{item.text}/".startswith(below) for item in self.ignore.matcher.patterns)
        return None if named else out

    def _holds_something(self, path: str) -> bool:
        if path not in self._kept:
            self._kept[path] = any(
                self.left_out_by(posixpath.join(path, name), info.kind == "d") is None
                for name, info in self.project.listdir(self.source(path)).items()
            )
        return self._kept[path]
