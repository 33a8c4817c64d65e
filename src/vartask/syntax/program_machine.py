"""What the parts of the evaluator ask of each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from vartask.model import Span
from vartask.project import Project
from vartask.syntax import program as tree
from vartask.syntax.program_state import Signal, Sources, State
from vartask.syntax.program_values import Given, Namespace, Scope, Value


class Machine(Protocol):
    """A run: its state, and the ways to evaluate, execute and call."""

    project: Project
    state: State
    base: str
    """The directory that the program runs in, relative to the project's root."""

    def sources(self, language: tree.Language) -> Sources:
        """The files of a language."""

    def evaluate(self, expression: tree.Expression, scope: Scope) -> Value:
        """The value of an expression."""

    def execute(self, body: Sequence[tree.Statement], scope: Scope) -> Signal:
        """Follow statements in order."""

    def assign(self, target: tree.Target, value: Value, scope: Scope, *, declares: bool) -> None:
        """Give variables, fields or entries a value."""

    def call(self, callee: Value, given: Given) -> Value:
        """Call or instantiate a value."""

    def attribute(self, base: Value, name: str, span: Span) -> Value:
        """``base.name``."""

    def index(self, base: Value, key: Value, span: Span) -> Value:
        """``base[key]``."""

    def truth(self, value: Value) -> bool | None:
        """Whether a value counts as true; ``None`` when nobody knows."""

    def elements(self, value: Value, span: Span) -> tuple[Sequence[Value], bool]:
        """What a loop over a value sees, and whether that is all of it."""

    def branch(self, test: Value, then: Callable[[], Signal], otherwise: Callable[[], Signal], span: Span) -> Signal:
        """Follow the branch that runs, or both."""

    def namespace(self, path: str, language: tree.Language) -> Namespace:
        """A module of the project, followed once."""

    def bring(self, statement: tree.Import, scope: Scope) -> None:
        """Define the names of an import."""

    def imported(self, name: str, scope: Scope, span: Span) -> Value:
        """What a module's name means in a file: one of the project's, or another package."""
