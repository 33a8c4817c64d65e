"""rm, rmdir and ln."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from vartask.artifact.commands_copy import doubt_everything, has, is_dir, sources_and_target, split_options
from vartask.artifact.interpreter import Interpreter
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown
from vartask.syntax.shell import Command


def rm(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``rm [-rf] path...``."""
    state = interpreter.state
    options, paths = split_options(words, ())
    force = has(options, "f", "--force")
    recursive = has(options, "rR", "--recursive")
    status: Status = True
    for item in paths:
        path = None if item.text is None else state.real(item.text, last=False)
        if path is None or path == "/":
            # A pattern's unknown matches: unknown before, unknown now.
            status = None if status else status
            continue
        found = state.files.get(path)
        if isinstance(found, Absent):
            status = status if force else False
        elif is_dir(found) and not recursive:
            status = False
        else:
            state.files.remove(path, state.at)
    return status


def rmdir(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``rmdir path...``: only empty directories go."""
    state = interpreter.state
    _, paths = split_options(words, ())
    for item in paths:
        path = None if item.text is None else state.real(item.text)
        if (
            path is not None
            and not any(True for _ in state.files.children(path))
            and not list(state.files.doubts(path))
        ):
            state.files.remove(path, state.at)
    return None


def ln(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``ln [-s] target name``."""
    state = interpreter.state
    options, rest = split_options(words, {"-t", "--target-directory"})
    if len(rest) == 1 and "-t" not in options:
        rest.append(Field("."))
    targets, name = sources_and_target(options, rest)
    if name is None or name.text is None or any(item.text is None for item in targets):
        doubt_everything(state, command)
        return None
    status: Status = True
    for target in targets:
        status = _link(state, target.text or "", name.text, options) and status
    return status


def _link(state: State, target: str, name: str, options: dict[str, str | None]) -> Status:
    keep = has(options, "nT", "--no-dereference", "--no-target-directory")
    path = state.real(name, last=not keep)
    if path is None:
        return None
    if is_dir(state.files.get(path)):
        path = posixpath.join(path, posixpath.basename(target.rstrip("/")))
    else:
        path = state.real(name, last=False) or path
    existing = state.files.get(path)
    if isinstance(existing, Present) and (existing.kind == "d" or not has(options, "f", "--force")):
        return False
    if isinstance(state.files.get(posixpath.dirname(path)), Absent):
        return False
    if has(options, "s", "--symbolic"):
        link = replace(state.new("f"), kind="l", target=target, mode=0o777)
        state.files.put(path, link)
        return True
    return _hard_link(state, target, path)


def _hard_link(state: State, target: str, path: str) -> Status:
    real = state.real(target)
    found = state.files.get(real) if real is not None else Unknown("")
    if isinstance(found, Unknown):
        state.doubt(path, "a link to a file that is not known")
        return None
    if isinstance(found, Absent) or found.kind == "d":
        return False
    state.files.put(path, replace(found, put_by=state.at))
    return True
