"""What fails while a module is imported, besides its imports: names, attributes, modules met half done, a ``raise``.

Python's texts: ``Python/ceval.c`` (``import_from``, ``NAME_ERROR_MSG``) and ``Objects/moduleobject.c``
(``module_getattro``) of CPython 3.9 to 3.13.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from vartask.data.stdlib import minor_of, stdlib_module
from vartask.imports.resolve import Doubt, Found
from vartask.imports.scene import RelativeImportError, Scene
from vartask.model import AttributeStep, Binding, ImportFact, ModuleAt, NameStep, RaisedOutcome, Span, StopStep
from vartask.records import dataclass, field, replace

_LATE_ANNOTATIONS = 14
_KINDS: dict[str | None, Literal["exit", "assert"]] = {"SystemExit": "exit", "AssertionError": "assert"}
_WITH_FILE = 13
"""The minor version since which the text of a module that is half done names its file."""
_CIRCULAR = "(most likely due to a circular import)"


@dataclass
class InitChecks:
    """The modules that are being imported right now, and what their code can see of each other.

    ``make`` gives an outcome its moment and its way from the handler.  ``started`` has the path of every module that
    was imported so far, ``loaded`` those whose code is known.
    """

    scene: Scene
    make: Callable[[RaisedOutcome], RaisedOutcome]
    loaded: dict[str, Found]
    started: Mapping[str, object]
    stack: list[tuple[Found, str, Span]]
    running: dict[str, str] = field(default_factory=dict)

    def stopped(self, step: StopStep, found: Found) -> RaisedOutcome:
        """The code raises, or ends the process."""
        kind: Literal["exit", "assert", "raise"] = _KINDS.get(step.exception, "raise")
        return self.make(RaisedOutcome(found.module, step.span, kind, step.exception, step.text))

    # -- names ------------------------------------------------------------------------------------

    def name(self, step: NameStep, found: Found) -> Iterator[RaisedOutcome]:
        """A name is read that nothing in the file has bound by then."""
        if (step.annotation and not self._annotations_at_once()) or self._builtin(step.name):
            return
        if self.stored(step.name):
            return
        brought = self.scene.from_stars(found, step.name, before=(step.span.line, step.span.column))
        if isinstance(brought, Doubt):
            if brought.at is not None:
                self.scene.gap(brought.at, f"{brought.reason}: cannot tell whether it has `{step.name}`")
            return
        if brought is False:
            later = self.scene.facts(found).bindings.get(step.name)
            error = f"name {step.name!r} is not defined"
            bound = later.span if later is not None else None
            similar = () if later is not None else self.scene.similar(found, step.name)
            outcome = RaisedOutcome(found.module, step.span, "name", "NameError", error, subject=step.name)
            yield self.make(replace(outcome, bound=bound, similar=similar))

    def _annotations_at_once(self) -> bool:
        return self.scene.resolver.path.version is not None and not self._newer(_LATE_ANNOTATIONS)

    def _newer(self, minor: int) -> bool:
        """Whether the target is Python 3.``minor`` or later."""
        version = self.scene.resolver.path.version
        return version is not None and minor_of(version) >= minor

    def _builtin(self, name: str) -> bool:
        """Whether the target has the built-in name; where its version is not known, whether any has."""
        table = stdlib_module("builtins")
        minors = table.names.get(name) if table is not None else None
        version = self.scene.resolver.path.version
        return minors is not None and (version is None or minor_of(version) in minors)

    def stored(self, name: str) -> bool:
        """Whether code that ran so far sets an attribute of that name on something: it may be a module."""
        return any(name in self.scene.facts(found).stores for found in self.loaded.values())

    # -- attributes of modules --------------------------------------------------------------------

    def attribute(self, step: AttributeStep, found: Found) -> Iterator[RaisedOutcome]:
        """An attribute of an imported first-party module is read."""
        if step.annotation and not self._annotations_at_once():
            return
        module = self._module(step.binding, found)
        for name in step.names:
            if module is None or self.scene.vendored(module):
                return
            answer = self.scene.defines(module, name)
            if answer is True:
                bound = self.unbound_yet(module, name, step.span)
                if bound is not None:
                    yield self._lacks(step, found, module, name, bound)
                return
            submodule = self._submodule(module, name)
            doubt = answer if isinstance(answer, Doubt) else submodule if isinstance(submodule, Doubt) else None
            if isinstance(submodule, Doubt) or doubt is not None or self.stored(name):
                if doubt is not None and doubt.at is not None:
                    self._cannot_tell(doubt.at, doubt.reason, module, name)
                return
            if submodule is None:
                yield self._lacks(step, found, module, name, None)
                return
            if submodule.module.path not in self.started and submodule.entry is not None:
                yield from self._not_imported(step, found, module, name)
                return
            module = submodule

    def _module(self, binding: Binding, found: Found) -> Found | None:
        """The first-party module that a name stands for, if it is one."""
        fact = ImportFact(binding.target or "", binding.level, None, binding.span)
        try:
            base = self.scene.absolute(fact, found)
        except RelativeImportError:
            return None
        module = self.scene.resolver.find(base)
        if not isinstance(module, Found) or binding.attribute is None:
            return module if isinstance(module, Found) else None
        if self.scene.defines(module, binding.attribute) is not False:
            return None
        submodule = self._submodule(module, binding.attribute)
        return submodule if isinstance(submodule, Found) else None

    def _submodule(self, module: Found, name: str) -> Found | Doubt | None:
        if module.package is None:
            return None
        found = self.scene.resolver.find(f"{module.module.name}.{name}")
        return found if isinstance(found, (Found, Doubt)) else None

    def _lacks(self, step: AttributeStep, found: Found, module: Found, name: str, bound: Span | None) -> RaisedOutcome:
        half = self.running.get(module.module.path) == module.module.name
        told = f"module {module.module.name!r}"
        if half:
            told = f"partially initialized {told}" + f" from {module.module.path!r}" * self._newer(_WITH_FILE)
        error = f"{told} has no attribute {name!r}" + f" {_CIRCULAR}" * half
        if bound is not None:
            outcome = RaisedOutcome(found.module, step.span, "circular", "AttributeError", error, subject=name)
            return self.make(replace(outcome, owner=module.module, bound=bound))
        outcome = RaisedOutcome(found.module, step.span, "attribute", "AttributeError", error, subject=name)
        return self.make(replace(outcome, owner=module.module, similar=self.scene.similar(module, name)))

    def _not_imported(self, step: AttributeStep, found: Found, module: Found, name: str) -> Iterator[RaisedOutcome]:
        """The attribute is a sub-module that is in the artifact, and that nobody has imported so far."""
        for other in self.loaded.values():
            strings = self.scene.facts(other).strings
            if strings.facts or strings.imported or strings.loaders or strings.handed:
                reason = f"`{other.module.source}` imports modules by strings"
                self._cannot_tell(Span(other.module.source), reason, module, name)
                return
        yield replace(self._lacks(step, found, module, name, None), submodule=f"{module.module.name}.{name}")

    def _cannot_tell(self, at: Span, reason: str, module: Found, name: str) -> None:
        self.scene.gap(at, f"{reason}: cannot tell whether `{module.module.name}` has `{name}`")

    # -- modules that are half done ---------------------------------------------------------------

    def unbound_yet(self, module: Found, name: str, at: Span) -> Span | None:
        """Where a module that is being imported right now will bind a name, if it certainly has not yet."""
        at_path = module.module.path
        if self.running.get(at_path) != module.module.name:
            return None
        facts = self.scene.facts(module)
        binding = facts.bindings.get(name)
        if binding is None or facts.dynamic is not None:
            return None
        reached = next((span for importer, _, span in reversed(self.stack) if importer.module.path == at_path), at)
        here = (reached.line, reached.column)
        if binding.since < here or self.stored(name) or self._starred(module, name, here):
            return None
        return binding.span

    def _starred(self, module: Found, name: str, before: tuple[int, int]) -> bool:
        return self.scene.from_stars(module, name, before=before) is not False

    def circular(self, importer: Found, module: Found, name: str, span: Span) -> RaisedOutcome | None:
        """``from module import name`` while the module is half done and has not bound the name."""
        bound = self.unbound_yet(module, name, span)
        if bound is None or isinstance(self._submodule(module, name), Found):
            return None
        source: ModuleAt = module.module
        error = f"cannot import name {name!r} from partially initialized module {source.name!r} {_CIRCULAR}"
        error = f"{error} ({source.path})"
        outcome = RaisedOutcome(importer.module, span, "circular", "ImportError", error, subject=name)
        return self.make(replace(outcome, owner=source, bound=bound))
