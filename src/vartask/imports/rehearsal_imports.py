"""Imports in a rehearsal, as ``importlib._bootstrap`` and ``Python/ceval.c`` make them."""

from __future__ import annotations

import ast

from vartask.imports.rehearsal_attributes import CIRCULAR
from vartask.imports.rehearsal_foreign import of_module
from vartask.imports.rehearsal_guards import Guards
from vartask.imports.rehearsal_scripts import EMPTY
from vartask.imports.rehearsal_values import (
    UNKNOWN,
    Class,
    Foreign,
    Instance,
    Items,
    Known,
    Maybe,
    Module,
    Raised,
    Scope,
    Table,
    Value,
    error,
)
from vartask.imports.replay import Replay
from vartask.imports.resolve import Doubt, External, Found, Missing
from vartask.imports.scene import RelativeImportError, Scene
from vartask.imports.stdlib import Stdlib
from vartask.model import ImportFact, ImportOutcome, Span, SyntaxOutcome
from vartask.records import replace

Wanted = tuple[tuple[str, Span], ...] | None


class Imports(Guards):
    """Loads modules.  ``judge`` tells whether a module that is not there is certainly missing."""

    def __init__(self, scene: Scene, judge: Replay, without: frozenset[str] | None = None) -> None:
        super().__init__(scene, without)
        self.judge = judge
        self.stdlib = Stdlib(scene)
        self.resolver = scene.library.resolvers.of(scene.tree, scene.resolver.path)
        self.others: dict[str, Found] = {}
        self.made: list[Module] = []
        self._importers: list[tuple[Found, Wanted]] = []
        """Who imports, and what a ``from`` statement takes of the module that it names."""

    def import_name(self, name: str, at: Span, scope: Scope) -> Value:
        """Import a dotted name as ``import_module`` does; its last module."""
        return self._import(name, at, scope, None)

    def _import(self, name: str, at: Span, scope: Scope, wanted: Wanted) -> Value:
        self.stack.append((scope.module.name, name, at))
        self._importers.append((scope.module.found, wanted))
        try:
            return self._load(name, at)
        except Raised as raised:
            if raised.chain is None:
                raised.chain = tuple(self.stack if raised.span != at else self.stack[:-1])
            raise
        finally:
            self.stack.pop()
            self._importers.pop()

    def _load(self, name: str, at: Span) -> Value:
        if "." not in name:
            return self._one(name, at)
        value: Value = UNKNOWN
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            full = ".".join(parts[:depth])
            value = self._one(full, at)
            if depth > 1 and isinstance(value, Module):
                parent = self.loaded.get(".".join(parts[: depth - 1]))
                if isinstance(parent, Module) and not (value.loading and parts[depth - 1] in parent.names):
                    self._attach(parent, parts[depth - 1], value)
        return value

    def _attach(self, parent: Module, name: str, value: Module) -> None:
        """A sub-module becomes an attribute of its package once it is loaded (``importlib._bootstrap``)."""
        if not value.loading:
            self.store(parent.names, name, value)

    def _one(self, name: str, at: Span) -> Value:
        known = self.loaded.get(name)
        if known is not None:
            return known.value if isinstance(known, Maybe) else known
        resolution = self.resolver.find(name)
        if isinstance(resolution, Found):
            return self._execute(name, resolution)
        if isinstance(resolution, External) and resolution.doubt is None:
            return self._external(name, at)
        if isinstance(resolution, (Missing, Doubt)):
            self._missing(name, resolution, at)
        self.store(self.loaded, name, UNKNOWN)
        return self.doubt()

    def _external(self, name: str, at: Span) -> Value:
        if not self.stdlib.has(name):
            for lack in self.stdlib.judge(ImportFact(name, 0, None, at), name):
                raise error("ModuleNotFoundError", lack.text, at)
        return Foreign(name, module=True)

    def _missing(self, name: str, resolution: Missing | Doubt, at: Span) -> None:
        """Raise what Python does where the module is certainly missing."""
        if not self._importers or self.resolver.open_path is not None:
            return
        parent = self.loaded.get(name.rpartition(".")[0])
        if isinstance(parent, Module) and (parent.vague or "__path__" in parent.names):
            return
        importer, names = self._importers[-1]
        fact = ImportFact(name, 0, names if name == self.stack[-1][1] else None, at)
        failure = self.judge.certainly_missing(fact, importer, name, resolution)
        if failure is None or isinstance(failure, SyntaxOutcome):
            return
        raised = error("ModuleNotFoundError", failure.error, at)
        raised.failure = failure
        raise raised

    def _execute(self, name: str, found: Found) -> Value:
        module = Module(name, found, {}, EMPTY)
        self.made.append(module)
        if found.entry is None:
            module.loading = False
            module.vague = found.doubt is not None or name in self.perhaps_loaded
            self.store(self.loaded, name, module)
            return module
        if not found.readable or self.scene.vendored(found):
            self.others[name] = found
            self.store(self.loaded, name, UNKNOWN)
            return self.doubt()
        refused = self.judge.refused(found)
        if refused is not None:
            failure = error("SyntaxError", refused.error, refused.problem.span)
            failure.failure = refused
            failure.chain = tuple(self.stack)
            raise failure
        script = self.scene.library.script(found.module.source, found.entry)
        if script is None:
            self.store(self.loaded, name, UNKNOWN)
            return self.doubt()
        module.script = script
        # The way that may have loaded it before may have given it names, those of its sub-modules at least.
        whole = self.scene.library.parsed(found.module.source, found.entry).scopes_are_whole
        module.vague = not whole or name in self.perhaps_loaded
        self.store(self.loaded, name, module)
        try:
            self.execute(script.tree.body, Scope(module, module.names))
        except Raised as raised:
            raised.module = raised.module or found.module
            if raised.chain is None:
                raised.chain = tuple(self.stack)
            self.store(self.loaded, name, None)
            raise
        module.loading = False
        if name in self.perhaps_loaded:
            # The way that may have loaded it may have filled its registries.
            for value in module.names.values():
                if isinstance(value, (Items, Table, Class, Instance)):
                    self.blur(value)
        return module

    # -- statements ---------------------------------------------------------------------------------

    def _do_import(self, node: ast.Import, scope: Scope) -> None:
        for alias in node.names:
            at = self.place(alias, scope)
            value = self.import_name(alias.name, at, scope)
            self._works(at)
            if alias.asname is None:
                top = alias.name.partition(".")[0]
                known = self.loaded.get(top, Foreign(top, module=True) if isinstance(value, Foreign) else UNKNOWN)
                self.store(self.home(top, scope), top, known)
            else:
                self.store(self.home(alias.asname, scope), alias.asname, value)

    def _works(self, at: Span) -> None:
        if self.certain:
            self.worked.append(at)

    def _do_importfrom(self, node: ast.ImportFrom, scope: Scope) -> None:
        fact, taken = scope.module.script.imported(node)
        at = fact.span
        importer = scope.module.found
        try:
            name = fact.module if not node.level else self._absolute(fact, scope)
        except RelativeImportError as problem:
            lacking = error("ImportError", str(problem), at)
            lacking.failure = ImportOutcome(importer.module, fact, fact.written, str(problem), "init")
            raise lacking from None
        if name == "__future__":
            return
        value = self._import(name, at, scope, fact.names)
        absolute = fact if isinstance(value, Module) or not node.level else replace(fact, module=name, level=0)
        for wanted, place, bound in taken:
            if wanted == "*":
                self._star(value, scope, at)
                continue
            found = self._from(value, absolute, wanted, place, scope)
            self.store(self.home(bound, scope), bound, found)
        self._works(at)

    def _absolute(self, fact: ImportFact, scope: Scope) -> str:
        """The absolute name of a relative import.  Raises :class:`RelativeImportError`."""
        importer = scope.module.found
        return self.scene.absolute(fact, replace(importer, module=replace(importer.module, name=scope.module.name)))

    def _from(self, module: Value, fact: ImportFact, wanted: str, at: Span, scope: Scope) -> Value:
        """A name of ``from module import wanted``; ``fact`` has the module's absolute name."""
        if isinstance(module, Foreign):
            return self._from_foreign(fact, wanted, at, scope)
        if not isinstance(module, Module):
            return self._from_others(fact, wanted, at, scope)
        try:
            return self.attribute(module, wanted, at)
        except Raised as raised:
            if raised.error.name != "AttributeError":
                raise
        return self._from_submodule(module, fact, wanted, at, scope)

    def _from_others(self, fact: ImportFact, wanted: str, at: Span, scope: Scope) -> Value:
        """A name of somebody else's code that is packaged: one that the file does not even mention is missing."""
        found = self.others.get(fact.module)
        if found is not None and found.readable and self.scene.defines(found, wanted) is False:
            below = self.resolver.find(f"{fact.module}.{wanted}") if found.package is not None else None
            if not isinstance(below, (Found, Doubt)):
                lacking = error("ImportError", None, at)
                lacking.failure = self.judge.missing_name(fact, scope.module.found, found, wanted, at)
                raise lacking
        return self.doubt()

    def _from_foreign(self, fact: ImportFact, wanted: str, at: Span, scope: Scope) -> Value:
        if self.is_set(fact.module, wanted):
            return self.doubt()
        if not self.stdlib.has(fact.module, wanted):
            alone = replace(fact, level=0, names=((wanted, at),))
            for lack in self.stdlib.judge(alone, fact.module):
                lacking = error("ImportError", lack.text, at)
                lacking.failure = self.stdlib.outcome(lack, scope.module.found.module, alone)
                raise lacking
        return of_module(fact.module, wanted, self.version)

    def _from_submodule(self, module: Module, fact: ImportFact, wanted: str, at: Span, scope: Scope) -> Value:
        """``_handle_fromlist`` imports a sub-module of that name; without one, the text is ``import_from``'s."""
        full = f"{module.name}.{wanted}"
        if module.found.package is not None:
            try:
                return self.import_name(full, at, scope)
            except Raised as raised:
                if raised.error.text != f"No module named {full!r}":
                    raise
        known = self.loaded.get(full)
        if isinstance(known, Module):
            return known
        lacking = error("ImportError", self._no_name(module, wanted), at)
        if module.loading:
            lacking.kind, lacking.owner, lacking.subject = "circular", module.found.module, wanted
        else:
            lacking.failure = self.judge.missing_name(fact, scope.module.found, module.found, wanted, at)
        raise lacking

    def _no_name(self, module: Module, wanted: str) -> str:
        place = module.found.module.path if module.found.entry is not None else "unknown location"
        if module.loading:
            half = f"cannot import name {wanted!r} from partially initialized module {module.name!r}"
            return f"{half} {CIRCULAR} ({place})"
        return f"cannot import name {wanted!r} from {module.name!r} ({place})"

    def _star(self, module: Value, scope: Scope, at: Span) -> None:
        if not isinstance(module, Module):
            scope.module.vague = True
            self.doubts += 1
            return
        listed = module.names.get("__all__")
        if listed is None:
            names = [name for name in module.names if not name.startswith("_")]
            scope.module.vague = scope.module.vague or module.vague or "__getattr__" in module.names
            for name in names:
                self.store(scope.names, name, module.names[name])
            return
        if not isinstance(listed, Items) or listed.vague:
            scope.module.vague = True
            return
        for item in listed.items:
            if not isinstance(item, Known):
                scope.module.vague = True
            elif not isinstance(item.value, str):
                text = f"Item in {module.name}.__all__ must be str, not {type(item.value).__name__}"
                raise error("TypeError", text, at)
            else:
                self.store(scope.names, item.value, self._listed(module, item.value, at, scope))

    def _listed(self, module: Module, name: str, at: Span, scope: Scope) -> Value:
        """A name of ``__all__``: an attribute, or a sub-module of a package."""
        if name not in module.names and module.found.package is not None and "__getattr__" not in module.names:
            try:
                return self.import_name(f"{module.name}.{name}", at, scope)
            except Raised as raised:
                if raised.error.text != f"No module named {f'{module.name}.{name}'!r}":
                    raise
        return self.attribute(module, name, at)
