"""One import statement of a replay: what the search path, the standard library and the distributions say of it."""

from __future__ import annotations

from vartask.imports.extensions import Unfit, no_name
from vartask.imports.failures import Failure
from vartask.imports.replay_state import ReplayState
from vartask.imports.resolve import Doubt, External, Found, Missing
from vartask.imports.scene import RelativeImportError
from vartask.imports.shadows import shadow_doubt
from vartask.imports.stdlib import Lack
from vartask.imports.strangers import Where
from vartask.model import (
    ImportFact,
    ImportOutcome,
    MissingName,
    ShadowOutcome,
    Span,
)
from vartask.records import replace


class ImportReplay(ReplayState):
    """Follows import statements."""

    def load(self, name: str) -> tuple[Failure, ...]:
        """Import a module that is there, its packages first; what escapes from their own code."""
        raise NotImplementedError

    # -- imports ----------------------------------------------------------------------------------

    def _import(self, fact: ImportFact, importer: Found) -> list[Failure]:
        try:
            name = self.scene.absolute(fact, importer)
        except RelativeImportError as error:
            return [self._failure(fact, importer, fact.written, str(error))]
        resolution = self.scene.resolver.find(name)
        if isinstance(resolution, Missing):
            unfit = self._extensions.missing(resolution)
            if unfit is not None:
                return self._unfit(unfit, importer, fact.span)
            return self._missing(fact, importer, name, resolution)
        if isinstance(resolution, Doubt):
            return self._doubtful(resolution, fact, importer, name)
        if isinstance(resolution, External):
            return self._runtimes(fact, importer, name, resolution)
        self._stack.append((importer, name, fact.span))
        outcomes = list(self.load(name))
        self._stack.pop()
        outcomes = outcomes or self._unfit(self._extensions.loaded(resolution), importer, fact.span)
        for wanted, span in fact.names or ():
            if wanted != "*":
                outcomes += self._name(fact, importer, resolution, wanted, span)
        return outcomes

    def _unfit(self, unfit: Unfit | None, importer: Found, span: Span) -> list[Failure]:
        """An import that ends at an extension module for another target; the packages around it come first."""
        if unfit is None:
            return []
        before = self.load(unfit.module.rpartition(".")[0]) if "." in unfit.module else ()
        outcome = self._extensions.outcome(unfit, importer, span, self._stack)
        return list(before) or [replace(outcome, when=self._when, scope=self._scope)]

    def _doubtful(self, doubt: Doubt, fact: ImportFact, importer: Found, name: str) -> list[Failure]:
        if not self.scene.evidence.candidates(name, fact.span.path) or self.others.is_there(name):
            return self._stranger(fact, importer, name)
        if self._guards:
            self._unsure += 1  # whichever it is, the code goes on
        else:
            self.scene.doubt(doubt, f"`{name}`", fact.span)
        return []

    def _stranger(self, fact: ImportFact, importer: Found, name: str) -> list[Failure]:
        """Somebody else's module: what is installed tells whether it is there; what they import is their affair."""
        if self.scene.vendored(importer):
            return []
        where = Where(importer.module, self._when, self._scope, self._chain(), guarded=bool(self._guards))
        failure = self.others.judge(fact, name, where)
        self._unsure += self.others.unsure
        return [] if failure is None else [failure]

    def _runtimes(self, fact: ImportFact, importer: Found, name: str, external: External) -> list[Failure]:
        """A module of the runtime itself: the target's standard library may lack what is asked of it."""
        lacks = list(self._stdlib.judge(fact, name))
        if lacks and external.doubt is not None:
            if not self._guards:
                self.scene.doubt(external.doubt, f"another `{external.name}` than the standard library's", fact.span)
            return []
        # A name that the project sets on something may be set on this module.
        certain = [lack for lack in lacks if lack.name is None or not self._checks.stored(lack.name)]
        return self._shadowed(fact, importer, name) or [self._lack(fact, importer, lack) for lack in certain]

    def _shadowed(self, fact: ImportFact, importer: Found, name: str) -> list[Failure]:
        """Modules of the runtime that get files of the package in place of the standard library's."""
        for file in self._shadows.files.values():
            self.scene.lasting_gap(Span(file.module.source), shadow_doubt(file))
        for found in self._shadows.imported(fact, name):
            self._stack.append((importer, found.through[0], fact.span))
            outcomes = list(self.load(found.file.module.name))
            chain = self._chain()
            self._stack.pop()
            if outcomes:
                return outcomes
            if found.error is not None:
                at, through = found.file.module, found.through
                outcome = ShadowOutcome(importer.module, fact.span, found.name, at, through, found.error, self._when)
                return [replace(outcome, scope=self._scope, chain=chain)]
        return []

    def _lack(self, fact: ImportFact, importer: Found, lack: Lack) -> Failure:
        outcome = self._stdlib.outcome(lack, importer.module, fact)
        return replace(outcome, when=self._when, scope=self._scope, chain=self._chain())

    def _missing(self, fact: ImportFact, importer: Found, name: str, missing: Missing) -> list[Failure]:
        scene = self.scene
        found = scene.evidence.candidates(name, importer.module.source)
        candidates = tuple(path for path in found if name != fact.module or scene.evidence.may_give(path, fact))
        relocation = scene.evidence.relocation(name)
        if relocation is not None and relocation.source == importer.module.source:
            relocation = None  # a module that is called like the distribution it imports does not mean itself
        top = name.partition(".")[0]
        if missing.parent is None and not candidates and relocation is None:
            minors = self._stdlib.lacks_top(top)
            if minors is not None:
                return self._left(fact, importer, missing, minors)
            return self._stranger(fact, importer, name)
        if missing.parent is None and self.others.may_be_there(name):
            # The project's own code stands in a directory that is called like what it uses.
            return self._stranger(fact, importer, name)
        parent = missing.parent
        others = parent is not None and parent.entry is not None and scene.vendored(parent)
        # What other people's code imports of its own is theirs; what the project imports of it is in the files.
        if others and parent is not None and (scene.vendored(importer) or not scene.is_plain(parent)):
            return []
        if self._may_be_made(fact, importer, name, missing):
            return []
        copied = scene.evidence.copied_by(top) if relocation is None else None
        if copied is not None:
            scene.gap(copied, f"this line may bring `{top}` into the package, which `{importer.module.name}` imports")
            return []
        failure = self._failure(fact, importer, missing.component, missing.error)
        failure = replace(failure, candidates=candidates, relocation=relocation, removed_by=missing.removed_by)
        return [replace(failure, name=name)]

    def _left(self, fact: ImportFact, importer: Found, missing: Missing, minors: frozenset[int]) -> list[Failure]:
        """A top-level module that other versions' standard library has, and nothing in the repository."""
        top = missing.component
        region = self._stdlib.brought(top)
        if region is None:
            return [self._lack(fact, importer, Lack(top, None, fact.span, missing.error, minors))]
        if self._guards:
            self._unsure += 1
        else:
            reason = f"{region.reason}: one of the distributions may bring `{top}`, which the standard library lacks"
            self.scene.gap(region.at or fact.span, reason)
        return []

    def _may_be_made(self, fact: ImportFact, importer: Found, name: str, missing: Missing) -> bool:
        """Whether something that is not in the repository may bring the module: a build step, or its package itself."""
        parent = missing.parent
        if self.scene.evidence.generated(name, importer.module.source):
            self.scene.gap(fact.span, f"git ignores `{name}`, so something makes it before the function is packaged")
            return True
        if parent is not None and parent.readable and self.scene.facts(parent).dynamic is not None:
            reason = f"`{parent.module.source}` {self.scene.facts(parent).dynamic}"
            self.scene.gap(fact.span, f"{reason}: cannot tell whether it has `{missing.component}`")
            return True
        return False

    def _failure(self, fact: ImportFact, importer: Found, missing: str, error: str) -> ImportOutcome:
        return ImportOutcome(importer.module, fact, missing, error, self._when, self._scope, chain=self._chain())

    def _name(self, fact: ImportFact, importer: Found, module: Found, wanted: str, span: Span) -> list[Failure]:
        """``from module import wanted``: an attribute, or a sub-module."""
        answer = self.scene.defines(module, wanted)
        alone = self.scene.binds_only_here(module, wanted, span)
        if answer is True and not alone:
            half = self._checks.circular(importer, module, wanted, span)
            return [half] if half is not None else []
        full = f"{module.module.name}.{wanted}"
        submodule = self.scene.resolver.find(full) if module.package is not None else None
        if isinstance(submodule, Found):
            self._stack.append((importer, full, span))
            outcomes = list(self.load(full))
            self._stack.pop()
            return outcomes or self._unfit(self._extensions.loaded(submodule), importer, span)
        if isinstance(submodule, Missing):
            running = module.module.path in self._checks.running
            unfit = self._extensions.name(module, submodule, span, running=running)
            if unfit is not None:
                return self._unfit(unfit, importer, span)
        doubt = answer if isinstance(answer, Doubt) else submodule if isinstance(submodule, Doubt) else None
        if doubt is not None:
            # A module that cannot be parsed has been reported when it was loaded.
            unread = module.readable and self.scene.facts(module).problem is not None
            if doubt.at is not None and not unread:
                self.scene.gap(doubt.at, f"{doubt.reason}: cannot tell whether `{module.module.name}` has `{wanted}`")
            return []
        if module.package is not None and self.scene.evidence.generated(full, importer.module.source):
            self.scene.gap(span, f"git ignores `{full}`, so something makes it before the function is packaged")
            return []
        if self._checks.stored(wanted):
            self.scene.gap(span, f"the project sets `{wanted}` on something: it may be on `{module.module.name}`")
            return []
        return [self._missing_name(fact, importer, module, wanted, span)]

    def _missing_name(self, fact: ImportFact, importer: Found, module: Found, wanted: str, span: Span) -> MissingName:
        full = f"{module.module.name}.{wanted}"
        owner, kind = self._owner(module, wanted)
        return MissingName(
            importer.module,
            fact,
            wanted,
            span,
            module.module.name,
            module.module if module.entry is not None else None,
            no_name(module, wanted, running=module.module.path in self._checks.running),
            self._when,
            self._scope,
            owner=owner,
            owner_kind=kind,
            similar=self.scene.similar(module, wanted),
            elsewhere=self.scene.evidence.candidates(full, importer.module.source),
            chain=self._chain(),
        )

    def _owner(self, module: Found, wanted: str) -> tuple[str | None, str | None]:
        """The class of the module that has an attribute of that name."""
        if module.readable:
            for item in self.scene.facts(module).classes.values():
                if wanted in item.attributes:
                    return item.name, item.attributes[wanted]
        return None, None
