"""The result of a run; reports get this and nothing else."""

from __future__ import annotations

from vartask.model.finding import Finding, Gap
from vartask.model.function import Function
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Report:
    """Findings, gaps, what was suppressed, and the functions seen.

    ``crashes`` are failures of vartask itself (a rule that raised): they never hide the rest of a run, and
    they never let it pass as clean.
    """

    functions: tuple[Function, ...] = ()
    findings: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    crashes: tuple[str, ...] = ()
    handlers: tuple[str | None, ...] = ()
