"""Commands that a deployment tool runs in the working copy, and what it packs between them."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from vartask.artifact.filesystem import MAX_LINKS, FileSystem, resolve
from vartask.artifact.moved import moved_regions
from vartask.artifact.scripts.checkout import Checkout, project_path
from vartask.artifact.scripts.handlers import HANDLERS
from vartask.artifact.scripts.runner import Run, follow_in, shell_of
from vartask.artifact.scripts.steps import MOUNT, Step, Unit
from vartask.artifact.shell_state import Status
from vartask.model import Packed, Present, Span, Unknown, UnknownRegion, Zip
from vartask.project import Project
from vartask.records import dataclass

Skip = Callable[[str, bool], bool]
"""``(path, directory) -> bool``: whether a path below the packed directory is left out; a directory with all in it."""

_MAX_ENTRIES = 50_000


@dataclass
class Session:
    """A working copy of the repository in which steps run one after the other."""

    run: Run

    @classmethod
    def of(cls, project: Project, path: str, steps: tuple[Step, ...]) -> Session:
        """A fresh working copy for steps that a file of the project holds; paths are relative to the repository."""
        text = "\n".join(step.text for step in steps)
        files = Checkout(project).copy(path, text)
        return cls(Run(project, files, Unit(path, path, steps), ".", handlers=HANDLERS))

    @property
    def files(self) -> FileSystem:
        """The working copy as the steps so far leave it."""
        return self.run.files

    def follow(self, step: Step) -> tuple[Status, str | None]:
        """Run a step; how it ends, and in which directory (``None`` when that is not known)."""
        shell = shell_of(self.run, step, {})
        if shell.state.cwd is None:
            self.files.forget(MOUNT, f"`{step.directory}` is not a directory: its commands are not followed", None)
            return None, None
        status = follow_in(shell, self.run, step)
        if self.run.outcome.given_up:
            self.files.forget(MOUNT, "the commands are too many to be followed", Span(step.path, max(1, step.line)))
        cwd = shell.state.cwd
        return status, project_path(cwd)

    def packed(self, path: str, span: Span, *, into: str = "", skip: Skip | None = None) -> Packed | None:
        """What lies at a path now: a directory's contents, or one file; ``None`` when nothing may be there."""
        place = posixpath.normpath(posixpath.join(MOUNT, path))
        real = resolve(self.files, place)
        found = None if real is None else self.files.get(real)
        if real is None or found is None or not isinstance(found, (Present, Unknown)):
            return None
        if isinstance(found, Unknown):
            region = UnknownRegion("/", found.reason, found.at or span, distributions=found.distributions)
            return Packed((), span, (region,), into)
        if found.kind == "f":
            return Packed(((posixpath.basename(place), found),), span, (), into)
        entries: dict[str, Present] = {}
        regions: list[UnknownRegion] = []
        for name, entry in self._walk(real, "", (), regions, skip):
            entries[name] = entry
            if len(entries) > _MAX_ENTRIES:
                regions.append(UnknownRegion("/", f"`{path}` has more than {_MAX_ENTRIES} files", span))
                break
        return Packed(tuple(sorted(entries.items())), span, tuple(dict.fromkeys(regions)), into)

    def _walk(
        self, real: str, name: str, above: tuple[str, ...], regions: list[UnknownRegion], skip: Skip | None
    ) -> Iterator[tuple[str, Present]]:
        """The files below a directory, links followed; what may be there besides goes to ``regions``."""
        place = posixpath.join("/", name)
        if real in above or len(above) > MAX_LINKS:
            regions.append(UnknownRegion(place, "symbolic links lead round in a circle"))
            return
        if not above:
            regions += [moved for one in self.files.doubts(real) for moved in moved_regions(one, real, place)]
        for child, entry in self.files.children(real):
            own = posixpath.join(name, posixpath.basename(child))
            target = resolve(self.files, child) if entry.kind == "l" else child
            found = self.files.get(target) if target is not None else Unknown("symbolic links lead round in a circle")
            is_directory = isinstance(found, Present) and found.kind == "d"
            if skip is not None and skip(own, is_directory):
                continue
            if isinstance(found, Unknown):
                regions.append(UnknownRegion(posixpath.join("/", own), found.reason, found.at))
            elif isinstance(found, Present) and target is not None and is_directory:
                if target != child:
                    moved = [moved_regions(one, target, posixpath.join("/", own)) for one in self.files.doubts(target)]
                    regions += [one for many in moved for one in many]
                yield from self._walk(target, own, (*above, real), regions, skip)
            elif isinstance(found, Present):
                yield own, found

    def archive(self, path: str, span: Span) -> Zip | None:
        """The zip archive that the steps made at a path; ``None`` when they made none there."""
        found = self.files.follow(posixpath.normpath(posixpath.join(MOUNT, path)))
        if not isinstance(found, Present) or found.archive is None:
            return None
        zipped = self.run.zips.get(found.archive)
        if zipped is None:
            return Zip(span, reason="how the package is made cannot be followed")
        return Zip(span, (Packed(tuple(sorted(zipped.entries.items())), found.put_by or span, zipped.regions),))
