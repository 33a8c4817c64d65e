"""What the options of ``vartask verify`` ask for."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from vartask.verify.container import Limits
from vartask.verify.engines import find_engine
from vartask.verify.session import Request


class BadRequest(Exception):
    """An option that cannot be followed; one line."""


def request_of(options: Namespace, root: Path) -> Request:
    """The request.  Raises :class:`BadRequest`, and :class:`~vartask.verify.engines.EngineError` without an engine."""
    return Request(
        engine=find_engine(options.engine),
        root=root,
        image=options.image,
        artifacts=_artifacts(options.artifact),
        build_options=tuple(options.build_option),
        events=tuple(_events(options.event)),
        limits=Limits(memory=options.memory),
        seconds=options.timeout,
        jobs=options.jobs,
    )


def _artifacts(written: Iterable[str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for text in written:
        name, separator, path = text.rpartition("=")
        package = Path(path)
        if not package.is_dir() and package.suffix != ".zip":
            raise BadRequest(f"--artifact {text}: neither a directory nor a .zip")
        if not package.exists():
            raise BadRequest(f"--artifact {text}: there is no such file")
        found[name if separator else "*"] = package.resolve()
    return found


def _events(files: Iterable[str]) -> Iterable[tuple[str, object]]:
    for file in files:
        path = Path(file)
        try:
            yield path.name, json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise BadRequest(f"--event {file}: {error.strerror}") from error
        except ValueError as error:
            raise BadRequest(f"--event {file}: not JSON: {error}") from error
