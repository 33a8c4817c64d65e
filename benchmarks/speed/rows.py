"""What is run, and which ratio of two rows has which goal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
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
    """A command for a tree.

    ``slow`` ones run once; ``before`` is done, unmeasured, before each run; ``edits`` says that it changes the tree;
    ``environment`` is added to that of the benchmark.
    """

    name: str
    command: Callable[[Path], Sequence[str]]
    slow: bool = False
    before: Callable[[Path], None] | None = None
    edits: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)

    def take(self, tree: Path) -> Taken:
        """One run on a tree, after what has to come before it."""
        if self.before is not None:
            self.before(tree)
        return run(self.command(tree), tree, self.environment)


@dataclass(frozen=True, slots=True)
class Goal:
    """``row`` is to take at most ``limit`` times what ``other`` takes."""

    row: str
    other: str
    limit: float
    measure: Measure = "time"


def run(command: Sequence[str], directory: Path, environment: Mapping[str, str] | None = None) -> Taken:
    """Run a program with its output thrown away.

    The system counts the memory of the process that starts a program into the program's peak (``getrusage(2)``), so
    that none is below what this benchmark itself needs.  Of several processes the peak is that of the largest.
    """
    start = time.perf_counter()
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, number) for number in (0, 1, 2)]
    here = Path.cwd()
    os.chdir(directory)
    try:
        pid = os.posix_spawn(command[0], list(command), {**_ENVIRONMENT, **(environment or {})}, file_actions=actions)
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


def rows(tools: Tools, scratch: Path) -> list[Row]:
    """Every row whose program is there.  Caches go below ``scratch``."""
    python = sys.executable

    def cold(tree: Path) -> Sequence[str]:
        return (python, "-m", "vartask", "check", "--no-cache", str(tree))

    def warm(tree: Path) -> Sequence[str]:
        return (python, "-m", "vartask", "check", "--cache-dir", str(scratch / "vartask"), str(tree))

    found = [
        Row("python", lambda _: (python, "-c", "pass")),
        Row("version", lambda _: (python, "-m", "vartask", "--version")),
        Row("vartask", cold),
        Row("vartask-1-process", cold, environment={PROCESSES: "1"}),
        Row("vartask-2-processes", cold, environment={PROCESSES: "2"}),
        Row("vartask-warm", warm, before=_twice(warm)),
        Row("vartask-new-times", warm, before=_with_new_times(warm), edits=True),
        Row("vartask-one-changed", warm, before=_with_a_change(warm, "handler_0.py"), edits=True),
        Row("vartask-template-changed", warm, before=_with_a_change(warm, "template.y*ml"), edits=True),
    ]
    ruff = tools.program("ruff")
    if ruff is not None:
        options = ("check", "--isolated", "--cache-dir", str(scratch / "ruff"), "--select", "E9")
        remembered = _command(ruff, options)
        found.append(Row("ruff-e9-warm", remembered, before=_twice(remembered)))
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
    return [*found, *_plugin_rows(tools, scratch)]


def _plugin_rows(tools: Tools, scratch: Path) -> list[Row]:
    """flake8 of the same version with the plugin.  flake8 itself keeps nothing between runs."""
    flake8 = tools.flake8_with_plugin()
    if flake8 is None:
        return []

    def command(tree: Path) -> Sequence[str]:
        return (flake8, "--isolated", "--vartask-path", str(tree), str(tree))

    remembered = {"XDG_CACHE_HOME": str(scratch / "flake8")}
    return [
        Row("flake8-plugin", command, slow=True, environment={"VARTASK_NO_CACHE": "1"}),
        Row("flake8-plugin-warm", command, slow=True, before=_twice(command, remembered), environment=remembered),
    ]


def _twice(
    command: Callable[[Path], Sequence[str]], environment: Mapping[str, str] | None = None
) -> Callable[[Path], None]:
    """Let the measured run find what an earlier one has left."""

    def before(tree: Path) -> None:
        run(command(tree), tree, environment)

    return before


def _with_new_times(command: Callable[[Path], Sequence[str]]) -> Callable[[Path], None]:
    """What a checkout does: every file as it was, at another time."""

    def before(tree: Path) -> None:
        run(command(tree), tree)
        now = time.time() - 60
        for path in tree.rglob("*"):
            if path.is_file():
                os.utime(path, (now, now))

    return before


def _with_a_change(command: Callable[[Path], Sequence[str]], name: str) -> Callable[[Path], None]:
    """One line more in the first file of a name."""

    def before(tree: Path) -> None:
        run(command(tree), tree)
        changed = next(iter(sorted(tree.rglob(name))))
        with changed.open("a") as file:
            file.write("\n# One line more.\n")

    return before


def _command(path: str, options: tuple[str, ...]) -> Callable[[Path], Sequence[str]]:
    return lambda tree: (path, *options, str(tree))


_ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Whoever sets that would measure how long compiling a tool takes, not the tool."""

PROCESSES = "VARTASK_PROCESSES"
"""How many processes vartask may use; without it, it decides by itself."""

MONOREPO = (
    Goal("vartask", "ruff", 1.0),
    Goal("vartask", "ruff", 0.6, "memory"),
    Goal("vartask", "flake8", 1 / 30, "cpu"),
    Goal("vartask", "pylint", 1 / 50, "cpu"),
    Goal("vartask", "mypy", 1 / 18, "cpu"),
    Goal("vartask", "pyright", 1.0, "cpu"),
    Goal("vartask-warm", "ruff-e9-warm", 1.0),
    Goal("vartask-one-changed", "ruff-e9-warm", 2.0),
    Goal("vartask-new-times", "vartask", 0.15),
    Goal("flake8-plugin", "flake8", 1.3),
    Goal("flake8-plugin-warm", "flake8", 1.1),
    Goal("vartask-2-processes", "vartask-1-process", 1 / 1.6),
)
SMALL = (
    Goal("version", "python", 1.8),
    Goal("vartask", "python", 3.0),
    Goal("vartask", "flake8", 0.5),
    Goal("vartask-warm", "python", 3.0),
    Goal("flake8-plugin", "flake8", 1.3),
    Goal("flake8-plugin-warm", "flake8", 1.1),
)
GIVEN = (Goal("vartask", "ruff", 0.75), Goal("vartask-warm", "ruff-e9-warm", 0.3))
