"""The order of things: look around, then start one function after the other."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from vartask.verify.probe.functions import clear, observe
from vartask.verify.probe.listing import Listing
from vartask.verify.probe.search_path import Runtime, runtime_of
from vartask.verify.probe.surroundings import surroundings
from vartask.verify.probe.telling import Teller

if False:  # only for type checkers: `typing` takes longer to import than everything else here
    from vartask.verify.probe.telling import Facts

SCRATCH = "/tmp"  # noqa: S108 - the one directory of Lambda's that can be written
RULES = "vartask.verify.probe.rules"


def main(spec: Facts, sources: dict[str, str]) -> None:
    """Tell everything that the task asks for."""
    signal.alarm(spec["seconds"])  # nobody may be left who could stop the container
    teller = Teller(spec["mark"])
    functions = spec["functions"]
    runtimes: dict[str, Runtime] = {}
    for function in functions:
        function["rules_source"] = sources[RULES]
        function["runtime"] = runtime_of(function, runtimes)
    first = functions[0]["runtime"] if functions else None
    packages = first.packages if first else []
    teller.tell("environment", path=first.path if first else [], packages=packages, **surroundings())
    listing = Listing(teller, spec["limit"], frozenset(spec["known"]))
    listing.files([*spec["roots"], *packages], spec["texts"])
    for index, function in enumerate(functions):
        teller.tell("start", index=index)
        try:
            result = observe(function)
        except Exception as error:  # noqa: BLE001 - the other functions are still to be looked at
            result = {"verdict": "failed", "message": f"{type(error).__name__}: {error}"}
        teller.tell("handler", index=index, **result)
        with suppress(OSError):
            clear(SCRATCH)
    teller.tell("end")
    os._exit(0)  # whatever thread still waits for a function that is gone
