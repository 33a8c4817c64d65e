"""For people who read a pull request: a comment on it, or the summary of a job.

The first line is a comment in HTML that says what the report is about: a bot that looks for it finds its own comment
and updates it.  Whatever does not fit into a comment of GitHub's is counted instead.
"""

from __future__ import annotations

from vartask.model import Report
from vartask.reports import Style
from vartask.reports.markdown.observed import verify
from vartask.reports.markdown.pieces import CHECK, crashes, fine, gaps, marker, overview, sections, verdict
from vartask.reports.markdown.room import Room

__all__ = ["render", "verify"]


def render(report: Report, style: Style) -> str:
    """The verdict, what fails, each finding with its reasons and how to see it locally, then what is fine."""
    room = Room()
    blocks = [marker("check", style), f"## {verdict(report, style)}", *crashes(report)]
    if report.findings:
        blocks.append(overview(report.findings, style, room))
        blocks += sections(report.findings, CHECK, style, room)
    blocks += gaps(report.gaps, style, room)
    if report.findings:
        blocks += fine(report, style, room)
    return "\n\n".join(blocks) + "\n"
