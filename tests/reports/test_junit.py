from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from report_samples import BARE, CLEAN, CRASHED, NOT_PACKAGED, REPORT, STYLE
from vartask.model import Answer, Observation, Report, Started, Verification
from vartask.reports.junit import render, verify

# What junit-10.xsd of the Jenkins plug-in xunit allows of each element.
CHILDREN = {
    "testsuites": ("testsuite",),
    "testsuite": ("properties", "testcase", "system-out", "system-err"),
    "testcase": ("skipped", "error", "failure", "system-out", "system-err"),
    "failure": (),
    "system-out": (),
}
ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
    "testcase": {"name", "classname", "time", "group"},
    "failure": {"type", "message"},
    "system-out": set[str](),
}


def read(report: Report | Verification, *, strict: bool = False) -> Element:
    style = replace(STYLE, strict=strict)
    text = verify(report, style) if isinstance(report, Verification) else render(report, style)
    whole = fromstring(text)  # noqa: S314 - ours
    assert whole.tag == "testsuites"
    for element in whole.iter():
        tags = [child.tag for child in element]
        assert set(tags) <= set(CHILDREN[element.tag])
        assert element.attrib.keys() <= ATTRIBUTES[element.tag]
    (suite,) = whole
    assert int(suite.attrib["tests"]) == len(suite.findall("testcase"))
    assert int(suite.attrib["failures"]) == len(suite.findall("testcase/failure"))
    return suite


def test_each_function_is_a_case_and_each_files_own_findings_are_one() -> None:
    cases = read(REPORT).findall("testcase")
    assert [(one.attrib["classname"], one.attrib["name"]) for one in cases] == [
        ("infra/main.tf", "QueryTool"),
        ("template.yaml", "Cron"),
        ("template.yaml", "Hidden"),
        ("src/a,b.py", "src/a,b.py"),
    ]
    assert [one.find("failure") is not None for one in cases] == [True, False, False, False]


def test_a_failure_has_the_message_and_all_that_is_known() -> None:
    case = read(REPORT).findall("testcase")[0]
    failure = case.find("failure")
    assert failure is not None
    assert failure.attrib == {
        "type": "handler-not-packaged",
        "message": "handler module `src.scheduler.query_tool_handler` is not in the image",
    }
    lines = str(failure.text).split("\n")
    assert lines[0].startswith("services/api/Dockerfile:7: VT101 handler module")
    assert lines[1].startswith("Lambda: Runtime.ImportModuleError: ")
    assert lines[2] == "because: services/api/Dockerfile:5 copies only src/lambda_handler.py"
    assert lines[3] == "because: nothing else is copied"
    assert case.findtext("system-out") == "services/api/Dockerfile:4: gap RUN make may put anything below /var/task"


def test_several_findings_are_one_failure_and_warnings_are_none() -> None:
    both = replace(
        REPORT,
        findings=(NOT_PACKAGED, replace(NOT_PACKAGED, message="another"), replace(BARE, functions=("QueryTool",))),
    )
    case = read(both).findall("testcase")[0]
    (failure,) = case.findall("failure")
    assert failure.attrib["message"].startswith("2 findings: handler module")
    assert "another" in str(failure.text)
    assert "100% wrong" in str(case.findtext("system-out"))


def test_what_was_not_checked_is_never_a_passed_test() -> None:
    assert read(Report()).attrib["failures"] == "1"
    assert read(CRASHED).attrib["failures"] == "1"
    assert read(CLEAN).attrib["failures"] == "0"


@given(
    st.text(alphabet=st.characters())
    | st.sampled_from(["]]>", "<a>&\"'", "\x00\x1b", "\ud800", "\ufffe", "a\nb\tc\rd"])
)
def test_any_text_is_well_formed_and_kept(text: str) -> None:
    odd = replace(NOT_PACKAGED, message=text, runtime_message=text, functions=("QueryTool",), name="n")
    failure = read(replace(REPORT, findings=(odd,))).find("testcase/failure")
    assert failure is not None
    shown = "".join(char for char in text if char.isprintable())
    assert shown in failure.attrib["message"] or not text.isprintable()


@pytest.mark.parametrize("text", ["]]>", "<a>&\"'", "é中"])
def test_texts_come_back_as_they_were(text: str) -> None:
    failure = read(replace(REPORT, findings=(replace(NOT_PACKAGED, message=text),))).find("testcase/failure")
    assert failure is not None
    assert failure.attrib["message"] == text


def test_a_gap_fails_where_gaps_are_fatal() -> None:
    report = replace(CLEAN, gaps=(replace(REPORT.gaps[0], functions=("Cron",)),))
    assert read(report).attrib["failures"] == "0"
    (failure,) = read(report, strict=True).findall("testcase/failure")
    assert failure.attrib == {
        "type": "gap",
        "message": "not decided: services/api/Dockerfile:4: gap RUN make may put anything below /var/task",
    }
    assert read(replace(REPORT, gaps=()), strict=True).attrib["failures"] == "1"


def test_what_fails_in_a_container_fails_its_case() -> None:
    observations = (
        Observation("a/Dockerfile", started=(Started("Hidden", "h", "not reached", "no"),), error="no such file"),
        Observation(
            "b",
            started=(
                Started("QueryTool", "h", "init error", NOT_PACKAGED.runtime_message),
                Started("Cron", "h", "ok", answers=(Answer("get", 2.0, problem="status 500"),)),
            ),
        ),
    )
    cases = read(Verification(replace(REPORT, findings=(NOT_PACKAGED,)), observations)).findall("testcase")
    failures = {case.attrib["name"]: failure.attrib["message"] for case in cases for failure in case.findall("failure")}
    assert failures == {
        "QueryTool": NOT_PACKAGED.message,
        "Cron": "get: status 500",
        "Hidden": "a/Dockerfile: no such file",
    }
