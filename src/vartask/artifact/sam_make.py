"""What ``sam build`` makes of a function or layer with ``BuildMethod: makefile``.

The workflow ``custom_make`` of aws-lambda-builders copies the code to an empty directory and runs there
``make --makefile MAKEFILE build-LOGICALID`` with ``ARTIFACTS_DIR`` in the environment: whatever the recipe puts there
is the package.  Here the recipe is followed on a virtual copy, and nothing is executed
(https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/building-custom-runtimes.html).
"""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator
from typing import Final

from vartask.artifact.filesystem import DIRECTORY, FileSystem, is_in, resolve
from vartask.artifact.moved import moved_regions
from vartask.artifact.scripts.checkout import Checkout
from vartask.artifact.scripts.handlers import HANDLERS
from vartask.artifact.scripts.runner import Run, run_step
from vartask.artifact.scripts.steps import MOUNT, Step, Unit
from vartask.model import Packed, Present, Span, UnknownRegion, Zip
from vartask.project import Project, Unreadable
from vartask.records import dataclass, replace

MANIFEST: Final = "Makefile"

_SCRATCH: Final = "/tmp/scratch"  # noqa: S108 - a name in the virtual copy, as are all paths here
_ARTIFACTS: Final = "/ARTIFACTS_DIR"
"""Names in the virtual copy; the second one stands in messages where the recipe has the variable."""
_EXCLUDED: Final = frozenset({".aws-sam", ".git"})
"""``CustomMakeWorkflow.EXCLUDED_FILES``: all that is not copied."""

_MOST_LEVELS: Final = 40


@dataclass(frozen=True, slots=True)
class MakeBuild:
    """One target of a Makefile.

    All paths are relative to the project's root: ``source`` is copied, ``makefile`` read, and ``directory`` is where
    ``make`` runs when that is not the copy.
    """

    name: str
    source: str
    makefile: str
    directory: str | None = None

    @property
    def target(self) -> str:
        """The target that ``sam build`` asks for."""
        return f"build-{self.name}"


def made_package(project: Project, build: MakeBuild, span: Span) -> Zip:
    """The package that the recipe puts together, as far as it can be followed."""
    try:
        text = project.read_text(build.makefile)
    except Unreadable as error:
        return Zip(span, reason=f"`BuildMethod: makefile` without `{build.makefile}`: {error}")
    if build.target not in text:
        return Zip(span, reason=f"`{build.makefile}` has no target `{build.target}` that can be read")
    files = Checkout(project).copy(build.makefile, text)
    for place in (_SCRATCH, _ARTIFACTS):
        files.put(place, DIRECTORY)
        files.clear_doubts(place)
    _copy(files, posixpath.normpath(posixpath.join(MOUNT, build.source)), _SCRATCH)
    status = _make(project, files, build)
    if status is False:
        return Zip(span, reason=f"the recipe of `{build.target}` in `{build.makefile}` certainly fails")
    return _packed(files, Span(build.makefile), span)


def _make(project: Project, files: FileSystem, build: MakeBuild) -> bool | None:
    command = shlex.join(["make", "--makefile", posixpath.join(MOUNT, build.makefile), build.target])
    step = Step(command, build.makefile, 1, _directory(build), {"ARTIFACTS_DIR": _ARTIFACTS})
    unit = Unit(build.makefile, build.target, (step,))
    run = Run(project, files, unit, ".", handlers=HANDLERS)
    status = run_step(run, step, {})
    if run.outcome.given_up:
        files.doubt(UnknownRegion(_ARTIFACTS, f"the recipe of `{build.target}` is too long to be followed"))
        return None
    return status


def _directory(build: MakeBuild) -> str:
    """Where ``make`` runs: a working directory inside the code is the one of the copy."""
    if build.directory is None:
        return _SCRATCH
    source = posixpath.normpath(build.source)
    if source == "." or is_in(build.directory, source):
        return posixpath.normpath(posixpath.join(_SCRATCH, posixpath.relpath(build.directory, source)))
    return posixpath.join(MOUNT, build.directory)


def _copy(files: FileSystem, source: str, target: str) -> None:
    """Copy a directory with what its links lead to, and what may be in it."""
    for region in list(files.regions):
        for moved in moved_regions(region, source, target):
            files.doubt(moved)
    pending = [(source, target, 0)]
    while pending:
        here, there, level = pending.pop()
        for path, entry in list(files.children(here)):
            name = posixpath.basename(path)
            if name in _EXCLUDED:
                continue
            place = posixpath.join(there, name)
            real = resolve(files, path) if entry.kind == "l" else path
            found = files.get(real) if real is not None else None
            if not isinstance(found, Present):
                files.doubt(UnknownRegion(place, f"`{name}` is a symbolic link to nothing in the project"))
            elif found.kind == "d" and level < _MOST_LEVELS and real is not None:
                files.put(place, DIRECTORY)
                pending.append((real, place, level + 1))
            elif found.kind == "f":
                files.put(place, found)


def _packed(files: FileSystem, makefile: Span, span: Span) -> Zip:
    entries = tuple(_entries(files, makefile))
    regions = tuple(region for one in files.regions for region in moved_regions(one, _ARTIFACTS, "/"))
    return Zip(span, (Packed(entries, span, regions),))


def _entries(files: FileSystem, makefile: Span) -> Iterator[tuple[str, Present]]:
    """The files of the finished directory; links are stored as what they lead to."""
    for path in sorted(files.below(_ARTIFACTS)):
        real = resolve(files, path)
        found = files.get(real) if real is not None else None
        if isinstance(found, Present) and found.kind == "f":
            put_by = found.put_by or makefile
            yield path[len(_ARTIFACTS) + 1 :], replace(found, put_by=put_by)
