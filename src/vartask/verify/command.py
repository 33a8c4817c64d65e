"""What the options of ``vartask verify`` ask for."""

from __future__ import annotations

import math
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from vartask.config import Settings, nearest
from vartask.verify.allowances import Asked
from vartask.verify.artifacts import EVERY
from vartask.verify.engines import Engine
from vartask.verify.events import BadEvent, Event, named
from vartask.verify.phases import read_phases
from vartask.verify.session import Request


class BadRequest(Exception):
    """An option that cannot be followed; one line."""


def request_of(options: Namespace, root: Path, settings: Settings, engine: Engine) -> Request:
    """The request.  Raises :class:`BadRequest`."""
    return Request(
        engine=engine,
        root=root,
        image=options.image,
        artifacts=_named("--artifact", options.artifact),
        layers=_named("--layer", options.layer),
        runtime_image=options.runtime_image,
        build_options=tuple(options.build_option),
        events=_events(options.event, options.phases),
        asked=_asked(options.memory, options.timeout),
        jobs=options.jobs,
        checks=settings.verify,
    )


def _asked(memory: int | None, timeout: float | None) -> Asked:
    for option, value in (("--memory", memory), ("--timeout", timeout)):
        if value is not None and not 0 < value < math.inf:
            raise BadRequest(f"{option} {value:g}: it must be more than 0")
    return Asked(memory, timeout)


def check_names(request: Request, settings: Settings, names: Iterable[str]) -> None:
    """Refuse events and startup checks of functions that are not there.  Raises :class:`BadRequest`."""
    known = tuple(names)
    asked = [("--event or --phases", name) for event in request.events for name in event.functions]
    asked += [(f"{settings.path}: startup-checks", name) for name in settings.verify.startup_checks]
    for where, name in asked:
        if name not in known:
            raise BadRequest(f'{where}: no function "{name}"{nearest(name, known)}')


def _named(option: str, written: Iterable[str]) -> dict[str, Path]:
    """Packages by the function or layer that they are for."""
    found: dict[str, Path] = {}
    for text in written:
        name, separator, path = text.rpartition("=")
        package = Path(path)
        if not package.exists():
            raise BadRequest(f"{option} {text}: there is no such file")
        if not package.is_dir() and package.suffix.lower() != ".zip":
            raise BadRequest(f"{option} {text}: neither a directory nor a .zip")
        found[name if separator else EVERY] = package.resolve()
    return found


def _event(written: str) -> Event:
    """``NAME``, or ``FUNCTION=NAME`` for one function.  Raises :class:`BadEvent`."""
    function, separator, text = written.partition("=")
    if not separator or Path(written).is_file():
        return Event(Path(written).name, named(written))
    return Event(Path(text).name, named(text), functions=(function,))


def _events(written: Iterable[str], phases: Iterable[str]) -> tuple[Event, ...]:
    option = "--event"
    try:
        events = [_event(text) for text in written]
        option = "--phases"
        return (*events, *(event for text in phases for event in read_phases(Path(text))))
    except BadEvent as error:
        raise BadRequest(f"{option} {error}") from error
