"""How fast vartask is, beside other tools on the same tree: medians of interleaved runs, and their ratios.

    python benchmarks/speed [--functions N] [--rows NAME,NAME] [--runs N] [--scale] [DIRECTORY ...]

Makes a monorepo (the same for the same --functions and --seed), one of a tenth of its size, and a project of one
function; every DIRECTORY is a checked-out tree to measure besides.  ``--scale`` measures vartask alone, on 5,000
functions in 100,000 files and on a fifth of both.  Ratios stand beside the goals of the project; the figures themselves
are of the machine.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from monorepo import Monorepo
from rows import GIVEN, MONOREPO, SMALL, Goal, Row, Taken, middle, rows
from tools import PYRIGHT, VERSIONS, Tools

HERE = Path(__file__).resolve().parent
GROWTH = 11.0
LARGEST = (5000, 100_000)
"""Functions and files of the largest monorepo that is measured."""
MOST_MEMORY = 1024
"""MiB that vartask may take there."""


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directories", metavar="DIRECTORY", nargs="*", type=Path, help="also this checked-out tree")
    parser.add_argument("--functions", metavar="N", type=int, default=1000, help="functions of the monorepo (1000)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--runs", metavar="N", type=int, default=5, help="runs of each quick row (5); slow rows run once"
    )
    parser.add_argument("--rows", metavar="NAME,NAME", help="only these rows")
    parser.add_argument("--tools", type=Path, default=HERE.parents[1] / ".venv-speed", help="environment of the others")
    parser.add_argument("--only-directories", action="store_true", help="make no trees, measure those that are given")
    parser.add_argument("--scale", action="store_true", help="only how time and memory grow up to 100,000 files")
    parser.add_argument("--keep", metavar="DIRECTORY", type=Path, help="make the trees here and leave them")
    options = parser.parse_args()
    tools = Tools(options.tools.absolute())
    tools.set_up()
    versions = ", ".join(f"{name} {version}" for name, version in {**VERSIONS, "pyright": PYRIGHT}.items())
    print(f"Python {platform.python_version()} on {platform.machine()}; {versions}")
    with tempfile.TemporaryDirectory() as scratch:
        chosen = rows(tools, Path(scratch))
        if options.rows:
            names = options.rows.split(",")
            unknown = sorted(set(names) - {row.name for row in chosen})
            if unknown:
                parser.error(f"no such row: {', '.join(unknown)} (there are {', '.join(row.name for row in chosen)})")
            chosen = [row for row in chosen if row.name in names]
        base = (options.keep or Path(scratch)).absolute()
        if options.scale:
            _scale(base, next(row for row in chosen if row.name == "vartask"), options)
            return 0
        if not options.only_directories:
            _generated(base, chosen, options)
        plain = [row for row in chosen if not row.edits]
        for directory in options.directories:
            _table(directory.name, directory.absolute(), plain, GIVEN, options.runs)
    return 0


def _generated(base: Path, chosen: Sequence[Row], options: argparse.Namespace) -> None:
    large = _make(base, options.functions, options.seed)
    tenth = _make(base, max(1, options.functions // 10), options.seed)
    small = _make(base, 1, options.seed)
    # There even flake8 is quick.
    _table("a project of one function", small, [replace(row, slow=False) for row in chosen], SMALL, options.runs * 3)
    quick = [row for row in chosen if row.name == "vartask"]
    of_tenth = _table(f"{options.functions // 10} functions", tenth, quick, (), options.runs) if quick else {}
    of_large = _table(f"{options.functions} functions", large, chosen, MONOREPO, options.runs)
    if quick:
        times, memory = (
            getattr(of_large["vartask"], name) / getattr(of_tenth["vartask"], name) for name in ("time", "memory")
        )
        print(f"\nten times the functions: {times:.1f} times the time (goal: {GROWTH}), {memory:.1f} times the memory")


def _scale(base: Path, row: Row, options: argparse.Namespace) -> None:
    taken: list[Taken] = []
    for part in (5, 1):
        functions, files = (whole // part for whole in LARGEST)
        tree = _make(base, functions, options.seed, files)
        taken.append(_table(f"{functions} functions, {files} files", tree, [row], (), options.runs)[row.name])
    fifth, whole = taken
    met = "yes" if whole.memory <= MOST_MEMORY else "no"
    print(
        f"\n5 times the functions and files: {whole.cpu / fifth.cpu:.1f} times the processor time (goal: {GROWTH / 2})"
    )
    print(f"peak: {whole.memory:.0f} MiB (goal: {MOST_MEMORY}, met: {met}), {whole.memory / fifth.memory:.1f} times")


def _make(base: Path, functions: int, seed: int, files: int = 0) -> Path:
    root = base / "-".join(["monorepo", str(functions), str(seed), *([str(files)] if files else [])])
    if not root.exists():
        made = Monorepo(root, functions, seed, files)
        made.write()
        lines = f"{made.python_files} Python files, {made.python_lines} lines"
        print(f"{root.name}: {made.written} files, {lines}", file=sys.stderr)
    return root


def _table(title: str, tree: Path, chosen: Sequence[Row], goals: Sequence[Goal], runs: int) -> dict[str, Taken]:
    taken: dict[str, list[Taken]] = {row.name: [] for row in chosen}
    for number in range(runs):
        # Interleaved, so that a slow moment of the machine falls on all.
        for row in chosen:
            if number == 0 or not row.slow:
                taken[row.name].append(row.take(tree))
    medians = {name: middle(values) for name, values in taken.items()}
    print(f"\n## {title}\n\n| row | seconds | processor seconds | peak MiB | runs |\n| --- | --- | --- | --- | --- |")
    for name, one in medians.items():
        print(f"| {name} | {one.time:.3f} | {one.cpu:.3f} | {one.memory:.0f} | {len(taken[name])} |")
    shown = [goal for goal in goals if goal.row in medians and goal.other in medians]
    if shown:
        print("\n| ratio | of | measured | goal | met |\n| --- | --- | --- | --- | --- |")
    for goal in shown:
        ratio = getattr(medians[goal.row], goal.measure) / getattr(medians[goal.other], goal.measure)
        met = "yes" if ratio <= goal.limit else "no"
        print(f"| {goal.row} / {goal.other} | {goal.measure} | {ratio:.3f} | {goal.limit:.3f} | {met} |")
    sys.stdout.flush()
    return medians


if __name__ == "__main__":
    sys.exit(main())
