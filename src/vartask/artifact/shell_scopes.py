"""The ways through a script: what is known on each of them, and where they meet again."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from typing import NamedTuple

from vartask.artifact.filesystem import merge
from vartask.artifact.shell_state import State, Status
from vartask.syntax import shell


class Finished(Exception):
    """``exit``, ``return``, ``break`` or ``continue``: what follows does not run."""

    def __init__(self, status: Status, kind: str = "exit") -> None:
        super().__init__(status)
        self.status = status
        self.kind = kind


class _Way(NamedTuple):
    """A way that may have been taken out of here, and what was known there."""

    end: Finished
    state: State


class Scopes(ABC):
    """Follows ways that may be taken.

    ``fatal`` says that the failure of the shell that runs now ends the build, and ``ignored`` that ``set -e`` has no
    say here.  ``hopeful`` says that every command counts as one that succeeds where it is not certain to fail, whether
    or not its failure would end anything: what a packaging script makes is what it makes when all goes well.
    """

    hopeful = False

    def __init__(self, state: State) -> None:
        self.state = state
        self.functions: dict[str, shell.Statement] = {}
        self.fatal = True
        self.ignored = False
        self.ways: list[_Way] = []
        self.at_exit: list[str] = []

    @abstractmethod
    def sequence(self, statements: Iterable[shell.Statement]) -> Status:
        """Run one after the other."""

    @property
    def must(self) -> bool:
        """Whether the failure of what runs now ends the build."""
        return self.state.must

    @must.setter
    def must(self, value: bool) -> None:
        self.state.must = value

    def quietly(self, statements: Iterable[shell.Statement], *, must: bool = False) -> Status:
        """A condition: failing is no reason to stop (``set -e`` has no say)."""
        kept = (self.must, self.ignored)
        self.must, self.ignored = must, True
        try:
            return self.sequence(statements)
        finally:
            self.must, self.ignored = kept

    def maybe(self, statements: Iterable[shell.Statement]) -> Status:
        """Run something that may not run: only what both ways agree on is kept."""
        before = self.state.fork()
        if self.leaves(statements):
            self.restore(before)
        else:
            self.agree(before)
        return None

    def leaves(self, statements: Iterable[shell.Statement]) -> bool:
        """Run, and whether that certainly goes elsewhere; what is known on the way out is kept."""
        printed = len(self.state.printed)
        functions = dict(self.functions)
        try:
            self.sequence(statements)
        except Finished as end:
            self.leave(end)
            return True
        finally:
            if any(text != "" for text in self.state.printed[printed:]):
                self.state.prints(None)
            for name, body in self.functions.items():
                if functions.get(name) is not body:
                    # It may be this one, another one, or none at all.
                    self.functions[name] = shell.Opaque(name, 1)
        return False

    def leave(self, end: Finished) -> None:
        """A way out that may be taken: what is known there counts where it leads."""
        if not (end.kind == "exit" and end.status is False and self.fatal):
            self.ways.append(_Way(end, self.state.fork()))

    def scope(self, kind: str, run: Callable[[], Status]) -> Status:
        """Run what ``kind`` leaves; the ways out of it meet behind it."""
        outer, self.ways = self.ways, []
        kept = (self.fatal, self.at_exit)
        if kind == "exit":
            self.fatal, self.at_exit = self.must, []
        try:
            status = self._followed(kind, run)
            for way in [way for way in self.ways if way.end.kind == kind]:
                self.agree(way.state)
                status = status if status == way.end.status else None
            for text in self.at_exit if kind == "exit" else ():
                self.maybe(shell.parse(text))
            return status
        finally:
            outer.extend(way for way in self.ways if way.end.kind != kind)
            self.ways = outer
            self.fatal, self.at_exit = kept

    def _followed(self, kind: str, run: Callable[[], Status]) -> Status:
        try:
            return run()
        except Finished as end:
            if end.kind == kind:
                return end.status
            here = next((way for way in self.ways if way.end.kind == kind), None)
            if here is None:
                raise
            self.leave(end)
            self.restore(here.state.fork())
            return here.end.status

    def restore(self, state: State) -> None:
        """Go back to an earlier state."""
        self.state.files.adopt(state.files)
        self.state.cwd, self.state.variables = state.cwd, dict(state.variables)

    def agree(self, other: State) -> None:
        """Keep what this state and another one agree on."""
        state = self.state
        state.files.adopt(merge(state.files, other.files, "a command that may not have run changes it", state.at))
        state.cwd = state.cwd if state.cwd == other.cwd else None
        for name in {*state.variables, *other.variables}:
            if state.variables.get(name, "") != other.variables.get(name, ""):
                state.variables[name] = None

    def subshell(self, statements: Iterable[shell.Statement]) -> Status:
        """Run with a working directory and variables of its own."""
        state = self.state
        kept = (state.cwd, dict(state.variables), state.umask, state.errexit, state.pipefail, dict(self.functions))
        try:
            return self.scope("exit", lambda: self.sequence(statements))
        except Finished as end:
            # `break` in a subshell of a loop ends the subshell only.
            return end.status
        finally:
            state.cwd, state.variables, state.umask, state.errexit, state.pipefail, self.functions = kept
