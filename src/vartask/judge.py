"""What the selected rules say of their subjects, and what of that is to be shown."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterable, Iterator
from functools import cache, cached_property

from vartask import rules
from vartask.config import Settings, file_ignores
from vartask.model import Finding, Gap, Rule, Span
from vartask.model.selection import selected, suppressed
from vartask.packaged import modules
from vartask.project import Project, Unreadable
from vartask.records import replace
from vartask.timing import stage


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule, by code.  A module of ``vartask.rules`` is a rule's file; there is no list to edit."""
    found: list[Rule] = []
    for name in modules(rules.__path__):
        module = importlib.import_module(f"{rules.__name__}.{name}")
        found += [value for value in vars(module).values() if isinstance(value, Rule)]
    return tuple(sorted(found, key=lambda rule: rule.code))


class Judge:
    """Runs the rules that the settings select."""

    def __init__(self, project: Project, settings: Settings) -> None:
        self._project = project
        self._settings = settings

    @cached_property
    def _rules(self) -> tuple[Rule, ...]:
        chosen, left_out = self._settings.select, self._settings.ignore
        return tuple(rule for rule in catalogue() if selected(rule.code, rule.name, chosen, left_out))

    def findings(self, subjects: Iterable[object], crashes: list[str]) -> Iterator[Finding]:
        """What the rules say of the subjects that they are about; a rule that fails is one more crash."""
        for subject in subjects:
            for rule in self._rules:
                if not isinstance(subject, rule.subject):
                    continue
                try:
                    with stage(f"rule {rule.code} {rule.name}"):
                        found = [_stamped(rule, finding) for finding in rule.check(subject)]
                    yield from found
                except Exception as error:  # noqa: BLE001 - a crash must not hide what the other rules found
                    crashes.append(f"rule {rule.name} crashed: {type(error).__name__}: {error}")

    def sift(self, findings: Iterable[Finding]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """Separate what is to be shown from what a comment or ``per-file-ignores`` allows."""
        kept: list[Finding] = []
        allowed: list[Finding] = []
        for finding in findings:
            ignored = file_ignores(self._settings, self._project.root, finding.span.path)
            wanted = selected(finding.code, finding.name, None, ignored)
            silent = not wanted or suppressed(finding, self._lines(finding.span.path))
            (allowed if silent else kept).append(finding)
        return tuple(kept), tuple(allowed)

    def _lines(self, path: str) -> list[str]:
        try:
            # As ``ast`` and editors count them; ``str.splitlines`` would also split at form feeds.
            return re.split(r"\r\n|\r|\n", self._project.read_text(path))
        except Unreadable:
            return []


def _stamped(rule: Rule, finding: Finding) -> Finding:
    return replace(finding, code=rule.code, name=rule.name, severity=rule.severity)


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """One finding per defect: functions that break at the same place for the same reason are named together."""
    groups: dict[tuple[Span, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.span, finding.code, finding.message), []).append(finding)
    return tuple(_together(group) for _, group in sorted(groups.items(), key=lambda item: item[0]))


def _together(group: list[Finding]) -> Finding:
    functions = dict.fromkeys(name for finding in group for name in finding.functions)
    return replace(group[0], functions=tuple(functions))


def merged_gaps(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """One gap per place and reason."""
    groups: dict[tuple[Span, str], dict[str, None]] = {}
    for gap in gaps:
        groups.setdefault((gap.span, gap.reason), {}).update(dict.fromkeys(gap.functions))
    return tuple(Gap(span, reason, tuple(names)) for (span, reason), names in sorted(groups.items()))
