"""pip: where packages go, and which distributions they are."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field

from vartask.artifact.commands_copy import doubt_everything
from vartask.artifact.interpreter import Interpreter, may_have_changed, short
from vartask.artifact.requirements import distribution_of, read_requirements
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Present
from vartask.project import Unreadable
from vartask.syntax.shell import Command

PIP_VALUED = frozenset(
    "-r --requirement -c --constraint --constraints -t --target --prefix --root -i --index-url --extra-index-url -f"  # noqa: SIM905
    " --find-links --no-binary --only-binary --platform --python-version --implementation --abi --cache-dir"
    " --trusted-host --proxy --timeout --retries --progress-bar --src --python --report --upgrade-strategy --log"
    " --cert --client-cert -e --editable -d --dest -w --wheel-dir -C --config-settings --global-option"
    " --default-timeout --exists-action --extra --group -p --index --default-index --index-strategy --link-mode"
    " --python-platform --override --overrides --build-constraint --no-build-package --resolution --use-feature"
    " --keyring-provider -o --output-file --exclude-newer --requirements --uploaded-prior-to --config-setting".split()
)
"""Options of ``pip`` and ``uv pip`` that take a value."""

REQUIREMENTS = ("-r", "--requirement", "--requirements")
EDITABLE = ("-e", "--editable")


@dataclass(slots=True)
class Install:
    """The arguments of one ``pip install``."""

    options: dict[str, str | None] = field(default_factory=dict)
    files: list[str | None] = field(default_factory=list)
    editable: list[str | None] = field(default_factory=list)
    wanted: list[str | None] = field(default_factory=list)


def arguments_of(words: list[Field]) -> Install:
    """Sort out what stands behind ``pip install``."""
    found = Install()
    items = [item.text for item in words]
    while items:
        text = items.pop(0)
        if text is None or not text.startswith("-") or text == "-":
            found.wanted.append(text)
            continue
        name, value = _named(text, items)
        if name in REQUIREMENTS:
            found.files.append(value)
        elif name in EDITABLE:
            found.editable.append(value)
        else:
            found.options[name] = value
    return found


def _named(text: str, items: list[str | None]) -> tuple[str, str | None]:
    """One option's name and value, which may be attached, follow, or close a group of letters (``-qr file``)."""
    name, equals, value = text.partition("=") if text.startswith("--") else (text, "", "")
    if equals:
        return name, value
    if text in PIP_VALUED:
        return text, items.pop(0) if items else None
    if not text.startswith("--"):
        for index, letter in enumerate(text[1:], 1):
            if f"-{letter}" in PIP_VALUED:
                rest = text[index + 1 :].removeprefix("=")
                return f"-{letter}", rest or (items.pop(0) if items else None)
    return text, ""


def pip(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``pip install``, ``download`` and ``wheel``; every other command of pip changes no application's files."""
    state = interpreter.state
    rest = words[1:]
    while rest and (rest[0].text or "").startswith("-"):
        rest = rest[2:] if rest[0].text in PIP_VALUED else rest[1:]
    action = rest[0].text if rest else "help"
    arguments = arguments_of(rest[1:])
    if action in {"download", "wheel"}:
        target = next(
            (arguments.options[name] for name in ("-d", "--dest", "-w", "--wheel-dir") if name in arguments.options),
            ".",
        )
        doubt_at(state, target, command, None)
    elif action == "install":
        install_packages(state, words[0].text or "pip", arguments, command)
    elif action is None:
        doubt_everything(state, command)
    return None


def install_packages(state: State, program: str, arguments: Install, command: Command) -> None:
    """Packages may be in the target from now on; ``program`` is the pip that was called."""
    distributions = _distributions(state, arguments)
    for path in _targets(state, program, arguments):
        doubt_at(state, path, command, distributions)
        if path is not None and distributions and {"-U", "--upgrade"} & set(arguments.options):
            _replaced(state, path, distributions, command)
    for source in (*arguments.editable, *arguments.wanted):
        if source is not None and _is_local(source):
            built_in_place(state, source.split("[")[0], command)


def doubt_at(state: State, target: str | None, command: Command, distributions: frozenset[str] | None) -> None:
    """An installation's files may be below ``target``, which is made if it is missing."""
    path = None if target is None else state.path(target)
    if path is None:
        doubt_everything(state, command)
        return
    state.make_dirs(path)
    state.doubt(path, f"what `{short(command.text)}` installs", distributions=distributions)


def _replaced(state: State, target: str, distributions: frozenset[str], command: Command) -> None:
    """``-t --upgrade`` replaces a directory of a package's name with everything in it (pip's ``--target`` code)."""
    for name in distributions:
        path = state.real(posixpath.join(target, name.replace("-", "_")))
        if path is not None and isinstance(state.files.get(path), Present):
            state.forget(path, may_have_changed(command))


# -- where ---------------------------------------------------------------------------------------


def _targets(state: State, program: str, arguments: Install) -> list[str | None]:
    """The directories that packages may go to (https://pip.pypa.io/en/stable/cli/pip_install/)."""
    options = arguments.options
    for name in ("-t", "--target"):
        if name in options:
            return [options[name]]
    library = f"lib/python{state.python}/site-packages" if state.python else ""
    if "--prefix" in options:
        prefix = options["--prefix"]
        # Scripts go to bin/, data to share/: the whole prefix is this installation's.
        return [prefix]
    if "--root" in options:
        return [options["--root"]]
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        if name in state.variables:
            return [state.variables[name]]
    if "--user" in options or state.variables.get("PIP_USER") in {"1", "yes", "true"}:
        return _user_directory(state)
    home = virtual_environment(state, program)
    if home is not None:
        return [posixpath.join(home, library) if library else home]
    found: list[str | None] = [*interpreter_directories(state)]
    if state.uid != 0:
        # Without the right to write there, pip falls back to --user.
        found.extend(_user_directory(state))
    return found


def _user_directory(state: State) -> list[str | None]:
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


def virtual_environment(state: State, program: str) -> str | None:
    """The virtual environment that a program belongs to: by its path, by VIRTUAL_ENV, or first on PATH."""
    if posixpath.basename(posixpath.dirname(program)) == "bin":
        home = state.path(posixpath.dirname(posixpath.dirname(program)))
        return home if home is not None and _is_environment(state, home) else None
    active = state.variables.get("VIRTUAL_ENV")
    if active:
        return active
    for entry in (state.variables.get("PATH") or "").split(":"):
        if posixpath.basename(entry) == "bin" and _is_environment(state, posixpath.dirname(entry)):
            return posixpath.dirname(entry)
    return None


def _is_environment(state: State, home: str) -> bool:
    return isinstance(state.files.follow(posixpath.join(home, "pyvenv.cfg")), Present)


# -- what ----------------------------------------------------------------------------------------


def _distributions(state: State, arguments: Install) -> frozenset[str] | None:
    """The distributions asked for; ``None`` when the list cannot be complete."""
    found: set[str] = set()
    for path in arguments.files:
        listed = _requirements(state, path)
        if listed is None:
            return None
        found |= listed
    for wanted in (*arguments.wanted, *arguments.editable):
        name = None if wanted is None or _is_local(wanted) else distribution_of(wanted)
        if name is None:
            return None
        found.add(name)
    return None if "--group" in arguments.options else frozenset(found)


def _requirements(state: State, path: str | None) -> frozenset[str] | None:
    real = None if path is None else state.real(path)
    found = state.files.get(real) if real is not None else None
    if not isinstance(found, Present):
        return None
    if found.source is not None:
        return read_requirements(state.project, found.source).distributions
    if found.content is None:
        return None
    names: set[str] = set()
    for line in found.content.splitlines():
        text = re.sub(r"(^|\s+)#.*$", "", line).strip()
        name = distribution_of(text) if text else ""
        if name is None or text.startswith("-"):
            return None
        names.add(name)
    return frozenset(names - {""})


def _is_local(requirement: str) -> bool:
    return requirement.startswith((".", "/", "file:")) or (
        "/" in requirement and "://" not in requirement and " @ " not in requirement
    )


def built_in_place(state: State, source: str, command: Command) -> None:
    """A build leaves ``build`` and ``name.egg-info`` in the project's directory."""
    path = state.real(source)
    if path is None:
        return
    names = {"build", "dist"}
    for name in ("setup.py", "setup.cfg", "pyproject.toml"):
        found = state.files.get(posixpath.join(path, name))
        if isinstance(found, Present) and found.source is not None:
            names |= _project_names(state, found.source)
    state.doubt(path, may_have_changed(command), names=frozenset(names))
    state.doubt(posixpath.join(path, "src"), may_have_changed(command), names=frozenset(names))


def _project_names(state: State, source: str) -> set[str]:
    try:
        text = state.project.read_text(source)
    except Unreadable:
        return set()
    names = re.findall(r"\bname\s*=\s*['\"]?([A-Za-z0-9][\w.-]*)", text)
    return {f"{spelled}.egg-info" for name in names for spelled in (name, re.sub(r"[-.]+", "_", name))}
