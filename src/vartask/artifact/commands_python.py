"""uv, poetry, pipenv and python itself in RUN lines."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.commands_copy import doubt_everything, split_options
from vartask.artifact.commands_pip import (
    arguments_of,
    built_in_place,
    doubt_at,
    install_packages,
    interpreter_directories,
    pip,
    virtual_environment,
)
from vartask.artifact.filesystem import resolve
from vartask.artifact.interpreter import Interpreter, may_have_changed, short
from vartask.artifact.lock_files import locked
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
        return _venv(state, rest[2:], command)
    if module == "compileall":
        return _compileall(state, rest[2:])
    if module == "ensurepip":
        return None
    return _program(state, rest, command)


def _program(state: State, rest: list[Field], command: Command) -> Status:
    """A Python program: what it writes is below its directory, or where a path in its text says."""
    reason = may_have_changed(command)
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


def _venv(state: State, words: list[Field], command: Command) -> Status:
    options, paths = split_options([Field("venv"), *words], {"--prompt", "-p", "--python"})
    del options
    for item in paths:
        path = None if item.text is None else state.path(item.text)
        if path is None:
            doubt_everything(state, command)
            continue
        real = state.make_dirs(path)
        if real is not None:
            state.files.put(posixpath.join(real, "pyvenv.cfg"), state.new("f"))
            state.doubt(real, f"`{short(command.text)}` makes a virtual environment")
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


def uv(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``uv pip``, ``uv sync``, ``uv export``, ``uv venv`` (https://docs.astral.sh/uv/reference/cli/)."""
    state = interpreter.state
    texts = [item.text for item in words[1:]]
    rest = words[1:]
    while rest and (rest[0].text or "").startswith("-"):
        rest = rest[2:] if rest[0].text in {"--project", "--directory", "--cache-dir", "--config-file"} else rest[1:]
    action = rest[0].text if rest else None
    if action == "pip" and len(rest) > 1:
        if rest[1].text in {"compile", "freeze"}:
            return _exported(state, [item.text for item in rest], command)
        return _uv_install(interpreter, rest[1:], command)
    if action == "export":
        state.doubt(state.cwd, may_have_changed(command), names=frozenset({"uv.lock"}))
        return _exported(state, texts, command)
    if action == "venv":
        given = [item for item in rest[1:] if not (item.text or "").startswith("-")]
        return _venv(state, given[:1] or [Field(".venv")], command)
    if action in {"sync", "add", "run", "remove"}:
        return _sync(state, command, locked(state, texts))
    if action in {"lock", "tree"}:
        state.doubt(state.cwd, may_have_changed(command), names=frozenset({"uv.lock"}))
    elif action == "build":
        state.doubt(state.cwd, may_have_changed(command))
    return None


def _uv_install(interpreter: Interpreter, rest: list[Field], command: Command) -> Status:
    state = interpreter.state
    if rest[0].text not in {"install", "sync"}:
        return None
    arguments = arguments_of(rest[1:])
    if rest[0].text == "sync":
        arguments.files, arguments.wanted = [*arguments.files, *arguments.wanted], []
    if not any(name in arguments.options for name in ("-t", "--target", "--prefix", "--system")):
        state.doubt(state.cwd, f"what `{short(command.text)}` installs", names=frozenset({".venv"}))
    install_packages(state, "uv", arguments, command)
    return None


def _exported(state: State, texts: list[str | None], command: Command) -> Status:
    """A requirements file that a tool writes from a lock file: the names are known, versions do not matter here."""
    names = locked(state, texts)
    state.written = None if names is None else "".join(f"{name}\n" for name in sorted(names))
    for index, text in enumerate(texts):
        value: str | None = None
        if text in {"-o", "--output", "--output-file"}:
            value = texts[index + 1] if index + 1 < len(texts) else None
        elif text is not None and re.match(r"^(--output(-file)?=|-o.)", text):
            value = re.sub(r"^(--output(-file)?=|-o)", "", text)
        else:
            continue
        path = None if value is None else state.path(value)
        if path is None:
            doubt_everything(state, command)
        else:
            state.write(path, state.written)
    return None


def _sync(state: State, command: Command, names: frozenset[str] | None) -> Status:
    """A project's environment: ``.venv`` unless a variable says otherwise; the project itself is built in place."""
    reason = f"what `{short(command.text)}` installs"
    home = state.variables.get("UV_PROJECT_ENVIRONMENT", "")
    if home:
        doubt_at(state, home, command, names)
        path = state.real(home)
        if path is not None and path not in {"/", "/usr", "/usr/local", "/var/lang"}:
            state.files.put(posixpath.join(path, "pyvenv.cfg"), state.new("f"))
    else:
        state.doubt(state.cwd, reason, names=frozenset({"uv.lock"}))
        place = None if state.cwd is None else resolve(state.files, posixpath.join(state.cwd, ".venv"))
        state.doubt(place, reason, distributions=names)
        if place is not None:
            state.make_dirs(place)
            state.files.put(posixpath.join(place, "pyvenv.cfg"), state.new("f"))
    if state.cwd is not None:
        built_in_place(state, state.cwd, command)
    return None


def poetry(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``poetry install`` and ``poetry export``; where packages go depends on settings that may stand anywhere."""
    state = interpreter.state
    texts = [item.text for item in words[1:]]
    action = next((text for text in texts if text is not None and not text.startswith("-")), None)
    if action == "export":
        return _exported(state, texts, command)
    if action in {"install", "sync", "update", "add", "remove", "run"}:
        reason = f"what `{short(command.text)}` installs"
        names = locked(state, texts)
        for path in (*interpreter_directories(state), "/root"):
            state.doubt(path, reason, distributions=names)
        home = virtual_environment(state, "poetry")
        if home is not None:
            state.doubt(home, reason, distributions=names)
        for place in (".venv", "__pypackages__"):
            state.doubt(state.path(place), reason, distributions=names)
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
        return _exported(state, texts, command)
    if {"install", "sync", "update", "run"} & set(texts):
        reason = f"what `{short(command.text)}` installs"
        for path in (*interpreter_directories(state), "/root"):
            state.doubt(path, reason, distributions=locked(state, texts))
        state.doubt(state.cwd, reason, names=frozenset({".venv", "Pipfile.lock"}))
    return None
