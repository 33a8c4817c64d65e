"""What a function is given in its container: its memory, its time, its ``/tmp``; and what a failure means for it."""

from __future__ import annotations

from vartask.model import Answer, Function, Limits, Started
from vartask.records import dataclass, replace

INIT_SECONDS = 10.0
"""Lambda gives init ten seconds; one that takes longer is tried again with the first invocation, and then has the
function's own timeout (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html)."""

PATIENCE = 60.0
"""Seconds that are waited for a function that may take longer; ``--timeout`` says otherwise."""

UNDECLARED = Limits(memory=512, storage=512)
"""What a function gets of which nothing is known."""

_KILLED = "signal: killed"
_TIMED_OUT = "Sandbox.Timedout"


@dataclass(frozen=True, slots=True)
class Asked:
    """What every function gets in place of its own: ``memory`` in MiB, ``timeout`` for init and for each event."""

    memory: int | None = None
    timeout: float | None = None


AS_DECLARED = Asked()


@dataclass(frozen=True, slots=True)
class Allowance:
    """``memory`` and ``storage`` in MiB, ``init`` and ``event`` in seconds.

    ``memory_doubt`` and ``time_doubt`` say why a function that needs more than that need not fail in the cloud.
    """

    memory: int
    storage: int
    init: float
    event: float
    memory_doubt: str | None = None
    time_doubt: str | None = None

    def judged(self, started: Started) -> Started:
        """How a function started, with what its limits leave in doubt."""
        doubt = started.doubt
        if doubt is None and started.verdict == "timeout":
            doubt = self.time_doubt
        elif doubt is None and started.verdict == "killed" and (started.message or "").endswith(_KILLED):
            doubt = self.memory_doubt
        why = started.why
        if why is None and started.verdict == "killed" and (started.message or "").endswith(_KILLED):
            used = f"{started.peak_kib / 1024:.0f} MiB" if started.peak_kib is not None else "more"
            why = f"it used {used}, and has {self.memory} MiB"
        return replace(started, doubt=doubt, why=why, answers=tuple(self._answer(one) for one in started.answers))

    def _answer(self, answer: Answer) -> Answer:
        error = answer.error or ""
        if answer.doubt is not None or answer.problem is None:
            return answer
        if error.startswith(_TIMED_OUT) and error.endswith(f"after {self.event:.2f} seconds"):
            return replace(answer, doubt=self.time_doubt)
        return replace(answer, doubt=self.memory_doubt) if error.endswith(_KILLED) else answer


def allowance(function: Function, asked: Asked) -> Allowance:
    """What a function is given: what is ``asked`` for all of them, else what it declares."""
    memory = asked.memory or function.memory
    storage = function.storage or UNDECLARED.storage or 0
    found = Allowance(memory or UNDECLARED.memory or 0, storage, INIT_SECONDS, PATIENCE)
    if memory is None:
        found = replace(
            found,
            memory_doubt=f"its memory is not known here: it had {found.memory} MiB, and --memory gives it another size",
        )
    if asked.timeout is not None:
        return replace(found, init=asked.timeout, event=asked.timeout)
    if function.timeout is None:
        return replace(found, time_doubt="its timeout is not known here: --timeout says how long to wait")
    waited = min(float(function.timeout), PATIENCE)
    doubt = f"its timeout is {function.timeout} s: --timeout says how long to wait"
    return replace(
        found,
        init=max(INIT_SECONDS, waited),
        event=waited,
        time_doubt=doubt if function.timeout > PATIENCE else None,
    )
