"""Extension modules on the way of a replay: what an import says that ends at one which is not for the target."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from vartask.imports.binaries import Binaries, Misfit
from vartask.imports.resolve import Found, Missing
from vartask.imports.scene import Scene
from vartask.model import BinaryOutcome, Cause, ModuleAt, Span
from vartask.records import dataclass

Way = Sequence[tuple[Found, str, Span]]
"""How the runtime got to a module: who imported what where, from the handler's module on."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """An extension module that is in the artifact, not for the target; ``error`` is what importing it says."""

    module: str
    error: str
    misfit: Misfit


@dataclass
class Extensions:
    """The extension modules of one function, as its imports meet them."""

    scene: Scene

    @cached_property
    def binaries(self) -> Binaries:
        """The extension modules of the tree."""
        return Binaries(self.scene.function, self.scene.resolver, self.scene.library.project)

    def missing(self, missing: Missing) -> Unfit | None:
        """The module that an ``import`` does not find, where the artifact has it for another target."""
        misfit = self.binaries.passed_over(missing)
        return Unfit(missing.component, missing.error, misfit) if misfit is not None else None

    def loaded(self, found: Found) -> Unfit | None:
        """The module that is found, where loading it certainly fails."""
        misfit = self.binaries.refused(found.module.path, found.entry) if found.entry is not None else None
        return Unfit(found.module.name, misfit.error, misfit) if misfit is not None and misfit.error else None

    def name(self, package: Found, missing: Missing, span: Span, *, running: bool) -> Unfit | None:
        """The module that ``from package import name`` does not find; ``running`` is a package not yet at its end."""
        wanted = missing.component.rpartition(".")[2]
        if self._may_define(package, wanted) and not self.scene.binds_only_here(package, wanted, span):
            return None
        misfit = self.binaries.passed_over(missing)
        if misfit is None:
            return None
        return Unfit(missing.component, no_name(package, wanted, running=running), misfit)

    def _may_define(self, module: Found, name: str) -> bool:
        """Whether a package itself may bind the name."""
        if not module.readable:
            return module.entry is not None
        facts = self.scene.facts(module)
        return name in facts.bindings or facts.has_getattr or facts.dynamic is not None or bool(facts.stars)

    def outcome(self, unfit: Unfit, importer: Found, span: Span, way: Way) -> BinaryOutcome:
        """The failure of an import at init."""
        misfit = unfit.misfit
        chain = tuple(Cause(f"`{item.module.name}` imports `{name}`", at) for item, name, at in way)
        return BinaryOutcome(
            importer.module,
            self._blamed(importer, span, way),
            unfit.module,
            misfit.path,
            misfit.made_for,
            misfit.other_python,
            misfit.error is not None,
            unfit.error,
            "init",
            version=self.scene.resolver.path.version,
            chain=(*chain, *self.binaries.origin(ModuleAt(unfit.module, misfit.path, ""), misfit)),
        )

    def _blamed(self, importer: Found, span: Span, way: Way) -> Span:
        """The import in the project's own code that leads to other people's."""
        if not self.scene.vendored(importer):
            return span
        return next((at for item, _, at in reversed(way) if not self.scene.vendored(item)), span)

    def done_without(self, outcome: object) -> None:
        """Note that code goes on after such a failure: whether it does without the module is its own affair."""
        if isinstance(outcome, BinaryOutcome):
            reason = f"`{outcome.path}` is for {outcome.made_for}: cannot tell whether the code does without it"
            self.scene.lasting_gap(outcome.span, reason)


def no_name(module: Found, name: str, *, running: bool) -> str:
    """Python's text for a name that a module lacks; it says so where the module has not come to its end."""
    at = module.module.path if module.entry is not None else "unknown location"
    origin = repr(module.module.name)
    if running:
        origin = f"partially initialized module {origin} (most likely due to a circular import)"
    return f"cannot import name {name!r} from {origin} ({at})"
