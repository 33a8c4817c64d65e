"""What one kind of definition measured: predictions beside what the real tool packaged."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """``amount`` of random projects where a kind can make them, from ``seed`` on."""

    amount: int
    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """One project.

    ``packages`` and ``files`` were predicted exactly.  ``undecided`` are packages that vartask says it cannot predict,
    each with the reason; ``different`` are those that are not what it predicted.
    """

    project: str
    packages: int
    files: int
    undecided: tuple[str, ...] = ()
    different: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Measured:
    """All projects of a kind; ``missing`` says how to get the tool where it is not installed."""

    kind: str
    tool: str
    outcomes: tuple[Outcome, ...] = ()
    missing: str | None = None

    @property
    def good(self) -> bool:
        """Whether the tool was there and nothing was predicted wrongly."""
        return self.missing is None and not any(one.different for one in self.outcomes)
