"""uv in RUN lines (https://docs.astral.sh/uv/reference/cli/)."""

from __future__ import annotations

import posixpath

from vartask.artifact import environments, uv_project
from vartask.artifact.commands_pip import doubt_packages
from vartask.artifact.exports import exported
from vartask.artifact.interpreter import Interpreter, may_have_changed, short
from vartask.artifact.pip_install import settle
from vartask.artifact.pip_places import (
    Place,
    certainly_no_environment,
    doubtful_targets,
    is_environment,
    virtual_environment,
)
from vartask.artifact.pip_settings import Install, UnknownSetting, arguments_of
from vartask.artifact.resolution import Unsettled
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.artifact.uv_settings import settings_of, upwards, with_settings
from vartask.artifact.wheel_layout import flat_scheme, prefix_scheme
from vartask.syntax.shell import Command

BEFORE = frozenset({"--project", "--directory", "--cache-dir", "--config-file", "--color"})
UNSETTLING = (
    *("--python", "--prerelease", "--resolution", "--override", "--no-binary", "--exclude-newer", "--group", "--extra"),
    *("--python-version", "--python-platform", "--dry-run", "--upgrade-package", "--no-build-package", "--directory"),
    *("--build-constraint", "--exclude", "--all-extras", "--project", "--config-file", "--reinstall-package"),
)
"""Options whose effect on what is installed is not followed."""


class NoEnvironment(Exception):
    """uv refuses to install without a virtual environment."""


def uv(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``uv pip``, ``uv sync``, ``uv export``, ``uv venv`` and the rest."""
    state = interpreter.state
    rest = words[1:]
    before: list[Field] = []
    while rest and (rest[0].text or "").startswith("-"):
        taken = 2 if rest[0].text in BEFORE else 1
        before, rest = [*before, *rest[:taken]], rest[taken:]
    action = rest[0].text if rest else None
    texts = [item.text for item in words[1:]]
    if action == "pip" and len(rest) > 1:
        if rest[1].text in {"compile", "freeze"}:
            return exported(state, "uv", texts, command)
        return _pip(state, rest[1].text, [*before, *rest[2:]], command)
    if action == "export":
        return uv_project.export(state, arguments_of([*before, *rest[1:]]), texts, command)
    if action == "venv":
        return _venv(state, [*before, *rest[1:]], command)
    if action in {"sync", "add", "run", "remove"}:
        return uv_project.sync(state, action, arguments_of([*before, *rest[1:]]), texts, command)
    if action in {"lock", "tree"}:
        state.doubt(state.cwd, may_have_changed(command), names=frozenset({"uv.lock"}))
    elif action == "build":
        state.doubt(state.cwd, may_have_changed(command))
    return None


def _venv(state: State, words: list[Field], command: Command) -> Status:
    arguments = arguments_of(words)
    wanted = arguments.wanted[0] if arguments.wanted else state.variables.get("UV_PROJECT_ENVIRONMENT") or ".venv"
    home = None if wanted is None else state.path(wanted)
    if home is None:
        state.doubt("/", may_have_changed(command))
        return None
    if arguments.on("--python", "--seed", "--system-site-packages", "--clear", "--allow-existing", "--relocatable"):
        environments.doubtful(state, home, command)
        return None
    return environments.uv_venv(state, home, command) or None


def _pip(state: State, action: str | None, words: list[Field], command: Command) -> Status:
    if action not in {"install", "sync"}:
        return None
    given = arguments_of(words)
    if action == "sync":
        given.files, given.wanted = [*given.files, *given.wanted], []
    arguments = given
    try:
        arguments = with_settings(given, settings_of(state, pip=True))
        place = None if arguments.on(*UNSETTLING) else _place(state, arguments)
        if place is not None and action == "install":
            return _settled(state, place, arguments, command)
    except NoEnvironment:
        state.exit_code = 2
        return False
    except (UnknownSetting, Unsettled):
        pass
    if not arguments.on("--target", "--prefix", "--system"):
        state.doubt(state.cwd, f"what `{short(command.text)}` installs", names=frozenset({".venv"}))
    doubt_packages(state, doubtful_targets(state, "uv", arguments), arguments, command)
    return None


def _settled(state: State, place: Place, arguments: Install, command: Command) -> Status:
    status = settle(state, place, arguments, command, "uv")
    if status is not False and not arguments.on("--system"):
        uv_project.lock_file(state, place)
    return status


def _place(state: State, arguments: Install) -> Place | None:
    """Where ``uv pip install`` installs (https://docs.astral.sh/uv/pip/environments/).

    Raises :class:`NoEnvironment`.
    """
    python = state.python
    if python is None or not state.everything or state.prefix is None or state.uid != 0:
        return None
    if arguments.on("--target", "--prefix"):
        path = state.path(arguments.last("--target" if arguments.on("--target") else "--prefix") or "")
        if path is None or virtual_environment(state, "uv") is not None:
            return None
        scheme = flat_scheme(path) if arguments.on("--target") else prefix_scheme(path, python, environment=True)
        return Place(python, scheme, None, (scheme.purelib,), path)
    if arguments.on("--system"):
        scheme = prefix_scheme(state.prefix, python)
        return Place(python, scheme, None, (scheme.purelib,), state.prefix)
    home = environment_of(state)
    if home is None:
        return None
    scheme = prefix_scheme(home, python, environment=True)
    return Place(python, scheme, None, (scheme.purelib,), home)


def environment_of(state: State) -> str | None:
    """The virtual environment that uv finds, ``None`` where that is not sure.  Raises :class:`NoEnvironment`."""
    for name in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        if state.variables.get(name, ""):
            active = state.path(state.variables[name] or "")
            return active if active is not None and is_environment(state, active) else None
        if name in state.variables and state.variables[name] is None:
            return None
    if state.cwd is None:
        return None
    for directory in upwards(state.cwd):
        home = posixpath.join(directory, ".venv")
        if is_environment(state, home):
            return home
        if not certainly_no_environment(state, home):
            return None
    raise NoEnvironment
