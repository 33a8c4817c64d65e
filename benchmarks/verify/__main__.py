"""What containers say of the predictions: the figures of docs/verify.md.

    python benchmarks/verify [--mutants N] [--seed N] [PART ...]

- recorded: the recorded Dockerfiles, built and looked into; every difference from the prediction.
- fixtures: the projects of ``fixtures/`` whose functions are images, through the whole of ``vartask verify``.
- mutants: N functions of base projects, whole and broken, started as zip packages; every message that differs.
- faults: functions that misbehave, and images that cannot be started; what each is said to be, and what stays behind.
- speed: six handlers in one image, against six times ``docker run ... python -c "import ..."``.

All parts unless some are named.  Needs the tests' own Docker Engine (``scripts/engine start``, ``scripts/engine base
3.11``).  Exit status 1 when a prediction differs, something stays behind, or there is no engine.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = ("recorded", "fixtures", "mutants", "faults", "speed")
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "tests")]


def main() -> int:
    """Print the parts that are asked for."""
    from built_images.dockerfiles import BASE
    from built_images.engine import HOW, running

    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("parts", metavar="PART", nargs="*", help=", ".join(PARTS))
    parser.add_argument("--mutants", metavar="N", type=int, default=120, help="how many functions (default: 120)")
    parser.add_argument("--seed", metavar="N", type=int, default=6, help="other mutants than the usual ones")
    options = parser.parse_args()
    for part in options.parts:
        if part not in PARTS:
            parser.error(f'no part "{part}": {", ".join(PARTS)}')
    engine = running()
    if engine is None or engine.docker("image", "inspect", BASE, check=False).returncode != 0:
        print(HOW)
        return 1
    # vartask finds its engine on PATH, and so do the commands that it is measured against.
    os.environ.update(engine.environment)
    os.environ["PATH"] = f"{Path(engine.client).parent}{os.pathsep}{os.environ['PATH']}"
    good = True
    for part in options.parts or PARTS:
        print(f"\n## {part.capitalize()}\n", flush=True)
        good = import_module(f"parts.{part}").show(engine, options) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
