"""Build random images and compare each with its prediction."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from built_images.compare import compare
from built_images.contexts import Case
from built_images.dockerfiles import Features, cases
from built_images.engine import Engine
from vartask.data.builders import builder_named

COUNTEREXAMPLE = Path("counterexample.json")


def random_builds(engine: Engine, builds: int, seed: int | None = None) -> Counter[str]:
    """Build so many images, always the same ones unless there is a ``seed``.

    Counts ``built`` and ``failed`` images, ``undecided`` ones among them, and ``right`` and ``unknown`` answers.  Raises :class:`AssertionError` with
    the smallest case it finds for a wrong answer, which is also written to ``counterexample.json``.
    """
    builder = builder_named(f"buildkit@{engine.buildkit}")
    features = Features(parents="parents" in builder.flags("COPY"))
    tally: Counter[str] = Counter()

    @settings(
        max_examples=builds,
        derandomize=seed is None,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )
    @given(cases(features))
    def check(case: Case) -> None:
        kept, answers = compare(engine, case, builder)
        wrong = [what for verdict, what in answers if verdict == "wrong"]
        if wrong:
            # The last one written is the smallest: it belongs in tests/conformance/counterexamples, once it is mended.
            kept.save(COUNTEREXAMPLE)
        assert not wrong, f"{case.dockerfile}\n{wrong}\nkept as {COUNTEREXAMPLE}"
        tally.update(verdict for verdict, _ in answers)
        tally["undecided"] += any(verdict == "unknown" for verdict, _ in answers)
        tally["failed" if kept.observed[0].startswith("ERROR: ") else "built"] += 1

    (check if seed is None else seeded(seed)(check))()
    return tally


def summary(tally: Counter[str], engine: Engine) -> str:
    """One line for people."""
    share = tally["unknown"] / max(1, tally["unknown"] + tally["right"])
    undecided = tally["undecided"] / max(1, tally["built"] + tally["failed"])
    images = f"{tally['built']} images built, {tally['failed']} builds that fail"
    unknown = f"{share:.1%} of the answers unknown, in {undecided:.1%} of the cases"
    return f"Docker {engine.version} (BuildKit {engine.buildkit}): {images}, 0 wrong answers, {unknown}"
