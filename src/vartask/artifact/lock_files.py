"""Which distributions a project's lock file names: an upper bound of what installing from it brings."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from typing import Any

from vartask.artifact.shell_state import State
from vartask.model import Present
from vartask.model.distribution import normalise
from vartask.project import Unreadable

TOML_LOCKS = ("uv.lock", "poetry.lock", "pdm.lock")
LOCAL_SOURCES = frozenset({"editable", "directory", "path"})
WITHOUT_PROJECT = frozenset({"--no-emit-project", "--no-install-project", "--no-root", "--no-self"})
WITHOUT_LOCAL = frozenset({"--no-emit-workspace", "--no-install-workspace", "--no-emit-local", "--no-install-local"})


def locked(state: State, arguments: Iterable[str | None]) -> frozenset[str] | None:
    """The normalised names in the working directory's lock file.

    ``None`` when there is none that can be read, or when a local project, whose modules nobody lists, is installed
    too.
    """
    if state.cwd is None:
        return None
    given = {text for text in arguments if text is not None}
    for name in TOML_LOCKS:
        text = _text(state, posixpath.join(state.cwd, name))
        if text is not None:
            return _toml_names(text, name, given)
    text = _text(state, posixpath.join(state.cwd, "Pipfile.lock"))
    return None if text is None else _pipfile_names(text)


def _text(state: State, path: str) -> str | None:
    found = state.files.follow(path)
    if not isinstance(found, Present) or found.source is None:
        return None
    try:
        return state.project.read_text(found.source)
    except Unreadable:
        return None


def _toml_names(text: str, name: str, given: set[str]) -> frozenset[str] | None:
    import tomli

    try:
        packages = tomli.loads(text).get("package", [])
    except (tomli.TOMLDecodeError, RecursionError):
        return None
    if not isinstance(packages, list):
        return None
    # uv lists the project itself; poetry and pdm do not, and install it unless told otherwise.
    if name != "uv.lock" and not given & WITHOUT_PROJECT and "export" not in given:
        return None
    names: set[str] = set()
    for package in packages:
        if not isinstance(package, Mapping) or not isinstance(package.get("name"), str):
            return None
        source = package.get("source")
        if isinstance(source, Mapping) and "virtual" in source:
            # uv: a project that is not a package itself, so nothing of it is installed.
            continue
        if not _is_local(source):
            names.add(normalise(package["name"]))
        elif not given & WITHOUT_LOCAL and not (given & WITHOUT_PROJECT and _is_root(source)):
            return None
    return frozenset(names)


def _is_local(source: Any) -> bool:
    """uv: ``{ editable = "." }``; poetry: ``{ type = "directory" }``."""
    if not isinstance(source, Mapping):
        return False
    return bool(LOCAL_SOURCES & source.keys()) or source.get("type") in {"directory", "file"}


def _is_root(source: Any) -> bool:
    return isinstance(source, Mapping) and "." in source.values()


def _pipfile_names(text: str) -> frozenset[str] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, Mapping):
        return None
    names: set[str] = set()
    for section in ("default", "develop"):
        packages = data.get(section, {})
        if not isinstance(packages, Mapping):
            return None
        for name, details in packages.items():
            if isinstance(details, Mapping) and {"path", "editable"} & details.keys():
                return None
            names.add(normalise(str(name)))
    return frozenset(names)
