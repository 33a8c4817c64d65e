"""pip in RUN lines: which command it is, and what an installation does to the files."""

from __future__ import annotations

import posixpath

from vartask.artifact.commands_copy import doubt_everything
from vartask.artifact.installed_lists import built_in_place, distributions_of, is_local
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.pip_install import doubt_at, settle, wheel_of
from vartask.artifact.pip_places import NoPlace, doubtful_targets, place_of
from vartask.artifact.pip_settings import VALUED, Install, UnknownSetting, arguments_of, with_environment
from vartask.artifact.resolution import Unsettled
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.artifact.wheel_install import installed_in, uninstall
from vartask.model import Present
from vartask.model.distribution import normalise
from vartask.records import replace
from vartask.syntax.shell import Command

SHARED = ("__pycache__", "bin", "etc", "include", "lib", "man", "share")
"""Names beside packages that many distributions write to."""


def pip(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``pip install``, ``uninstall``, ``download`` and ``wheel``; other commands change no application's files."""
    state = interpreter.state
    rest = words[1:]
    before: list[Field] = []
    while rest and (rest[0].text or "").startswith("-"):
        valued = (rest[0].text or "") in VALUED
        before, rest = [*before, *rest[: 1 + valued]], rest[1 + valued :]
    action = rest[0].text if rest else "help"
    arguments = arguments_of([*before, *rest[1:]])
    program = words[0].text or "pip"
    if action in {"download", "wheel"}:
        name = "--dest" if action == "download" else "--wheel-dir"
        doubt_at(state, arguments.last(name) if arguments.on(name) else ".", command, None)
    elif action == "install":
        return install_packages(state, program, arguments, command)
    elif action == "uninstall":
        return _uninstall(state, program, arguments, command)
    elif action is None:
        doubt_everything(state, command)
    return None


def install_packages(state: State, program: str, given: Install, command: Command) -> Status:
    """Install what is known file by file; of the rest the directories that it may be in are doubtful."""
    arguments = given
    try:
        arguments = with_environment(state, given)
        place = place_of(state, program, arguments)
        if place is not None:
            return settle(state, place, arguments, command, "pip")
    except NoPlace:
        return False
    except (UnknownSetting, Unsettled):
        pass
    doubt_packages(state, doubtful_targets(state, program, arguments), arguments, command)
    return None


def doubt_packages(state: State, targets: list[str | None], arguments: Install, command: Command) -> None:
    """Packages may be in the targets from now on."""
    distributions = distributions_of(state, arguments)
    for path in targets:
        doubt_at(state, path, command, distributions, rooted=arguments.on("--target"))
        if path is not None and arguments.on("--target") and arguments.on("--upgrade"):
            _replaced(state, path, distributions.names if distributions is not None else frozenset(), command)
    for source in (*arguments.editable, *arguments.wanted):
        if source is not None and is_local(source):
            built_in_place(state, source.split("[")[0], command)


def _replaced(state: State, target: str, distributions: frozenset[str], command: Command) -> None:
    """``-t --upgrade`` replaces what bears a package's name with everything in it, and what packages share."""
    for name in (*SHARED, *(name.replace("-", "_") for name in distributions)):
        path = state.real(posixpath.join(target, name))
        if path is not None and isinstance(state.files.get(path), Present):
            state.forget(path, may_have_changed(command))


# -- uninstalling ------------------------------------------------------------------------------------


def _uninstall(state: State, program: str, given: Install, command: Command) -> Status:
    """Take away what is known to be installed; whatever else bears such a name is doubtful."""
    reason = may_have_changed(command)
    try:
        arguments = with_environment(state, given, "uninstall")
        place = place_of(state, program, replace_target(arguments))
    except (UnknownSetting, NoPlace):
        place = None
    if place is None or given.files:
        return None
    for wanted in given.wanted:
        name = normalise((wanted or "").split("[")[0])
        there = installed_in(state, place.library, name)
        wheel = wheel_of(state, place, name)
        if wheel is not None:
            uninstall(state, wheel, place.scheme, place.python)
        elif there is not False:
            state.forget(posixpath.join(place.scheme.purelib, name.replace("-", "_")), reason)
    return True


def replace_target(arguments: Install) -> Install:
    """``pip uninstall`` knows no other place than the environment itself."""
    kept = {name: values for name, values in arguments.given.items() if name not in {"--target", "--prefix", "--root"}}
    return replace(arguments, given=kept)
