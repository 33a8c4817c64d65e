"""How often vartask says what the runtime says: the figures of docs/replay.md.

    python benchmarks/imports [--each N] [--seed N] [--list] [DIRECTORY ...]

- mutants: base projects broken in the ways that people break them, judged by vartask and by the real awslambdaric.
  At most N of every operator and project, all of them with ``--each 0``; ``--list`` prints every exception.
- field: over checked-out repositories, one DIRECTORY each, handlers resolved, refuted and undecided, with the reasons.

Exit status 1 when a working mutant is called broken, or a repository crashes the check.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parents[1] / "tests")]


def main() -> int:
    """Print both measures."""
    import field

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directories", metavar="DIRECTORY", nargs="*", help="checked-out repositories")
    parser.add_argument(
        "--each", metavar="N", type=int, default=2, help="mutants per operator and project (default: 2)"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=4, help="other mutants than the usual ones")
    parser.add_argument("--list", action="store_true", help="print every exception")
    options = parser.parse_args()
    good = _mutants(options.each or None, options.seed, whole=options.list)
    if options.directories:
        print("\n## Field\n")
        good = field.show(options.directories) and good
    return 0 if good else 1


def _mutants(each: int | None, seed: int, *, whole: bool) -> bool:
    from mutants.bench import run
    from mutants.projects import bases

    projects = bases()
    start = time.perf_counter()
    tally = run(projects, each, seed)
    print("## Mutants\n")
    print(f"base projects: {len(projects)}; {time.perf_counter() - start:.0f} s")
    print(tally.summary())
    print("\n| exception | operator | times |\n| --- | --- | --- |")
    for kind in ("alarm", "silent", "gap", "weaker"):
        for operator, count in Counter(item.mutant.operator for item in tally.of(kind)).most_common():
            print(f"| {kind} | {operator} | {count} |")
    for operator, count in Counter(item.mutant.operator for item in tally.wrong_words).most_common():
        print(f"| other words | {operator} | {count} |")
    if whole:
        for kind in ("alarm", "silent", "gap", "weaker"):
            print(*(f"\n{kind}: {item}" for item in tally.of(kind)))
        print(*(f"\nother words: {item}" for item in tally.wrong_words))
    return not tally.of("alarm")


if __name__ == "__main__":
    sys.exit(main())
