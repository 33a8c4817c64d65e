"""mv and install as GNU coreutils and busybox do them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from vartask.artifact.commands_copy import UNFOLLOWED, Cp, Transfer
from vartask.artifact.commands_options import both, doubt_everything, has, operand, sources_and_target, split_options
from vartask.artifact.filesystem import is_in
from vartask.artifact.interpreter import Interpreter
from vartask.artifact.modes import changed_mode, owner
from vartask.artifact.moved import moved_path, moved_regions
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown, UnknownRegion
from vartask.records import replace
from vartask.syntax.shell import Command


class _Mv(Transfer):
    def __init__(self, interpreter: Interpreter, command: Command, options: dict[str, str | None]) -> None:
        super().__init__(interpreter.state, command, options)
        self.sure = interpreter.must

    def source(self, text: str) -> tuple[str | None, Present | Absent | Unknown]:
        path, found = operand(self.state, text, last=False)
        if posixpath.basename(text.rstrip("/")) in {".", ".."} and isinstance(found, Present):
            # The kernel does not rename what a shell may stand in: "Device or resource busy".
            return None, Absent()
        return path, found

    def lose(self, sources: list[Field]) -> None:
        """Sources that went somewhere are no longer where they were, if this succeeded."""
        for item in sources:
            path = None if item.text is None else self.state.real(item.text, last=False)
            if path is not None and path != "/":
                self.files.forget(path, self.reason, self.state.at)
            elif item.text is None:
                self.state.forget(item.within or self.state.cwd, self.reason)

    def put(self, path: str, found: Present, place: str) -> Status:
        files = self.files
        existing = files.get(place)
        if is_in(place, path) or path in files.mounts:
            return False
        if files.read_only(path):
            # It is copied, and then cannot be removed.
            files.doubt(UnknownRegion(place, self.reason, self.state.at))
            return False
        if isinstance(existing, Present):
            if self.no_clobber:
                return None
            if (existing.kind == "d") is not (found.kind == "d"):
                return False
            if existing.kind == "d" and any(True for _ in files.children(place)):
                return False
            if existing.kind == "d" and list(files.doubts(place)):
                return None
            if self.update:
                files.put(place, replace(found, source=None, content=None, put_by=self.state.at))
                files.forget(path, self.reason, self.state.at)
                return True
        if False in (self.state.writable(posixpath.dirname(place)), self.state.writable(posixpath.dirname(path))):
            return False
        self.moved(path, found, place)
        return True

    def moved(self, path: str, found: Present, place: str) -> None:
        files = self.files
        below = [(moved_path(one, path, place), files.entries[one]) for one in files.below(path)]
        regions = [new for region in files.doubts(path) for new in moved_regions(region, path, place)]
        files.remove(path, self.state.at)
        files.put(place, replace(found, put_by=self.state.at))
        for one, entry in below:
            files.put(one, replace(entry, put_by=self.state.at))
        files.clear_doubts(place)
        for region in regions:
            files.doubt(region)


def mv(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``mv source... target``."""
    options, rest = split_options(words, {"-t", "--target-directory", "-S", "--suffix"})
    sources, target = sources_and_target(options, rest)
    mover = _Mv(interpreter, command, options)
    if any(name in UNFOLLOWED for name in options):
        mover.lose(sources)
        doubt_everything(interpreter.state, command)
        return None
    return mover.run(sources, target, into=has(options, "t", "--target-directory"))


class _Install(Cp):
    """A copy with a mode of its own, in the place of what was there."""

    def __init__(self, state: State, command: Command, options: dict[str, str | None]) -> None:
        super().__init__(state, command, {})
        self.mode = options.get("-m") or options.get("--mode")
        user = options.get("-o") or options.get("--owner")
        group = options.get("-g") or options.get("--group")
        self.owner = (owner(user)[0] if user else None, owner(group)[0] if group else None)
        self.leading = has(options, "D")
        self.not_into = has(options, "T", "--no-target-directory")

    def entry(self, found: Present) -> Present:
        entry = super().entry(found)
        uid, gid = self.owner
        mode = changed_mode(0, self.mode, is_dir=False) if self.mode else 0o755
        return replace(entry, mode=mode, uid=entry.uid if uid is None else uid, gid=entry.gid if gid is None else gid)

    def place(self, written: str, found: Present, goal: tuple[str, object, str]) -> str | None:
        if self.leading and isinstance(goal[1], Absent) and not goal[2].endswith("/"):
            self.state.make_dirs(posixpath.dirname(goal[0]))
        return super().place(written, found, goal)

    def over(self, entry: Present, existing: Present, place: str) -> Status:
        del existing
        self.files.put(place, entry)
        return True


def install(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``install [-D] [-m mode] source... target``; ``install -d directory...`` makes directories."""
    state = interpreter.state
    options, rest = split_options(words, {"-m", "--mode", "-o", "-g", "--owner", "--group", "-t", "-S", "-C"})
    if has(options, "d", "--directory"):
        return _directories(state, command, options, rest)
    sources, target = sources_and_target(options, rest)
    if has(options, "D") and options.get("-t"):
        state.make_dirs(state.real(options["-t"] or "") or "/")
    return _Install(state, command, options).run(sources, target, into="-t" in options)


def _directories(state: State, command: Command, options: dict[str, str | None], rest: Iterable[Field]) -> Status:
    mode = options.get("-m") or options.get("--mode")
    items = list(rest)
    status: Status = bool(items)
    for item in items:
        path = None if item.text is None else state.real(item.text)
        if path is None or item.text == "":
            doubt_everything(state, command)
            status = both(status, None)
            continue
        made = state.make_dirs(path)
        if made is not None:
            entry = state.files.entries[made]
            state.files.put(made, replace(entry, mode=changed_mode(0, mode, is_dir=True) if mode else 0o755))
        status = both(status, made is not None)
    return status
