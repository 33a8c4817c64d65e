"""cp as GNU coreutils and busybox do it, and what mv and install share with it."""

from __future__ import annotations

import posixpath

from vartask.artifact.commands_options import (
    both,
    doubt_everything,
    has,
    is_dir,
    operand,
    sources_and_target,
    split_options,
)
from vartask.artifact.filesystem import is_in, resolve
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.moved import moved_path, moved_regions
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown, UnknownRegion
from vartask.records import replace
from vartask.syntax.shell import Command

__all__ = ["Cp", "Transfer", "cp", "doubt_everything", "has", "is_dir", "sources_and_target", "split_options"]

UNFOLLOWED = ("-b", "-S", "--backup", "--suffix", "-l", "--link", "-s", "--symbolic-link", "--sparse", "--reflink")
"""Options with which other names appear, or other kinds of entries."""


class Transfer:
    """What cp, mv and install share: where each source goes, and what stands in the way there."""

    def __init__(self, state: State, command: Command, options: dict[str, str | None]) -> None:
        self.state = state
        self.files = state.files
        self.command = command
        self.reason = may_have_changed(command)
        self.not_into = has(options, "T", "--no-target-directory")
        self.no_clobber = has(options, "n", "--no-clobber")
        self.update = has(options, "u", "--update")
        self.made: set[str] = set()
        self.seen: set[str] = set()

    def run(self, sources: list[Field], target: Field | None, *, into: bool) -> Status:
        """Each source in turn; ``into`` says that ``-t`` names a directory."""
        if target is None or not sources:
            # An operand is missing.  What a pattern may match besides is no reason to count on more.
            return False
        if target.text is None:
            doubt_everything(self.state, self.command)
            self.lose(sources)
            return None
        real, found = operand(self.state, target.text)
        if self.not_into and len(sources) > 1:
            # An operand too many.
            return False if all(item.text is not None for item in sources) else None
        many = into or len(sources) > 1
        absent = isinstance(found, Absent)
        if many and (absent or (isinstance(found, Present) and found.kind != "d")) and not self.not_into:
            if into or sum(item.text is not None for item in sources) > 1:
                return False
            self.state.doubt(real or self.state.path(target.text), self.reason)
            self.lose(sources)
            return None
        if real is None and not absent:
            doubt_everything(self.state, self.command)
            self.lose(sources)
            return None
        status: Status = True
        for source in sources:
            status = both(status, self.one(source, target.text))
        return status

    def lose(self, sources: list[Field]) -> None:
        """The sources went somewhere, for commands that take them away."""

    def one(self, source: Field, target: str) -> Status:
        """One source to the target as written."""
        if target == "":
            return False
        goal, there = operand(self.state, target)
        if goal is None:
            goal = self.state.real(target)
        if goal is None:
            return None
        if source.text is None:
            distributions = _distributions(self.state, source.within) if source.within else None
            self.state.doubt(goal, self.reason, distributions=distributions)
            self.lose([source])
            return None
        path, found = self.source(source.text)
        if isinstance(found, Absent):
            return False
        if path is None or isinstance(found, Unknown):
            self.unknown(found, source, (goal, there))
            return None
        if isinstance(there, Unknown):
            self.state.doubt(goal, self.reason)
            self.lose([source])
            return None
        place = self.place(source.text, found, (goal, there, target))
        if place is None:
            return False
        if place in self.made and found.kind != "d":
            # It will not overwrite what it has just made, and says nothing worse of the same source given twice.
            return None if path in self.seen else False
        status = self.put(path, found, place)
        self.made.add(place)
        self.seen.add(path)
        return status

    def source(self, text: str) -> tuple[str | None, Present | Absent | Unknown]:
        """A source's real path and what is there."""
        return operand(self.state, text)

    def place(self, written: str, found: Present, goal: tuple[str, object, str]) -> str | None:
        """The path that the source becomes; ``None`` when that cannot be."""
        path, there, target = goal
        if is_dir(there) and not self.not_into:
            name = posixpath.basename(written.rstrip("/")) if written.strip("/") else ""
            return path if name in {"", "."} else posixpath.normpath(posixpath.join(path, name))
        if self.state.asks_directory(target) and found.kind != "d":
            return None
        parent = self.files.get(posixpath.dirname(path))
        return path if isinstance(parent, Unknown) or is_dir(parent) else None

    def unknown(self, found: Present | Absent | Unknown, source: Field, goal: tuple[str, object]) -> None:
        """A source that may not be there."""
        path, there = goal
        name = posixpath.basename(posixpath.normpath(source.text or "."))
        if is_dir(there) and not self.not_into and name not in {".", "..", ""}:
            path = posixpath.join(path, name)
        if isinstance(found, Unknown):
            region = UnknownRegion(path, found.reason, found.at or self.state.at, distributions=found.distributions)
            known = self.files.get(path)
            if isinstance(known, Present) and known.kind != "d":
                self.files.forget(path, found.reason, found.at)
            self.files.doubt(region)
        self.lose([source])

    def put(self, path: str, found: Present, place: str) -> Status:
        """Make ``place`` out of ``path``."""
        raise NotImplementedError


def _distributions(state: State, directory: str) -> frozenset[str] | None:
    """The distributions that may be behind what is not known in a directory; ``None`` when anything may."""
    found: frozenset[str] = frozenset()
    for region in state.files.doubts(directory):
        if region.path == directory or region.covers(directory):
            if region.distributions is None:
                return None
            found |= region.distributions
    return found or None


class Cp(Transfer):
    """Copies."""

    def __init__(self, state: State, command: Command, options: dict[str, str | None]) -> None:
        super().__init__(state, command, options)
        self.recursive = has(options, "raR", "--recursive", "--archive")
        self.preserve = has(options, "ap", "--archive", "--preserve")
        followed = has(options, "L", "--dereference")
        self.keep_links = has(options, "adPrR", "--archive", "--no-dereference", "--recursive") and not followed
        self.follow_inside = followed
        self.follow_given = has(options, "H")
        self.parents = has(options, "", "--parents")
        self.directories: set[str] = set()
        self.unlink = has(options, "", "--remove-destination")

    def source(self, text: str) -> tuple[str | None, Present | Absent | Unknown]:
        """A source; a link itself, unless it is followed."""
        return operand(self.state, text, last=not self.keep_links or self.follow_given)

    def place(self, written: str, found: Present, goal: tuple[str, object, str]) -> str | None:
        """The path that the source becomes."""
        if not self.parents:
            return super().place(written, found, goal)
        if not is_dir(goal[1]):
            return None
        place = posixpath.normpath(posixpath.join(goal[0], written.lstrip("/")))
        self.state.make_dirs(posixpath.dirname(place))
        return place

    def put(self, path: str, found: Present, place: str) -> Status:
        """Copy."""
        if found.kind == "d":
            return self.directory(path, found, place)
        existing = self.files.get(place)
        entry = self.entry(found)
        if isinstance(existing, Present):
            if self.no_clobber:
                # Whether that is a failure depends on the version.
                return None
            if existing.kind == "d" or resolve(self.files, place) == path or place == path:
                return False
            return self.over(entry, existing, place)
        if self.state.writable(posixpath.dirname(place)) is False:
            return False
        self.files.put(place, entry)
        return True

    def over(self, entry: Present, existing: Present, place: str) -> Status:
        """A file or a link in the place of another one."""
        if self.files.read_only(place):
            return False
        if self.update:
            self.files.put(place, replace(entry, source=None, content=None))
            return True
        if entry.kind == "l" or self.unlink:
            self.files.put(place, entry)
            return True
        if existing.kind == "l":
            real = resolve(self.files, place)
            target = self.files.get(real) if real is not None else Absent()
            if real is None or not isinstance(target, Present) or target.kind == "d":
                return False if not isinstance(target, Unknown) else None
            place, existing = real, target
        if not self.preserve:
            entry = replace(entry, mode=existing.mode, uid=existing.uid, gid=existing.gid)
        self.files.put(place, entry)
        return True

    def directory(self, path: str, found: Present, place: str) -> Status:
        """Copy a directory with what is in it."""
        files = self.files
        existing = files.get(place)
        if not self.recursive or (isinstance(existing, Present) and existing.kind != "d"):
            linked = isinstance(existing, Present) and existing.kind == "l" and files.is_dir(place) and self.recursive
            if not linked:
                return False
            place = resolve(files, place) or place
        if path in self.directories:
            # "will not create hard link to directory": it has been copied as part of another source.
            return None if path in self.seen else False
        self.directories.add(path)
        if is_in(place, path) and self.keeps(place, directory=True):
            # Into itself: it copies some of it before it notices.
            self.state.doubt(place, self.reason)
            return False if place != path else None
        if not isinstance(existing, Present):
            if self.state.writable(posixpath.dirname(place)) is False:
                return False
            files.put(place, self.entry(found))
        elif self.preserve and not self.no_clobber:
            files.put(place, replace(existing, mode=found.mode, uid=found.uid, gid=found.gid))
        return self.contents(path, place)

    def contents(self, path: str, place: str) -> Status:
        """Copy what is in a directory."""
        files = self.files
        status: Status = True
        for child, entry in list(files.children(path)):
            if self.keeps(child, directory=entry.kind == "d"):
                status = both(status, self.child(child, entry, moved_path(child, path, place)))
        for region in list(files.doubts(path)):
            if not is_in(region.path, path) or self.keeps(region.path, directory=True):
                for moved in moved_regions(region, path, place):
                    files.doubt(moved)
        return status

    def keeps(self, path: str, *, directory: bool) -> bool:
        """Whether what is below a source is copied."""
        del path, directory
        return True

    def child(self, child: str, entry: Present, place: str) -> Status:
        """Copy an entry of a directory."""
        if entry.kind != "l" or not self.follow_inside:
            return self.put(child, entry, place)
        real = resolve(self.files, child)
        target = self.files.get(real) if real is not None else Absent()
        if real is None or isinstance(target, Absent):
            return False
        if isinstance(target, Unknown):
            self.state.doubt(place, self.reason)
            return None
        return self.put(real, target, place)

    def entry(self, found: Present) -> Present:
        """The copy of an entry."""
        state = self.state
        uid, gid = (found.uid, found.gid) if self.preserve else (state.uid or 0, state.gid)
        mode = found.mode if self.preserve or found.kind == "l" else found.mode & 0o777 & ~state.umask
        return replace(found, put_by=state.at, uid=uid, gid=gid, mode=mode)


def cp(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``cp [-r] source... target``."""
    options, rest = split_options(words, {"-t", "--target-directory", "-S", "--suffix"})
    sources, target = sources_and_target(options, rest)
    if any(name in UNFOLLOWED for name in options):
        interpreter.state.forget(None if target is None else target.text, may_have_changed(command))
        doubt_everything(interpreter.state, command)
        return None
    into = has(options, "t", "--target-directory")
    return Cp(interpreter.state, command, options).run(sources, target, into=into)
