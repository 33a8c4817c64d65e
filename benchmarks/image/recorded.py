"""The recorded cases: predicted image against built image, for each builder that built them."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from test_dockercases import ARCHIVE, BUILDERS, UNDECIDED, answers

from dockercases import read_cases


def show() -> bool:
    """Print the table and the reasons; ``False`` when an answer is wrong."""
    print("## Recorded cases\n")
    print("| builder | cases | predicted completely | right answers | unknown | wrong |")
    print("| --- | --- | --- | --- | --- | --- |")
    undecided: dict[str, str] = {}
    wrong = 0
    with tempfile.TemporaryDirectory() as directory:
        cases = read_cases(ARCHIVE, Path(directory))
        for builder, (suffix, alone) in BUILDERS.items():
            tally: Counter[str] = Counter()
            whole = 0
            for case in cases:
                verdicts = Counter(verdict for verdict, _ in answers(case, builder, suffix))
                tally += verdicts
                whole += verdicts["right"] == verdicts.total()
                if verdicts["unknown"]:
                    undecided[case.name] = UNDECIDED.get(case.name) or alone[case.name]
            wrong += tally["wrong"]
            numbers = f"{len(cases)} | {whole} | {tally['right']} | {tally['unknown']} | {tally['wrong']}"
            print(f"| {builder} | {numbers} |")
    print("\n| undecided case | reason |\n| --- | --- |")
    for name, reason in sorted(undecided.items()):
        print(f"| {name} | {reason} |")
    return wrong == 0
