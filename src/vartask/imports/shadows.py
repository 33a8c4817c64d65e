"""Files of the package that take the place of the standard library's modules, for everything that imports those.

``/var/task`` stands before the standard library on Lambda's path.  So a file ``email.py`` beside the handler is what
``import email`` gives to the code, and also to the standard library itself and to boto3.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property

from vartask.data.stdlib import minor_of, stdlib_modules
from vartask.data.stdlib_imports import LOADED_LATER, Need, needs_of
from vartask.imports.extensions import no_name
from vartask.imports.resolve import Doubt, External, Found, Missing
from vartask.imports.scene import Scene
from vartask.imports.search import STDLIB_MARK
from vartask.model import ImportFact
from vartask.records import dataclass, field

_WITH_FILE = 13


@dataclass(frozen=True, slots=True)
class Shadowed:
    """A module of the runtime asks for one of its own and gets ``file``.

    ``error`` is Python's text, ``None`` for a doubt.
    ``through`` are the modules that import one another, from the one that the code imports to the one that asks.
    """

    name: str
    file: Found
    through: tuple[str, ...]
    error: str | None = None


@dataclass
class Shadows:
    """The shadows in one function's package.  ``running`` says whether a file is being imported just now."""

    scene: Scene
    running: Callable[[str], bool]
    _done: set[str] = field(default_factory=set)

    @cached_property
    def files(self) -> dict[str, Found]:
        """The standard library's top-level names that the package takes, with its own modules of these names."""
        path = self.scene.resolver.path
        if path.version is None:
            return {}
        names = stdlib_modules(path.version) - path.preloaded - path.builtin
        found = {name: self.scene.resolver.find(name) for name in sorted(names & self._stems())}
        return {name: item for name, item in found.items() if isinstance(item, Found) and not item.namespace}

    def _stems(self) -> set[str]:
        """The names before the first dot in the directories that stand before the standard library."""
        directories = self.scene.resolver.path.directories
        stems: set[str] = set()
        for directory in directories[: directories.index(STDLIB_MARK)]:
            stems |= {path.rpartition("/")[2].partition(".")[0] for path, _ in self.scene.tree.children(directory)}
        return stems

    def imported(self, fact: ImportFact, name: str) -> Iterator[Shadowed]:
        """What goes wrong while a module of the runtime is imported; each module is imported once."""
        if not self.files:
            return
        names = tuple(item for item, _ in fact.names or () if item != "*")
        # What an image's own start loads before the handler is not known.
        sure = bool(self.scene.resolver.path.preloaded - {"__main__"})
        yield from self._need(Need(name, names), (), sure=sure)

    def _need(self, need: Need, through: tuple[str, ...], *, sure: bool) -> Iterator[Shadowed]:
        top = need.module.partition(".")[0]
        if top in self.files:
            yield from self._asked(need, self.files[top], through, sure=sure)
            return
        if need.attribute is not None:
            return
        parts = need.module.split(".")
        modules = [".".join(parts[: depth + 1]) for depth in range(len(parts))]
        for module in (*modules, *(f"{need.module}.{name}" for name in need.names)):
            yield from self._module(module, through, sure=sure)

    def _module(self, name: str, through: tuple[str, ...], *, sure: bool) -> Iterator[Shadowed]:
        """The imports of one module of the runtime, if it is not loaded yet."""
        path = self.scene.resolver.path
        top = name.partition(".")[0]
        loaded = (top in path.preloaded or top in path.builtin) and name not in LOADED_LATER
        if loaded or name in self._done or path.version is None:
            return
        answer = self.scene.resolver.find(top)
        if isinstance(answer, (Found, Missing)):
            return
        self._done.add(name)
        needs, known = needs_of(name, path.version)
        sure = sure and known and isinstance(answer, External) and answer.doubt is None
        for need in needs:
            yield from self._need(need, (*through, name), sure=sure)

    def _asked(self, need: Need, file: Found, through: tuple[str, ...], *, sure: bool) -> Iterator[Shadowed]:
        if not through:
            return  # the code itself asks for its own file
        error = self._error(need) if sure else None
        yield Shadowed(need.module, file, through, error)

    def _error(self, need: Need) -> str | None:
        """Python's text where the file certainly lacks what is asked of it."""
        target = self.scene.resolver.find(need.module)
        if isinstance(target, Missing):
            return target.error
        if not isinstance(target, Found):
            return None
        if need.attribute is not None and self._defines(target, need.attribute) is False:
            running = self.running(target.module.path)
            return no_attribute(target, need.attribute, self.scene.resolver.path.version, running=running)
        for name in need.names:
            answer = self._defines(target, name)
            if isinstance(answer, Doubt):
                return None
            if not answer:
                return no_name(target, name, running=self.running(target.module.path))
        return None

    def _defines(self, module: Found, name: str) -> bool | Doubt:
        full = f"{module.module.name}.{name}"
        if module.package is not None and not isinstance(self.scene.resolver.find(full), Missing):
            return True
        return self.scene.defines(module, name)


def no_attribute(module: Found, name: str, version: str | None, *, running: bool) -> str:
    """Python's text for an attribute that a module lacks; since 3.13 it names the file of one that is half done."""
    if not running:
        return f"module {module.module.name!r} has no attribute {name!r}"
    place = f" from {module.module.path!r}" if version is not None and minor_of(version) >= _WITH_FILE else ""
    origin = f"partially initialized module {module.module.name!r}{place}"
    return f"{origin} has no attribute {name!r} (most likely due to a circular import)"


def shadow_doubt(file: Found) -> str:
    """The doubt about a file of which no import certainly takes what it lacks."""
    name = file.module.name
    return f"the standard library and boto3 get this file as `{name}`: cannot tell whether it has all that they need"
