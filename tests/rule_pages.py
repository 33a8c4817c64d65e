"""The examples of the rule pages: named fenced files, and the report that a Bad one must give."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from vartask.config import Settings
from vartask.engine import Run, check
from vartask.model import Report, Rule
from vartask.project import Project
from vartask.verification import verified
from vartask.verify.record import load

_SECTION = re.compile(r"^## (?P<title>\w+)\n(?P<body>.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_FENCE = re.compile(r"(?:^`(?P<path>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Example:
    """One section of a page as a little project, with the report lines that it must give."""

    rule: str
    title: str
    files: tuple[tuple[str, str], ...]
    report: tuple[str, ...]

    def write(self, directory: Path) -> None:
        """Lay the files out."""
        for name, text in self.files:
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")


def examples(rule: Rule) -> Iterator[Example]:
    """The Bad and Good examples of a page."""
    for section in _SECTION.finditer(rule.page):
        files: list[tuple[str, str]] = []
        report: list[str] = []
        for fence in _FENCE.finditer(section["body"]):
            if fence["kind"] == "report":
                report += fence["text"].splitlines()
            elif fence["path"]:
                files.append((fence["path"], fence["text"]))
        if files:
            yield Example(rule.name, section["title"], tuple(files), tuple(report))


def run(directory: Path) -> Report:
    """Check a directory with the default settings, or judge what was seen in its containers."""
    seen = directory / "observation.json"
    if seen.exists():
        return verified(Run(Project(directory), Settings()), load(seen.read_text(encoding="utf-8"))).report
    return check(Project(directory), Settings())


def report_lines(report: Report) -> list[str]:
    """The findings as a page writes them."""
    return [
        f"{item.span.path}:{item.span.line}:{item.span.column}: {item.code} {item.message} [{item.name}]"
        for item in report.findings
    ]
