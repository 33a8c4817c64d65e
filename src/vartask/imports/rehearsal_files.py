"""Files that a module reads, makes or asks for while it is imported."""

from __future__ import annotations

import ast
import posixpath

from vartask.imports.conditions import dotted
from vartask.imports.data_files import ASKS, READS, asked_for, data_file, is_packaged, located
from vartask.imports.paths import CWD
from vartask.imports.rehearsal_expressions import Expressions
from vartask.imports.rehearsal_values import (
    Builtin,
    Class,
    Foreign,
    Function,
    Known,
    Maybe,
    Method,
    Scope,
    Value,
    error,
)
from vartask.imports.written_files import WRITES, Place, refused
from vartask.model import Absent, Image, Present
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_CALLS = READS | WRITES | ASKS | {"chdir", "fchdir"}
"""The last words of calls that are looked at: most are not."""

_MOVES = frozenset({"os.chdir", "os.fchdir", "contextlib.chdir"})
_OPEN = (Builtin("open"), Foreign("open"), Foreign("io.open"))
_PATHS = (None, Foreign("pathlib.Path"), Foreign("pathlib.PosixPath"), Foreign("pathlib.PurePath"))
_TASK_ROOT = "/var/task"
_ANYWHERE = "/tmp"  # noqa: S108 - a path in Lambda
"""Where code may be that has changed its directory: nothing below it is judged."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A call as it is written and with the text of its first argument, if known; what the names in it stand for."""

    node: ast.Call
    call: ast.Call
    function: str | None
    names: dict[str, ast.expr]


class Files(Expressions):
    """Knows which files the artifact has, and that nobody can make any."""

    def files(self, node: ast.Call, function: Value, arguments: list[Value], scope: Scope) -> Value | None:
        """What a call that asks for a file gives.  Raises what one that cannot read or make a file raises."""
        name = (
            function.path if isinstance(function, Foreign) else dotted(node.func) or str(getattr(node.func, "attr", ""))
        )
        if name.rpartition(".")[2] not in _CALLS:
            return None
        self.moved = self.moved or name in _MOVES
        if not _own(node, function, scope):
            return None
        workdir = _ANYWHERE if self.moved else self._workdir()
        names = self._names(node, scope)
        if workdir != _TASK_ROOT:
            names = {**names, CWD: ast.Constant(workdir)}
        place = Place(self.scene.tree, scope.module.found.module.path, workdir)
        asked = _Asked(node, _known(node, arguments), function.path if isinstance(function, Foreign) else None, names)
        self._write(asked, place, scope)
        self._read(asked, place, scope)
        return self._exists(asked, place, scope)

    def _names(self, node: ast.Call, scope: Scope) -> dict[str, ast.expr]:
        """What the names in a call stand for: their texts where these are known, else the module's assignments."""
        names = self.assigned(scope)
        for part in walk(node):
            if isinstance(part, ast.Name):
                value, local = _bound(part.id, scope)
                if isinstance(value, Known) and isinstance(value.value, str):
                    names = {**names, part.id: ast.Constant(value.value)}
                elif part.id in names and (local or isinstance(value, Maybe)):
                    names = {name: one for name, one in names.items() if name != part.id}
        return names

    def _workdir(self) -> str:
        """Where the process starts."""
        config, artifact = self.scene.tree.config, self.scene.function.artifact
        if config is None:
            return _TASK_ROOT
        override = artifact.workdir if isinstance(artifact, Image) else None
        return posixpath.normpath(posixpath.join(config.workdir, override.value if override is not None else ""))

    def _read(self, asked: _Asked, place: Place, scope: Scope) -> None:
        """A file that is read and certainly not in the package ends the import."""
        file = data_file(asked.call, asked.names, place.module, place.workdir)
        if file is None or not is_packaged(file.path, image=place.tree.config is not None):
            return
        if not isinstance(place.tree.lookup(file.path), Absent) or self._perhaps_made(file.path, asked.node, scope):
            return
        text = f"[Errno 2] No such file or directory: {file.shown!r}" if file.shown is not None else None
        raised = error("FileNotFoundError", text, self.place(asked.node, scope))
        raised.kind, raised.subject = "file", file.path
        raise raised

    def _write(self, asked: _Asked, place: Place, scope: Scope) -> None:
        """A file or directory that is made where nobody may ends the import, too."""
        found = refused(asked.call, asked.function, asked.names, place)
        if found is not None and not (found.hangs_on and self._perhaps_made(found.path, asked.node, scope)):
            raised = error(found.exception, found.text, self.place(asked.node, scope))
            raised.kind, raised.subject = "write", found.path
            raise raised

    def _exists(self, asked: _Asked, place: Place, scope: Scope) -> Value | None:
        """``os.path.exists(...)`` and the like, of a path that only the package fills."""
        wanted = asked_for(asked.call, asked.function)
        file = located(wanted[0], asked.names, place.module, place.workdir) if wanted is not None else None
        if wanted is None or file is None or not is_packaged(file.path, image=place.tree.config is not None):
            return None
        found = place.tree.lookup(file.path)
        if isinstance(found, Absent):
            return None if self._git_ignored(file.path, scope) else Known(value=False)
        return Known(found.kind in wanted[1]) if isinstance(found, Present) and found.kind != "l" else None

    def _perhaps_made(self, path: str, node: ast.Call, scope: Scope) -> bool:
        """Whether somebody may make a file of that path before the package is made."""
        ignored = self._git_ignored(path, scope)
        if ignored is not None and not self.guards:
            self.gaps[self.place(node, scope), f"git ignores `{ignored}`: cannot tell whether it is packaged"] = None
        return ignored is not None

    def _git_ignored(self, path: str, scope: Scope) -> str | None:
        """What a path of the package would be in the repository, by the place of the module, where git ignores that."""
        module = scope.module.found.module
        if module.source is None:
            return None
        beside = posixpath.relpath(path, posixpath.dirname(module.path))
        source = posixpath.normpath(posixpath.join(posixpath.dirname(module.source), beside))
        project = self.scene.evidence.sources.project
        return source if not source.startswith("..") and project.ignored(source) else None

    def assigned(self, scope: Scope) -> dict[str, ast.expr]:
        """The simple top-level assignments of a module."""
        raise NotImplementedError


def _own(node: ast.Call, function: Value, scope: Scope) -> bool:
    """Whether ``open`` and ``Path`` are Python's own."""
    if isinstance(function, (Function, Method, Class)):
        return False
    if dotted(node.func) == "open" and function not in _OPEN:
        return False
    return _bound("Path", scope)[0] in _PATHS


def _bound(name: str, scope: Scope) -> tuple[Value | None, bool]:
    """What a name is bound to where code runs, and whether a function or class does that."""
    here: Scope | None = scope
    while here is not None and here.names is not scope.module.names:
        if name not in here.declared and (name in here.names or name in (here.local or ())):
            return here.names.get(name), True
        here = here.outer
    return scope.module.names.get(name), False


def _known(node: ast.Call, arguments: list[Value]) -> ast.Call:
    """The call with the text of its first argument, where that is known."""
    first = arguments[0] if arguments and not isinstance(node.args[0], ast.Starred) else None
    if not isinstance(first, Known) or not isinstance(first.value, str):
        return node
    return ast.Call(node.func, [ast.Constant(first.value), *node.args[1:]], node.keywords)
