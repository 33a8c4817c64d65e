"""What vartask says of a project, in the words of the bench."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run, catalogue
from vartask.model import Deployment, Finding
from vartask.project import Project

_RULES = [
    rule
    for rule in catalogue()
    if rule.subject is Deployment and rule.code.startswith(("VT0", "VT1", "VT2", "VT3", "VT5", "VT6"))
]
_REMARKS = [rule for rule in _RULES if rule.severity != "error"]


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
    run = Run(Project(directory), Settings())
    report = run.report()
    if report.crashes:
        raise AssertionError(report.crashes)
    found: dict[str, Judged] = {}
    for deployment in run.deployments:
        # The report tells a defect of several functions once, in the words of the first; here each function counts.
        name = deployment.function.name
        remarks = [item for rule in _REMARKS for item in rule.check(deployment)]
        about = [item for rule in _RULES for item in rule.check(deployment)]
        errors = [item for item in about if item not in remarks]
        found[name] = Judged(
            tuple(_said(item) for item in errors if not _later(item)),
            tuple(_said(item) for item in errors if _later(item)),
            tuple(_said(item) for item in remarks),
            tuple(gap.reason for gap in report.gaps if not gap.functions or name in gap.functions),
        )
    return found


def _later(finding: Finding) -> bool:
    """Whether the finding is about a call: at init, the runtime puts its own words around an ``ImportError``."""
    if "invocation fails" in finding.message:
        return True
    of_a_call = (finding.runtime_message or "").startswith(("ModuleNotFoundError", "ImportError", "SyntaxError"))
    return of_a_call or "when it is called" in finding.message


def _said(finding: Finding) -> str:
    return finding.runtime_message or f"{finding.code} {finding.message}"
