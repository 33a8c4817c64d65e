"""Everything the replay of one function asks: tree, search path, facts of files, evidence of the repository."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from vartask.imports.evidence import Evidence
from vartask.imports.library import Library
from vartask.imports.resolve import Doubt, External, Found, Missing, Resolution, Resolver
from vartask.model import FileTree, Function, Gap, ImportFact, ModuleFacts, Span
from vartask.model.distribution import normalise
from vartask.project import Unreadable
from vartask.records import dataclass, field
from vartask.seen import Once

_VENDORED = frozenset(
    {"site-packages", "dist-packages", "node_modules", "vendor", "_vendor", "vendored", "third_party"}
)

_MODULE_ATTRIBUTES = frozenset(
    {
        "__name__",
        "__doc__",
        "__package__",
        "__loader__",
        "__spec__",
        "__file__",
        "__cached__",
        "__builtins__",
        "__dict__",
    }
)
"""Set by the import system on every module (https://docs.python.org/3/reference/datamodel.html#module-objects)."""


class RelativeImportError(Exception):
    """A relative import that cannot work; the text is Python's."""


@dataclass
class Scene:
    """One function on its predicted tree."""

    function: Function
    tree: FileTree
    resolver: Resolver
    library: Library
    evidence: Evidence
    gaps: dict[Gap, None] = field(default_factory=dict)
    strangers: dict[str, tuple[Span, str]] = field(default_factory=dict)
    lasting: dict[Gap, None] = field(default_factory=dict)

    @contextmanager
    def muted(self) -> Iterator[None]:
        """Doubts that arise meanwhile are not noted, but for those that last."""
        gaps, strangers = dict(self.gaps), dict(self.strangers)
        yield
        self.gaps, self.strangers = gaps, strangers

    def lasting_gap(self, span: Span, reason: str) -> None:
        """Note a doubt, muted or not."""
        self.lasting[Gap(span, reason, (self.function.name,))] = None

    def gap(self, span: Span, reason: str) -> None:
        """Note a doubt, once."""
        self.gaps[Gap(span, reason, (self.function.name,))] = None

    def doubt(self, doubt: Doubt, what: str, span: Span) -> None:
        """Note that a name cannot be settled because of something in the artifact."""
        self.gap(doubt.at or span, f"{doubt.reason}: cannot tell whether {what} is in the artifact")

    def facts(self, found: Found) -> ModuleFacts:
        """The facts of a readable module."""
        return self.library.facts(found.module.source, found.entry)

    # -- names of modules -------------------------------------------------------------------------

    def absolute(self, fact: ImportFact, importer: Found) -> str:
        """The absolute name an import statement asks for.  Raises :class:`RelativeImportError`.

        Source: ``importlib._bootstrap._sanity_check`` and ``_resolve_name``.
        """
        if not fact.level:
            return fact.module
        name = importer.module.name
        package = name if importer.package is not None else name.rpartition(".")[0]
        if not package:
            raise RelativeImportError("attempted relative import with no known parent package")
        parts = package.split(".")
        if fact.level > len(parts):
            raise RelativeImportError("attempted relative import beyond top-level package")
        base = ".".join(parts[: len(parts) - fact.level + 1])
        return f"{base}.{fact.module}" if fact.module else base

    def modules_in(self, directory: str) -> Iterator[str]:
        """The modules that ``pkgutil.iter_modules`` finds in a directory of the artifact, in its order.

        Source: ``pkgutil._iter_file_finder_modules`` (sorted names; packages have an ``__init__`` module).
        """
        for path, entry in sorted(self.tree.children(directory)):
            name = posixpath.basename(path)
            if entry.kind == "d" and self.tree.entries.get(f"{path}/__init__.py") is not None:
                yield name
            elif entry.kind == "f" and name.endswith(".py") and name != "__init__.py":
                yield name.removesuffix(".py")

    def vendored(self, found: Found) -> bool:
        """Whether a module is somebody else's code that lies in the package: it is not judged."""
        if set(found.module.path.split("/")) & _VENDORED:
            return True
        top = found.module.name.partition(".")[0]
        directory = found.module.path
        for _ in range(found.module.name.count(".") + (1 if directory.endswith("/__init__.py") else 0) + 1):
            directory = posixpath.dirname(directory)
        return top in self._installed(directory)

    def _installed(self, directory: str) -> frozenset[str]:
        return self._installed_in.get(directory, lambda: frozenset(self._metadata(directory)))

    @cached_property
    def _installed_in(self) -> Once:
        return Once(self.library.project.questions)

    def _metadata(self, directory: str) -> set[str]:
        """Top-level modules that ``*.dist-info`` in a directory claims (PyPA, recording installed projects)."""
        names: set[str] = set()
        for path, entry in self.tree.children(directory):
            base = posixpath.basename(path)
            if entry.kind != "d" or not base.endswith((".dist-info", ".egg-info")):
                continue
            names.add(normalise(base.split("-")[0]).replace("-", "_"))
            for listing in ("RECORD", "top_level.txt"):
                lines = self._lines(f"{path}/{listing}")
                names |= {line.split(",")[0].split("/")[0].removesuffix(".py") for line in lines if line}
        return names

    def _lines(self, path: str) -> list[str]:
        entry = self.tree.entries.get(path)
        if entry is None or entry.source is None:
            return []
        try:
            return self.evidence.sources.project.read_text(entry.source).splitlines()
        except Unreadable:
            return []

    # -- names in modules -------------------------------------------------------------------------

    def defines(self, found: Found, name: str, seen: frozenset[str] = frozenset()) -> bool | Doubt:
        """Whether a module has an attribute once it is imported; sub-modules do not count."""
        if found.entry is None:
            return found.doubt or False
        if not found.readable:
            return Doubt(f"`{found.module.name}` is not code of the project", None)
        facts = self.facts(found)
        if self.vendored(found):
            plain = self.is_plain(found) and not facts.has_getattr and not facts.stars
            if plain and name not in facts.bindings and not self.library.has_word(found.module.source, name):
                return name in _MODULE_ATTRIBUTES
            return Doubt(f"`{found.module.name}` is not code of the project", None)
        if name in facts.bindings or name in _MODULE_ATTRIBUTES or (name == "__path__" and found.package is not None):
            return True
        if facts.has_getattr:
            return True
        if facts.problem is not None:
            return Doubt(f"`{found.module.source}` cannot be read", facts.problem.span)
        answer = self.from_stars(found, name, seen | {found.module.path})
        if answer is False and facts.dynamic is not None:
            return Doubt(f"`{found.module.source}` {facts.dynamic}", Span(found.module.source))
        return answer

    def is_plain(self, found: Found) -> bool:
        """Whether a module is a file that can be read and does nothing to its own names or path."""
        if not found.readable:
            return False
        facts = self.facts(found)
        return facts.problem is None and facts.dynamic is None

    def binds_only_here(self, found: Found, name: str, span: Span) -> bool:
        """Whether the import at a place is all that binds a name in a module: it cannot take what it itself gives."""
        if not found.readable:
            return False
        facts = self.facts(found)
        binding = facts.bindings.get(name)
        alone = binding is not None and binding.kind == "import" and binding.span == span and not binding.again
        return alone and not facts.has_getattr and not facts.stars and facts.dynamic is None

    def from_stars(
        self, found: Found, name: str, seen: frozenset[str] = frozenset(), *, before: tuple[int, int] | None = None
    ) -> bool | Doubt:
        """Whether a star import brings a name into a module; ``before``: only those above that line and column."""
        doubt: Doubt | None = None
        for star in self.facts(found).stars:
            if before is not None and (star.span.line, star.span.column) >= before:
                continue
            try:
                target = self.resolver.find(self.absolute(star, found))
            except RelativeImportError:
                continue
            answer = self._exports(target, star, name, seen)
            if answer is True:
                return True
            doubt = doubt or (answer if isinstance(answer, Doubt) else None)
        return doubt or False

    def _exports(self, target: Resolution, star: ImportFact, name: str, seen: frozenset[str]) -> bool | Doubt:
        if isinstance(target, Doubt):
            return target
        if isinstance(target, External) or (isinstance(target, Missing) and star.module):
            return Doubt(f"`from {star.written} import *` may bring the name", star.span)
        if not isinstance(target, Found) or target.module.path in seen:
            return False
        exported = self.facts(target).exported if target.readable else None
        if exported is not None:
            return name in exported
        return False if name.startswith("_") else self.defines(target, name, seen)

    def similar(self, found: Found, name: str) -> tuple[str, ...]:
        """Names in the module that may have been meant."""
        bindings = self.facts(found).bindings if found.readable else ()
        bound = [item for item in bindings if not item.startswith("__") and item != name]
        from difflib import get_close_matches

        return tuple(get_close_matches(name, bound, n=3, cutoff=0.6))
