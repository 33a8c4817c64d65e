"""One file, one way to declare functions.

A module here has ``find(project, settings) -> Declared`` and is found by being here.  The ways do not know each other;
:func:`declare` asks them all and makes one list of what they say.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache, partial

from vartask.config import Settings
from vartask.definitions._merge import merge
from vartask.model import Declaration, Declared
from vartask.packaged import modules
from vartask.project import Project
from vartask.timing import stage

Find = Callable[[Project, Settings], Declared]


@cache
def finders() -> tuple[tuple[str, Find], ...]:
    """Every reader of definitions with its module's name."""
    with stage("importing vartask"):
        return _finders()


def _finders() -> tuple[tuple[str, Find], ...]:
    names = [name for name in modules(__path__) if not name.startswith("_")]
    return tuple((name, importlib.import_module(f"{__name__}.{name}").find) for name in names)


def declare(project: Project, settings: Settings) -> Declaration:
    """The functions that the project declares, each once, with what is known of their artifacts."""
    found: dict[str, Declared] = {}
    crashes: list[str] = []
    for name, find in finders():
        try:
            found[name] = project.lasting(f"definitions: {name}", partial(_read, name, find, settings))
        except Exception as error:  # noqa: BLE001, PERF203 - a reader that crashes must not hide what the others found
            crashes.append(f"reading {name} definitions crashed: {type(error).__name__}: {error}")
    try:
        with stage("definitions: merging"):
            merged = merge(project, found)
    except Exception as error:  # noqa: BLE001 - the functions as declared are better than none
        crashes.append(f"combining the definitions crashed: {type(error).__name__}: {error}")
        functions = tuple(function for declared in found.values() for function in declared.functions)
        merged = Declared(functions, tuple(problem for declared in found.values() for problem in declared.problems))
    return Declaration(merged.functions, merged.problems, merged.gaps, tuple(crashes))


def _read(name: str, find: Find, settings: Settings, project: Project) -> Declared:
    with stage(f"definitions: {name}"):
        return find(project, settings)
