"""Files that a module opens or asks for while it is imported, as far as the text of the path shows them."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping

from vartask.imports.conditions import dotted
from vartask.imports.paths import FILE, path_value, settle
from vartask.records import dataclass

_READS = frozenset({"read_text", "read_bytes"})
_CHANGES = frozenset("wax+")
_MODE = 1
_ANY, _FILE, _DIRECTORY = frozenset("fd"), frozenset("f"), frozenset("d")
_ASKS = {"os.path.exists": _ANY, "os.path.isfile": _FILE, "os.path.isdir": _DIRECTORY}
_ASKS_PATH = {"exists": _ANY, "is_file": _FILE, "is_dir": _DIRECTORY}
READS = _READS | {"open"}
"""The last words of calls that read a file."""
ASKS = frozenset({"exists", "isfile", "isdir", "is_file", "is_dir"})
"""The last words of calls that ask whether a file is there."""
_SYSTEM = frozenset(
    "bin boot dev etc home lib lib32 lib64 lost+found media mnt opt proc root run sbin srv sys tmp usr var".split()  # noqa: SIM905
)
_TASK_ROOT = "/var/task"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file that is read: ``path`` is its place in the artifact, ``shown`` the path in Python's text, if known."""

    path: str
    shown: str | None


def data_file(call: ast.Call, names: Mapping[str, ast.expr], module: str, workdir: str) -> DataFile | None:
    """The file that a call reads: ``open(...)``, ``Path(...).read_text()``; ``None`` for any other call.

    ``names`` are the module's simple assignments, ``module`` its place in the artifact, ``workdir`` the working
    directory, which paths that begin nowhere are below.
    """
    written = _written(call)
    return located(written, names, module, workdir) if written is not None else None


def located(written: ast.expr, names: Mapping[str, ast.expr], module: str, workdir: str) -> DataFile | None:
    """The file that an expression names; ``None`` where the path is computed, an address, or in somebody's home."""
    value = path_value(written, names)
    if not value or "://" in value or value.startswith("~"):
        return None
    if value.startswith(FILE):
        path = settle(value, module)
        # One ``..`` stands for ``dirname(__file__)``; more of them may be the text's own.
        return DataFile(path, path if value.count("..") == 1 and "/./" not in value else None)
    plain = posixpath.normpath(value) == value and ".." not in value
    return DataFile(posixpath.normpath(posixpath.join(workdir, value)), value if plain else None)


def asked_for(call: ast.Call, function: str | None) -> tuple[ast.expr, frozenset[str]] | None:
    """The path that a call asks for, and which kinds of entries it says yes to; ``None`` for any other call.

    ``function`` is the dotted name of what is called, if it is not the project's.
    """
    if function in _ASKS:
        return (call.args[0], _ASKS[function]) if len(call.args) == 1 and not call.keywords else None
    if isinstance(call.func, ast.Attribute) and not call.args and not call.keywords:
        kinds = _ASKS_PATH.get(call.func.attr)
        return (call.func.value, kinds) if kinds is not None else None
    return None


def _written(call: ast.Call) -> ast.expr | None:
    """The path's expression of a call that reads a file."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in _READS:
        return call.func.value
    if dotted(call.func) != "open" or not call.args:
        return None
    mode = call.args[_MODE] if len(call.args) > _MODE else None
    mode = next((keyword.value for keyword in call.keywords if keyword.arg == "mode"), mode)
    if mode is not None and not (isinstance(mode, ast.Constant) and isinstance(mode.value, str)):
        return None
    reads = mode is None or not _CHANGES & set(str(getattr(mode, "value", "")))
    return call.args[0] if reads else None


def is_packaged(path: str, *, image: bool) -> bool:
    """Whether a path is in a place that only the package fills.

    Of a managed runtime's own file system the top-level directories are the usual ones (Filesystem Hierarchy Standard
    3.0), and file systems are mounted below ``/mnt``
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-filesystem.html): there is no other.
    """
    top = path.split("/")[1]
    return path.startswith(f"{_TASK_ROOT}/") or (not image and top not in _SYSTEM)
