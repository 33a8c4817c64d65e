from __future__ import annotations

from dataclasses import replace

from markdown_it import MarkdownIt

from report_samples import CRON, GAP, HIDDEN, NOT_PACKAGED, QUERY_TOOL, STYLE
from vartask.model import Answer, Observation, Report, Started, Verification
from vartask.reports.markdown import verify
from vartask.reports.markdown.room import LIMIT

FAILED = Started(
    "QueryTool",
    "src.scheduler.query_tool_handler.handler",
    "init error",
    NOT_PACKAGED.runtime_message,
    output="starting\r\nhalf\rway\n",
)
NOT_SENT = "not sent: the function does not start"
STARTED = Started(
    "Cron",
    "cron.handler",
    "ok",
    init_milliseconds=312.4,
    peak_kib=40_000,
    answers=(
        Answer("get.json", 12.3, 200),
        Answer("bad.json", 3.0, 500, "KeyError: 'x'", problem="KeyError: 'x'", trace="File app.py, line 3"),
        Answer("slow.json", None, problem="no answer within 3 s"),
        Answer("far.json", 3.0, problem="URLError", doubt="it needs the network"),
    ),
)
KILLED = Started(
    "Hidden",
    "h.h",
    "killed",
    "Runtime.ExitError: Runtime exited with error: signal: SIGKILL",
    answers=(Answer("get.json", None, problem=NOT_SENT),),
)
IMAGE = Observation("services/api/Dockerfile", python="3.12.4", started=(FAILED, STARTED, KILLED))
REPORT = Report((QUERY_TOOL, CRON, HIDDEN), (NOT_PACKAGED,), (GAP,), handlers=("a.b", "cron.handler", None))
SEEN = Verification(REPORT, (IMAGE,), (), (GAP,))
WHOLE = """\
<!-- vartask verify -->

## ❌ vartask verify: 3 of 3 functions in 1 image failed; 1 finding; 1 gap

|  | Function | Rule | Line to change | What is wrong |
| --- | --- | --- | --- | --- |
| ❌ | `QueryTool` | VT101 | `services/api/Dockerfile:7` | handler module `src.scheduler.query_tool_handler` is not in the image |

|  | Function | Result | Declared | What it said |
| --- | --- | --- | --- | --- |
| ❌ | `Cron` | event failed | `template.yaml:7` | bad.json: KeyError: 'x' |
| ❌ | `Hidden` | killed | `template.yaml:20` | Runtime.ExitError: Runtime exited with error: signal: SIGKILL |

### VT101 handler-not-packaged: `QueryTool`

`services/api/Dockerfile:7` handler module `src.scheduler.query_tool_handler` is not in the image

Lambda logs:

```text
Runtime.ImportModuleError: Unable to import module 'src.scheduler.query_tool_handler': No module named 'src.scheduler'
```

Because:

- `services/api/Dockerfile:5` copies only src/lambda\\_handler.py
- nothing else is copied

**Help:** add after line 5: `COPY src/scheduler/ ${LAMBDA_TASK_ROOT}/src/scheduler/`

Reproduce: `vartask verify --function QueryTool --engine podman`

### event failed: `Cron`

```text
bad.json: KeyError: 'x'
File app.py, line 3
```

Declared in `template.yaml:7`, handler `cron.handler`

Reproduce: `vartask verify --function Cron --engine podman`

### killed: `Hidden`

```text
Runtime.ExitError: Runtime exited with error: signal: SIGKILL
```

Declared in `template.yaml:20`, handler `h.h`

Reproduce: `vartask verify --function Hidden --engine podman`

|  | Function | Event | Status | Duration | Error |
| --- | --- | --- | --- | --- | --- |
| ❌ | `Cron` | `bad.json` | 500 | 3 ms | KeyError: 'x' |
| ❌ | `Cron` | `slow.json` |  |  | no answer within 3 s |

<details>
<summary>2 events answered</summary>

|  | Function | Event | Status | Duration | Error |
| --- | --- | --- | --- | --- | --- |
| ✅ | `Cron` | `get.json` | 200 | 12 ms |  |
| ⚠️ | `Cron` | `far.json` |  | 3 ms | URLError (not certain: it needs the network) |

</details>

<details>
<summary>What <code>QueryTool</code> printed</summary>

```text
starting
half
way
```

</details>

<details>
<summary>1 gap: what could not be decided</summary>

- `services/api/Dockerfile:4` RUN make may put anything below /var/task (`QueryTool`)

</details>

<details>
<summary>1 function started</summary>

| Function | Handler | Init | Peak memory | Image | Python |
| --- | --- | --- | --- | --- | --- |
| `Cron` | `cron.handler` | 312 ms | 39 MiB | `services/api/Dockerfile` | 3.12.4 |

</details>
"""


def test_a_whole_report() -> None:
    assert verify(SEEN, replace(STYLE, arguments=("--engine", "podman"))) == WHOLE


def heading(seen: Verification) -> str:
    return verify(seen, STYLE).split("\n")[2]


def test_all_is_well_only_if_everything_started_and_nothing_was_found() -> None:
    good = replace(STARTED, answers=())
    clean = Verification(Report((CRON,), handlers=("h",)), (Observation("x", started=(good,)),))
    assert heading(clean) == "## ✅ vartask verify: 1 function in 1 image started"
    found = replace(clean, report=replace(clean.report, findings=(replace(NOT_PACKAGED, severity="warning"),)))
    assert heading(found) == "## ⚠️ vartask verify: 1 function in 1 image started; 1 finding"
    doubtful = replace(good, verdict="init error", message="m", doubt="no network")
    doubted = replace(clean, observations=(Observation("x", started=(good, doubtful)),))
    assert heading(doubted) == "## ⚠️ vartask verify: 1 of 2 functions in 1 image started"
    lost = Started("Cron", "h", "not reached", "no such `image`")
    broken = replace(clean, observations=(Observation("x", started=(lost,), error="no such `image`"),))
    assert heading(broken) == "## ❌ vartask verify: 1 of 1 function in 1 image failed"
    assert verify(broken, STYLE).split("\n", 4)[4] == (
        "`x` (for `Cron`) could not be looked into:\n\n```text\nno such `image`\n```\n"
    )
    assert heading(Verification(Report((CRON,), handlers=("h",)))).startswith(
        "## ❌ vartask verify: no function could be"
    )
    crashed = replace(clean, report=replace(clean.report, crashes=("rule VT1 failed",)))
    assert heading(crashed) == "## ❌ vartask verify failed: 1 function not judged to the end"


def test_a_function_that_prints_can_neither_end_its_block_nor_write_to_anybody() -> None:
    output = "```\n</details>\n# H\n@octocat <img src=x>\n````\n[a](b)\n" + "x" * 50
    loud = replace(FAILED, function="a</code></summary>|`@octocat`", handler="`|`", output=output)
    report = replace(REPORT, functions=(), findings=(), gaps=(), handlers=())
    text = verify(Verification(report, (Observation("i|`m`", started=(loud,)),)), STYLE)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    assert [token.tag for token in tokens if token.type == "heading_open"] == ["h2", "h3"]
    assert [token.content for token in tokens if token.type == "fence"][-1] == output + "\n"
    assert not any(child.type in {"link_open", "image"} for token in tokens for child in token.children or ())
    assert [token.content.strip() for token in tokens if token.type == "html_block"] == [
        "<!-- vartask verify -->",
        "<details>\n<summary>What <code>a&#60;/code&#62;&#60;/summary&#62;&#124;&#96;&#64;octocat&#96;</code> printed</summary>",
        "</details>",
    ]


def test_many_failures_fit_into_a_comment() -> None:
    many = [replace(FAILED, function=f"F{n}", message="m" * 500, output="é" * 9000) for n in range(500)]
    fine = [replace(STARTED, function=f"G{n}") for n in range(500)]
    report = replace(REPORT, findings=(NOT_PACKAGED,) * 300, gaps=(GAP,) * 300)
    text = verify(Verification(report, (Observation("x", started=(*many, *fine)),)), STYLE)
    assert LIMIT * 0.8 < len(text.encode()) <= LIMIT
    assert text.count("<details>") == text.count("</details>")
    assert text.count("\n```") % 2 == 0
    assert "more function" in text
    assert "more finding" in text
    assert "more event" in text
