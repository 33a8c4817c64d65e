from __future__ import annotations

from dataclasses import replace
from typing import Any

from report_samples import BARE, CLEAN, GAP, NOT_PACKAGED, REPORT, STYLE, TREE
from vartask.model import (
    Answer,
    BuildError,
    Cause,
    FileTree,
    Function,
    ImageConfig,
    Observation,
    Packed,
    Present,
    Report,
    Span,
    Started,
    Text,
    UnknownRegion,
    Verification,
    Zip,
)
from vartask.reports.text import functions, render, tree, verify


def test_a_report_is_laid_out_as_the_design_shows() -> None:
    expected = """\
services/api/Dockerfile:7:1: VT101 handler module `src.scheduler.query_tool_handler` is not in the image \
[handler-not-packaged]
  function   QueryTool (infra/main.tf:40)
  Lambda     Runtime.ImportModuleError: Unable to import module 'src.scheduler.query_tool_handler': \
No module named 'src.scheduler'
  because    services/api/Dockerfile:5 copies only src/lambda_handler.py
  because    nothing else is copied
  help       add after line 5:  COPY src/scheduler/ ${LAMBDA_TASK_ROOT}/src/scheduler/

src/a,b.py:3:5: VT401 100% wrong [context-attribute]

2 findings in 3 functions; 1 suppressed; 1 gap (vartask check --gaps lists them)
"""
    assert render(REPORT, STYLE) == expected


def test_a_clean_run_says_how_much_it_looked_at() -> None:
    assert render(CLEAN, STYLE) == "0 findings in 1 function; 0 gaps\n"


def test_a_run_that_saw_no_function_does_not_look_clean() -> None:
    text = render(Report(gaps=(GAP,)), STYLE)

    assert text.startswith("No Lambda function was found: nothing was checked")
    assert "1 gap" in text


def test_gaps_are_listed_on_request() -> None:
    lines = render(REPORT, replace(STYLE, gaps=True)).splitlines()

    assert "services/api/Dockerfile:4:1: gap RUN make may put anything below /var/task [QueryTool]" in lines
    assert lines[-1] == "2 findings in 3 functions; 1 suppressed; 1 gap"


def test_paths_are_relative_to_the_working_directory() -> None:
    text = render(REPORT, replace(STYLE, cwd="/repo/services/web"))

    assert text.startswith("../api/Dockerfile:7:1: VT101 ")
    assert "  function   QueryTool (../../infra/main.tf:40)\n" in text
    assert "  because    ../api/Dockerfile:5 copies only" in text


def test_several_functions_are_named_and_then_counted() -> None:
    names = tuple(f"F{number}" for number in range(8))
    few = replace(NOT_PACKAGED, functions=names[:2])
    many = replace(NOT_PACKAGED, functions=names)

    assert "  functions  F0, F1\n" in render(Report(findings=(few,)), STYLE)
    assert "  functions  F0, F1, F2, F3, F4 and 3 more\n" in render(Report(findings=(many,)), STYLE)


def test_colour_adds_codes_and_changes_no_word() -> None:
    colored = render(REPORT, replace(STYLE, color=True))
    stripped = colored
    for code in ("0", "1", "2", "31", "33", "36"):
        stripped = stripped.replace(f"\x1b[{code}m", "")

    assert colored != stripped
    assert stripped == render(REPORT, STYLE)


def test_control_characters_never_reach_the_terminal() -> None:
    nasty = replace(
        BARE,
        span=Span("a\x1b[31m.py"),
        message="bell \x07 and\nnew line",
        because=(Cause("first\nsecond\r"),),
        functions=("f\x9b",),
    )

    text = render(Report(findings=(nasty,)), STYLE)

    assert text.startswith("a\\x1b[31m.py:1:1: VT401 bell \\x07 and\\nnew line [")
    assert "  because    first\n             second\\r\n" in text
    assert not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in text if char != "\n")


def test_functions_are_a_table_that_says_what_is_unknown() -> None:
    assert (
        functions(REPORT, STYLE)
        == """\
FUNCTION   HANDLER                                   RUNTIME     ARTIFACT                       DECLARED
QueryTool  src.scheduler.query_tool_handler.handler  python3.12  image services/api/Dockerfile  infra/main.tf:40
Cron       cron.handler                              -           zip src                        template.yaml:7
Hidden     unknown                                   -           zip code in S3                 template.yaml:20
"""
    )


def test_an_artifact_without_files_of_its_own_is_named_by_what_makes_it() -> None:
    at, packed = Span("deploy.sh", 3), Packed((("app.py", Present(source="src/app.py")),), Span("deploy.sh", 3))
    artifacts = (
        Zip(at, inline=Text("def handler(event, context): ...", at)),
        Zip(Span("main.tf", 2), (packed,), built="dist/app.zip"),
        Zip(at, (packed,)),
    )
    declared = tuple(Function("F", Span("main.tf", 1), one, "terraform") for one in artifacts)

    lines = functions(Report(functions=declared), STYLE).splitlines()[1:]

    assert [line.split()[3:5] for line in lines] == [["zip", "inline"], ["zip", "dist/app.zip"], ["zip", "deploy.sh"]]


def test_a_tree_names_the_line_that_put_each_entry_there() -> None:
    assert (
        tree("QueryTool", TREE, STYLE)
        == """\
-rwxr-xr-x  5:0  /var/task/app.py          <- services/api/Dockerfile:5  services/api/app.py
lrw-r--r--  0:0  /var/task/link -> app.py  <- services/api/Dockerfile:6

unknown: RUN make  <- services/api/Dockerfile:4
  /var/task/..., except /var/task/old
unknown: a layer
  /opt/{lib,python}

QueryTool: 2 paths, 2 unknown
"""
    )


def test_a_tree_of_a_build_that_fails_says_so() -> None:
    failing = replace(TREE, error=BuildError("COPY source not found", Span("Dockerfile", 3)), config=ImageConfig())

    lines = tree("QueryTool", failing, STYLE).splitlines()

    assert lines[-2] == "error: Dockerfile:3: COPY source not found"
    assert lines[-1] == "QueryTool: the build fails; 2 paths were there before"
    assert not any(line.startswith("workdir") for line in lines)


def test_a_tree_without_a_function_shows_how_the_image_starts() -> None:
    config = ImageConfig(
        "/var/task",
        ("/entry", "a b"),
        Span("Dockerfile", 2),
        ("app.handler",),
        Span("Dockerfile", 3),
        user="1000",
        env={"A": "1"},
        unknown_env=frozenset({"B"}),
    )
    base = UnknownRegion("/usr", "part of the base image", Span("Dockerfile"), runtime=True)

    assert (
        tree(None, FileTree(regions=(base,), config=config), STYLE)
        == """\
workdir     /var/task
entrypoint  ["/entry", "a b"]  <- Dockerfile:2
cmd         ["app.handler"]  <- Dockerfile:3
user        1000
env         A=1
env         B=(not known)

0 paths, nothing unknown; the base's own files are not listed
"""
    )


def test_many_holes_of_an_unknown_region_are_counted() -> None:
    holes = frozenset(f"/a/{number}" for number in range(7))
    text = tree(None, FileTree(regions=(UnknownRegion("/a", "make", holes=holes),)), STYLE)

    assert text.startswith("unknown: make\n  /a/..., except /a/0, /a/1, /a/2, /a/3, /a/4 and 2 more\n")


def test_verdicts_are_painted_and_names_cannot_paint() -> None:
    started = (
        Started("Cron", "cron.handler", "ok", init_milliseconds=31.0),
        Started("\x1b[31mok", "h", "init error", "no"),
    )
    seen = Verification(CLEAN, (Observation("image", started=started),))

    lines = verify(seen, replace(STYLE, color=True)).split("\n")

    assert lines[1] == "  \x1b[36mok\x1b[0m          Cron        cron.handler  31 ms"
    assert lines[2] == "  \x1b[31minit error\x1b[0m  \\x1b[31mok  h"


def verified(*answers: Answer, **facts: Any) -> str:
    one = Started("Api", "app.handler", **{"verdict": "ok", "init_milliseconds": 90.0, **facts}, answers=answers)
    return verify(Verification(CLEAN, (Observation("api:1", "3.12.4", uid=993, started=(one,)),)), STYLE)


def test_events_are_a_table_and_a_bad_answer_says_what_it_was() -> None:
    text = verified(
        Answer("list", 12.3, 200),
        Answer("an item that is not there", 1.0, 500, response='{"statusCode": 500}', problem="status 500"),
        Answer("exit", None, error="Runtime.ExitError: gone", problem="Runtime.ExitError: gone"),
        output="one\n\ntwo\tthree\n",
    )
    assert (
        """\
Api events
  EVENT                      STATUS  DURATION  ERROR
  list                       200     12 ms
  an item that is not there  500     1 ms      status 500
  exit                                         Runtime.ExitError: gone
  an item that is not there  answered {"statusCode": 500}
  printed    one
  printed    two three
"""
        in text
    )
    assert text.endswith(
        "1 function started in 1 image: 1 failed; 0 findings; 0 differences from the prediction; 0 gaps\n"
    )


def test_of_a_function_that_does_not_start_the_message_is_enough() -> None:
    text = verified(
        Answer("list", None, problem="not sent: the function does not start"),
        verdict="not started",
        message="app.handler: No such file or directory",
        why="the image has no client",
        output="x" * 500 + "\n[WARNING]\tLAMBDA_WARNING: Unhandled exception. The most likely\n",
    )
    assert "EVENT" not in text
    assert "LAMBDA_WARNING" not in text
    assert "  Lambda     app.handler: No such file or directory\n  because    the image has no client\n" in text
    assert "x" * 200 + "...\n" in text
