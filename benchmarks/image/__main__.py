"""How good and how fast image predictions are: the figures of docs/images.md.

    python benchmarks/image [--builds N] [--seed N] [DIRECTORY ...]

- recorded: 231 cases that four builders built; images predicted completely, and why the others are not.
- random: N Dockerfiles built by the tests' own Docker Engine (scripts/engine start, scripts/engine base 3.11).
- field: the Dockerfiles of checked-out repositories, one DIRECTORY each; the share of instructions understood.
- speed: the time to predict an image of 2,000 files, as a ratio to walking them.

Exit status 1 when any answer is wrong or the engine is missing.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
TESTS = HERE.parents[1] / "tests"
sys.path[:0] = [str(HERE), str(TESTS), str(TESTS / "conformance")]


def main() -> int:
    """Print all four measures."""
    import field
    import recorded
    import speed

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("directories", metavar="DIRECTORY", nargs="*", type=Path, help="checked-out repositories")
    parser.add_argument("--builds", metavar="N", type=int, default=500, help="random images to build (default: 500)")
    parser.add_argument("--seed", metavar="N", type=int, help="other random images than the usual ones")
    options = parser.parse_args()
    good = recorded.show()
    good = _random(options.builds, options.seed) and good
    good = field.show_all(options.directories) and good
    speed.show()
    return 0 if good else 1


def _random(builds: int, seed: int | None) -> bool:
    from built_images.engine import HOW, running
    from built_images.random_builds import random_builds, summary

    print("\n## Random cases\n")
    engine = running()
    if engine is None:
        print(HOW)
        return False
    try:
        print(summary(random_builds(engine, builds, seed), engine))
    except AssertionError as error:
        print(error)
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
