"""Which distributions an installation may bring, where what they bring is not known."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.interpreter import may_have_changed
from vartask.artifact.pip_settings import Install
from vartask.artifact.requirements import distribution_of, read_requirements, with_extras
from vartask.artifact.shell_state import Listed, State
from vartask.artifact.target import Target
from vartask.model import Present
from vartask.patterns import regex
from vartask.project import Unreadable
from vartask.syntax.shell import Command

RESOLVED = "# resolved\n"
"""The first line of a list that was exported with everything that what is on it needs."""

NAME = regex(r"\bname\s*=\s*['\"]?([A-Za-z0-9][\w.-]*)")
"""A project's name in setup.py and setup.cfg; whatever else is called so is taken for one too."""


def distributions_of(state: State, arguments: Install) -> Listed | None:
    """The distributions asked for; ``None`` when the list cannot be complete."""
    found: set[str] = set()
    alone = arguments.on("--no-deps")
    complete = alone or not (arguments.wanted or arguments.editable)
    for path in arguments.files:
        listed = _requirements(state, path)
        if listed is None:
            return None
        found |= listed.names
        complete = complete and (alone or listed.complete)
    for wanted in (*arguments.wanted, *arguments.editable):
        name = None if wanted is None or is_local(wanted) else distribution_of(wanted)
        if wanted is None or name is None:
            return None
        found |= {name, *with_extras(name, wanted)}
    return None if arguments.on("--group") else Listed(frozenset(found), complete)


def _requirements(state: State, path: str | None) -> Listed | None:
    real = None if path is None else state.real(path)
    found = state.files.get(real) if real is not None else None
    if not isinstance(found, Present):
        return None
    if found.source is not None:
        listed = read_requirements(state.project, found.source, Target(state.python, state.machine))
        return None if listed.distributions is None else Listed(listed.distributions, listed.complete)
    if found.content is None:
        return None
    names: set[str] = set()
    for line in found.content.splitlines():
        text = re.sub(r"(^|\s+)#.*$", "", line).strip()
        name = distribution_of(text) if text else ""
        if name is None or text.startswith("-"):
            return None
        names |= {name, *with_extras(name, text)}
    return Listed(frozenset(names - {""}), found.content.startswith(RESOLVED))


def is_local(requirement: str) -> bool:
    """Whether a requirement is a path, of which a project may be built."""
    return requirement.startswith((".", "/", "file:")) or (
        "/" in requirement and "://" not in requirement and " @ " not in requirement
    )


def built_in_place(state: State, source: str, command: Command) -> None:
    """A build leaves ``build`` and ``name.egg-info`` in the project's directory."""
    path = state.real(source)
    if path is None:
        return
    names = {"build", "dist"}
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        found = state.files.get(posixpath.join(path, name))
        if isinstance(found, Present) and found.source is not None:
            names |= _project_names(state, found.source)
    state.doubt(path, may_have_changed(command), names=frozenset(names))
    state.doubt(posixpath.join(path, "src"), may_have_changed(command), names=frozenset(names))


def _project_names(state: State, source: str) -> set[str]:
    try:
        text = state.project.read_text(source)
    except Unreadable:
        return set()
    names = _declared_names(text) if source.endswith(".toml") else NAME.findall(text)
    return {f"{spelled}.egg-info" for name in names for spelled in (name, re.sub(r"[-.]+", "_", name))}


def _declared_names(text: str) -> list[str]:
    """The names that pyproject.toml gives the project: its own (PEP 621) and Poetry's."""
    import tomli

    try:
        tables = tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError):
        return []
    tool = tables.get("tool")
    poetry = tool.get("poetry") if isinstance(tool, dict) else None
    given = [table.get("name") for table in (tables.get("project"), poetry) if isinstance(table, dict)]
    return [name for name in given if isinstance(name, str)]
