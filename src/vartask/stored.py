"""A run whose result is remembered: an unchanged project costs one look at its directories."""

from __future__ import annotations

import os
from io import BytesIO
from pickle import HIGHEST_PROTOCOL, Pickler, Unpickler, UnpicklingError
from typing import TYPE_CHECKING, Any

from vartask.records import fields, is_dataclass
from vartask.snapshot import is_true, take

if TYPE_CHECKING:
    from collections.abc import Callable

    from vartask.cache import Cache
    from vartask.config import Settings
    from vartask.model import Report
    from vartask.project import Project

_BUILTINS = frozenset({"frozenset", "set", "dict", "list", "tuple"})


def check(project: Project, settings: Settings, cache: Cache | None, run: Callable[[], Report]) -> Report:
    """What ``run`` says of the project, or what it said when everything that it looks at was as it is now."""
    if cache is None:
        return run()
    key = _key(project, settings)
    known = cache.get(key)
    if known is not None:
        snapshot, data = known
        files = dict(snapshot["files"])
        report = _loaded(data) if is_true(snapshot, str(project.root)) else None
        if report is not None:
            if snapshot["files"] != files:
                # Files that only were touched need not be read another time.
                cache.put(key, (snapshot, data))
            return report
    report = run()
    taken = take(project)
    if taken is not None and not report.crashes:
        cache.put(key, (taken, _dumped(report)))
    return report


def _key(project: Project, settings: Settings) -> str:
    user = os.geteuid() if hasattr(os, "geteuid") else None
    return repr((str(project.root), project.scopes, project.exclude, settings, user))


# -- reports as bytes -----------------------------------------------------------------------------


class _Writer(Pickler):
    def reducer_override(self, value: object) -> Any:
        """Values of the model by their class and fields, which takes a tenth of what ``dataclasses`` does."""
        if isinstance(value, type) or not is_dataclass(value):
            return NotImplemented
        return type(value), tuple(getattr(value, item.name) for item in fields(value))


class _Reader(Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """Only what a report is made of: a cache is data, whoever wrote it."""
        if module == "builtins" and name in _BUILTINS:
            return super().find_class(module, name)
        if module.startswith("vartask.model.") and name.isidentifier():
            found = super().find_class(module, name)
            if isinstance(found, type) and is_dataclass(found) and found.__module__ == module:
                return found
        raise UnpicklingError(f"{module}.{name} does not belong here")


def _dumped(report: Report) -> bytes:
    stream = BytesIO()
    _Writer(stream, HIGHEST_PROTOCOL).dump(report)
    return stream.getvalue()


def _loaded(data: bytes) -> Report | None:
    try:
        report: Report = _Reader(BytesIO(data)).load()
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the run itself gives a good one
        return None
    return report
