"""The directories that code adds to ``sys.path``, as far as its text shows them."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Mapping

from vartask.imports.conditions import dotted, environment_read

FILE = "<file>"
"""Stands for the path of the module itself in what :func:`path_value` returns."""

CWD = "<cwd>"
"""The name under which :func:`path_value` is told the working directory where it is not ``/var/task``."""

_IDENTITY = frozenset(
    {
        "os.path.abspath",
        "os.path.realpath",
        "os.path.normpath",
        "os.path.expanduser",
        "path.abspath",
        "path.realpath",
        "abspath",
        "realpath",
        "str",
        "os.fspath",
        "Path",
        "pathlib.Path",
    }
)
_DIRNAME = frozenset({"os.path.dirname", "path.dirname", "dirname"})
_JOIN = frozenset({"os.path.join", "path.join", "join"})
_HERE = frozenset({"os.getcwd", "Path.cwd", "pathlib.Path.cwd"})


def path_value(node: ast.expr, names: Mapping[str, ast.expr], depth: int = 0) -> str | None:
    """The directory an expression gives, with ``<file>`` for ``__file__``; ``None`` when it is computed."""
    if depth > 20:  # noqa: PLR2004 - deeper than any real expression; stops names that refer to each other
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.Name):
        if node.id == "__file__":
            return FILE
        return path_value(names[node.id], names, depth + 1) if node.id in names else None
    if environment_read(node) == "LAMBDA_TASK_ROOT":
        return "/var/task"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _join([path_value(node.left, names, depth + 1), path_value(node.right, names, depth + 1)])
    if isinstance(node, ast.Attribute) and node.attr == "parent":
        return _parent(path_value(node.value, names, depth + 1))
    if isinstance(node, ast.Subscript):
        return _parents(node, names, depth)
    if isinstance(node, ast.Call):
        return _call(node, names, depth)
    return None


def _call(node: ast.Call, names: Mapping[str, ast.expr], depth: int) -> str | None:
    name = dotted(node.func)
    if name in _HERE and not node.args:
        return path_value(names[CWD], names, depth + 1) if CWD in names else "/var/task"
    if isinstance(node.func, ast.Attribute) and node.func.attr in {"resolve", "absolute", "as_posix"}:
        return path_value(node.func.value, names, depth + 1)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "joinpath":
        return _join([path_value(part, names, depth + 1) for part in (node.func.value, *node.args)])
    if name in _DIRNAME and len(node.args) == 1:
        return _parent(path_value(node.args[0], names, depth + 1))
    if name in _JOIN or (name in {"Path", "pathlib.Path"} and len(node.args) > 1):
        return _join([path_value(part, names, depth + 1) for part in node.args])
    if name in _IDENTITY and len(node.args) == 1:
        return path_value(node.args[0], names, depth + 1)
    return None


def _parents(node: ast.Subscript, names: Mapping[str, ast.expr], depth: int) -> str | None:
    """``Path(__file__).parents[1]``."""
    base, index = node.value, node.slice
    if not (isinstance(base, ast.Attribute) and base.attr == "parents" and isinstance(index, ast.Constant)):
        return None
    path = path_value(base.value, names, depth + 1)
    for _ in range(index.value + 1 if isinstance(index.value, int) else 0):
        path = _parent(path)
    return path


def _parent(path: str | None) -> str | None:
    if path is None:
        return None
    return f"{path}/.." if path == FILE or path.endswith("..") else posixpath.dirname(path)


def _join(parts: list[str | None]) -> str | None:
    known = [part for part in parts if part is not None]
    return posixpath.join(*known) if known and len(known) == len(parts) else None


def settle(path: str, module: str) -> str:
    """The absolute directory in the artifact, for the module at ``module`` (an artifact path)."""
    if path.startswith(FILE):
        path = module + path[len(FILE) :]
    return posixpath.normpath(posixpath.join("/var/task", path))
