from __future__ import annotations

from dataclasses import replace

from report_samples import BARE, CLEAN, CRASHED, NOT_PACKAGED, REPORT, STYLE
from vartask.model import Answer, Observation, Report, Span, Started, Verification
from vartask.reports.github import render, verify


def test_a_finding_is_one_command_with_its_reasons_in_the_message() -> None:
    first = render(Report(findings=(NOT_PACKAGED,)), STYLE).splitlines()[0]

    assert first.startswith(
        "::error file=services/api/Dockerfile,line=7,endLine=7,col=1,endColumn=51,title=VT101 handler-not-packaged::"
        "handler module `src.scheduler.query_tool_handler` is not in the image%0Afunction: QueryTool%0ALambda: "
    )
    assert "%0Abecause: services/api/Dockerfile:5 copies only src/lambda_handler.py%0A" in first


def test_properties_and_messages_are_escaped_as_the_runner_reads_them() -> None:
    nasty = replace(BARE, span=Span("a,b:c%.py", 3, 5), message="100%\r\nof: a,b")

    first = render(Report(findings=(nasty,)), STYLE).splitlines()[0]

    assert first == ("::warning file=a%2Cb%3Ac%25.py,line=3,col=5,title=VT401 context-attribute::100%25%0D%0Aof: a,b")


def test_a_note_is_a_notice() -> None:
    assert render(Report(findings=(replace(BARE, severity="note"),)), STYLE).startswith("::notice file=")


def test_columns_of_several_lines_are_left_out() -> None:
    long = replace(BARE, span=Span("a.py", 3, 5, 4, 9))

    assert render(Report(findings=(long,)), STYLE).startswith("::warning file=a.py,line=3,endLine=4,col=5,title=")


def test_paths_are_relative_to_the_root_wherever_the_run_starts() -> None:
    style = replace(STYLE, cwd="/repo/services", checked="/repo/services/api")

    assert render(REPORT, style).startswith("::error file=services/api/Dockerfile,")


def test_gaps_are_counted_and_listed_on_request() -> None:
    assert "::notice title=vartask::1 gap could not be decided: vartask check --gaps lists them\n" in render(
        REPORT, STYLE
    )
    assert (
        "::notice file=services/api/Dockerfile,line=4,title=vartask gap::RUN make may put anything below /var/task\n"
        in render(REPORT, replace(STYLE, gaps=True))
    )


def test_a_crash_and_an_empty_project_are_errors() -> None:
    assert "::error title=vartask failed::rule VT101 failed on Cron: KeyError('x')\n" in render(CRASHED, STYLE)
    assert render(Report(), STYLE).startswith("::error title=vartask::No Lambda function was found")


def test_the_log_ends_with_the_summary() -> None:
    assert render(CLEAN, STYLE) == "vartask: 0 findings in 1 function; 0 gaps\n"


def test_what_fails_in_a_container_is_an_error_even_without_a_finding() -> None:
    lost = Observation("a/Dockerfile", started=(Started("Hidden", "h", "not reached", "no"),), error="no such file")
    failed = Observation(
        "b",
        started=(
            Started("QueryTool", "h", "init error", NOT_PACKAGED.runtime_message),
            Started("Cron", "h", "ok", answers=(Answer("get", 2.0, problem="status 500"),)),
        ),
    )
    report = replace(REPORT, findings=(NOT_PACKAGED,), gaps=())

    lines = verify(Verification(report, (lost, failed)), STYLE).splitlines()

    assert lines[:2] == [
        "::error title=vartask verify::a/Dockerfile: no such file",
        "::error file=template.yaml,line=7,title=vartask verify::Cron: get: status 500",
    ]
    assert [line.partition("::handler")[0] for line in lines[2:]] == [
        "::error file=services/api/Dockerfile,line=7,endLine=7,col=1,endColumn=51,title=VT101 handler-not-packaged",
        "vartask: 1 finding in 3 functions; 1 suppressed; 0 gaps",
    ]
