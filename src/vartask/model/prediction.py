"""What a run says of one function, without the files that it was seen on."""

from __future__ import annotations

from vartask.model.finding import Finding, Gap
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Tested:
    """A handler that certainly gets Lambda's own context: its file, its name there, and what reports call it."""

    source: str
    attribute: str
    handler: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """The findings and gaps of one function; ``suppressed`` are findings that a comment or the settings allow.

    ``handler`` is the handler string that reaches the runtime, where that is known.  ``crashes`` are failures of
    vartask itself.
    """

    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Finding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    handler: str | None = None
    tested: Tested | None = None
    crashes: tuple[str, ...] = ()
