"""Every rule's page is executed: Bad reports what it says, Good reports nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from rule_pages import Example, examples, report_lines, run
from vartask.engine import catalogue

EXAMPLES = [example for rule in catalogue() for example in examples(rule)]


def _id(example: Example) -> str:
    return f"{example.rule}-{example.title}"


@pytest.mark.parametrize("example", EXAMPLES, ids=_id)
def test_an_example_reports_what_its_page_says(example: Example, tmp_path: Path) -> None:
    example.write(tmp_path)
    report = run(tmp_path)
    assert report_lines(report) == list(example.report)
    assert report.crashes == ()
    assert report.functions or example.rule == "unreadable-definition"


@pytest.mark.parametrize("example", EXAMPLES, ids=_id)
def test_an_example_says_the_same_with_windows_line_ends(example: Example, tmp_path: Path) -> None:
    files = tuple((name, text.replace("\n", "\r\n")) for name, text in example.files)
    replace(example, files=files).write(tmp_path)
    assert report_lines(run(tmp_path)) == list(example.report)


@pytest.mark.parametrize("example", EXAMPLES, ids=_id)
def test_every_place_that_a_finding_names_exists(example: Example, tmp_path: Path) -> None:
    example.write(tmp_path)
    for finding in run(tmp_path).findings:
        for span in (finding.span, *(cause.span for cause in finding.because if cause.span is not None)):
            lines = (tmp_path / span.path).read_text(encoding="utf-8").splitlines()
            assert 1 <= span.line <= len(lines) + 1
            assert span.column >= 1


@pytest.mark.parametrize("rule", catalogue(), ids=lambda rule: rule.name)
def test_a_page_has_a_bad_and_a_good_example(rule: object) -> None:
    mine = [example for example in EXAMPLES if example.rule == rule.name]  # type: ignore[attr-defined]
    assert {example.title for example in mine} >= {"Bad", "Good"}
    assert all(example.report for example in mine if example.title.startswith("Bad"))
    assert not any(example.report for example in mine if example.title.startswith("Good"))


def test_codes_and_names_are_unique_and_flake8_shaped() -> None:
    codes = [rule.code for rule in catalogue()]
    assert len(codes) == len(set(codes)) == len({rule.name for rule in catalogue()})
    assert all(re.fullmatch(r"VT[0-9]{3}", code) for code in codes)


def test_a_rule_is_named_as_its_file() -> None:
    assert all(rule.module.rpartition(".")[2].replace("_", "-") == rule.name for rule in catalogue())
