"""Replay the imports of one function: those that run at init, in order, then those that a call triggers."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Sequence

from vartask.data.runtimes import version_tuple
from vartask.imports.conditions import decide
from vartask.imports.failures import (
    IMPORT_ERRORS,
    ONLY_WHERE,
    PROVIDES,
    Failure,
    catches,
    is_import_error,
    place,
    told,
    told_of,
    what,
)
from vartask.imports.paths import settle
from vartask.imports.replay_imports import ImportReplay
from vartask.imports.resolve import Doubt, Found, Missing
from vartask.model import (
    AttributeStep,
    BinaryOutcome,
    Clause,
    IfStep,
    ImportFact,
    MissingName,
    ModuleFacts,
    NameStep,
    PathStep,
    RaisedOutcome,
    ScopeFacts,
    Span,
    Step,
    StopStep,
    StrangerOutcome,
    SyntaxOutcome,
    SyntaxProblem,
    TryStep,
)
from vartask.records import replace


class Replay(ImportReplay):
    """The replay of one function."""

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
                    self._hidden(step, clause, body[0])
                return body if clause.reraises else []
        return body

    def _hidden(self, step: TryStep, clause: Clause, failure: Failure) -> None:
        """An import that fails, and nobody is told: the clause is there for the work that comes after it."""
        if step.works and not clause.catches & PROVIDES and not isinstance(failure, RaisedOutcome):
            self.scene.gap(place(failure), f"{what(failure)} fails, and a clause for every exception hides that")

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
            self.scene.gap(place(failure), f"{what(failure)} {ONLY_WHERE}")
        return []

    def _edit_path(self, step: PathStep, found: Found) -> None:
        if step.entries is None:
            self.scene.resolver.open(step.span)
            return
        for entry in step.entries:
            self.scene.resolver.add_directory(settle(entry, found.module.path))
