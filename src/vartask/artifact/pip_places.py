"""Where pip puts packages (https://pip.pypa.io/en/stable/cli/pip_install/)."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.pip_settings import Install
from vartask.artifact.shell_state import State
from vartask.artifact.wheel_layout import Scheme, prefix_scheme, staged_scheme
from vartask.model import Absent, Present
from vartask.records import dataclass


class NoPlace(Exception):
    """pip refuses: such an installation is not possible here."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place for packages.

    ``target`` is set for ``--target``, to which everything is moved afterwards.  ``library`` are the directories in
    which pip sees what is installed already, ``root`` is the directory that uv locks.
    """

    python: str
    scheme: Scheme
    target: str | None = None
    library: tuple[str, ...] = ()
    root: str | None = None


def place_of(state: State, program: str, arguments: Install) -> Place | None:
    """The one place, ``None`` when it cannot be told.  Raises :class:`NoPlace`."""
    python = python_of(state, program)
    if python is None or not state.everything or arguments.on("--python", "--dry-run", "--report"):
        return None
    home, sure = _environment(state, program)
    if not sure:
        return None
    if arguments.on("--target"):
        target = _path(state, arguments.last("--target"))
        return None if target is None else Place(python, staged_scheme(python, environment=home is not None), target)
    regular = _regular(state, home, python)
    if regular is None:
        return None
    if arguments.on("--require-virtualenv") and home is None:
        raise NoPlace
    if arguments.on("--prefix", "--root"):
        return _elsewhere(state, regular, arguments, environment=home is not None)
    if arguments.on("--user") and home is not None:
        raise NoPlace
    writable = state.writable(state.real(regular.scheme.purelib) or regular.scheme.purelib)
    if arguments.on("--user") or writable is False:
        return _user(state, python, regular)
    return regular if writable else None


def _elsewhere(state: State, regular: Place, arguments: Install, *, environment: bool) -> Place | None:
    """``--prefix`` and ``--root``: what is installed in the regular place counts all the same."""
    if arguments.on("--prefix"):
        if arguments.on("--user"):
            raise NoPlace
        prefix = _path(state, arguments.last("--prefix"))
        scheme = None if prefix is None else prefix_scheme(prefix, regular.python, environment=environment)
    else:
        root = _path(state, arguments.last("--root"))
        scheme = None if root is None else regular.scheme.below(root)
    return None if scheme is None else Place(regular.python, scheme, None, regular.library)


def _path(state: State, text: str | None) -> str | None:
    path = None if text is None else state.path(text)
    return path if path is None or state.uid == 0 else None


def _regular(state: State, home: str | None, python: str) -> Place | None:
    if home is not None:
        scheme = prefix_scheme(home, python, environment=True)
        known = isinstance(state.files.follow(scheme.purelib), Present)
        return Place(python, scheme, None, (scheme.purelib,)) if known else None
    if state.prefix is None:
        return None
    scheme = prefix_scheme(state.prefix, python)
    more = [path for path in (state.variables.get("PYTHONPATH") or "").split(":") if path]
    users = user_base(state)
    if users is not None:
        more.append(prefix_scheme(users, python).purelib)
    return Place(python, scheme, None, (scheme.purelib, *more))


def _user(state: State, python: str, regular: Place) -> Place | None:
    base = user_base(state)
    return None if base is None else Place(python, prefix_scheme(base, python), None, regular.library)


def user_base(state: State) -> str | None:
    """Where ``--user`` installs (https://docs.python.org/3/library/site.html#site.USER_BASE)."""
    base = state.variables.get("PYTHONUSERBASE")
    if base:
        return base
    home = state.variables.get("HOME") or ("/root" if state.uid == 0 else None)
    return posixpath.join(home, ".local") if home else None


def python_of(state: State, program: str) -> str | None:
    """The version of the Python that a program (``pip3.12``, ``/var/lang/bin/python3``) belongs to."""
    directory, base = posixpath.split(program)
    version = re.search(r"3\.\d+$", base)
    if version is not None and version[0] != state.python:
        return None
    if directory and state.path(directory) != posixpath.join(state.prefix or "", "bin"):
        home = state.path(posixpath.dirname(directory))
        if home is None or posixpath.basename(directory) != "bin" or not is_environment(state, home):
            return None
    return state.python


# -- virtual environments --------------------------------------------------------------------------


def _environment(state: State, program: str) -> tuple[str | None, bool]:
    """The virtual environment whose pip runs, and whether that is sure."""
    home = virtual_environment(state, program)
    if home is None or posixpath.dirname(program):
        return home, True
    path = (state.variables.get("PATH") or "").split(":")
    if posixpath.join(home, "bin") not in path:
        return home, False
    found = state.files.follow(posixpath.join(home, "bin", posixpath.basename(program)))
    return home, isinstance(found, Present)


def virtual_environment(state: State, program: str) -> str | None:
    """The virtual environment that a program belongs to: by its path, by VIRTUAL_ENV, or first on PATH."""
    if posixpath.basename(posixpath.dirname(program)) == "bin":
        home = state.path(posixpath.dirname(posixpath.dirname(program)))
        return home if home is not None and is_environment(state, home) else None
    active = state.variables.get("VIRTUAL_ENV")
    if active:
        return active
    for entry in (state.variables.get("PATH") or "").split(":"):
        if posixpath.basename(entry) == "bin" and is_environment(state, posixpath.dirname(entry)):
            return posixpath.dirname(entry)
    return None


def is_environment(state: State, home: str) -> bool:
    """PEP 405: a virtual environment is the directory that holds ``pyvenv.cfg``."""
    return isinstance(state.files.follow(posixpath.join(home, "pyvenv.cfg")), Present)


def certainly_no_environment(state: State, home: str) -> bool:
    """Whether there is no virtual environment for sure."""
    return isinstance(state.files.follow(posixpath.join(home, "pyvenv.cfg")), Absent)


# -- where packages may be, when it is not known what they bring -------------------------------------


def doubtful_targets(state: State, program: str, arguments: Install) -> list[str | None]:
    """The directories that packages may go to."""
    for name in ("--target", "--prefix", "--root"):
        # With --prefix scripts go to bin/, data to share/: the whole prefix is this installation's.
        if arguments.on(name):
            return [arguments.last(name)]
    if arguments.on("--user"):
        return user_directories(state)
    home = virtual_environment(state, program)
    if home is not None:
        library = f"lib/python{state.python}/site-packages" if state.python else ""
        return [posixpath.join(home, library) if library else home]
    found: list[str | None] = [*interpreter_directories(state)]
    if state.uid != 0:
        # Without the right to write there, pip falls back to --user.
        found.extend(user_directories(state))
    return found


def user_directories(state: State) -> list[str | None]:
    """Where ``--user`` may install."""
    base = state.variables.get("PYTHONUSERBASE")
    if base is not None:
        return [base]
    home = state.variables.get("HOME")
    return [posixpath.join(home, ".local")] if home else ["/root/.local", *([] if state.uid == 0 else ["/home"])]


def interpreter_directories(state: State) -> list[str]:
    """Where the image's own pip installs, as far as the base image's name tells."""
    if state.prefix is None:
        # An unknown base image is one unknown region already; scratch has no pip.
        return []
    if state.python is None:
        return [state.prefix]
    return [f"{state.prefix}/lib/python{state.python}/site-packages", f"{state.prefix}/bin", f"{state.prefix}/share"]
