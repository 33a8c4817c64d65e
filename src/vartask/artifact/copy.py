"""COPY and ADD: which file ends up where.

Follows BuildKit 0.26 and its copier (https://github.com/tonistiigi/fsutil/blob/master/copy/copy.go).
"""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.filesystem import FileSystem, NotADirectory, Tree, resolve, same_directory
from vartask.artifact.gomatch import BadPattern, Matcher, has_wildcards, match, matcher
from vartask.artifact.matching import matching, split_pattern
from vartask.artifact.modes import UMASK, changed_mode, is_octal, is_symbolic, owner
from vartask.artifact.moved import moved_path, moved_regions
from vartask.artifact.sent import Sent
from vartask.artifact.stages import StageError, Step
from vartask.data.builder_words import bad_mode, match_is_no_file, needs_buildkit
from vartask.model import Absent, Present, Span, Unknown, UnknownRegion
from vartask.records import dataclass, replace


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the sources come from: a tree, or nothing that is known and why.

    ``foreign`` says that the tree is a stage or an image, whose owners are kept.  ``sent`` tells what of a context the
    builder gets.
    """

    tree: Tree | None
    reason: str = ""
    foreign: bool = False
    sent: Sent | None = None


class Copier:
    """Carries out the copies of one instruction into ``files``."""

    def __init__(self, files: FileSystem, step: Step, origin: Origin) -> None:
        self.files = files
        self.step = step
        self.origin = origin
        self.builder = step.builder
        self.at = step.span
        item = step.instruction
        self.chown = (
            owner(step.chown, empty_group_is_user=step.builder.empty_group_is_user) if step.chown is not None else None
        )
        self.chmod = self.checked_mode(step.chmod)
        try:
            self.excluded = matcher(item.flag_values("exclude"))
        except BadPattern as error:
            shown = " ".join(item.flag_values("exclude"))
            raise StageError(
                f"failed to calculate checksum of ref: invalid excludepatterns: [{shown}]: syntax error in pattern",
                self.at,
            ) from error

    def checked_mode(self, change: str | None) -> str | None:
        """The mode to set.  Raises :class:`StageError` for one that the builder refuses."""
        if self.step.instruction.flag("chmod") is not None and "chmod" in self.builder.refused_flags:
            raise StageError(needs_buildkit("chmod"), self.at)
        if not change or is_octal(change) or (is_symbolic(change) and self.builder.chmod_symbolic):
            return change
        if self.builder.chmod_checked:
            raise StageError(bad_mode(self.builder, change), self.at)
        return None

    # -- destination ------------------------------------------------------------------------------

    def destination(self) -> str | None:
        """The absolute destination, with a slash at its end when it is meant as a directory; ``None``: unknown."""
        word = self.step.words[-1]
        if word is None or (self.step.workdir is None and not word.startswith("/")):
            return None
        path = posixpath.normpath("/" + posixpath.join(self.step.workdir or "/", word).lstrip("/"))
        return path if path == "/" or not (word in {"", "."} or word.endswith("/")) else path + "/"

    def made(self) -> Present:
        """A directory that the builder makes on the way: an octal --chmod is its mode too, a symbolic one is not."""
        uid, gid = self.chown or (0, 0)
        octal = self.chmod if self.chmod and is_octal(self.chmod) and self.builder.new_dirs_take_chmod else "755"
        return Present("d", put_by=self.at, mode=int(octal, 8) & 0o777 & ~UMASK, uid=uid, gid=gid)

    def make_dirs(self, path: str, made: Present | None = None) -> str:
        """Make the destination's directories.  Raises :class:`StageError`."""
        try:
            return self.files.make_dirs(path, made or self.made())
        except NotADirectory as error:
            raise StageError(str(error), self.at) from error

    def target(self, dest: str) -> str:
        """The real path that ``dest`` stands for, its parents made."""
        if dest.endswith("/"):
            return self.make_dirs(dest)
        parent = self.make_dirs(posixpath.dirname(dest))
        path = posixpath.join(parent, posixpath.basename(dest))
        if self.builder.file_replaces_link and not self.files.is_dir(path):
            return path
        real = resolve(self.files, path) or path
        self.make_dirs(posixpath.dirname(real))
        return real

    # -- one source -------------------------------------------------------------------------------

    def place(self, tree: Tree, path: str, dest: str, wanted: Matcher | None = None) -> None:
        """Copy one file or one directory's contents; of those only what ``wanted`` takes."""
        real = resolve(tree, path)
        found = tree.get(real) if real is not None else Absent()
        if isinstance(found, Unknown):
            self.unknown(dest, found.reason, posixpath.basename(path), found)
        elif isinstance(found, Present) and real is not None:
            target = self.target(dest)
            if found.kind == "d":
                self.directory(tree, real, target, wanted)
            else:
                self.file(found, posixpath.basename(path), target)

    def file(self, found: Present, name: str, target: str) -> None:
        """Copy a file to ``target``, or into it when it is a directory."""
        existing = self.files.get(target)
        if isinstance(existing, Present) and existing.kind == "d":
            target = posixpath.join(target, name)
            existing = self.files.get(target)
            if isinstance(existing, Present) and existing.kind == "d" and not self.builder.conflicts_replace:
                raise StageError(f"cannot replace to directory {target} with file", self.at)
        elif (
            isinstance(existing, Unknown)
            and "." not in posixpath.basename(target)
            and not self._holds_programs(posixpath.dirname(target))
        ):
            # A directory may stand there already, and the file would then go into it.
            self.files.doubt(UnknownRegion(target, existing.reason, existing.at))
            return
        self.files.put(target, self.entry(found))

    def _holds_programs(self, directory: str) -> bool:
        """A base image's ``bin``, which has no directories in it (Filesystem Hierarchy Standard 3.0, 3.4 and 4.4)."""
        doubts = [region for region in self.files.regions if region.covers(posixpath.join(directory, "-"))]
        return posixpath.basename(directory) in {"bin", "sbin"} and all(region.runtime for region in doubts)

    def directory(self, tree: Tree, source: str, target: str, wanted: Matcher | None = None) -> None:
        """Merge a directory's contents into ``target``, whose own mode and owner stay when it is there already."""
        existing = self.files.get(target)
        if isinstance(existing, Present) and existing.kind != "d":
            if self.builder.conflicts_replace and existing.put_by == self.at:
                self.files.forget(target, "a file and a directory of one copy meet here", self.at)
                return
            raise StageError(f"cannot copy to non-directory: {target}", self.at)
        if not isinstance(existing, Present):
            self.files.put(target, self.made())
        Merge(self, tree, source, wanted).into(target)
        self.doubts(tree, source, target)
        for gone, span in tree.hidden(source).items():
            moved = moved_path(gone, source, target)
            if moved not in self.files.entries:
                self.files.removed[moved] = span

    def left_out(self, below: str) -> bool:
        """Whether --exclude keeps out a path, which is relative to the source."""
        return bool(self.excluded.patterns) and self.excluded.decide(below) is not None

    def entry(self, found: Present) -> Present:
        """A source's entry as it arrives: owner, mode and the line that put it there."""
        uid, gid = self.chown or ((found.uid, found.gid) if self.origin.foreign else (0, 0))
        mode = found.mode if found.kind == "l" else self.new_mode(found)
        source = found.source if found.kind != "d" else None
        return Present(found.kind, source, self.at, found.content, found.target, mode, uid, gid)

    def new_mode(self, found: Present) -> int:
        """A file's or directory's mode after --chmod."""
        mode = changed_mode(found.mode, self.chmod, is_dir=found.kind == "d")
        if self.chmod and not self.builder.chmod_sets_special_bits:
            mode = (found.mode & ~0o777) | (mode & 0o777)
        keeps = found.kind == "d" or self.chmod or self.builder.copies_set_id
        return mode if keeps else mode & ~0o6000

    # -- doubts -----------------------------------------------------------------------------------

    def doubts(self, tree: Tree, source: str, target: str) -> None:
        """What may be in the source may be in the copy."""
        for region in tree.doubts(source):
            for moved in moved_regions(region, source, target):
                self.files.doubt(moved)

    def unknown(self, dest: str | None, reason: str, name: str | None = None, found: Unknown | None = None) -> None:
        """Something arrives at ``dest`` and nobody knows what; ``name`` when it is certainly a file of that name."""
        at = found.at if found is not None else self.at
        distributions = found.distributions if found is not None else None
        if dest is None:
            self.files.doubt(UnknownRegion("/", reason, at))
            return
        names = None
        if dest.endswith("/") or self.files.is_dir(dest):
            real = self.make_dirs(dest)
            names = frozenset({name}) if name and looks_like_file(name) else None
        else:
            self.make_dirs(posixpath.dirname(dest))
            real = resolve(self.files, dest) or dest
        self.files.doubt(UnknownRegion(real, reason, at, names=names, distributions=distributions))

    def missing_top(self, dest: str) -> str:
        """The first directory on the way to ``dest`` that is not there yet, else ``dest`` itself."""
        done = "/"
        for part in [part for part in dest.split("/") if part]:
            done = resolve(self.files, posixpath.join(done, part)) or "/"
            if not isinstance(self.files.get(done), Present):
                return done
        return dest

    # -- several sources --------------------------------------------------------------------------

    def sources(self, tree: Tree, path: str, missing: str | None) -> list[str]:
        """The paths that a source word means: itself, or what a pattern matches."""
        if not has_wildcards(path):
            return [path]
        if not self.builder.patterns_are_cleaned and not {"", ".", ".."}.isdisjoint(path[1:].split("/")):
            return []
        base, rest = split_pattern(path)
        real = resolve(tree, base)
        if real is None or not isinstance(tree.get(real), Present):
            in_stage = isinstance(tree, FileSystem) and not tree.is_empty
            if self.builder.empty_copy_is_error or in_stage:
                return []
            raise StageError(missing or f"lstat {base}: no such file or directory", self.at)
        try:
            found = sorted(matching(tree, real, rest))
        except BadPattern:
            return []
        return found if not self.builder.matches_are_patterns else self.matched_again(tree, found)

    def matched_again(self, tree: Tree, found: list[str]) -> list[str]:
        """What names mean that are taken for patterns themselves."""
        again: list[str] = []
        for path in found:
            base, rest = split_pattern(path)
            matches = sorted(matching(tree, base, rest)) if has_wildcards(path) else [path]
            if not matches:
                raise StageError(match_is_no_file(path), self.at)
            again.extend(matches)
        return again


class Merge:
    """Merges the contents of a directory, level by level.

    A directory that is not taken itself (--exclude, or a pattern of --parents) is made only when something in it is.
    """

    def __init__(self, copier: Copier, tree: Tree, top: str, wanted: Matcher | None) -> None:
        self.copier = copier
        self.files = copier.files
        self.tree = tree
        self.top = top
        self.wanted = wanted
        self.waiting: list[tuple[Present, str]] = []
        """Directories around the current one that are not made yet, outermost first."""

    def into(self, target: str) -> None:
        """Merge everything.  Raises :class:`StageError`."""
        self._contents(self.top, target)

    def _contents(self, source: str, target: str) -> None:
        to, start = len(source.rstrip("/")) + 1, target.rstrip("/") + "/"
        beneath = len(self.top.rstrip("/")) + 1
        for child, found in self.tree.children(source):
            place, below = start + child[to:], child[beneath:]
            left_out = self.copier.left_out(below)
            taken = not left_out and (self.wanted is None or self.wanted.decide(below) is not None)
            if taken:
                self._make_waiting()
                self._put(found, place)
            elif left_out:
                self.files.removed.setdefault(place, self.copier.at)
            if found.kind == "d":
                self._inside(child, found, place, taken=taken)

    def _inside(self, child: str, found: Present, place: str, *, taken: bool) -> None:
        if taken:
            self._contents(child, place)
            return
        self.waiting.append((found, place))
        self._contents(child, place)
        if self.waiting:
            self.waiting.pop()

    def _make_waiting(self) -> None:
        for found, place in self.waiting:
            existing = self.files.entries.get(place)
            if existing is None or existing.kind != "d":
                self._put(found, place)
            elif existing.mode != found.mode:
                # The source's mode as it is, whatever --chmod says, and the owner stays (tonistiigi/fsutil, copy).
                self.files.put(place, replace(existing, mode=found.mode, put_by=self.copier.at))
        self.waiting.clear()

    def _put(self, found: Present, place: str) -> None:
        existing = self.files.entries.get(place)
        entry = self.copier.entry(found)
        if existing is not None and found.kind == "d":
            if existing.kind == "l" and self.copier.builder.conflicts_replace:
                self.files.forget(place, "a copied directory meets a symbolic link here", self.copier.at)
                return
            if existing.kind != "d" and not self.copier.builder.conflicts_replace:
                raise StageError(f"cannot copy to non-directory: {place}", self.copier.at)
            if same_directory(existing, entry):
                return
        elif existing is not None and existing.kind == "d" and not self.copier.builder.conflicts_replace:
            raise StageError(f"cannot replace to directory {place} with file", self.copier.at)
        self.files.put(place, entry)


def looks_like_file(name: str) -> bool:
    """Whether a name has an ending such as ``.py``: directories are not called that."""
    return re.search(r"[^.]\.[A-Za-z][A-Za-z0-9]{0,7}$", name) is not None


def check_patterns(paths: list[str], at: Span) -> None:
    """The builder reads all patterns before anything else.  Raises :class:`StageError`."""
    try:
        for path in paths:
            match(path, "")
    except BadPattern as error:
        shown = " ".join(sorted(item.lstrip("/") for item in paths))
        raise StageError(
            f"rpc error: code = Unknown desc = invalid includepatterns: [{shown}]: syntax error in pattern", at
        ) from error


def parent_patterns(path: str) -> tuple[str, Matcher]:
    """``--parents``: the pivot directory that is not kept (a pattern too), and what to take below it."""
    before, pivot, after = path.partition("/./")
    base, pattern = (before, after) if pivot else ("/", path)
    return posixpath.normpath("/" + base.lstrip("/")), matcher(
        [posixpath.normpath("/" + pattern.lstrip("/")).lstrip("/")]
    )
