"""The order of things: functions are started one after the other, and meanwhile the files are listed."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

from vartask.verify.probe.functions import clear, observe
from vartask.verify.probe.listing import Listing
from vartask.verify.probe.search_path import Runtimes
from vartask.verify.probe.surroundings import surroundings
from vartask.verify.probe.telling import Teller

if False:  # only for type checkers: `typing` takes longer to import than everything else here
    from vartask.verify.probe.telling import Facts

SCRATCH = "/tmp"  # noqa: S108 - the one directory of Lambda's that can be written
RULES = "vartask.verify.probe.rules"


def main(spec: Facts, sources: dict[str, str]) -> None:
    """Tell everything that the task asks for."""
    end_after(spec["seconds"])
    teller = Teller(spec["mark"])
    runtimes = Runtimes()
    looking = threading.Thread(target=look_around, args=(teller, spec, runtimes))
    looking.start()
    for index, function in enumerate(spec["functions"]):
        function["rules_source"] = sources[RULES]
        teller.tell("start", index=index)
        try:
            result = observe(function, runtimes)
        except Exception as error:  # noqa: BLE001 - the other functions are still to be looked at
            result = {"verdict": "failed", "message": f"{type(error).__name__}: {error}"}
        teller.tell("handler", index=index, **result)
        with suppress(OSError):
            clear(SCRATCH)
    looking.join()
    teller.tell("end")
    os._exit(0)  # whatever thread still waits for a function that is gone


def end_after(seconds: int) -> None:
    """End the container when its time is over: nobody may be left who could stop it.

    The first process of a container does not get a signal that it has no handler for (pid_namespaces(7)).
    """
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.alarm(seconds)


def look_around(teller: Teller, spec: Facts, runtimes: Runtimes) -> None:
    """Tell of the image itself; ``listed`` when every path was told."""
    try:
        teller.tell("environment", **surroundings())
        functions = spec["functions"]
        runtime = runtimes.of(functions[0]) if functions else None
        packages = runtime.packages if runtime else []
        teller.tell("runtime", path=runtime.path if runtime else [], packages=packages)
        listing = Listing(teller, spec["limit"], frozenset(spec["known"]))
        if listing.files([*spec["roots"], *packages], spec["texts"]):
            teller.tell("listed")
    except Exception as error:  # noqa: BLE001 - the functions are still to be looked at
        teller.tell("unread", path="/", reason=f"{type(error).__name__}: {error}")
