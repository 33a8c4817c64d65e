"""Files predicted = files packaged, for every kind of definition whose real tool can be asked.

    python benchmarks/definitions [--random N] [--seed N] [KIND ...]

A kind is a module of ``kinds`` with ``measure(options) -> Measured``; it is found by being there.  Prints one line per
kind, then every project that is not predicted exactly.  Exit status 1 when something is predicted wrongly or a tool is
missing.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
import time
from pathlib import Path

from measured import Measured, Options

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "tests"))


def main() -> int:
    """Print the table and the exceptions."""
    names = sorted(info.name for info in pkgutil.iter_modules([str(HERE / "kinds")]))
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("kinds", metavar="KIND", nargs="*", help=f"of {', '.join(names)} (default: all)")
    parser.add_argument("--random", metavar="N", type=int, default=20, help="random projects per kind (default: 20)")
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="the first random project (default: 0)")
    options = parser.parse_args()
    unknown = sorted(set(options.kinds) - set(names))
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}")
    done: list[Measured] = []
    print("| kind | tool | projects | predicted exactly | packages | files | undecided | wrong | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in options.kinds or names:
        start = time.perf_counter()
        measured = importlib.import_module(f"kinds.{name}").measure(Options(options.random, options.seed))
        print(_line(measured, time.perf_counter() - start), flush=True)
        done.append(measured)
    for measured in done:
        _exceptions(measured)
    return 0 if all(measured.good for measured in done) else 1


def _line(measured: Measured, seconds: float) -> str:
    outcomes = measured.outcomes
    exact = sum(not one.undecided and not one.different for one in outcomes)
    figures = (
        measured.kind,
        measured.tool,
        len(outcomes),
        exact,
        sum(one.packages for one in outcomes),
        sum(one.files for one in outcomes),
        sum(len(one.undecided) for one in outcomes),
        sum(len(one.different) for one in outcomes),
        f"{seconds:.0f}",
    )
    return f"| {' | '.join(map(str, figures))} |"


def _exceptions(measured: Measured) -> None:
    if measured.missing is not None:
        print(f"\n{measured.kind}: {measured.missing}")
    for one in measured.outcomes:
        for what, texts in (("wrong", one.different), ("undecided", one.undecided)):
            for text in texts:
                print(f"\n{measured.kind} {one.project}: {what}: {text}")


if __name__ == "__main__":
    sys.exit(main())
