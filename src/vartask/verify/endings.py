"""Why a container ended before the probe had told everything."""

from __future__ import annotations

import re
from typing import Literal

from vartask.patterns import regex
from vartask.records import dataclass
from vartask.verify.engines import Engine, last_line
from vartask.verify.machines import foreign

_NOT_STARTED = (126, 127)
"""Exit codes of Docker and Podman: the program could not be started, or is not there
(https://docs.docker.com/engine/containers/run/#exit-status)."""

_NO_PROGRAM = regex(r"exec(?:utable file)?\b.*(?:not found|no such file)|exec format error", re.IGNORECASE)
"""The words of OCI runtimes, which nerdctl passes on with an exit code of its own."""

TOO_OLD = "the probe needs Python 3.7 or later"
"""The end of what the probe says when it is started by an older one."""

_DISK = regex(r"no space left on device", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ending:
    """``error`` is one line.  ``retry`` says that another program of the image may do.

    ``blamed`` says that the function which ran at the time may have ended the container.
    """

    error: str
    verdict: Literal["not reached", "wrong architecture"] = "not reached"
    retry: bool = False
    blamed: bool = True


def ending(engine: Engine, architecture: str, code: int, complaint: str) -> Ending:
    """What became of a container: ``code`` is that of the engine's ``run``, ``complaint`` all that it printed."""
    text = last_line(complaint)
    machine = foreign(engine, architecture, complaint)
    if machine is not None:
        return Ending(machine, "wrong architecture", blamed=False)
    if text.endswith(TOO_OLD):
        return Ending(text, retry=True, blamed=False)
    if code in _NOT_STARTED or (code and _NO_PROGRAM.search(text)):
        why = f": {text}" if "shared librar" in text else ""
        return Ending(f"the image has no Python that could be started{why}", retry=True, blamed=False)
    silence = engine.silence()
    if silence is not None:
        return Ending(f"the engine ended or does not answer any more: {silence}", blamed=False)
    blamed = _DISK.search(text) is None
    return Ending(text or f"the container ended with status {code}", blamed=blamed)
