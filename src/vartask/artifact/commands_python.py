"""Python itself, poetry and pipenv in RUN lines."""

from __future__ import annotations

import posixpath
import re
import shlex

from vartask.artifact import environments
from vartask.artifact.commands_copy import split_options
from vartask.artifact.commands_pip import pip
from vartask.artifact.exports import exported
from vartask.artifact.installed_lists import built_in_place
from vartask.artifact.interpreter import Interpreter, may_have_changed, short
from vartask.artifact.lock_files import locked
from vartask.artifact.pip_install import anything_installed, doubt_at
from vartask.artifact.pip_places import interpreter_directories, virtual_environment
from vartask.artifact.pip_settings import UnknownSetting, arguments_of, with_environment
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.syntax.shell import Command


def python(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``python -m pip``, ``-m venv``, ``-m compileall``; any other program adds what it likes below its directory."""
    state = interpreter.state
    rest = words[1:]
    while rest and (rest[0].text or "").startswith("-") and rest[0].text not in {"-m", "-c", "-"}:
        if rest[0].text in {"--version", "-V", "-VV", "--help"}:
            return True
        rest = rest[2:] if rest[0].text in {"-W", "-X"} else rest[1:]
    module = rest[1].text if len(rest) > 1 and rest[0].text == "-m" else None
    if module == "pip":
        return pip(interpreter, [words[0], *rest[2:]], command)
    if module in {"venv", "virtualenv"}:
        return environments.venv(state, words[0].text or "python", module, rest[2:], command)
    if module == "compileall":
        return _compileall(state, rest[2:])
    if module == "ensurepip":
        return None
    return _program(state, rest, command)


def _program(state: State, rest: list[Field], command: Command) -> Status:
    """A Python program: what it writes is below its directory, or where a path in its text says; it may run pip."""
    reason = may_have_changed(command)
    anything_installed(state, command)
    inline = rest[1].text if len(rest) > 1 and rest[0].text == "-c" else None
    if inline is None:
        state.doubt(state.cwd, reason)
    else:
        # Relative names can only come from the program's own strings (or from outside, which no build has).
        texts = re.findall(r"['\"]([^'\"/\n]+)", inline)
        state.doubt(state.cwd, reason, names=frozenset({*texts, "__pycache__"}))
    for item in rest:
        for text in re.findall(r"(?<![\w:/.])/[\w][\w./-]*", item.text or ""):
            state.doubt(posixpath.normpath(text), reason)
    return None


def _compileall(state: State, words: list[Field]) -> Status:
    """Byte code beside the sources (``-b``) or in ``__pycache__``."""
    options, paths = split_options(
        [Field("compileall"), *words], {"-d", "-s", "-p", "-x", "-i", "-j", "-o", "-r", "-e"}
    )
    for item in paths:
        top = None if item.text is None else state.real(item.text)
        if top is None:
            continue
        for path in [top, *state.files.below(top)]:
            entry = state.files.entries.get(path)
            if entry is None or entry.kind != "f" or not path.endswith(".py"):
                continue
            if any("b" in name for name in options if not name.startswith("--")):
                state.files.put(path + "c", state.new("f"))
            else:
                state.doubt(posixpath.dirname(path), "byte code of compileall", names=frozenset({"__pycache__"}))
    return None


def poetry(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``poetry install`` and ``poetry export``; where packages go depends on settings that may stand anywhere."""
    state = interpreter.state
    texts = [item.text for item in words[1:]]
    action = next((text for text in texts if text is not None and not text.startswith("-")), None)
    if action == "export":
        return exported(state, words[0].text, texts, command)
    if action in {"install", "sync", "update", "add", "remove", "run"}:
        reason = f"what `{short(command.text)}` installs"
        names = locked(state, words[0].text, texts)
        for path in (*interpreter_directories(state), "/root"):
            state.installed(path, reason, names)
        home = virtual_environment(state, "poetry")
        if home is not None:
            state.installed(home, reason, names)
        for place in (".venv", "__pypackages__"):
            state.installed(state.path(place), reason, names)
        state.doubt(state.cwd, reason, names=frozenset({"poetry.lock", "pdm.lock"}))
        if state.cwd is not None:
            built_in_place(state, state.cwd, command)
    elif action in {"lock", "build"}:
        written = frozenset({"poetry.lock", "pdm.lock", "dist"})
        state.doubt(state.cwd, may_have_changed(command), names=written)
    return None


def pipenv(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``pipenv install --system`` or into an environment below the home directory or the project."""
    state = interpreter.state
    texts = [item.text for item in words[1:]]
    if {"requirements", "lock"} & set(texts):
        return exported(state, words[0].text, texts, command)
    if {"install", "sync", "update", "run"} & set(texts):
        reason = f"what `{short(command.text)}` installs"
        listed = locked(state, "pipenv", texts)
        for path in (*interpreter_directories(state), "/root"):
            state.installed(path, reason, listed)
        for place in _told_to_pip(state, words[1:]):
            doubt_at(state, place, command, listed)
        state.doubt(state.cwd, reason, names=frozenset({".venv", "Pipfile.lock"}))
    return None


def _told_to_pip(state: State, words: list[Field]) -> list[str | None]:
    """The directories that pipenv's pip is told to install into, ``None`` for one that is not known.

    ``--extra-pip-args`` and pip's own variables: https://pipenv.pypa.io/en/latest/commands.html
    """
    option = "--extra-pip-args"
    given: list[str | None] = []
    for item, following in zip(words, [*words[1:], Field(None)], strict=True):
        if item.text is None:
            given.append(None)
        elif item.text == option or item.text.startswith(f"{option}="):
            given.append(following.text if item.text == option else item.text.partition("=")[2])
    if None in given:
        return [None]
    try:
        texts = [text for value in given for text in shlex.split(value or "")]
        arguments = with_environment(state, arguments_of([Field(text) for text in texts]))
    except (UnknownSetting, ValueError):
        return [None]
    return [arguments.last(name) for name in ("--target", "--prefix", "--root") if arguments.on(name)]
