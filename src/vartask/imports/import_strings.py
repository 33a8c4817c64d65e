"""Try every import string of the loaded modules on the tree."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from vartask.imports.replay import Replay
from vartask.imports.resolve import Doubt, Found, Missing
from vartask.imports.scene import RelativeImportError, Scene
from vartask.model import (
    Cause,
    HandedString,
    ImportedTable,
    ImportFact,
    ModuleAt,
    PluginFolder,
    Relocation,
    Span,
    StringFact,
    StringOutcome,
)
from vartask.patterns import regex
from vartask.records import dataclass, field, replace

_SOURCE_ROOTS = frozenset(
    {"src", "source", "app", "lambda", "lambdas", "functions", "backend", "server", "lib", "python"}
)
"""Directories that projects put their code in and that packaging takes away."""

_MODULE = regex(r"[\w-]+(?:\.[\w-]+)*")
"""What files are called that are imported by name: more than a statement can name, such as ``my-app``."""


@dataclass
class StringReplay:
    """Judges the strings of every module the replay reached, and lets it follow those that work."""

    scene: Scene
    replay: Replay
    outcomes: dict[StringOutcome, None] = field(default_factory=dict)
    settled: Mapping[Span, frozenset[str]] = field(default_factory=dict)
    _done: set[tuple[str, StringFact]] = field(default_factory=set)
    _folders: set[tuple[str, PluginFolder]] = field(default_factory=set)

    def run(self) -> tuple[StringOutcome, ...]:
        """Until no string brings a new module."""
        while True:
            todo = [(found, fact) for found, fact in self._all() if (found.module.path, fact) not in self._done]
            todo = [(found, fact) for found, fact in todo if self._runs(found, fact)]
            if not todo and not self._load_folders():
                return self._once()
            for found, fact in todo:
                self._done.add((found.module.path, fact))
                outcome = self._flowing(found, fact) if fact.flows is not None else self._plain(found, fact)
                if outcome is not None:
                    self.outcomes[outcome] = None

    def _once(self) -> tuple[StringOutcome, ...]:
        """A string that is seen to be imported needs no second word for looking like it."""
        certain = {outcome.fact.span for outcome in self.outcomes if outcome.certain}
        return tuple(outcome for outcome in self.outcomes if outcome.certain or outcome.fact.span not in certain)

    def _all(self) -> Iterator[tuple[Found, StringFact]]:
        """The strings of every loaded module, and those that reach an import call in another one."""
        for found in list(self.replay.loaded.values()):
            strings = self.scene.facts(found).strings
            yield from ((found, fact) for fact in strings.facts)
            for table in strings.imported:
                yield from self._in_table(found, table)
            for handed in strings.handed:
                yield from self._given(found, handed)

    def _in_table(self, found: Found, table: ImportedTable) -> Iterator[tuple[Found, StringFact]]:
        origin = self._module(found, table.module, table.level)
        if origin is None or not self.replay.reached(found.module.path, table.scope):
            return
        for fact in self.scene.facts(origin).strings.tables.get(table.name, ()):
            yield origin, self._as_object(replace(fact, flows=table.flows, guarded=table.guarded))

    def _as_object(self, fact: StringFact) -> StringFact:
        """``views.items.show``: what is done with it on the way to the import is not seen, it may well be split."""
        module, _, attribute = fact.value.rpartition(".")
        missing = self.scene.resolver.find(fact.value)
        if fact.attribute is not None or not isinstance(missing, Missing) or missing.component != fact.value:
            return fact
        inside = isinstance(missing.parent, Found) and missing.parent.package is None
        return replace(fact, value=module, attribute=attribute) if inside else fact

    def _given(self, found: Found, handed: HandedString) -> Iterator[tuple[Found, StringFact]]:
        origin = self._module(found, handed.module, handed.level)
        if origin is None:
            return
        for loader in self.scene.facts(origin).strings.loaders:
            same = handed.keyword == loader.parameter if handed.keyword else handed.position == loader.position
            if loader.function == handed.function and same:
                module, _, attribute = handed.value.partition(":")
                yield (
                    found,
                    StringFact(
                        module, handed.span, loader.flows, attribute or None, scope=handed.scope, guarded=loader.guarded
                    ),
                )

    def _module(self, found: Found, module: str, level: int) -> Found | None:
        """The module of the project that a file names, when it is there to read."""
        try:
            name = self.scene.absolute(ImportFact(module, level, None, Span(found.module.source)), found)
        except RelativeImportError:
            return None
        origin = self.scene.resolver.find(name)
        return origin if isinstance(origin, Found) and origin.readable and not self.scene.vendored(origin) else None

    def _runs(self, found: Found, fact: StringFact) -> bool:
        if fact.flows is None:
            return True
        names = self.settled.get(fact.flows)
        if names is not None and not fact.scope:
            # What a call at the top level imports was seen.
            return self._absolute(found, fact) in names
        return self.replay.reached(found.module.path, fact.scope)

    # -- packages that are imported whole --------------------------------------------------------

    def _load_folders(self) -> bool:
        """Import the modules of the packages that loops go through; whether there were any not yet done."""
        todo = [
            (found, folder)
            for found in list(self.replay.loaded.values())
            for folder in self.scene.facts(found).strings.folders
            if (found.module.path, folder) not in self._folders and self.replay.reached(found.module.path, folder.scope)
        ]
        for found, folder in todo:
            self._folders.add((found.module.path, folder))
            base = found.module.name if found.package is not None else found.module.name.rpartition(".")[0]
            own = {"__name__": found.module.name, "__package__": base}.get(folder.own, "")
            name = ".".join(item for item in (own, folder.module) if item)
            if folder.level:
                package = self._module(found, folder.module, folder.level)
                name = package.module.name if package is not None else ""
            self._load_folder(name, found, folder)
        return bool(todo)

    def _load_folder(self, name: str, found: Found, folder: PluginFolder) -> None:
        package = self.scene.resolver.find(name) if name else None
        if not isinstance(package, Found) or package.package is None:
            return
        for directory in package.package:
            for child in self.scene.modules_in(directory):
                full = f"{name}.{child}"
                at, scope = folder.flows, folder.scope
                self.replay.load_later(full, found, at, scope, guarded=folder.guarded, perhaps=folder.some)
                if folder.deep:
                    self._load_folder(full, found, folder)

    # -- strings that an import call receives -----------------------------------------------------

    def _flowing(self, found: Found, fact: StringFact) -> StringOutcome | None:
        name = self._absolute(found, fact)
        if name is None:
            return None
        if fact.partial:
            name = name.rpartition(".")[0]
            if not name:
                return None
        resolution = self.scene.resolver.find(name)
        if isinstance(resolution, Found):
            return self._attribute(found, fact, resolution, name)
        if isinstance(resolution, Doubt):
            if self.scene.evidence.candidates(name, found.module.source):
                self.scene.doubt(resolution, f"`{name}`", fact.span)
            return None
        if isinstance(resolution, Missing):
            return self._missing(found, fact, name, resolution)
        return None

    def _absolute(self, found: Found, fact: StringFact) -> str | None:
        """``importlib.import_module`` with ``package``: leading dots count from the package."""
        if not fact.value.startswith("."):
            return fact.value if _MODULE.fullmatch(fact.value.rstrip(".")) else None
        package = fact.package
        if package in {"__package__", "__name__"}:
            own = found.module.name
            package = own if found.package is not None or package == "__name__" else own.rpartition(".")[0]
        if not package:
            return None
        level = len(fact.value) - len(fact.value.lstrip("."))
        parts = package.split(".")
        if level > len(parts):
            return None
        return ".".join([*parts[: len(parts) - level + 1], fact.value.lstrip(".")])

    def _attribute(self, found: Found, fact: StringFact, module: Found, name: str) -> StringOutcome | None:
        if not fact.partial and fact.flows is not None:
            self.replay.load_later(name, found, fact.span, fact.scope or "", guarded=fact.guarded)
        if fact.attribute is None or not fact.attribute.isidentifier() or fact.partial:
            return None
        answer = self.scene.defines(module, fact.attribute)
        below = self.scene.resolver.find(f"{name}.{fact.attribute}") if module.package is not None else None
        if answer is not False or isinstance(below, (Found, Doubt)) or fact.guarded:
            return None
        error = f"module {name!r} has no attribute {fact.attribute!r}"
        return StringOutcome(found.module, fact, None, error, chain=self._chain(fact))

    def _missing(self, found: Found, fact: StringFact, name: str, missing: Missing) -> StringOutcome | None:
        evidence = self.scene.evidence
        relocation = evidence.relocation(name) or self._stripped(name)
        candidates = evidence.candidates(name, found.module.source)
        if relocation is not None and self._tried(found, fact, relocation.importable):
            return None
        if relocation is None:
            if fact.guarded:
                return None
            if not candidates and missing.parent is None:
                self.replay.others.mention(name, fact.span)
                return None
            if fact.partial and not candidates:
                return None
            copied = evidence.copied_by(name.partition(".")[0])
            if copied is not None:
                self.scene.gap(copied, f"this line may bring `{name}` into the package, which a string names")
                return None
        return StringOutcome(
            found.module,
            fact,
            missing.component,
            missing.error,
            relocation=relocation,
            candidates=candidates,
            chain=self._chain(fact),
        )

    def _stripped(self, name: str) -> Relocation | None:
        """``src.api.x`` for a file that the artifact has as ``api.x``, though no ``src/`` stands in the repository."""
        first, _, rest = name.partition(".")
        if first not in _SOURCE_ROOTS or not rest:
            return None
        found = self.scene.resolver.find(rest)
        if isinstance(found, Found) and found.readable and not self.scene.vendored(found):
            return Relocation(name, rest, found.module.source)
        return None

    def _tried(self, found: Found, fact: StringFact, importable: str) -> bool:
        """Whether the same import call is also given the name that works: one of the two is a fallback."""
        return fact.guarded and any(
            other.value == importable and other.flows == fact.flows for other in self.scene.facts(found).strings.facts
        )

    def _chain(self, fact: StringFact) -> tuple[Cause, ...]:
        return (Cause("imported here", fact.flows),) if fact.flows is not None else ()

    # -- strings that only look like it -----------------------------------------------------------

    def _plain(self, found: Found, fact: StringFact) -> StringOutcome | None:
        """A string counts when it names a file of the repository that the artifact has under the stripped name only."""
        for name in (fact.value, fact.value.rpartition(".")[0]):
            if "." not in name:
                continue
            resolution = self.scene.resolver.find(name)
            if not isinstance(resolution, Missing):
                return None
            relocation = self.scene.evidence.relocation(name)
            if relocation is not None and name.endswith("." + relocation.importable):
                return StringOutcome(
                    ModuleAt(found.module.name, found.module.path, found.module.source),
                    fact,
                    resolution.component,
                    resolution.error,
                    certain=False,
                    relocation=relocation,
                )
        return None
