"""Imports of modules that nothing in the repository defines: failures, weaker remarks, and doubts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from vartask.data.distributions import owners
from vartask.imports.scene import Scene
from vartask.imports.third_party import Brought, NotInstalled, Open, ThirdParty
from vartask.model import Cause, ImportFact, ModuleAt, Span, StrangerOutcome, Zip
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Where:
    """Where the replay is: ``guarded`` says that the code goes on without the module."""

    importer: ModuleAt
    when: Literal["init", "call"]
    scope: str
    chain: tuple[Cause, ...]
    guarded: bool


class _Wanted(NamedTuple):
    """A dotted module, where it is asked for, and Python's text if that is not ``No module named``."""

    name: str
    span: Span
    error: str | None = None


class Strangers:
    """The judge of one function's replay; ``unsure`` tells after each judgement whether the module may be missing."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._installed = ThirdParty(scene)
        self._remarks: dict[tuple[str, str], StrangerOutcome] = {}
        self.unsure = False

    @property
    def undeclared(self) -> tuple[StrangerOutcome, ...]:
        """Modules that only a dependency of something could bring, each file's first import of each: no failures."""
        return tuple(self._remarks.values())

    def mention(self, name: str, span: Span) -> None:
        """A string that is imported names the module: a doubt, unless it is known to be installed."""
        answer = self._installed.ask(name)
        if not isinstance(answer, Brought):
            reason = answer.reason if isinstance(answer, Open) else "a string names it"
            self._scene.strangers.setdefault(name.partition(".")[0], (span, reason))

    def may_be_there(self, name: str) -> bool:
        """Whether a module is known to be somebody else's and may be installed, whatever files are called like it."""
        answer = self._installed.ask(name)
        return bool(owners(name)) and not (isinstance(answer, NotInstalled) and answer.certain)

    def is_there(self, name: str) -> bool:
        """Whether a module is known to be somebody else's and is installed."""
        return bool(owners(name)) and isinstance(self._installed.ask(name), Brought)

    def judge(self, fact: ImportFact, name: str, where: Where) -> StrangerOutcome | None:
        """The failure that an import certainly is; ``None`` where it works, or is a remark or a doubt."""
        self.unsure = False
        for wanted in self._wanted(fact, name):
            answer = self._installed.ask(wanted.name)
            if isinstance(answer, Brought):
                continue
            reason = answer.reason if isinstance(answer, Open) else self._otherwise(wanted.name, answer)
            if where.when == "call" and owners(where.importer.name):
                reason = reason or "only a copy of somebody else's code imports it, when it is called"
            if isinstance(answer, NotInstalled) and reason is None and answer.certain:
                return self._outcome(fact, wanted, answer, where)
            self.unsure = True
            if isinstance(answer, NotInstalled) and reason is None and not where.guarded:
                top = wanted.name.partition(".")[0]
                self._remarks.setdefault((where.importer.path, top), self._outcome(fact, wanted, answer, where))
            elif not where.guarded:
                self._scene.strangers.setdefault(wanted.name.partition(".")[0], (wanted.span, reason or ""))
            return None
        return None

    def _wanted(self, fact: ImportFact, name: str) -> Iterator[_Wanted]:
        """The module, and what is imported from it where it is a namespace package."""
        yield _Wanted(name, fact.span)
        for item, span in fact.names or ():
            if item != "*" and self._installed.namespace(name):
                yield _Wanted(f"{name}.{item}", span, f"cannot import name {item!r} from {name!r} (unknown location)")

    def _otherwise(self, name: str, answer: NotInstalled) -> str | None:
        """What may bring the module and is no list of distributions: the project, or a build step."""
        scene, top = self._scene, name.partition(".")[0]
        artifact = scene.function.artifact
        if isinstance(artifact, Zip) and artifact.inline is not None:
            return None
        if not answer.owners and scene.evidence.sources.by_stem.get(top):
            return "the repository has files of that name"
        step = scene.evidence.copied_by(top)
        if step is None and isinstance(artifact, Zip):
            step = scene.evidence.installed_by()
        return None if step is None else f"`{step.path}`, line {step.line}, may bring it"

    def _outcome(self, fact: ImportFact, wanted: _Wanted, answer: NotInstalled, where: Where) -> StrangerOutcome:
        asked = None if answer.asked is None else Cause(answer.asked.reason, answer.asked.at)
        return StrangerOutcome(
            where.importer,
            fact,
            wanted.span,
            wanted.name,
            wanted.error or f"No module named {self._installed.first_missing(wanted.name)!r}",
            where.when,
            where.scope,
            certain=answer.certain,
            complete=answer.asked is None or answer.asked.complete,
            asked=asked,
            owners=answer.owners,
            chain=where.chain,
        )
