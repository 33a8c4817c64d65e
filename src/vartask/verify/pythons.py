"""Where an image has a Python that can run the probe."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vartask.patterns import regex
from vartask.verify.engines import Engine, EngineError, ImageFacts
from vartask.verify.export import members

_PROGRAM = regex(r"python3?(?:\.\d+)?")
MOST = 5
"""Programs of that name to try: an image may hold virtual environments of all kinds."""


def usual(facts: ImageFacts) -> Iterator[str]:
    """As its entrypoint, beside it, where AWS has it, on the search path."""
    first = facts.entrypoint[0] if facts.entrypoint else ""
    if _PROGRAM.fullmatch(posixpath.basename(first)):
        yield first
    if "LAMBDA_RUNTIME_DIR" in facts.environment:
        yield "/var/lang/bin/python3"
    yield from ("python3", "python")
    if first.startswith("/"):
        yield posixpath.join(posixpath.dirname(first), "python3")
    yield from ("/usr/local/bin/python3", "/usr/bin/python3")


def found(engine: Engine, image: str) -> list[str]:
    """By looking through all files of the image: nothing but the engine is needed for that, no shell inside.

    The newest first.  Empty where the engine cannot hand the files over.
    """
    try:
        return sorted(_programs(engine, image), key=_age)[:MOST]
    except EngineError:
        return []


def _programs(engine: Engine, image: str) -> Iterator[str]:
    for _, member in members(engine, image):
        if member.isfile() and member.mode & 0o111 and _PROGRAM.fullmatch(posixpath.basename(member.name)):
            yield "/" + member.name.lstrip("./")


def _age(path: str) -> tuple[int, str]:
    version = re.search(r"3\.(\d+)\Z", path)
    return (-int(version[1]) if version else 0, path)
