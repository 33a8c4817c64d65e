"""What was seen in containers, and where it differs from what was predicted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from vartask.model.deployment import Deployment
from vartask.model.finding import Cause, Gap
from vartask.model.function import Architecture
from vartask.model.report import Report
from vartask.model.span import Span
from vartask.model.tree import FileTree
from vartask.records import dataclass, field

Verdict = Literal[
    "ok",
    "init error",
    "exited",
    "killed",
    "timeout",
    "not started",
    "startup check failed",
    "failed",
    "not reached",
    "wrong architecture",
]
"""How a function started: ``exited`` and ``killed`` are processes that ended before they asked for an event, ``startup
check failed`` one whose own check says no although it starts, ``failed`` is the probe's own failure, ``not reached`` a
function that the container did not come to, ``wrong architecture`` one whose image this machine cannot run."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an event gave.

    ``milliseconds`` is ``None`` when nothing answered, ``status`` is a web response's, ``error`` its type and message
    in one.  ``problem`` says why the answer makes the function fail: an error or a status of 500 and more that nobody
    expects, or anything else than what was expected.  ``doubt`` says why it need not be one in the cloud.  ``fresh``
    tells a process that was started for this event.
    """

    event: str
    milliseconds: float | None
    status: int | None = None
    error: str | None = None
    response: str | None = None
    error_type: str | None = None
    trace: str = ""
    problem: str | None = None
    fresh: bool = False
    doubt: str | None = None

    @property
    def failed(self) -> bool:
        """Whether it certainly makes the function fail."""
        return self.problem is not None and self.doubt is None


@dataclass(frozen=True, slots=True)
class Started:
    """One function, started as Lambda starts it.

    ``message`` is what Lambda would log, ``None`` when all is well.  ``init_milliseconds`` is the time until the
    runtime asked for the first event, ``peak_kib`` the most memory that the process had, ``output`` what it printed.
    ``doubt`` says why what was seen here need not be so in the cloud (no network, a variable that the deployment sets,
    a package that is older than its sources or lacks a layer).  ``by`` tells who resolved the handler: the image's
    own runtime client, or the client's rules where the image that a package ran on has none.  ``why`` explains a
    failure that has nothing to do with the code.  ``artifact`` is where a zip package was found.
    """

    function: str
    handler: str
    verdict: Verdict
    message: str | None = None
    trace: str = ""
    init_milliseconds: float | None = None
    peak_kib: int | None = None
    output: str = ""
    answers: tuple[Answer, ...] = ()
    doubt: str | None = None
    by: Literal["runtime", "rules"] = "runtime"
    why: str | None = None
    check_milliseconds: float | None = None
    artifact: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the function certainly does not start, or does not answer an event as it should."""
        if self.doubt is not None:
            return False
        return self.verdict != "ok" or any(answer.failed for answer in self.answers)


@dataclass(frozen=True, slots=True)
class Observation:
    """One image: the Python in it, its files, and its functions; ``error`` is why the look at it ended early.

    ``roots`` are the directories of which every path is in ``tree``.  ``digests`` are the SHA-256 of Python files and
    ``texts`` the contents of those that are not the project's, both by path.  ``path`` is the search path that the
    runtime client has, empty where nobody can tell; ``packages`` are the ``site-packages`` directories on it, which
    were listed too.  ``gaps`` are what could not be seen, ``log`` what the step of a build that failed has printed.
    ``architecture`` is what the image says it is for, in Lambda's word; a function that declares another fails there
    (``Runtime.InvalidEntrypoint``, ``exec format error``).
    """

    image: str
    python: str | None = None
    directory: str | None = None
    machine: str | None = None
    uid: int | None = None
    tree: FileTree = field(default_factory=FileTree)
    digests: Mapping[str, str] = field(default_factory=dict)
    started: tuple[Started, ...] = ()
    error: str | None = None
    roots: tuple[str, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)
    path: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    task_root: str | None = None
    gaps: tuple[Gap, ...] = ()
    architecture: Architecture | None = None
    log: str = ""


@dataclass(frozen=True, slots=True)
class Drift:
    """One difference between the prediction and what was seen.

    ``missing`` and ``extra`` are paths that were predicted to be there or not to be there, ``kind`` and ``content``
    paths that are something else or hold something else; ``environment`` is a property of the image; ``message`` a
    function of which something else was predicted than what its runtime said.  ``predicted`` and ``observed`` are the
    two words, ``at`` the place that the prediction was made from.
    """

    kind: Literal["missing", "extra", "kind", "content", "environment", "message"]
    functions: tuple[str, ...]
    subject: str
    predicted: str
    observed: str
    at: Span


@dataclass(frozen=True, slots=True)
class ObservedFailure:
    """A function that does not start in its container, for a reason that no other rule has told.

    ``at`` is the line of the project that the traceback ends at, else the handler's; ``because`` the lines above it.
    """

    deployment: Deployment
    started: Started
    at: Span
    because: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """Everything that was seen, and the report that the rules make of it.

    ``gaps`` are functions that could not be looked at, or whose failure means nothing, and why; the report has them
    among its own.
    """

    report: Report
    observations: tuple[Observation, ...] = ()
    drifts: tuple[Drift, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def started(self) -> tuple[Started, ...]:
        """Every function, in the order of their images."""
        return tuple(one for seen in self.observations for one in seen.started)

    @property
    def failed(self) -> bool:
        """Whether a function does not start or does not answer, or an image could not be looked at."""
        return any(one.failed for one in self.started) or any(seen.error for seen in self.observations)
