"""mkdir, touch, chmod and other small file commands of RUN lines."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from vartask.artifact.commands_copy import split_options
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.modes import changed_mode, owner
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present
from vartask.syntax.shell import Command


def mkdir(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``mkdir [-p] directory...``."""
    state = interpreter.state
    options, paths = split_options(words, frozenset({"-m", "--mode"}))
    parents = any(name == "--parents" or (not name.startswith("--") and "p" in name) for name in options)
    mode = options.get("-m") or options.get("--mode")
    status: Status = True
    for item in paths:
        path = None if item.text is None else state.real(item.text)
        if path is None:
            state.doubt("/", may_have_changed(command))
            continue
        made = _make(state, path, parents=parents)
        if made and mode:
            entry = state.files.entries[path]
            state.files.put(path, replace(entry, mode=changed_mode(entry.mode, mode, is_dir=True)))
        status = status and made
    return status


def _make(state: State, path: str, *, parents: bool) -> bool:
    existing = state.files.get(path)
    if isinstance(existing, Present):
        return parents and existing.kind == "d"
    parent = posixpath.dirname(path)
    if not parents and isinstance(state.files.get(parent), Absent):
        return False
    if state.writable(parent) is False:
        return False
    return state.make_dirs(path) is not None


def touch(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``touch file...``: an empty file where none is."""
    state = interpreter.state
    _, paths = split_options(words, frozenset({"-d", "-t", "-r"}))
    status: Status = True
    for item in paths:
        path = None if item.text is None else state.real(item.text)
        if path is None:
            state.doubt("/", may_have_changed(command))
        elif not isinstance(state.files.get(path), Present):
            status = state.write(path, "") and status
    return status


def chmod(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``chmod mode path...``."""
    items = [item for item in words[1:] if not re.match(r"^-[RvcfRh]+$|^--", item.text or "")]
    mode, paths = (items[0].text if items else None), items[1:]
    recursive = any(re.match(r"^-\w*R|^--recursive", item.text or "") for item in words[1:])
    if mode is None:
        return None
    for path, entry in _targets(interpreter.state, paths, recursive=recursive):
        if entry.kind != "l":
            changed = changed_mode(entry.mode, mode, is_dir=entry.kind == "d")
            interpreter.state.files.entries[path] = replace(entry, mode=changed)
    return None


def chown(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``chown uid:gid path...``; names are left alone, their numbers are the image's affair."""
    items = [item for item in words[1:] if not (item.text or "").startswith("-")]
    if not items or items[0].text is None or not re.match(r"^\d*(:\d*)?$", items[0].text):
        return None
    recursive = any(re.match(r"^-\w*R|^--recursive", item.text or "") for item in words[1:])
    user, colon, group = items[0].text.partition(":")
    uid, gid = owner(items[0].text or "0")
    for path, entry in _targets(interpreter.state, items[1:], recursive=recursive):
        changed = replace(entry, uid=uid if user else entry.uid, gid=gid if colon and group else entry.gid)
        interpreter.state.files.entries[path] = changed
    return None


def _targets(state: State, items: list[Field], *, recursive: bool) -> list[tuple[str, Present]]:
    found: list[tuple[str, Present]] = []
    for item in items:
        path = None if item.text is None else state.real(item.text)
        entry = None if path is None else state.files.get(path)
        if path is None or not isinstance(entry, Present):
            continue
        found.append((path, entry))
        if recursive:
            found.extend((below, state.files.entries[below]) for below in state.files.below(path))
    return found


def sed(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``-i`` changes files that stay where they are: what they now say is not known."""
    if not any(re.match(r"^-[a-zA-Z]*i|^--in-place", item.text or "") for item in words[1:]):
        return None
    for path, entry in _targets(interpreter.state, words[1:], recursive=False):
        if entry.kind == "f":
            changed = replace(entry, source=None, content=None, put_by=interpreter.state.at)
            interpreter.state.files.entries[path] = changed
    return None


def tee(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``tee file...``: the file is there, what it says is not known."""
    _, paths = split_options(words, frozenset())
    for item in paths:
        path = None if item.text is None else interpreter.state.path(item.text)
        if path is None:
            interpreter.state.doubt("/", may_have_changed(command))
        elif not path.startswith("/dev/"):
            interpreter.state.write(path)
    return None


def sort(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``sort -o file``."""
    options, _ = split_options(words, frozenset({"-o", "-k", "-t"}))
    target = options.get("-o")
    path = interpreter.state.path(target) if target else None
    return interpreter.state.write(path) if path else None
