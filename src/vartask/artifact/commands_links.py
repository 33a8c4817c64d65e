"""rm, rmdir and ln."""

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
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Lookup, Present, Unknown
from vartask.records import replace
from vartask.syntax.shell import Command


def rm(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``rm [-rf] path...``."""
    state = interpreter.state
    options, paths = split_options(words, ())
    force = has(options, "f", "--force")
    recursive = has(options, "rR", "--recursive")
    status: Status = bool(paths or force)
    for item in paths:
        if item.text is None and item.within is None:
            # A path that is not known: no path is sure to be there any more below where it may be.
            state.forget(state.cwd, may_have_changed(command))
            status = both(status, None)
        elif item.text is None:
            # A pattern's unknown matches: gone with all that they hold, or (without -r) who knows.
            if recursive and item.pattern is not None and state.writable(item.within or "/"):
                state.files.clear_matches(item.pattern)
            status = both(status, None)
        else:
            status = both(
                status, _remove(state, item.text, force=force, options=(recursive, has(options, "d", "--dir")))
            )
    return status


def _remove(state: State, text: str, *, force: bool, options: tuple[bool, bool]) -> Status:
    recursive, empty = options
    if text == "":
        return force
    if posixpath.basename(text.rstrip("/")) in {".", ".."}:
        return False
    path = state.real(text, last=False)
    found = state.files.get(path) if path is not None else Unknown("")
    if isinstance(found, Present) and found.kind != "d" and text.endswith("/"):
        # "Not a directory", even with -f; of a link to a directory nothing is removed either.
        return False
    if path is None or path == "/":
        return None
    if isinstance(found, Absent):
        return force
    if is_dir(found) and not recursive:
        bare = empty and not any(True for _ in state.files.children(path)) and not list(state.files.doubts(path))
        if not bare:
            return None if empty and not any(True for _ in state.files.children(path)) else False
    if state.writable(posixpath.dirname(path)) is False:
        return False
    if isinstance(found, Unknown) and not recursive and not state.must:
        # A directory would stay, and nobody would mind.
        return None
    return _take(state, path) and (True if isinstance(found, Present) or (force and recursive) else None)


def _take(state: State, path: str) -> bool:
    """Remove a path.  Mount points are busy, and so are their parents; all else goes that may be written."""
    files = state.files
    if not files.holds_mount(path):
        files.remove(path, state.at)
        return True
    for child, _ in list(files.children(path)):
        if files.holds_mount(child) or not files.read_only(child):
            _take(state, child)
    return False


def rmdir(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``rmdir path...``: only empty directories go."""
    state = interpreter.state
    options, paths = split_options(words, ())
    status: Status = bool(paths)
    for item in paths:
        if item.text is None:
            status = both(status, None)
            continue
        path, found = operand(state, item.text, last=False)
        if path is None or not _may_go(state, path, found):
            status = False
        elif isinstance(found, Present) and any(True for _ in state.files.children(path)):
            status = False if not has(options, "", "--ignore-fail-on-non-empty") else both(status, True)
        elif isinstance(found, Unknown) or list(state.files.doubts(path)) or has(options, "p", "--parents"):
            # Empty or not: nobody knows.
            state.files.forget(path, "`rmdir` may have taken it away", state.at)
            status = both(status, None)
        elif posixpath.basename(item.text.rstrip("/")) in {".", ".."}:
            status = False
        else:
            state.files.remove(path, state.at)
    return status


def _may_go(state: State, path: str, found: Lookup) -> bool:
    """Whether a path may be a directory that can be removed once it is empty."""
    if isinstance(found, Absent) or (isinstance(found, Present) and found.kind != "d"):
        return False
    return not state.files.holds_mount(path) and not state.files.read_only(path)


def ln(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``ln [-s] target name``."""
    state = interpreter.state
    options, rest = split_options(words, {"-t", "--target-directory", "-S", "--suffix"})
    if len(rest) == 1 and "-t" not in options:
        rest.append(Field("."))
    targets, name = sources_and_target(options, rest)
    if not targets or name is None:
        return False
    if name.text is None or any(item.text is None for item in targets):
        doubt_everything(state, command)
        return None
    there = operand(state, name.text)[1]
    if len(targets) > 1 and has(options, "T", "--no-target-directory"):
        return False
    if len(targets) > 1 and not is_dir(there):
        return None if isinstance(there, Unknown) else False
    status: Status = True
    for target in targets:
        status = both(status, _link(state, target.text or "", name.text, options))
    return status


def _link(state: State, target: str, name: str, options: dict[str, str | None]) -> Status:
    keep = has(options, "nT", "--no-dereference", "--no-target-directory")
    if name == "" or target == "":
        return False
    path = state.real(name, last=not keep)
    if path is None:
        return None
    where = state.files.get(path)
    if is_dir(where) and not has(options, "T", "--no-target-directory"):
        base = posixpath.basename(target.rstrip("/"))
        path = posixpath.normpath(posixpath.join(path, base))
    elif name.endswith("/"):
        return None if isinstance(where, Unknown) else False
    else:
        path = state.real(name, last=False) or path
    return _made(state, target, path, options)


def _made(state: State, target: str, path: str, options: dict[str, str | None]) -> Status:
    existing = state.files.get(path)
    if isinstance(existing, Unknown):
        state.files.forget(path, "a link may have been made", state.at)
        return None
    if isinstance(existing, Present) and (existing.kind == "d" or not has(options, "f", "--force")):
        return False
    parent = state.files.get(posixpath.dirname(path))
    if not is_dir(parent):
        return None if isinstance(parent, Unknown) else False
    if isinstance(existing, Present) and operand(state, target, last=False)[0] == path:
        # "are the same file"
        return False
    if has(options, "r", "--relative"):
        state.files.forget(path, "a relative link's target is not followed", state.at)
        return None
    if has(options, "s", "--symbolic"):
        link = replace(state.new("f"), kind="l", target=target, mode=0o777)
        state.files.put(path, link)
        return True
    return _hard_link(state, target, path)


def _hard_link(state: State, target: str, path: str) -> Status:
    # GNU's ln links to a link itself (-P).
    real, found = operand(state, target, last=False)
    if real == path:
        return False
    if isinstance(found, Unknown):
        state.doubt(path, "a link to a file that is not known")
        return None
    if isinstance(found, Absent) or found.kind == "d":
        return False
    state.files.put(path, replace(found, put_by=state.at))
    return True
