"""mkdir, touch, chmod and other small file commands of RUN lines."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact import commands_text
from vartask.artifact.commands_options import both, has, operand, split_options
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.modes import changed_mode, owner
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Piped, State, Status
from vartask.model import Absent, Present, Unknown
from vartask.records import replace
from vartask.syntax.shell import Command


def mkdir(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``mkdir [-p] directory...``."""
    state = interpreter.state
    options, paths = split_options(words, frozenset({"-m", "--mode"}))
    mode = options.get("-m") or options.get("--mode")
    status: Status = bool(paths)
    for item in paths:
        if item.text is None or (state.path(item.text) is None):
            state.doubt("/", may_have_changed(command))
            status = both(status, None)
        elif item.text == "":
            status = False
        else:
            status = both(status, _make(state, item.text, mode, parents=has(options, "p", "--parents")))
    return status


def _make(state: State, text: str, mode: str | None, *, parents: bool) -> Status:
    if parents and ".." in text.split("/"):
        # Each directory is made on the way, also those that the path leaves again.
        for index in (index for index, char in enumerate(text) if char == "/" and index):
            state.make_dirs(state.real(text[:index]) or "/")
    path = state.real(text)
    existing = state.files.get(path) if path is not None else Absent()
    if path is None or isinstance(existing, Present):
        return parents and isinstance(existing, Present) and existing.kind == "d"
    last = state.real(text.rstrip("/"), last=False)
    dangling = state.files.get(last) if last is not None else None
    if isinstance(dangling, Present) and dangling.kind == "l":
        # A link that leads nowhere is in the way.
        return False if isinstance(existing, Absent) else None
    parent = state.files.get(posixpath.dirname(path))
    if not parents and isinstance(parent, Absent):
        return False
    if state.writable(posixpath.dirname(path)) is False or state.make_dirs(path) is None:
        return False
    if mode:
        made = state.files.entries[path]
        state.files.put(path, replace(made, mode=changed_mode(0o777, mode, is_dir=True)))
    if isinstance(existing, Unknown):
        # Without -p it may have been there already, and with -p with a mode of its own.
        return None if not parents else True
    return True


def touch(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``touch file...``: an empty file where none is."""
    state = interpreter.state
    options, paths = split_options(words, frozenset({"-d", "-t", "-r", "--date", "--reference"}))
    status: Status = bool(paths)
    for item in paths:
        if item.text is None or state.path(item.text) is None:
            state.doubt("/", may_have_changed(command))
            status = both(status, None)
            continue
        path, found = operand(state, item.text)
        if path is None or (isinstance(found, Present) and state.files.read_only(path)):
            status = False
        elif isinstance(found, Present) or (has(options, "c", "--no-create") and isinstance(found, Absent)):
            status = both(status, True)
        elif has(options, "c", "--no-create"):
            status = both(status, None)
        elif isinstance(found, Unknown):
            # Whatever may be there stays what it is, or there is an empty file now.
            status = both(status, None)
        else:
            status = both(status, False if state.asks_directory(item.text) else state.write(path, ""))
    return status


def chmod(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``chmod mode path...``."""
    items = [item for item in words[1:] if not re.match(r"^-[RvcfRh]+$|^--", item.text or "")]
    mode, paths = (items[0].text if items else None), items[1:]
    recursive = any(re.match(r"^-\w*R|^--recursive", item.text or "") for item in words[1:])
    if mode is None or not paths:
        return None if items else False
    status: Status = True
    for path, entry in _targets(interpreter.state, paths, recursive=recursive):
        if entry.kind != "l":
            changed = changed_mode(entry.mode, mode, is_dir=entry.kind == "d", umask=interpreter.state.umask)
            status = both(status, _change(interpreter.state, path, replace(entry, mode=changed)))
    return both(status, _reached(interpreter.state, paths))


def _change(state: State, path: str, entry: Present) -> bool:
    if state.files.read_only(path):
        return False
    state.files.put(path, entry)
    return True


def chown(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``chown uid:gid path...``; names are left alone, their numbers are the image's affair."""
    items = [item for item in words[1:] if not (item.text or "").startswith("-")]
    if not items or items[0].text is None or not re.match(r"^(root|\d*)(:(root|\d*))?$", items[0].text):
        return None
    recursive = any(re.match(r"^-\w*R|^--recursive", item.text or "") for item in words[1:])
    user, colon, group = items[0].text.replace("root", "0").partition(":")
    uid, gid = owner(f"{user or 0}:{group or 0}")
    status: Status = None
    for path, entry in _targets(interpreter.state, items[1:], recursive=recursive):
        changed = replace(entry, uid=uid if user else entry.uid, gid=gid if colon and group else entry.gid)
        status = both(status, _change(interpreter.state, path, changed))
    return both(status, _reached(interpreter.state, items[1:]))


def _reached(state: State, items: list[Field]) -> Status:
    """Whether every operand is there."""
    status: Status = True
    for item in items:
        found = Unknown("") if item.text is None else operand(state, item.text)[1]
        status = both(status, None if isinstance(found, Unknown) else isinstance(found, Present))
    return status


def _targets(state: State, items: list[Field], *, recursive: bool) -> list[tuple[str, Present]]:
    found: list[tuple[str, Present]] = []
    for item in items:
        path, entry = (None, None) if item.text is None else operand(state, item.text)
        if path is None or not isinstance(entry, Present):
            continue
        found.append((path, entry))
        if recursive:
            found.extend((below, state.files.entries[below]) for below in state.files.below(path))
    return found


def sed(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``-i`` changes files that stay where they are: what they now say is not known."""
    if not any(re.match(r"^-[a-zA-Z]*i|^--in-place", item.text or "") for item in words[1:]):
        return commands_text.sed(interpreter, words)
    options, rest = split_options(words, {"-e", "--expression", "-f", "--file"})
    files = rest if {"-e", "-f", "--expression", "--file"} & options.keys() else rest[1:]
    status = _reached(interpreter.state, files)
    for path, entry in _targets(interpreter.state, files, recursive=False):
        if entry.kind == "f":
            changed = replace(entry, source=None, content=None, put_by=interpreter.state.at)
            interpreter.state.files.entries[path] = changed
        else:
            status = False
    # A script that sed does not understand fails too.
    return both(status, None)


def tee(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``tee [-a] file...``: what it reads is in the file and goes on."""
    state = interpreter.state
    options, paths = split_options(words, frozenset())
    status: Status = True
    for item in paths:
        path = None if item.text is None else state.path(item.text)
        if path is None or item.text is None:
            state.doubt("/", may_have_changed(command))
            status = None
        elif not path.startswith("/dev/"):
            existing = state.files.follow(path)
            before: str | None = ""
            if options and not isinstance(existing, Absent):
                before = state.text(existing) if isinstance(existing, Present) else None
            text = None if before is None or state.stdin is None else before + state.stdin
            done = False if state.asks_directory(item.text) else state.write(path, text)
            status = False if done is False else (status and done)
    state.written = state.stdin
    return status


def sort(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``sort [-o file]``."""
    state = interpreter.state
    options, rest = split_options(words, frozenset({"-o", "-k", "-t"}))
    target = options.get("-o")
    path = state.path(target) if target else None
    if path:
        return state.write(path)
    if not rest and not options and state.piped is not None:
        state.piped = Piped(sorted(state.piped.paths), state.piped.more)
    if not rest and not set(options) - {"-u"} and state.stdin is not None and state.stdin.isascii():
        lines = state.stdin.splitlines()
        state.written = "".join(f"{line}\n" for line in sorted(set(lines) if options else lines))
    return None
