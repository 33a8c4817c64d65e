"""What vartask says of a project, in the words of the bench."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run
from vartask.model import Finding
from vartask.project import Project

_ABOUT_THE_START = ("VT0", "VT1", "VT2", "VT3", "VT5")


@dataclass(frozen=True)
class Judged:
    """One function: ``init`` are the errors at init that findings name, ``call`` those of later, ``gaps`` the reasons."""

    init: tuple[str, ...]
    call: tuple[str, ...]
    notes: tuple[str, ...]
    gaps: tuple[str, ...]

    @property
    def silent(self) -> bool:
        """Whether nothing was said at all."""
        return not (self.init or self.call or self.notes or self.gaps)


def judge(directory: Path) -> dict[str, Judged]:
    """Check a laid-out project; the answers by function."""
    report = Run(Project(directory), Settings()).report()
    if report.crashes:
        raise AssertionError(report.crashes)
    found: dict[str, Judged] = {}
    for function in report.functions:
        findings = [item for item in report.findings if function.name in item.functions]
        about = [item for item in findings if item.code.startswith(_ABOUT_THE_START)]
        found[function.name] = Judged(
            tuple(_said(item) for item in about if item.severity == "error" and not _later(item)),
            tuple(_said(item) for item in about if item.severity == "error" and _later(item)),
            tuple(_said(item) for item in about if item.severity != "error"),
            tuple(gap.reason for gap in report.gaps if not gap.functions or function.name in gap.functions),
        )
    return found


def _later(finding: Finding) -> bool:
    """Whether the finding is about a call: at init, the runtime puts its own words around an ``ImportError``."""
    of_a_call = (finding.runtime_message or "").startswith(("ModuleNotFoundError", "ImportError", "SyntaxError"))
    return of_a_call or "when it is called" in finding.message


def _said(finding: Finding) -> str:
    return finding.runtime_message or f"{finding.code} {finding.message}"
