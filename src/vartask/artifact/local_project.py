"""What ``pip install DIRECTORY`` puts into its target of the directory's own: the modules of a Python project.

Only the layouts that a build backend finds by itself or that ``pyproject.toml`` lists plainly are known.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

import tomli

from vartask.project import Project, Unreadable

_BY_NAME: Final = {"hatchling": "hatch", "flit_core": "flit", "uv_build": "uv", "pdm": "pdm"}
"""Backends that take the module called like the project, with the table of their settings."""

_NO_MODULE: Final = frozenset({"test", "tests", "docs", "doc", "examples", "scripts", "build", "dist"})


def modules(project: Project, directory: str) -> tuple[tuple[str, str], ...] | None:
    """Pairs of a directory or file of the project and the directory in the target that it stands in.

    ``None`` when the build decides it in a way that is not known here.
    """
    settings = _settings(project, _join(directory, "pyproject.toml"))
    if settings is None or any(project.is_file(_join(directory, name)) for name in ("setup.py", "setup.cfg")):
        return None
    backend = str(_table(settings, "build-system").get("build-backend", "setuptools.build_meta"))
    tools = _table(settings, "tool")
    poetry = _table(tools, "poetry")
    name = re.sub(r"[-.]+", "_", str(_table(settings, "project").get("name") or poetry.get("name") or ""))
    if backend.startswith("poetry"):
        return (
            _listed(project, directory, poetry["packages"])
            if "packages" in poetry
            else _named(project, directory, name)
        )
    if backend.startswith(("hatchling", "flit_core", "uv_build", "pdm")):
        tool = (
            "hatch"
            if backend.startswith("hatchling")
            else backend.split(".", maxsplit=1)[0].replace("_core", "").replace("_", "-")
        )
        return (
            None
            if "build" in _table(tools, tool) or "module" in _table(tools, tool)
            else _named(project, directory, name)
        )
    if backend.startswith("setuptools") and "setuptools" not in tools:
        return _found(project, directory, name)
    return None


def _join(directory: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(directory, name))


def _settings(project: Project, path: str) -> dict[str, Any] | None:
    try:
        return tomli.loads(project.read_text(path)) if project.is_file(path) else None
    except (Unreadable, tomli.TOMLDecodeError):
        return None


def _table(settings: dict[str, Any], name: str) -> dict[str, Any]:
    found = settings.get(name)
    return found if isinstance(found, dict) else {}


def _listed(project: Project, directory: str, packages: object) -> tuple[tuple[str, str], ...] | None:
    """``packages`` of Poetry: https://python-poetry.org/docs/pyproject/#packages."""
    found: list[tuple[str, str]] = []
    for one in packages if isinstance(packages, list) else [None]:
        if not isinstance(one, dict):
            return None
        include = one.get("include")
        if not isinstance(include, str) or any(char in include for char in "*?[") or "to" in one or "format" in one:
            return None
        source = _join(directory, posixpath.join(str(one.get("from", ".")), include))
        if project.kind(source) is None:
            return None
        found.append((source, posixpath.dirname(posixpath.normpath(include))))
    return tuple(found)


def _named(project: Project, directory: str, name: str) -> tuple[tuple[str, str], ...] | None:
    """The module called like the distribution, in the directory itself or below ``src``."""
    for candidate in (f"{name}", f"src/{name}", f"{name}.py", f"src/{name}.py"):
        path = _join(directory, candidate)
        if name and project.kind(path) is not None:
            return ((path, ""),)
    return None


def _found(project: Project, directory: str, name: str) -> tuple[tuple[str, str], ...] | None:
    """https://setuptools.pypa.io/en/latest/userguide/package_discovery.html#automatic-discovery."""
    source = _join(directory, "src")
    if project.is_dir(source):
        return tuple((path, "") for path in _importable(project, source))
    flat = [path for path in _importable(project, directory) if project.is_dir(path)]
    kept = [path for path in flat if posixpath.basename(path) not in _NO_MODULE]
    return ((kept[0], ""),) if len(kept) == 1 and posixpath.basename(kept[0]) == name else None


def _importable(project: Project, directory: str) -> Iterator[str]:
    for name, entry in project.listdir(directory).items():
        stem = name.removesuffix(".py") if entry.kind == "f" else name
        if stem.isidentifier() and (entry.kind == "d" or name.endswith(".py")):
            yield _join(directory, name)
