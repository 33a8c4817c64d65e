"""How long `vartask --version` takes against `python -c pass`: medians of alternating runs, and their ratio.

    python benchmarks/startup.py [--runs N] [--limit RATIO]

Exits with 1 when the ratio is above the limit (default 2.5), which is the budget.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measure(runs: int) -> tuple[float, float]:
    """Medians of the bare interpreter and of the installed command, in seconds."""
    command = shutil.which("vartask", path=str(Path(sys.executable).parent))
    if command is None:
        sys.exit("vartask is not installed beside this interpreter")
    bare, version = [sys.executable, "-c", "pass"], [command, "--version"]
    seconds(bare), seconds(version)
    # Alternating, so that a slow moment of the machine falls on both.
    pairs = [(seconds(bare), seconds(version)) for _ in range(runs)]
    return median(pair[0] for pair in pairs), median(pair[1] for pair in pairs)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=41)
    parser.add_argument("--limit", type=float, default=2.5)
    options = parser.parse_args()
    bare, version = measure(options.runs)
    ratio = version / bare
    print(f"python -c pass     {bare * 1000:6.1f} ms")
    print(f"vartask --version  {version * 1000:6.1f} ms")
    print(f"ratio              {ratio:6.2f}     (budget: {options.limit})")
    return 0 if ratio < options.limit else 1


if __name__ == "__main__":
    sys.exit(main())
