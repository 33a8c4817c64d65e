"""The units that the files with packaging commands make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from vartask.artifact.scripts.build_tools import just_units, npm_units, task_units
from vartask.artifact.scripts.files import PACKS, is_shell, kind_of, packing, packs, read_bytes
from vartask.artifact.scripts.makefile import Makefile
from vartask.artifact.scripts.pipelines import buildspec_units, gitlab_units, other_units
from vartask.artifact.scripts.steps import Step, Unit
from vartask.artifact.scripts.workflows import Workflows
from vartask.project import Project, Unreadable

MAX_UNITS = 400


def find_units(project: Project) -> Iterator[Unit]:
    """The units of pipelines first, then of build tools, then of scripts: what calls stands before what is called."""
    files = [path for path in project.files if kind_of(path) is not None]
    found = packing(project)
    if not found:
        return
    names = {posixpath.basename(path).encode() for path in found if kind_of(path) in {"shell", "make"}}
    workflows = tuple(path for path in files if kind_of(path) == "workflow")
    callers = re.compile(
        b"|".join([PACKS.pattern, rb"\bmake\b" if b"Makefile" in names else rb"\0", *map(re.escape, names)])
    )
    for unit in Workflows(project, workflows).units():
        if any(callers.search(step.text.encode("utf-8", "replace")) for step in unit.steps):
            yield unit
    for kind, reader in _READERS.items():
        for path in files:
            if kind_of(path) != kind:
                continue
            data = read_bytes(project, path)
            if PACKS.search(data) or callers.search(data):
                for unit in reader(project, path):
                    if any(callers.search(step.text.encode("utf-8", "replace")) for step in unit.steps):
                        yield unit


# -- build tools -------------------------------------------------------------------------------------------


def _make_units(project: Project, path: str) -> Iterator[Unit]:
    """Each target whose recipe packs or deploys, as ``make target``."""

    def read(name: str) -> str | None:
        place = project.join(posixpath.dirname(path) or ".", name)
        try:
            return project.read_text(place) if place is not None else None
        except Unreadable:
            return None

    made = Makefile(posixpath.basename(path), read, lambda _script: None, lambda _pattern: None)
    made.load()
    here = posixpath.dirname(path) or "."
    patterns = any(packs(line) for rule in made.patterns for _, line in rule.recipe)
    for target, rule in list(made.rules.items()):
        recipe = "\n".join(line for _, line in rule.recipe)
        if "%" in target or target.startswith(".") or "$" in target:
            continue
        by_pattern = patterns and bool(rule.prerequisites)
        if not by_pattern and not packs(recipe) and not re.search(r"\$[({]MAKE[)}]|\bmake\b|\.sh\b", recipe):
            continue
        # The recipe stands behind the command as a comment: what it speaks of decides what a checkout may hold.
        told = "".join(f"\n# {line}" for line in recipe.split("\n"))
        text = f"make -f {posixpath.basename(path)} {target}{told}"
        line = rule.recipe[0][0] if rule.recipe else 1
        yield Unit(path, target, (Step(text, path, line, here),))


def _script_units(project: Project, path: str) -> Iterator[Unit]:
    """A shell script, started in its own directory or in one above it."""
    data = read_bytes(project, path)
    if not (path.endswith((".sh", ".bash")) or is_shell(data)):
        return
    try:
        text = project.read_text(path)
    except Unreadable:
        return
    starts = [posixpath.dirname(path) or "."]
    while starts[-1] != ".":
        starts.append(posixpath.dirname(starts[-1]) or ".")
    first = text.split("\n", 1)[0]
    letters = "".join(re.findall(r"\s-([a-zA-Z]+)", first)) if first.startswith("#!") else ""
    yield Unit(path, posixpath.basename(path), (Step(text, path, 1, None, {}, letters, path),), tuple(starts))


_READERS: dict[str, Callable[[Project, str], Iterator[Unit]]] = {
    "gitlab": gitlab_units,
    "codebuild": buildspec_units,
    "pipeline": other_units,
    "make": _make_units,
    "task": task_units,
    "just": just_units,
    "npm": npm_units,
    "shell": _script_units,
}
