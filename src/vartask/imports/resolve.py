"""Resolve a dotted name on a predicted tree as Python's import system would.

Source for the order of candidates in a directory: ``importlib.machinery.FileFinder`` (package, extension
module, source, legacy bytecode) and PEP 420 for namespace packages.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from vartask.data.runtimes import SUPPORTED
from vartask.imports.distributions import may_provide
from vartask.imports.search import STDLIB_MARK, SearchPath
from vartask.model import Absent, FileTree, Lookup, ModuleAt, Present, Span, Unknown
from vartask.records import dataclass, field

_LINKS = 40
_MOST: Final = 64
"""Trees of which it is held what was found: functions of one artifact stand together."""


@dataclass(frozen=True, slots=True)
class Found:
    """The module is in the artifact.

    ``package`` are the directories its sub-modules are looked for in, ``None`` when it is not a package.
    ``namespace`` is a package without ``__init__.py``; ``doubt`` says why there may be one all the same.
    """

    module: ModuleAt
    entry: Present | None
    package: tuple[str, ...] | None
    namespace: bool = False
    doubt: Doubt | None = None

    @property
    def readable(self) -> bool:
        """Whether the module's source can be read: a file of the project, or text from a definition."""
        entry = self.entry
        return (
            entry is not None and self.module.path.endswith(".py") and bool(entry.source or entry.content is not None)
        )


@dataclass(frozen=True, slots=True)
class External:
    """The runtime brings the module: standard library, or a bundled distribution.

    ``doubt`` says why a directory that is searched before may hold a module of that name.
    """

    name: str
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """No such module.

    ``component`` is the dotted name Python reports, ``error`` its whole text, ``parent`` the deepest module
    or package that was found, ``removed_by`` the line that kept the file out.
    """

    component: str
    error: str
    parent: Found | None = None
    removed_by: Span | None = None


@dataclass(frozen=True, slots=True)
class Doubt:
    """It cannot be known; ``reason`` says why.

    ``installed`` is set when a distribution that is installed there has a name that fits: it very likely
    brings the module.
    """

    reason: str
    at: Span | None
    installed: bool = False


Resolution = Found | External | Missing | Doubt


def _is_open(answer: Unknown, top: str) -> bool:
    """Whether the doubt about a path remains for a module that the project itself may define.

    What the runtime's own directories hold is known: the tables were asked before.
    """
    if answer.runtime:
        return False
    return answer.distributions is None or may_provide(top, answer.distributions)


_NOWHERE = Absent(None)


def unlisted(tree: FileTree, directory: str) -> Absent | Unknown | None:
    """The answer for every path below a directory that has no entry; ``None`` where it is not the same for all."""
    below = f"{directory.rstrip('/')}/"
    for region in tree.regions:
        around = below.startswith(f"{region.path.rstrip('/')}/")
        if around and (region.names is not None or region.holes or region.gone):
            return None
        if not around and region.path.startswith(below):
            return None
    if any(path.startswith(below) for path in tree.removed):
        return None
    answer = tree.lookup(f"{below}-")
    return None if isinstance(answer, Present) else answer


def _joined(full: str, portions: list[Found], doubts: list[Doubt]) -> Found:
    """A namespace package from its portions (PEP 420)."""
    directories = tuple(directory for portion in portions for directory in portion.package or ())
    inner = [portion.doubt for portion in portions if portion.doubt is not None]
    doubt = next(iter([*inner, *doubts]), None)
    return Found(ModuleAt(full, directories[0], ""), None, directories, namespace=True, doubt=doubt)


class Resolvers:
    """Makes the resolvers of a run; those of one tree and one path share what they have found."""

    def __init__(self) -> None:
        # The tree is held, so that its identity is not given to another one.
        self._known: dict[tuple[int, SearchPath], tuple[FileTree, dict[str, Resolution]]] = {}

    def of(self, tree: FileTree, path: SearchPath) -> Resolver:
        """A resolver to which nothing was added yet."""
        _, known = self._known.setdefault((id(tree), path), (tree, {}))
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return Resolver(tree, path, open_path=path.open_at, _known=known)


@dataclass
class Resolver:
    """Answers for one function.  ``added`` are directories that code puts on ``sys.path``."""

    tree: FileTree
    path: SearchPath
    added: list[str] = field(default_factory=list)
    open_path: Span | None = None
    _known: dict[str, Resolution] = field(default_factory=dict)
    _unlisted: dict[str, Absent | Unknown | None] = field(default_factory=dict)

    def find(self, name: str) -> Resolution:
        """Resolve an absolute dotted name."""
        known = self._known.get(name)
        if known is None:
            known = self._known[name] = self._find(name)
        return known

    def add_directory(self, directory: str) -> None:
        """``sys.path`` gets another entry: what was absent may now be found."""
        if directory not in self.added and directory not in self.path.directories:
            self.added.append(directory)
            self._known = {}

    def open(self, at: Span) -> None:
        """``sys.path`` is changed in a way that cannot be read: nothing is certainly absent any more."""
        if self.open_path is None:
            self.open_path = at
            self._known = {}

    def _find(self, name: str) -> Resolution:
        parts = name.split(".")
        found = self._top(parts[0])
        for depth in range(1, len(parts)):
            if not isinstance(found, Found):
                return found
            full = ".".join(parts[: depth + 1])
            if found.package is None:
                parent = ".".join(parts[:depth])
                text = f"No module named {full!r}; {parent!r} is not a package"
                return Missing(full, text, found)
            found = self._in_package(found, parts[depth], full)
        return found

    # -- one component ----------------------------------------------------------------------------

    def _top(self, name: str) -> Resolution:
        if name in self.path.preloaded or name in self.path.builtin:
            return External(name)
        return self._search([*self.path.directories, *self.added], name, name, None)

    def _in_package(self, parent: Found, name: str, full: str) -> Resolution:
        return self._search(list(parent.package or ()), name, full, parent)

    def _search(self, directories: list[str], name: str, full: str, parent: Found | None) -> Resolution:
        portions: list[Found] = []
        doubts: list[Doubt] = []
        removed: Span | None = None
        for directory in directories:
            if directory == STDLIB_MARK:
                if name in self.path.stdlib or name in self.path.bundled:
                    return External(name, next(iter(doubts), None))
                continue
            answer = self._in_directory(directory, name, full)
            if isinstance(answer, Found):
                if not answer.namespace:
                    return answer
                portions.append(answer)
            elif isinstance(answer, Doubt):
                doubts.append(answer)
            else:
                removed = removed or answer.removed_by
        if portions:
            return _joined(full, portions, doubts)
        if self.open_path is not None:
            doubts.append(Doubt("sys.path is changed by code whose effect cannot be read", self.open_path))
        return doubts[0] if doubts else Missing(full, f"No module named {full!r}", parent, removed)

    def _in_directory(self, directory: str, name: str, full: str) -> Found | Doubt | Absent:
        base = posixpath.join(directory, name)
        top = full.partition(".")[0]
        if directory not in self._unlisted:
            self._unlisted[directory] = None if self._links else unlisted(self.tree, directory)
        other = self._unlisted[directory]
        if other is not None:
            return self._among_listed(base, full, other)
        doubt: Doubt | None = None
        removed: Span | None = None
        for path, package in self._candidates(base):
            answer = self.look(path)
            if isinstance(answer, Present) and answer.kind == "f":
                at = ModuleAt(full, path, answer.source or (answer.put_by.path if answer.put_by else path))
                return Found(at, answer, (base,) if package else None)
            if isinstance(answer, Unknown) and _is_open(answer, top):
                doubt = doubt or Doubt(answer.reason, answer.at, answer.distributions is not None)
            elif isinstance(answer, Absent):
                removed = removed or answer.removed_by
        here = self.look(base)
        if isinstance(here, Present) and here.kind == "d":
            # PEP 420: a directory without __init__.py is a portion of a namespace package.
            return Found(ModuleAt(full, base, ""), None, (base,), namespace=True, doubt=doubt)
        return doubt or Absent(removed or (here.removed_by if isinstance(here, Absent) else None))

    def _among_listed(self, base: str, full: str, other: Absent | Unknown) -> Found | Doubt | Absent:
        """The same where the answer is one for all paths that are not listed, which most directories are."""
        entries = self.tree.entries
        for path, package in self._candidates(base):
            entry = entries.get(path)
            if entry is not None and entry.kind == "f":
                at = ModuleAt(full, path, entry.source or (entry.put_by.path if entry.put_by else path))
                return Found(at, entry, (base,) if package else None)
        doubt: Doubt | None = None
        if isinstance(other, Unknown) and _is_open(other, full.partition(".")[0]):
            doubt = Doubt(other.reason, other.at, other.distributions is not None)
        here = entries.get(base)
        if here is not None and here.kind == "d":
            return Found(ModuleAt(full, base, ""), None, (base,), namespace=True, doubt=doubt)
        return doubt or _NOWHERE

    def _candidates(self, base: str) -> Iterator[tuple[str, bool]]:
        yield f"{base}/__init__.py", True
        yield f"{base}/__init__.pyc", True
        for suffix in self._extensions:
            yield f"{base}{suffix}", False
        yield f"{base}.py", False
        yield f"{base}.pyc", False

    @cached_property
    def _extensions(self) -> tuple[str, ...]:
        return self.suffixes if self._has_extensions else ()

    @cached_property
    def suffixes(self) -> tuple[str, ...]:
        """``EXTENSION_SUFFIXES`` of CPython on Linux; of an unknown version or machine, every one."""
        versions = [self.path.version] if self.path.version else SUPPORTED
        tags = [f"cpython-{version.replace('.', '')}" for version in versions]
        machines = {"x86_64": ("x86_64",), "arm64": ("aarch64",)}.get(
            self.path.architecture or "", ("x86_64", "aarch64")
        )
        return (*(f".{tag}-{machine}-linux-gnu.so" for tag in tags for machine in machines), ".abi3.so", ".so")

    @cached_property
    def _has_extensions(self) -> bool:
        return any(path.endswith(".so") for path in self.tree.entries)

    # -- the tree, links followed -----------------------------------------------------------------

    def look(self, path: str) -> Lookup:
        """Answer for a path with symbolic links followed, in its parents too."""
        answer = self.tree.lookup(path)
        if not self._links or (isinstance(answer, Present) and answer.kind != "l"):
            return answer
        for _ in range(_LINKS):
            moved = self._step(path)
            if moved is None:
                break
            path = moved
        return self.tree.lookup(path)

    def _step(self, path: str) -> str | None:
        """The path with its first symbolic link replaced by the link's target."""
        parts = path.split("/")
        for depth in range(2, len(parts) + 1):
            here = "/".join(parts[:depth])
            entry = self._links.get(here)
            if entry is not None and entry.target is not None:
                target = posixpath.normpath(posixpath.join(posixpath.dirname(here), entry.target))
                return posixpath.join(target, *parts[depth:])
        return None

    @cached_property
    def _links(self) -> dict[str, Present]:
        return {path: entry for path, entry in self.tree.entries.items() if entry.kind == "l"}
