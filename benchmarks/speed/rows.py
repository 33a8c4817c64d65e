"""What is run, and which ratio of two rows has which goal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from tools import Tools

Measure = Literal["time", "cpu", "memory"]


@dataclass(frozen=True, slots=True)
class Taken:
    """One run: seconds on the clock, seconds of all processors (the program's children included), peak MiB."""

    time: float
    cpu: float
    memory: float


@dataclass(frozen=True, slots=True)
class Row:
    """A command for a tree.  ``slow`` ones run once; ``before`` is run, unmeasured, before each run."""

    name: str
    command: Callable[[Path], Sequence[str]]
    slow: bool = False
    before: Callable[[Path], None] | None = None


@dataclass(frozen=True, slots=True)
class Goal:
    """``row`` is to take at most ``limit`` times what ``other`` takes."""

    row: str
    other: str
    limit: float
    measure: Measure = "time"


def run(command: Sequence[str], directory: Path) -> Taken:
    """Run a program with its output thrown away.

    The system counts the memory of the process that starts a program into the program's peak (``getrusage(2)``), so
    that none is below what this benchmark itself needs.
    """
    start = time.perf_counter()
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    here = Path.cwd()
    os.chdir(directory)
    try:
        pid = os.posix_spawn(command[0], list(command), _ENVIRONMENT, file_actions=actions)
    finally:
        os.chdir(here)
        os.close(null)
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - start
    # A linter that finds something says so with 1; what says more has not done its work (pylint adds up bits).
    if os.waitstatus_to_exitcode(status) not in range(32):
        raise SystemExit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return Taken(took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def middle(runs: Sequence[Taken]) -> Taken:
    """The median of each figure."""
    return Taken(median(one.time for one in runs), median(one.cpu for one in runs), median(one.memory for one in runs))


def rows(tools: Tools) -> list[Row]:
    """Every row whose program is there."""
    python = sys.executable
    found = [
        Row("python", lambda _: (python, "-c", "pass")),
        Row("version", lambda _: (python, "-m", "vartask", "--version")),
        Row("vartask", lambda tree: (python, "-m", "vartask", "check", str(tree))),
    ]
    others: list[tuple[str, str, tuple[str, ...], bool]] = [
        ("ruff", "ruff", ("check", "--isolated", "--no-cache"), False),
        ("ruff-e9", "ruff", ("check", "--isolated", "--no-cache", "--select", "E9"), False),
        ("flake8", "flake8", ("--isolated",), True),
        ("pylint", "pylint", ("--errors-only", "--recursive=y", "--rcfile="), True),
        (
            "mypy",
            "mypy",
            ("--config-file=", "--cache-dir=/dev/null", "--explicit-package-bases", "--ignore-missing-imports"),
            True,
        ),
        ("pyright", "pyright", (), True),
    ]
    for name, program, options, slow in others:
        path = tools.program(program)
        if path is not None:
            found.append(Row(name, _command(path, options), slow))
    return found


def _command(path: str, options: tuple[str, ...]) -> Callable[[Path], Sequence[str]]:
    return lambda tree: (path, *options, str(tree))


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Whoever sets that would measure how long compiling a tool takes, not the tool."""

MONOREPO = (
    Goal("vartask", "ruff", 1.0),
    Goal("vartask", "ruff", 0.6, "memory"),
    Goal("vartask", "flake8", 1 / 30, "cpu"),
    Goal("vartask", "pylint", 1 / 50, "cpu"),
    Goal("vartask", "mypy", 1 / 18, "cpu"),
    Goal("vartask", "pyright", 1.0, "cpu"),
)
SMALL = (Goal("version", "python", 1.8), Goal("vartask", "python", 3.0), Goal("vartask", "flake8", 0.5))
GIVEN = (Goal("vartask", "ruff", 0.75),)
