"""The state of a replay: what was loaded, what runs now, and on which way from the handler."""

from __future__ import annotations

from typing import Literal
from weakref import proxy

from vartask.imports.extensions import Extensions
from vartask.imports.failures import Failure
from vartask.imports.init_checks import InitChecks
from vartask.imports.resolve import Found
from vartask.imports.scene import Scene
from vartask.imports.shadows import Shadows
from vartask.imports.stdlib import Stdlib
from vartask.imports.strangers import Strangers
from vartask.model import (
    Cause,
    RaisedOutcome,
    Span,
)
from vartask.records import dataclass, field, replace


@dataclass
class ReplayState:
    """What the parts of a replay share.  ``failures`` are those that nothing caught."""

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
        this = proxy(self)

        def placed(outcome: RaisedOutcome) -> RaisedOutcome:
            # A bound method would make a cycle, and the garbage collector is off while functions are replayed.
            moved: RaisedOutcome = this.placed(outcome)
            return moved

        self._checks = InitChecks(self.scene, placed, self.loaded, self._outcomes, self._stack)
        self._stdlib = Stdlib(self.scene)
        self.others = Strangers(self.scene)
        self._extensions = Extensions(self.scene)
        self._shadows = Shadows(self.scene, self._checks.running.__contains__)

    def placed(self, outcome: RaisedOutcome) -> RaisedOutcome:
        """An outcome with the moment and the way from the handler."""
        return replace(outcome, when=self._when, scope=self._scope, chain=self._chain())

    def _chain(self) -> tuple[Cause, ...]:
        """How the runtime gets here from the handler's module, one link an import."""
        return tuple(Cause(f"`{importer.module.name}` imports `{name}`", span) for importer, name, span in self._stack)
