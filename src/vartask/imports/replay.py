"""Replay the imports of one function: those that run at init, in order, then those that a call triggers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from vartask.data.runtimes import version_tuple
from vartask.imports.conditions import decide
from vartask.imports.extensions import Extensions, Unfit, no_name
from vartask.imports.failures import IMPORT_ERRORS, Failure, catches, is_import_error, place, told, told_of, what
from vartask.imports.init_checks import InitChecks
from vartask.imports.paths import settle
from vartask.imports.resolve import Doubt, External, Found, Missing
from vartask.imports.scene import RelativeImportError, Scene
from vartask.imports.shadows import Shadows, shadow_doubt
from vartask.imports.stdlib import Lack, Stdlib
from vartask.imports.strangers import Strangers, Where
from vartask.model import (
    AttributeStep,
    BinaryOutcome,
    Cause,
    IfStep,
    ImportFact,
    ImportOutcome,
    MissingName,
    ModuleFacts,
    NameStep,
    PathStep,
    RaisedOutcome,
    ScopeFacts,
    ShadowOutcome,
    Span,
    Step,
    StopStep,
    StrangerOutcome,
    SyntaxOutcome,
    SyntaxProblem,
    TryStep,
)


@dataclass
class Replay:
    """The state of a replay.  ``failures`` are those that nothing caught."""

    scene: Scene
    failures: dict[Failure, None] = field(default_factory=dict)
    loaded: dict[str, Found] = field(default_factory=dict)
    _outcomes: dict[str, tuple[Failure, ...]] = field(default_factory=dict)
    _stack: list[tuple[Found, str, Span]] = field(default_factory=list)
    _when: Literal["init", "call"] = "init"
    _scope: str = ""
    _entered: set[tuple[str, str]] = field(default_factory=set)
    _mentioned: set[str] = field(default_factory=set)
    _guards: int = 0
    _unsure: int = 0
    _importing: bool = False
    _clauses: int = 0

    def __post_init__(self) -> None:
        self._checks = InitChecks(self.scene, self._placed, self.loaded, self._outcomes, self._stack)
        self._stdlib = Stdlib(self.scene)
        self.others = Strangers(self.scene)
        self._extensions = Extensions(self.scene)
        self._shadows = Shadows(self.scene, self._checks.running.__contains__)

    # -- entry points -----------------------------------------------------------------------------

    def start(self, name: str, attribute: str | None) -> None:
        """Import the handler's module as init does, then follow what its functions import."""
        self._note(self.load(name))
        if attribute is not None:
            self._mentioned.add(attribute)
        self.follow_calls()

    def load_later(  # noqa: PLR0913 - where and how a module is imported
        self, name: str, importer: Found, at: Span, scope: str, *, guarded: bool = False, perhaps: bool = False
    ) -> None:
        """Import a module that an import string names.

        ``guarded``: a clause catches that the import fails; ``perhaps``: it may be left out.
        """
        self._when = "call" if scope else "init"
        self._scope = scope
        self._stack.append((importer, name, at))
        self._guards += guarded
        outcomes = self.load(name)
        self._guards -= guarded
        left = [outcome for outcome in outcomes if not (guarded and is_import_error(outcome))]
        if perhaps:
            for failure in left:
                reason = f"{what(failure)} fails, but only if `{name}` is among the modules that a loop imports"
                self.scene.gap(place(failure), reason)
        else:
            self._note(left)
        self._stack.pop()
        self.follow_calls()

    def _note(self, outcomes: Iterable[Failure]) -> None:
        self.failures.update(dict.fromkeys(outcomes))

    # -- functions that may be called -------------------------------------------------------------

    def follow_calls(self) -> None:
        """Run the imports of every function that something loaded mentions, until nothing new is reached."""
        while True:
            ready = list(self._ready())
            if not ready:
                return
            for found, scope in ready:
                self._entered.add((found.module.path, scope.qualname))
                self._mentioned |= scope.loads
                self._when, self._scope = "call", scope.qualname
                facts = self.scene.facts(found)
                self._note(self._run(scope.steps, found, facts))

    def _ready(self) -> Iterator[tuple[Found, ScopeFacts]]:
        for found in list(self.loaded.values()):
            facts = self.scene.facts(found)
            self._mentioned |= facts.loads
            for scope in facts.scopes:
                key = (found.module.path, scope.qualname)
                if key not in self._entered and (scope.entry or scope.name in self._mentioned):
                    yield found, scope

    def reached(self, path: str, qualname: str) -> bool:
        """Whether a function may be called; ``""`` is the module's own level."""
        return not qualname or (path, qualname) in self._entered

    def whole(self, found: Found) -> bool:
        """Whether a module was seen to run to its end without a failure."""
        if found.entry is None:
            return True
        return found.readable and self._outcomes.get(found.module.path) == ()

    # -- what a rehearsal asks ----------------------------------------------------------------------

    def certainly_missing(
        self, fact: ImportFact, importer: Found, name: str, resolution: Missing | Doubt
    ) -> Failure | None:
        """The failure of importing a module that the artifact lacks; ``None`` where it may be there all the same."""
        with self.scene.muted():
            if isinstance(resolution, Doubt):
                failures = self._doubtful(resolution, fact, importer, name)
            else:
                failures = self._missing(fact, importer, name, resolution)
        return failures[0] if failures else None

    def refused(self, found: Found) -> SyntaxOutcome | None:
        """Why the target's parser refuses a module."""
        problem = self._grammar(self.scene.facts(found))
        return self._refused(found, problem) if problem is not None else None

    def missing_name(self, fact: ImportFact, importer: Found, module: Found, wanted: str, span: Span) -> MissingName:
        """The failure of importing a name that a module certainly lacks."""
        return self._missing_name(fact, importer, module, wanted, span)

    # -- modules ----------------------------------------------------------------------------------

    def load(self, name: str) -> tuple[Failure, ...]:
        """Import a module that is there, its packages first; what escapes from their own code."""
        outcomes: list[Failure] = []
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            found = self.scene.resolver.find(".".join(parts[:depth]))
            if isinstance(found, Found) and found.readable:
                outcomes += self._execute(found)
        return tuple(outcomes)

    def _execute(self, found: Found) -> tuple[Failure, ...]:
        key = found.module.path
        if key in self._outcomes:
            return self._outcomes[key]
        self._outcomes[key] = ()  # a circular import sees the module half done, and goes on
        self._checks.running[key] = found.module.name
        outcomes = self._others(found) if self.scene.vendored(found) else self._own(found)
        del self._checks.running[key]
        self._outcomes[key] = outcomes
        return outcomes

    def _others(self, found: Found) -> tuple[Failure, ...]:
        """Other people's code is not judged, only followed to extension modules that are not for the target."""
        if not self._extensions.binaries.any_misfit or self.scene.facts(found).problem is not None:
            return ()
        facts = self.scene.facts(found)
        with self.scene.muted():
            return tuple(item for item in self._run(facts.steps, found, facts) if isinstance(item, BinaryOutcome))

    def _own(self, found: Found) -> tuple[Failure, ...]:
        facts = self.scene.facts(found)
        problem = self._grammar(facts)
        if problem is not None:
            return (self._refused(found, problem),)
        if facts.problem is not None:
            self.scene.gap(facts.problem.span, facts.problem.message)
            return ()
        return self._run_module(found, facts)

    def _run_module(self, found: Found, facts: ModuleFacts) -> tuple[Failure, ...]:
        self.loaded[found.module.path] = found
        importing, self._importing = self._importing, True
        clauses, self._clauses = self._clauses, 0
        outcomes = tuple(self._run(facts.steps, found, facts))
        self._importing, self._clauses = importing, clauses
        return outcomes

    def _grammar(self, facts: ModuleFacts) -> SyntaxProblem | None:
        """Why the target's parser refuses the file."""
        problem, version = facts.problem, self.scene.resolver.path.version
        problem = problem if problem is not None and problem.fatal else None
        uses = facts.uses if version is not None else ()
        use = next((use for use in uses if use.since > version_tuple(version or "")), None)
        if use is None or (problem is not None and use.late):
            return problem
        message = f"{use.what} needs Python {use.since[0]}.{use.since[1]}, and the function runs on {version}"
        return SyntaxProblem(message, Span(facts.path, use.line, use.column), said=use.said)

    def _refused(self, found: Found, problem: SyntaxProblem) -> SyntaxOutcome:
        version = self.scene.resolver.path.version
        told = told_of(problem, posixpath.basename(found.module.path), version)
        error = told.error if told is not None else None
        outcome = SyntaxOutcome(found.module, problem, error, self._when, self._scope, self._chain())
        return outcome if told is None or told.exception == "SyntaxError" else replace(outcome, told=told)

    # -- statements -------------------------------------------------------------------------------

    def _run(self, steps: Sequence[Step], found: Found, facts: ModuleFacts) -> list[Failure]:
        outcomes: list[Failure] = []
        for step in steps:
            if isinstance(step, StopStep):
                outcomes += self._stop(step, found)
                break
            if isinstance(step, ImportFact):
                outcomes += self._import(step, found)
            elif isinstance(step, TryStep):
                outcomes += self._try(step, found, facts)
            elif isinstance(step, IfStep):
                outcomes += self._if(step, found, facts)
            elif isinstance(step, NameStep):
                outcomes += self._checks.name(step, found)
            elif isinstance(step, AttributeStep):
                outcomes += self._checks.attribute(step, found)
            else:
                self._edit_path(step, found)
        return outcomes

    def _stop(self, step: StopStep, found: Found) -> list[Failure]:
        """A ``raise`` is a failure of the module; of a function, only where it replaces what was caught."""
        if step.again or not (self._clauses or self._importing):
            return []
        return [self._checks.stopped(step, found)]

    def _try(self, step: TryStep, found: Found, facts: ModuleFacts) -> list[Failure]:
        fallbacks = [clause.body for clause in step.clauses if clause.catches & IMPORT_ERRORS and not clause.reraises]
        guarded = bool(fallbacks)
        doubts = self._unsure
        self._guards += guarded
        body = self._run(step.body, found, facts)
        self._guards -= guarded
        left: list[Failure] = []
        if body:
            left = self._caught(step, body, found, facts)
        else:
            left += self._run(step.orelse, found, facts)
            if guarded and self._unsure > doubts:
                self._perhaps(fallbacks[0], found, facts)
        return left + self._run(step.final, found, facts)

    def _perhaps(self, fallback: tuple[Step, ...], found: Found, facts: ModuleFacts) -> None:
        """A clause that runs only if a module is missing of which that is not known: its failures are doubts."""
        self._guards += 1
        failures = self._run(fallback, found, facts)
        self._guards -= 1
        for failure in failures:
            self.scene.gap(
                place(failure), f"{what(failure)} fails, but only if what is tried before it is not installed"
            )

    def _caught(self, step: TryStep, body: list[Failure], found: Found, facts: ModuleFacts) -> list[Failure]:
        """What is left of the body's failures after the clauses; when a fallback fails too, the body is to blame."""
        for clause in step.clauses:
            # The first failure is what is raised; what follows it does not run.
            answer = catches(clause, body[0])
            if answer is None:
                for failure in body:
                    reason = f"{what(failure)} fails, and whether a clause around it catches that cannot be told"
                    self.scene.gap(place(failure), reason)
                return []
            if answer:
                self._clauses += 1
                fallback = self._run(clause.body, found, facts)
                self._clauses -= 1
                if fallback and not clause.reraises and isinstance(body[0], StrangerOutcome):
                    return fallback  # the last error is the one that is told
                if fallback:
                    return [replace(failure, told=told(fallback[0])) for failure in body]
                if not clause.reraises:
                    self._extensions.done_without(body[0])
                return body if clause.reraises else []
        return body

    def _if(self, step: IfStep, found: Found, facts: ModuleFacts) -> list[Failure]:
        in_package = found.package is not None or "." in found.module.name
        truth = decide(step.test, self.scene.resolver.path.version, in_package)
        if truth is not None:
            return self._run(step.body if truth else step.orelse, found, facts)
        body, orelse = self._run(step.body, found, facts), self._run(step.orelse, found, facts)
        if body and orelse:
            return body
        for failure in (*body, *orelse):
            self._extensions.done_without(failure)
            self.scene.gap(place(failure), f"{what(failure)} fails, but only where a condition holds that is not known")
        return []

    def _edit_path(self, step: PathStep, found: Found) -> None:
        if step.entries is None:
            self.scene.resolver.open(step.span)
            return
        for entry in step.entries:
            self.scene.resolver.add_directory(settle(entry, found.module.path))

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
        if not self.scene.evidence.candidates(name, fact.span.path):
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
        candidates = scene.evidence.candidates(name, importer.module.source)
        relocation = scene.evidence.relocation(name)
        top = name.partition(".")[0]
        if missing.parent is None and not candidates and relocation is None:
            minors = self._stdlib.lacks_top(top)
            if minors is not None:
                return self._left(fact, importer, missing, minors)
            return self._stranger(fact, importer, name)
        if missing.parent is not None and missing.parent.entry is not None and self.scene.vendored(missing.parent):
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

    def _placed(self, outcome: RaisedOutcome) -> RaisedOutcome:
        """An outcome with the moment and the way from the handler."""
        return replace(outcome, when=self._when, scope=self._scope, chain=self._chain())

    def _chain(self) -> tuple[Cause, ...]:
        """How the runtime gets here from the handler's module, one link an import."""
        return tuple(Cause(f"`{importer.module.name}` imports `{name}`", span) for importer, name, span in self._stack)
