"""The context analysis on a predicted tree: which file an import in a file means, and who is a handler for tests."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from vartask.imports.context import ContextFacts, ContextTrace, trace_context
from vartask.imports.doubles import find_doubles
from vartask.imports.evidence import Sources
from vartask.imports.library import Library
from vartask.imports.project_tests import ProjectTests, mentioning, naming_a_module, tree_alone
from vartask.imports.resolve import Found
from vartask.imports.scene import RelativeImportError, Scene
from vartask.model import ContextDouble, ImportFact, Span, Tested
from vartask.records import replace


class TreeModules:
    """Modules as the runtime finds them; ``loaded`` are those that the replay reached."""

    def __init__(self, scene: Scene, loaded: Iterable[Found]) -> None:
        self._scene = scene
        self._by_source = {found.module.source: found for found in loaded}

    def facts(self, found: Found) -> ContextFacts | None:
        """The facts of one module; ``None`` for code that is not the project's or cannot be parsed."""
        if not found.readable or self._scene.vendored(found):
            return None
        self._by_source.setdefault(found.module.source, found)
        return self._scene.library.context_facts(found.module.source, found.entry)

    def resolve(self, module: str, level: int, importer: str) -> ContextFacts | None:
        """See :class:`vartask.imports.context.ContextModules`."""
        at = self._by_source.get(importer)
        if at is None:
            return None
        try:
            name = self._scene.absolute(ImportFact(module, level, None, Span(importer)), at)
        except RelativeImportError:
            return None
        found = self._scene.resolver.find(name)
        return self.facts(found) if isinstance(found, Found) else None


def trace(scene: Scene, handler: Found, attribute: str, loaded: Iterable[Found]) -> ContextTrace:
    """Follow the context of a resolved handler."""
    modules = TreeModules(scene, loaded)
    facts = modules.facts(handler)
    if facts is None:
        return ContextTrace()
    found = trace_context(facts, attribute, modules)
    return replace(found, gaps=tuple(replace(gap, functions=(scene.function.name,)) for gap in found.gaps))


def doubles(tested: Iterable[Tested], sources: Sources, library: Library) -> tuple[ContextDouble, ...]:
    """What the project's tests pass to the given handlers in place of the context."""
    handlers = {(one.source, one.attribute): one.handler for one in tested}
    about = mentioning((attribute for _, attribute in handlers), library)
    tests = ProjectTests(about, lambda path: tree_alone(path, library))
    asked = naming_a_module(about, (source for source, _ in handlers), library)

    def is_handler(importer: str, module: str, level: int, name: str) -> str | None:
        source = _meant(importer, module, level, sources)
        return handlers.get((source, name)) if source is not None else None

    return tuple(find_doubles(tests, asked, is_handler))


def _meant(importer: str, module: str, level: int, sources: Sources) -> str | None:
    """The project's file that a test means: the nearest whose path ends with the module's name."""
    tail = module.replace(".", "/")
    directory = posixpath.dirname(importer)
    if level:
        for _ in range(level - 1):
            directory = posixpath.dirname(directory)
        wanted = posixpath.join(directory, tail)
        paths = [path for path in (f"{wanted}.py", f"{wanted}/__init__.py") if sources.project.is_file(path)]
        return paths[0] if paths else None
    found = [
        path
        for path in sources.by_stem.get(posixpath.basename(tail), ())
        if path.endswith(".py") and f"/{path}".endswith((f"/{tail}.py", f"/{tail}/__init__.py"))
    ]
    return max(found, key=lambda path: (len(posixpath.commonprefix([path, importer])), -len(path)), default=None)
