"""JUnit's XML, which every CI shows as tests: a test case for each function, and one for each file's own findings.

What CIs read of it: https://docs.gitlab.com/ci/testing/unit_test_reports/ and
https://github.com/jenkinsci/xunit-plugin, whose ``junit-10.xsd`` refuses what it does not know.  Of several failures of
one case they show the first only, so a case has one that holds them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from vartask.model import Finding, Function, Report, Span, Started, Verification
from vartask.patterns import regex
from vartask.reports import Style, counted, untold

NOT_XML = regex("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold in any way (section 2.2)."""


def render(report: Report, style: Style) -> str:
    """One suite.  Warnings and notes do not fail a test; they stand in its output, as gaps do."""
    return _suite(list(_cases(report, style)))


def verify(seen: Verification, style: Style) -> str:
    """The same, and a failure for every function that fails in its container without a finding."""
    wrong = {one.function: (one.verdict, _said(one)) for one in untold(seen)}
    for image in seen.observations:
        lost = [one.function for one in image.started if one.verdict == "not reached"] if image.error else []
        wrong.update(dict.fromkeys(lost, ("not reached", f"{image.image}: {image.error}")))
    cases = list(_cases(seen.report, style))
    for case in cases:
        if case.find("failure") is None and case.attrib["name"] in wrong:
            kind, message = wrong[case.attrib["name"]]
            _fail(case, kind, message, "")
    return _suite(cases)


def _said(started: Started) -> str:
    wrong = next((f"{answer.event}: {answer.problem}" for answer in started.answers if answer.failed), started.verdict)
    return started.message or wrong


def _suite(cases: Sequence[Element]) -> str:
    failures = sum(case.find("failure") is not None for case in cases)
    counts = {"name": "vartask", "tests": str(len(cases)), "failures": str(failures), "errors": "0", "time": "0"}
    whole = Element("testsuites", counts)
    SubElement(whole, "testsuite", {**counts, "skipped": "0"}).extend(cases)
    indent(whole)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(whole, encoding="unicode") + "\n"


def _cases(report: Report, style: Style) -> Iterator[Element]:
    for function in report.functions:
        yield _function(function, report, style)
    declared = {function.name for function in report.functions}
    loose = [one for one in report.findings if declared.isdisjoint(one.functions)]
    for path in dict.fromkeys(one.span.path for one in loose):
        shown = style.path(path, style.root)
        yield _case(shown, shown, [one for one in loose if one.span.path == path], [], style)
    for crash in report.crashes:
        case = _case("vartask", "vartask", [], [], style)
        _fail(case, "crash", "vartask itself failed", crash)
        yield case
    if not report.functions and not report.findings:
        case = _case("vartask", "functions", [], [], style)
        _fail(case, "empty", "no Lambda function was found: nothing was checked", "")
        yield case


def _function(function: Function, report: Report, style: Style) -> Element:
    findings = [one for one in report.findings if function.name in one.functions]
    undecided = [
        f"{_place(gap.span, style)}: gap {gap.reason}" for gap in report.gaps if function.name in gap.functions
    ]
    case = _case(style.path(function.span.path, style.root), function.name, findings, undecided, style)
    if style.strict and undecided and case.find("failure") is None:
        _fail(case, "gap", f"not decided: {undecided[0]}", "")
    return case


def _case(path: str, name: str, findings: Sequence[Finding], output: Sequence[str], style: Style) -> Element:
    """The case ``name`` of the file ``path``; ``output`` is what else there is to say."""
    case = Element("testcase", {"classname": _legal(path), "name": _legal(name), "time": "0"})
    errors = [one for one in findings if one.severity == "error"]
    if errors:
        many = f"{counted(len(errors), 'finding')}: " if len(errors) > 1 else ""
        _fail(case, errors[0].name, many + errors[0].message, "\n\n".join(_text(one, style) for one in errors))
    lines = [*(_text(one, style) for one in findings if one.severity != "error"), *output]
    if lines:
        SubElement(case, "system-out").text = _legal("\n".join(lines))
    return case


def _fail(case: Element, kind: str, message: str, text: str) -> None:
    failure = Element("failure", {"type": kind, "message": _legal(message)})
    failure.text = _legal(text)
    case.insert(0, failure)


def _text(finding: Finding, style: Style) -> str:
    lines = [f"{_place(finding.span, style)}: {finding.code} {finding.message} [{finding.name}]"]
    if finding.runtime_message is not None:
        lines.append(f"Lambda: {finding.runtime_message}")
    lines += [f"because: {f'{_place(one.span, style)} ' if one.span else ''}{one.message}" for one in finding.because]
    if finding.help is not None:
        lines.append(f"help: {finding.help}")
    return "\n".join(lines)


def _place(span: Span, style: Style) -> str:
    return f"{style.path(span.path, style.root)}:{span.line}"


def _legal(text: str) -> str:
    return NOT_XML.sub(lambda match: repr(match[0])[1:-1], text)
