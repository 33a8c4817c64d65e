"""Virtual environments: what ``python -m venv``, ``virtualenv`` and ``uv venv`` make.

https://docs.python.org/3/library/venv.html; the files were listed with CPython 3.10 to 3.13 and uv 0.13.
"""

from __future__ import annotations

import posixpath

from vartask.artifact.commands_copy import doubt_everything, split_options
from vartask.artifact.interpreter import short
from vartask.artifact.pip_places import python_of
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.data.base_images import WITH_SETUPTOOLS
from vartask.model import Present
from vartask.records import replace
from vartask.syntax.shell import Command

SCRIPTS = ("Activate.ps1", "activate", "activate.csh", "activate.fish")
UV_SCRIPTS = (
    *("activate", "activate.bat", "activate.csh", "activate.fish", "activate.nu", "activate.ps1"),
    *("activate_this.py", "deactivate.bat", "pydoc.bat"),
)
UV_PERHAPS = frozenset({"activate.xsh"})
UV_PERHAPS_IN_LIBRARY = frozenset({"_virtualenv.py", "_virtualenv.pth"})
"""Files that some releases of uv write and others do not."""

VENV_VALUED = frozenset({"--prompt", "-p", "--python", "--scm-ignore-files"})
SINCE_INCLUDE = (3, 11)
"""Versions that make a directory of their own below ``include``."""
SINCE_IGNORE_FILE = (3, 13)


def venv(state: State, program: str, module: str, words: list[Field], command: Command) -> Status:
    """``python -m venv`` and ``python -m virtualenv``."""
    options, paths = split_options([Field(module), *words], VENV_VALUED)
    python = python_of(state, program) if module == "venv" and state.everything else None
    plain = not {"--copies", "--upgrade", "--clear", "--system-site-packages", "--upgrade-deps"} & options.keys()
    for item in paths:
        home = None if item.text is None else state.path(item.text)
        if home is None:
            doubt_everything(state, command)
        elif python is None or state.prefix is None or not plain or not _new(state, home):
            doubtful(state, home, command)
        else:
            _make(state, home, python, posixpath.basename(program))
            if "--without-pip" not in options:
                _with_pip(state, home, python, command)
    return None if python is None or not plain else True


def _new(state: State, home: str) -> bool:
    """Whether nothing stands there yet."""
    found = state.files.entries.get(state.real(home) or home)
    return found is None or (found.kind == "d" and not any(True for _ in state.files.children(home)))


def doubtful(state: State, home: str, command: Command) -> None:
    """A virtual environment of which only that much is known."""
    real = state.make_dirs(home)
    if real is not None:
        state.files.put(posixpath.join(real, "pyvenv.cfg"), state.new("f"))
        state.doubt(real, f"`{short(command.text)}` makes a virtual environment")


def _make(state: State, home: str, python: str, executable: str) -> None:
    version = tuple(int(part) for part in python.split("."))
    _skeleton(state, home, python)
    state.make_dirs(posixpath.join(home, "include", *([f"python{python}"] if version >= SINCE_INCLUDE else [])))
    if version >= SINCE_IGNORE_FILE:
        _file(state, home, ".gitignore")
    for name in SCRIPTS:
        _file(state, home, f"bin/{name}")
    _link(state, home, f"bin/{executable}", f"{state.prefix}/bin/{executable}")
    for name in ("python", "python3", f"python{python}"):
        if name != executable:
            _link(state, home, f"bin/{name}", executable)


def _skeleton(state: State, home: str, python: str) -> None:
    state.make_dirs(posixpath.join(home, "bin"))
    state.make_dirs(posixpath.join(home, f"lib/python{python}/site-packages"))
    _link(state, home, "lib64", "lib")
    _file(state, home, "pyvenv.cfg")


def _with_pip(state: State, home: str, python: str, command: Command) -> None:
    """Ensurepip's pip, of which only the programs are certain."""
    brought = {"pip", *({"setuptools"} if python in WITH_SETUPTOOLS else ())}
    library = posixpath.join(home, f"lib/python{python}/site-packages")
    state.doubt(library, f"what `{short(command.text)}` installs", distributions=frozenset(brought))
    for name in ("pip", "pip3", f"pip{python}"):
        _file(state, home, f"bin/{name}", mode=0o666 & ~state.umask | 0o555)


def uv_venv(state: State, home: str, command: Command) -> bool:
    """``uv venv``, of the Python that uv finds first: the base image's.  ``False`` where its version is not known."""
    python = state.python
    if python is None or state.prefix is None or not state.everything or not _new(state, home):
        doubtful(state, home, command)
        return False
    _skeleton(state, home, python)
    for name in ("CACHEDIR.TAG", ".gitignore", *(f"bin/{name}" for name in UV_SCRIPTS)):
        _file(state, home, name)
    _link(state, home, "bin/python", f"{state.prefix}/bin/python3")
    for name in ("python3", f"python{python}"):
        _link(state, home, f"bin/{name}", "python")
    reason = "releases of uv differ in this"
    state.doubt(posixpath.join(home, "bin"), reason, names=UV_PERHAPS)
    state.doubt(posixpath.join(home, f"lib/python{python}/site-packages"), reason, names=UV_PERHAPS_IN_LIBRARY)
    return True


def _file(state: State, home: str, name: str, *, mode: int | None = None) -> None:
    made = state.new("f")
    state.files.put(_place(state, home, name), made if mode is None else replace(made, mode=mode))


def _link(state: State, home: str, name: str, target: str) -> None:
    owner = state.new("f")
    made = Present("l", target=target, mode=0o777, uid=owner.uid, gid=owner.gid, put_by=owner.put_by)
    state.files.put(_place(state, home, name), made)


def _place(state: State, home: str, name: str) -> str:
    path = posixpath.join(home, name)
    return posixpath.join(state.real(posixpath.dirname(path)) or posixpath.dirname(path), posixpath.basename(path))
