"""A file tree while it is being built: what is there, what may be there, and who took things away."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from vartask.model import Absent, BuildError, FileTree, ImageConfig, Lookup, Present, Span, Unknown, UnknownRegion
from vartask.records import replace

MAX_LINKS = 40
DIRECTORY = Present("d", mode=0o755)


class NotADirectory(Exception):
    """A directory is needed where a file stands: ``path`` is that file, ``inside`` what was looked for in it."""

    def __init__(self, path: str, inside: str | None = None) -> None:
        super().__init__(path)
        self.path = path
        self.inside = inside

    def __str__(self) -> str:
        """As the builder says it: it looks the path up first, and then makes its last directory."""
        tried = f"mkdir {self.path}" if self.inside is None else f"lstat {posixpath.join(self.path, self.inside)}"
        return f"{tried}: not a directory"


class ReadOnly(Exception):
    """Something is written below a mount that allows no writing."""


class Busy(Exception):
    """Something is taken away that is mounted, or that holds a mount."""


class Tree(Protocol):
    """What can be copied from: a build context, or a stage's files.  Paths start with ``/``."""

    def get(self, path: str) -> Lookup:
        """The entry itself; links are not followed."""

    def children(self, path: str) -> Iterable[tuple[str, Present]]:
        """The direct entries of a directory, sorted."""

    def doubts(self, path: str) -> Iterable[UnknownRegion]:
        """Regions that cover ``path`` or lie below it."""

    def hidden(self, path: str) -> Mapping[str, Span]:
        """Paths at or below ``path`` that a line keeps out, and that line."""


def resolve(tree: Tree, path: str, *, last: bool = True) -> str | None:
    """``path`` with symbolic links followed inside the tree (the last component too if ``last``).

    A component that is absent or unknown is taken as it is.  ``None`` for a loop.
    """
    return _resolve(tree.get, path, last=last)


def resolve_in(tree: FileTree, path: str) -> str | None:
    """The same in a finished tree."""
    return _resolve(tree.lookup, path, last=True)


def _resolve(get: Callable[[str], Lookup], path: str, *, last: bool) -> str | None:
    done = "/"
    todo = [part for part in path.split("/") if part not in {"", "."}]
    links = 0
    while todo:
        part = todo.pop(0)
        if part == "..":
            done = posixpath.dirname(done)
            continue
        here = posixpath.join(done, part)
        found = get(here)
        if not (isinstance(found, Present) and found.kind == "l") or (not todo and not last):
            done = here
            continue
        links += 1
        if links > MAX_LINKS:
            return None
        target = found.target or ""
        if target.startswith("/"):
            done = "/"
        todo = [piece for piece in target.split("/") if piece not in {"", "."}] + todo
    return done


class FileSystem:
    """A mutable tree of absolute paths."""

    def __init__(self) -> None:
        self.entries: dict[str, Present] = {"/": DIRECTORY}
        self.regions: list[UnknownRegion] = []
        self.removed: dict[str, Span] = {}
        self.mounts: dict[str, bool] = {}
        """What RUN has mounted just now, and whether it may be written."""
        self._names: dict[str, set[str]] = {"/": set()}
        self._own: set[str] = {"/"}
        """Directories whose set of names no copy shares."""

    def copy(self) -> FileSystem:
        """An independent copy."""
        other = FileSystem()
        other.entries = dict(self.entries)
        other.regions = list(self.regions)
        other.removed = dict(self.removed)
        other.mounts = dict(self.mounts)
        # The sets themselves are shared until one of the two changes them.
        other._names = dict(self._names)
        self._own, other._own = set(), set()
        return other

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in it, and nothing may be."""
        return len(self.entries) == 1 and not self.regions

    def adopt(self, other: FileSystem) -> None:
        """Become ``other``."""
        self.entries, self.regions, self.removed = other.entries, other.regions, other.removed
        self._names, self._own = other._names, set()
        other._own = set()

    def freeze(self, config: ImageConfig | None, error: BuildError | None = None) -> FileTree:
        """The tree as rules see it."""
        regions = tuple(dict.fromkeys(self.regions))
        return FileTree(dict(sorted(self.entries.items())), regions, dict(self.removed), config, error)

    # -- looking ----------------------------------------------------------------------------------

    def get(self, path: str) -> Lookup:
        """The entry itself; links are not followed."""
        found = self.entries.get(path)
        if found is not None:
            return found
        doubts = [region for region in self.regions if region.covers(path)]
        return _unknown(doubts) if doubts else Absent(self.removed.get(path))

    def follow(self, path: str) -> Lookup:
        """What the path leads to, links followed."""
        real = resolve(self, path)
        return Absent() if real is None else self.get(real)

    def is_dir(self, path: str) -> bool:
        """Whether the path certainly leads to a directory."""
        found = self.follow(path)
        return isinstance(found, Present) and found.kind == "d"

    def children(self, path: str) -> Iterable[tuple[str, Present]]:
        """The direct entries of a directory that are certainly there, sorted."""
        start = path if path.endswith("/") else path + "/"
        for name in sorted(self._names.get(path, ())):
            child = start + name
            yield child, self.entries[child]

    def below(self, path: str) -> Iterator[str]:
        """Every path below a directory, parents first."""
        pending = [path]
        while pending:
            here = pending.pop()
            for child, entry in self.children(here):
                yield child
                if entry.kind == "d":
                    pending.append(child)

    def doubts(self, path: str) -> Iterable[UnknownRegion]:
        """Regions that cover ``path`` or lie below it."""
        return [region for region in self.regions if region.covers(path) or is_in(region.path, path)]

    def hidden(self, path: str) -> Mapping[str, Span]:
        """Removed paths at or below ``path``."""
        return {gone: span for gone, span in self.removed.items() if is_in(gone, path)}

    def read_only(self, path: str) -> bool:
        """Whether a path lies in a mount that allows no writing."""
        inside = [mount for mount in self.mounts if is_in(path, mount)]
        return bool(inside) and not self.mounts[max(inside, key=len)]

    def holds_mount(self, path: str) -> bool:
        """Whether something is mounted at or below a path."""
        return any(is_in(mount, path) for mount in self.mounts)

    # -- changing ---------------------------------------------------------------------------------

    def put(self, path: str, entry: Present) -> None:
        """Set one entry; its parent directories must be there.  A file takes the place of a whole directory.

        Raises :class:`ReadOnly`.
        """
        if self.mounts and self.read_only(path):
            raise ReadOnly(path)
        known = self.entries.get(path)
        if known is not None and known.kind == "d" and entry.kind != "d":
            self._drop(path)
        self.entries[path] = entry
        self.removed.pop(path, None)
        if path != "/":
            parent, _, name = path.rpartition("/")
            self._inside(parent or "/").add(name)
        if entry.kind == "d" and path not in self._names:
            self._names[path] = set()
            self._own.add(path)

    def _inside(self, directory: str) -> set[str]:
        """The names in a directory, to be changed."""
        if directory not in self._own:
            self._names[directory] = set(self._names.get(directory, ()))
            self._own.add(directory)
        return self._names[directory]

    def make_dirs(self, path: str, made: Present) -> str:
        """Make a directory and its parents, links followed; its real path.  Raises :class:`NotADirectory`."""
        done = "/"
        parts = [part for part in path.split("/") if part]
        for number, part in enumerate(parts, start=1):
            here = resolve(self, posixpath.join(done, part))
            if here is None:
                raise NotADirectory(posixpath.join(done, part))
            found = self.get(here)
            if isinstance(found, Present):
                if found.kind != "d":
                    raise NotADirectory(here, parts[number] if number < len(parts) else None)
            else:
                if posixpath.dirname(here) not in self.entries:
                    # A dangling link's target, whose own parents are missing too.
                    self.make_dirs(posixpath.dirname(here), made)
                self.put(here, made)
            done = here
        return done

    def remove(self, path: str, at: Span) -> None:
        """Take a path away with everything below it; from then on it is known to be absent.

        Raises :class:`ReadOnly` and :class:`Busy`.
        """
        if self.mounts and self.holds_mount(path):
            raise Busy(path)
        if self.mounts and self.read_only(path):
            raise ReadOnly(path)
        for gone in [path, *self.below(path)]:
            if gone in self.entries:
                self.removed[gone] = at
        self._drop(path)
        self.clear_doubts(path)

    def clear_doubts(self, path: str) -> None:
        """Nothing may be at or below ``path`` but what is listed."""
        kept = []
        for region in self.regions:
            if is_in(region.path, path):
                continue
            kept.append(replace(region, holes=region.holes | {path}) if region.covers(path) else region)
        self.regions = kept

    def clear_matches(self, pattern: str) -> None:
        """Nothing that is not listed matches a shell pattern: an absolute path with wildcards in its last name."""
        directory = pattern.rpartition("/")[0] or "/"
        self.regions = [
            replace(region, gone=region.gone | {pattern})
            if region.covers(posixpath.join(directory, "-")) or is_in(region.path, directory)
            else region
            for region in self.regions
        ]

    def doubt(self, region: UnknownRegion) -> None:
        """From now on, things may be there that are not listed."""
        if region not in self.regions:
            self.regions.append(region)

    def forget(self, path: str, reason: str, at: Span | None) -> None:
        """What was known of ``path`` and below no longer is."""
        if path == "/":
            for child, _ in list(self.children("/")):
                self.drop(child)
        else:
            self.drop(path)
        self.doubt(UnknownRegion(path, reason, at))

    def drop(self, path: str) -> None:
        """Take a path with everything below it out of what is known, as if nobody had ever spoken of it."""
        for gone in self.below(path):
            self.removed.pop(gone, None)
        self._drop(path)

    def _drop(self, path: str) -> None:
        for gone in [*self.below(path)]:
            self.entries.pop(gone, None)
            self._names.pop(gone, None)
        self.entries.pop(path, None)
        self._names.pop(path, None)
        parent, name = posixpath.split(path)
        if name in self._names.get(parent, ()):
            self._inside(parent).discard(name)


def _unknown(doubts: Sequence[UnknownRegion]) -> Unknown:
    """Several doubts together: a list of distributions only if each of them has one."""
    for region in doubts:
        if region.distributions is None:
            return Unknown(region.reason, region.at)
    last = doubts[-1]
    return Unknown(last.reason, last.at, frozenset().union(*(region.distributions or () for region in doubts)))


def is_below(path: str, directory: str) -> bool:
    """Whether ``path`` lies below ``directory``, which it is not itself."""
    return path != directory and path.startswith(directory if directory.endswith("/") else directory + "/")


def is_in(path: str, directory: str) -> bool:
    """Whether ``path`` is ``directory`` or lies below it."""
    return path == directory or is_below(path, directory)


def merge(left: FileSystem, right: FileSystem, reason: str, at: Span | None) -> FileSystem:
    """What is known when either of two things happened."""
    merged = left.copy()
    differing = {path for path, entry in left.entries.items() if right.entries.get(path) is not entry}
    differing |= right.entries.keys() - left.entries.keys()
    forgotten: dict[str, UnknownRegion] = {}
    for path in sorted(differing, key=len):
        mine, theirs = left.entries.get(path), right.entries.get(path)
        alike = mine == theirs or (mine is not None and theirs is not None and mine.kind == theirs.kind == "d")
        # Whatever is below a directory that is forgotten is forgotten with it.
        if not alike and not any(parent in forgotten for parent in _above(path)):
            forgotten[path] = UnknownRegion(path, reason, at)
            merged.drop(path)
    known = set(merged.regions)
    more = dict.fromkeys((*forgotten.values(), *right.regions))
    merged.regions += [region for region in more if region not in known]
    return merged


def _above(path: str) -> Iterator[str]:
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        yield path


def same_directory(one: Present, other: Present) -> bool:
    """Whether two directories have the same mode and owner."""
    return one.kind == other.kind == "d" and (one.mode, one.uid, one.gid) == (other.mode, other.uid, other.gid)
