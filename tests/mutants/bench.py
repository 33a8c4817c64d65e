"""Every mutant judged twice: by the real runtime client and by vartask."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from mutants.artifact import NotBuilt, artifacts
from mutants.judge import Judged, judge
from mutants.operators import Broken, mutants
from mutants.oracle import Oracle, Said
from mutants.projects import Base, lay_out


@dataclass(frozen=True)
class Verdict:
    """One function of one mutant: the truth, and what vartask says."""

    mutant: Broken
    function: str
    said: Said
    judged: Judged

    @property
    def kind(self) -> str:
        """``found``, ``weaker``, ``gap`` or ``silent`` for a failure at init; else ``alarm``, ``undecided`` or ``clean``.

        ``weaker`` is a finding that is no error: only a dependency of what is asked for could bring the module.
        """
        if self.said.when == "init":
            return (
                "found"
                if self.judged.init
                else "weaker"
                if self.judged.notes
                else "gap"
                if self.judged.gaps
                else "silent"
            )
        if self.judged.init or (self.judged.call and self.said.when is None):
            return "alarm"
        return "undecided" if self.judged.gaps else "clean"

    @property
    def right_words(self) -> bool:
        """Whether the very message of the runtime is quoted."""
        return self.said.text in self.judged.init

    def __str__(self) -> str:
        told = "; ".join((*self.judged.init, *self.judged.call, *self.judged.notes)) or "-"
        gaps = " | gaps: " + "; ".join(self.judged.gaps[:2]) if self.judged.gaps else ""
        where = f"[{self.mutant.base.name}/{self.function}] {self.mutant.operator}: {self.mutant.what}"
        return f"{where}\n    runtime: {self.said.when or 'fine'} {self.said.text}\n    vartask: {told}{gaps}"


@dataclass
class Tally:
    """The figures."""

    verdicts: list[Verdict] = field(default_factory=list)
    not_built: int = 0

    def of(self, kind: str) -> list[Verdict]:
        """The verdicts of one kind."""
        return [item for item in self.verdicts if item.kind == kind]

    @property
    def counts(self) -> Counter[str]:
        """How many verdicts of each kind."""
        return Counter(item.kind for item in self.verdicts)

    @property
    def failing(self) -> int:
        """How many fail at init."""
        return sum(self.counts[kind] for kind in ("found", "weaker", "gap", "silent"))

    @property
    def wrong_words(self) -> list[Verdict]:
        """Failures that were found under another message."""
        return [item for item in self.of("found") if not item.right_words]

    def summary(self) -> str:
        """The figures as a table."""
        counts = self.counts
        failing = self.failing
        named = counts["found"] + counts["weaker"]
        working = counts["alarm"] + counts["undecided"] + counts["clean"]
        same = counts["found"] - len(self.wrong_words)
        later = [item for item in self.verdicts if item.said.when == "call"]
        return "\n".join(
            [
                f"functions judged: {len(self.verdicts)} ({self.not_built} mutants do not build)",
                f"failing at init: {failing}; found {named} ({_share(named, failing)}), {counts['weaker']} by a warning",
                f"failing at init and not found: gaps {counts['gap']}, silent {counts['silent']}",
                f"message equal: {same} of {counts['found']} ({_share(same, counts['found'])})",
                f"not failing at init: {working}; false alarms {counts['alarm']}, undecided {counts['undecided']}",
                f"failing when called: {len(later)}; said beforehand {sum(bool(item.judged.call or item.judged.notes) for item in later)}",
            ]
        )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


def run(projects: Iterable[Base], each: int | None = 3, seed: int = 4) -> Tally:
    """Judge the mutants of every base."""
    tally = Tally()
    with closing(Oracle()) as oracle:
        for base in projects:
            for mutant in mutants(base, each, seed):
                found = list(verdicts(mutant, oracle))
                tally.verdicts += found
                tally.not_built += not found
    return tally


def verdicts(mutant: Broken, oracle: Oracle) -> Iterator[Verdict]:
    """Both judgements of every function of a mutant; none of one that does not build."""
    try:
        made = artifacts(mutant.files, mutant.base.index)
    except NotBuilt:
        return
    directory = Path(tempfile.mkdtemp(prefix="vartask-mutant-"))
    try:
        lay_out(directory, mutant.files)
        judged = judge(directory)
    finally:
        shutil.rmtree(directory)
    alone = next(iter(judged.values())) if len(judged) == 1 else Judged((), (), (), ())
    for artifact in made:
        yield Verdict(mutant, artifact.name, oracle.ask(artifact), judged.get(artifact.name, alone))
