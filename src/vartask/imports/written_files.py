"""Files and directories that a module makes while it is imported, where Lambda lets nobody make any.

A function's file system is read-only but for ``/tmp`` and what is mounted below ``/mnt``
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html).
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping

from vartask.imports.conditions import dotted
from vartask.imports.data_files import located
from vartask.model import Absent, FileTree, Present
from vartask.records import dataclass

_WRITABLE = frozenset({"tmp", "mnt", "dev", "proc"})
_MAKES = frozenset({"os.mkdir", "os.makedirs"})
_WRITES = frozenset({"write_text", "write_bytes", "touch"})
_HANDLERS = frozenset(
    f"{module}{name}"
    for module, name in (
        ("logging.", "FileHandler"),
        ("logging.handlers.", "WatchedFileHandler"),
        ("logging.handlers.", "RotatingFileHandler"),
        ("logging.handlers.", "TimedRotatingFileHandler"),
    )
)
WRITES = _WRITES | {"open", "mkdir", "makedirs"} | {name.rpartition(".")[2] for name in _HANDLERS}
"""The last words of calls that make a file or directory."""
_MODE = 1
_READ_ONLY = "[Errno 30] Read-only file system"
_MISSING = "[Errno 2] No such file or directory"


@dataclass(frozen=True, slots=True)
class Refused:
    """What Python raises instead of making ``path``: the exception's class, its text where that is known.

    ``hangs_on`` says that it would not if ``path`` were there.
    """

    path: str
    exception: str
    text: str | None
    hangs_on: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A path that a call makes: its expression, and whether it is a directory, made with those above it."""

    written: ast.expr
    directory: bool = False
    parents: bool = False
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """Where code runs: ``module`` is its file in the artifact, ``workdir`` where paths that begin nowhere are."""

    tree: FileTree
    module: str
    workdir: str


def refused(call: ast.Call, function: str | None, names: Mapping[str, ast.expr], place: Place) -> Refused | None:
    """Why a call certainly cannot make what it is asked for; ``None`` for any other call.

    ``function`` is the dotted name of what is called, if it is not the project's; ``names`` are the module's simple
    assignments.
    """
    wanted = _wanted(call, function)
    file = located(wanted.written, names, place.module, place.workdir) if wanted is not None else None
    if wanted is None or file is None or file.path.split("/")[1] in _WRITABLE:
        return None
    return _answer(wanted, file.path, file.path if wanted.absolute else file.shown, place.tree)


def _answer(wanted: _Wanted, path: str, shown: str | None, tree: FileTree) -> Refused | None:
    found = tree.lookup(path)
    if isinstance(found, Present) and (wanted.directory or found.kind != "f"):
        return None
    if wanted.directory and not isinstance(found, Absent):
        return None
    above = posixpath.dirname(path)
    while wanted.parents and isinstance(tree.lookup(above), Absent) and above != "/":
        path, shown = above, posixpath.dirname(shown) if shown is not None else None
        above = posixpath.dirname(above)
    parent = tree.lookup(above)
    if above in {"/", "/var/task"} or (isinstance(parent, Present) and parent.kind == "d"):
        return Refused(path, "OSError", None if not shown else f"{_READ_ONLY}: {shown!r}", wanted.directory)
    if isinstance(parent, Absent):
        return Refused(path, "FileNotFoundError", None if not shown else f"{_MISSING}: {shown!r}", hangs_on=True)
    return None


def _wanted(call: ast.Call, function: str | None) -> _Wanted | None:
    """What a call makes."""
    if function in _MAKES:
        return _Wanted(call.args[0], directory=True, parents=function == "os.makedirs") if call.args else None
    if function in _HANDLERS:
        late = len(call.args) > 1 or any(one.arg in {None, "delay", "mode"} for one in call.keywords)
        return _Wanted(call.args[0], absolute=True) if call.args and not late else None
    if isinstance(call.func, ast.Attribute) and call.func.attr in {*_WRITES, "mkdir"}:
        return _by_path(call, call.func)
    return _Wanted(call.args[0]) if dotted(call.func) == "open" and call.args and _mode(call) in {"w", "a"} else None


def _by_path(call: ast.Call, function: ast.Attribute) -> _Wanted | None:
    if function.attr in _WRITES:
        return _Wanted(function.value)
    parents = next((one.value for one in call.keywords if one.arg == "parents"), None)
    if (
        call.args
        or any(one.arg is None for one in call.keywords)
        or not isinstance(parents, (ast.Constant, type(None)))
    ):
        return None
    return _Wanted(function.value, directory=True, parents=parents is not None and bool(parents.value))


def _mode(call: ast.Call) -> str | None:
    """The first letter of the mode that a file is opened in."""
    mode = call.args[_MODE] if len(call.args) > _MODE else None
    mode = next((one.value for one in call.keywords if one.arg == "mode"), mode)
    return mode.value[:1] if isinstance(mode, ast.Constant) and isinstance(mode.value, str) else None
