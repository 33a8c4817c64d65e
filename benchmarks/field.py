"""Run vartask over checked-out repositories and print the table of docs/field-notes.md.

    python benchmarks/field.py DIRECTORY [DIRECTORY ...]

Each directory is one repository.  Per repository: functions seen, findings by code, gaps by reason (what stands between
backticks is left out, so that reasons group), seconds.  Then the handlers: resolved, refuted (the runtime will not find
them), undecided, and why.  Exit status 1 when anything crashed.
"""

from __future__ import annotations

import re
import sys
import time
from collections import Counter
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run
from vartask.model import Deployment, Report
from vartask.project import Project

REASON = re.compile(
    r"`[^`]*`(?:, `[^`]*`)*(?: and \d+ more)?|\([^)]*\)|(?<=package )\S+(?= is made)|^\S+(?= sets commands)|(?<=at )\S+"
)
SHOWN = 80


def general(reason: str) -> str:
    """The part of a gap's reason that does not name the one case."""
    return re.split(r": ", REASON.sub("…", reason))[0][:SHOWN]


def grouped(report: Report) -> Counter[str]:
    """Gaps by reason."""
    return Counter(general(gap.reason) for gap in report.gaps)


def verdict(deployment: Deployment) -> str:
    """What is known of a function's handler."""
    if deployment.handler is not None:
        return "refuted" if deployment.handler.problem is not None else "resolved"
    return f"undecided: {general(deployment.gaps[0].reason)}" if deployment.gaps else "undecided"


def main() -> int:
    """Check every directory and print the tables."""
    return 0 if show(sys.argv[1:]) else 1


def show(directories: list[str]) -> bool:
    """Print the tables; ``False`` when anything crashed."""
    reasons: Counter[str] = Counter()
    handlers: Counter[str] = Counter()
    crashed = False
    print("| repository | functions | findings | by code | gaps | seconds |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name in directories:
        start = time.perf_counter()
        run = Run(Project(Path(name)), Settings())
        report = run.report()
        took = time.perf_counter() - start
        codes = ", ".join(f"{code} {count}" for code, count in sorted(Counter(f.code for f in report.findings).items()))
        title = Path(name).name.replace("+", "/")
        numbers = f"{len(report.functions)} | {len(report.findings)} | {codes} | {len(report.gaps)} | {took:.1f}"
        print(f"| {title} | {numbers} |")
        reasons.update(grouped(report))
        handlers.update(map(verdict, run.deployments))
        crashed = crashed or bool(report.crashes)
        for crash in report.crashes:
            print(f"crash in {title}: {crash}", file=sys.stderr)
    print("\n| gap | times |\n| --- | --- |")
    for reason, count in reasons.most_common():
        print(f"| {reason} | {count} |")
    print("\n| handler | functions |\n| --- | --- |")
    for what, count in handlers.most_common():
        print(f"| {what} | {count} |")
    return not crashed


if __name__ == "__main__":
    sys.exit(main())
