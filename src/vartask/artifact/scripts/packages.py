"""The archives that scripts of a project make, and the functions that they deploy."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from vartask.artifact.scripts.checkout import Checkout
from vartask.artifact.scripts.files import packing
from vartask.artifact.scripts.handlers import HANDLERS
from vartask.artifact.scripts.runner import follow, identity
from vartask.artifact.scripts.steps import Call, Made, Unit
from vartask.artifact.scripts.units import MAX_UNITS, find_units
from vartask.artifact.shell_state import Zipped
from vartask.model import Packed, Part, Span, Zip
from vartask.project import Project
from vartask.records import dataclass


@dataclass(frozen=True, slots=True)
class Packaging:
    """What all units of a project show: each call with the unit that makes it, each archive, and those in buckets."""

    calls: tuple[tuple[Unit, Call], ...] = ()
    made: tuple[Made, ...] = ()
    uploads: tuple[tuple[Unit, str, Made], ...] = ()
    left_out: int = 0


def packaging(project: Project) -> Packaging:
    """Follow every script of the project that packs or deploys something, once."""
    found: Packaging = project.made.get("packages that scripts make", lambda: _follow(project))
    return found


def _follow(project: Project) -> Packaging:
    everything = project.whole
    checkout = Checkout(everything)
    calls: list[tuple[Unit, Call]] = []
    made: list[Made] = []
    uploads: list[tuple[Unit, str, Made]] = []
    run: set[str] = set()
    seen: set[object] = set()
    units = list(find_units(everything))
    followed = 0
    for unit in units:
        key = tuple((step.text, step.directory, tuple(sorted(step.variables.items(), key=str))) for step in unit.steps)
        if (unit.path in run and unit.steps[0].script is not None) or key in seen:
            continue
        if followed >= MAX_UNITS:
            break
        seen.add(key)
        followed += 1
        outcome = follow(checkout, unit, HANDLERS)
        run |= outcome.scripts
        calls += [(unit, call) for call in outcome.calls]
        made += outcome.made
        uploads += ((unit, key, one) for key, one in outcome.uploads)
    return Packaging(tuple(calls), tuple(made), tuple(uploads), max(0, len(units) - MAX_UNITS))


def package_made(project: Project, path: str) -> Zip | None:
    """The package at a path of the project that a script makes; ``None`` when none is known to make it.

    Where scripts make it in different ways, its contents are not known.
    """
    return as_one([made for made in packaging(project).made if made.path == posixpath.normpath(path)])


def package_uploaded(project: Project, key: str, template: str) -> Zip | None:
    """The package that a script puts into a bucket under ``key`` before it deploys ``template``, as it names it.

    Buckets are mostly named by what only the deployment knows, so a script that does not deploy the template may well
    mean another one; ``None`` where none does.
    """
    if not packing(project.whole):
        return None
    uploads = [(unit, made) for unit, its, made in packaging(project).uploads if its == key]
    return as_one([made for unit, made in uploads if _names(unit, template)])


def _names(unit: Unit, template: str) -> bool:
    """Whether a unit writes the path of a template: from the root, or from where the unit stands."""
    name = re.escape(posixpath.basename(template))
    places = ("", posixpath.dirname(unit.path))
    for step in unit.steps:
        for found in re.finditer(rf"(?<![\w.-])(?:(?:\$\{{?\w+\}}?|[\w.-]+)/)*{name}(?![\w.-])", step.text):
            written = re.sub(r"^\$\{?\w+\}?/", "", found[0])
            if any(posixpath.normpath(posixpath.join(place, written)) == template for place in places):
                return True
    return False


def as_one(made: Iterable[Made]) -> Zip | None:
    """One package of what several runs made at one place."""
    listed = list(made)
    if not listed:
        return None
    first = next((one for one in listed if one.zipped is not None), listed[0])
    kinds = {repr(identity(one.zipped)) for one in listed if one.zipped is not None}
    if len(kinds) > 1:
        others = ", ".join(sorted({str(one.span) for one in listed}))
        return Zip(first.span, reason=f"the package is made in more than one way ({others})")
    return as_zip(first)


def as_zip(made: Made) -> Zip:
    """The package that a script made or found."""
    if made.ready and made.path is not None:
        return Zip(made.span, (Part(made.path, made.span),))
    if made.zipped is None:
        return Zip(made.span, reason=made.reason or "how the package is made cannot be followed")
    return Zip(made.span, (_packed(made.zipped, made.span),))


def _packed(zipped: Zipped, span: Span) -> Packed:
    return Packed(tuple(sorted(zipped.entries.items())), span, zipped.regions)
