"""What misbehaves, each with its own verdict: the tests of it, one line each, and what they leave behind."""

from __future__ import annotations

import re
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

from built_images.engine import Engine as Oracle
from container_runs import left

ROOT = Path(__file__).resolve().parents[3]
TESTS = ("tests/oracle/test_verify.py", "tests/oracle/test_verify_faults.py")
WORDS = {"PASSED": "as expected", "FAILED": "**not as expected**", "SKIPPED": "skipped", "ERROR": "**not as expected**"}


def show(engine: Oracle, _: Namespace) -> bool:
    """Print a table of the tests, and the containers, images and directories before and after."""
    before = left(engine)
    words = [sys.executable, "-m", "pytest", "-v", "-p", "no:cacheprovider", *TESTS]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    print("| what | |\n| --- | --- |")
    for line in re.finditer(r"^\S+::test_(\S+?)(\[.*?\])? (PASSED|FAILED|SKIPPED|ERROR)", done.stdout, re.MULTILINE):
        print(f"| {line[1].replace('_', ' ')}{line[2] or ''} | {WORDS[line[3]]} |")
    after = left(engine)
    kinds = ("containers", "images", "directories")
    counts = ", ".join(f"{len(one)} {kind}" for kind, one in zip(kinds, before, strict=True))
    remaining = ", ".join(f"{len(one)} {kind}" for kind, one in zip(kinds, after, strict=True))
    print(f"\nof vartask before: {counts}; after: {remaining}")
    if done.returncode != 0:
        print(done.stdout[-3000:])
    return done.returncode == 0 and after == before
