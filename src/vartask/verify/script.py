"""What goes into the container: the probe's modules and its task, on standard input."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Any

from vartask.verify import probe

PACKAGES = ("vartask", "vartask.verify", "vartask.verify.probe")
"""Empty in the container: they only have to be there for the modules' imports of each other."""

START = "start"


def command() -> tuple[str, ...]:
    """The options of the image's Python.

    ``-I -S``: what a project calls ``json.py`` must not take the place of the standard library's.
    """
    return ("-I", "-S", "-c", _source(START))


def payload(spec: Mapping[str, Any]) -> bytes:
    """All that the program reads.  It is ASCII, whatever names the task has in it."""
    return json.dumps({"sources": _sources(), "spec": spec}).encode("ascii")


@cache
def _sources() -> dict[str, str]:
    names = [module.name for module in pkgutil.iter_modules(probe.__path__)]
    return dict.fromkeys(PACKAGES, "") | {f"{probe.__name__}.{name}": _source(name) for name in names if name != START}


@cache
def _source(name: str) -> str:
    return (pkgutil.get_data(probe.__name__, f"{name}.py") or b"").decode("utf-8")
