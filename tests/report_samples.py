"""Reports made by hand, for the tests of what renders them."""

from __future__ import annotations

from collections.abc import Iterator

from vartask.model import (
    Cause,
    Deployment,
    FileTree,
    Finding,
    Function,
    Gap,
    Image,
    Present,
    Report,
    Rule,
    Span,
    Text,
    UnknownRegion,
    Zip,
)
from vartask.reports import Style

DOCKERFILE = "services/api/Dockerfile"

QUERY_TOOL = Function(
    "QueryTool",
    Span("infra/main.tf", 40),
    Image(DOCKERFILE, "services/api", Span("infra/main.tf", 41)),
    "terraform",
    runtime="python3.12",
)
CRON = Function(
    "Cron",
    Span("template.yaml", 7, 3),
    Zip.of("src", Span("template.yaml", 9)),
    "sam",
    handler=Text("cron.handler", Span("template.yaml", 10)),
)
HIDDEN = Function("Hidden", Span("template.yaml", 20), Zip(Span("template.yaml", 22), reason="code in S3"), "sam")

NOT_PACKAGED = Finding(
    Span(DOCKERFILE, 7, 1, 7, 52),
    "handler module `src.scheduler.query_tool_handler` is not in the image",
    because=(Cause("copies only src/lambda_handler.py", Span(DOCKERFILE, 5)), Cause("nothing else is copied")),
    help="add after line 5:  COPY src/scheduler/ ${LAMBDA_TASK_ROOT}/src/scheduler/",
    runtime_message=(
        "Runtime.ImportModuleError: Unable to import module 'src.scheduler.query_tool_handler':"
        " No module named 'src.scheduler'"
    ),
    functions=("QueryTool",),
    at_handler=Span("services/api/src/scheduler/query_tool_handler.py", 3),
    code="VT101",
    name="handler-not-packaged",
)
BARE = Finding(Span("src/a,b.py", 3, 5), "100% wrong", code="VT401", name="context-attribute", severity="warning")
GAP = Gap(Span(DOCKERFILE, 4, 1), "RUN make may put anything below /var/task", ("QueryTool",))

REPORT = Report(
    functions=(QUERY_TOOL, CRON, HIDDEN),
    findings=(NOT_PACKAGED, BARE),
    gaps=(GAP,),
    suppressed=(BARE,),
    handlers=("src.scheduler.query_tool_handler.handler", "cron.handler", None),
)
CLEAN = Report(functions=(CRON,), handlers=("cron.handler",))
CRASHED = Report(functions=(CRON,), handlers=("cron.handler",), crashes=("rule VT101 failed on Cron: KeyError('x')",))


def _nothing(_subject: object) -> Iterator[Finding]:
    yield from ()


RULES = (
    Rule(
        "VT101",
        "handler-not-packaged",
        "error",
        Deployment,
        _nothing,
        "The handler's module is not in the artifact.\n\n## Why\n\nLambda cannot import it.\n",
        "vartask.rules.handler_not_packaged",
    ),
    Rule("VT401", "context-attribute", "warning", Deployment, _nothing, "", "vartask.rules.context_attribute"),
)

TREE = FileTree(
    {
        "/var/task": Present("d"),
        "/var/task/app.py": Present("f", "services/api/app.py", Span(DOCKERFILE, 5), mode=0o755, uid=5),
        "/var/task/link": Present("l", target="app.py", put_by=Span(DOCKERFILE, 6)),
    },
    (
        UnknownRegion("/var/task", "RUN make", Span(DOCKERFILE, 4), holes=frozenset({"/var/task/old"})),
        UnknownRegion("/opt", "a layer", names=frozenset({"python", "lib"})),
    ),
)

STYLE = Style(root="/repo", cwd="/repo", checked="/repo")
