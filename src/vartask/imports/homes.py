"""Modules of the artifact as places where names are looked up."""

from __future__ import annotations

import ast
import builtins

from vartask.imports.conditions import decide, evaluate
from vartask.imports.name_tables import NameTable, name_table
from vartask.imports.objects import UNKNOWN, ForeignObject, Home, ModuleObject, Object
from vartask.imports.resolve import Found
from vartask.imports.scene import RelativeImportError, Scene
from vartask.model import ImportFact, Span

BUILTINS = frozenset(dir(builtins))
"""Only used to tell a built-in from a name that nothing binds; what is done with each is in a table."""


class Homes:
    """The modules of one function's artifact, each read once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._homes: dict[str, Home | None] = {}

    @property
    def version(self) -> tuple[int, ...] | None:
        """The target's Python."""
        version = self._scene.resolver.path.version
        return tuple(int(part) for part in version.split(".")) if version is not None else None

    def home(self, found: Found) -> Home | None:
        """A module of the project; ``None`` for any other."""
        key = found.module.path
        if key not in self._homes:
            self._homes[key] = self._read(found)
        return self._homes[key]

    def table(self, home: Home, statements: list[ast.stmt]) -> NameTable:
        """The names of a block of the module."""
        return self._table(home.found, statements)

    def settle(self, home: Home, test: ast.expr) -> bool | None:
        """The truth of a condition in Lambda."""
        return self._settle(home.found, test)

    def _settle(self, found: Found, test: ast.expr) -> bool | None:
        in_package = found.package is not None or "." in found.module.name
        return decide(evaluate(test), self._scene.resolver.path.version, in_package)

    def _table(self, found: Found, statements: list[ast.stmt]) -> NameTable:
        return name_table(statements, lambda test: self._settle(found, test))

    def _read(self, found: Found) -> Home | None:
        scene = self._scene
        if not found.readable or scene.vendored(found):
            return None
        facts, script = scene.facts(found), scene.library.script(found.module.source, found.entry)
        if script is None:
            return None
        return Home(
            found,
            script.tree,
            self._table(found, script.tree.body),
            script.shared,
            frozenset(name for name in script.stored if name is not None),
            facts.dynamic is not None or None in script.stored,
        )

    # -- imports ----------------------------------------------------------------------------------

    def imported(self, module: str, level: int, importer: Home) -> Object:
        """The module that an import in another means."""
        try:
            name = self._scene.absolute(ImportFact(module, level, None, Span(importer.path)), importer.found)
        except RelativeImportError:
            return UNKNOWN
        return self.module(name)

    def module(self, name: str) -> Object:
        """A module by its absolute name."""
        found = self._scene.resolver.find(name)
        if isinstance(found, Found) and found.doubt is None:
            home = self.home(found)
            if home is not None or found.entry is None:
                return ModuleObject(name, home)
        return ForeignObject(name)

    def exports(self, home: Home, star: ast.ImportFrom, name: str) -> Home | bool | None:
        """The module from which ``from x import *`` takes the name; ``False`` if it does not, ``None`` in doubt."""
        module = self.imported(star.module or "", star.level, home)
        if not isinstance(module, ModuleObject) or module.home is None:
            return None
        exported = self._scene.facts(module.home.found).exported
        if (exported is not None and name not in exported) or (exported is None and name.startswith("_")):
            return False
        defined = self._scene.defines(module.home.found, name)
        return module.home if defined is True else False if defined is False else None
