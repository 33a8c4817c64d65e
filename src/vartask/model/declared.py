"""What one kind of deployment definition says about a project."""

from __future__ import annotations

from vartask.model.finding import Gap, Problem
from vartask.model.function import Function
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Declared:
    """The functions that a reader of definitions found, the files it could not use, and what it could not decide.

    Every module of ``vartask.definitions`` returns one from ``find(project, settings)``.
    """

    functions: tuple[Function, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """Everything that the repository declares.

    ``crashes`` are failures of vartask itself, one line each: a reader that crashed has not looked at everything, and
    the run must not pass as clean.
    """

    functions: tuple[Function, ...] = ()
    problems: tuple[Problem, ...] = ()
    gaps: tuple[Gap, ...] = ()
    crashes: tuple[str, ...] = ()
