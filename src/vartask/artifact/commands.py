"""Commands of RUN lines: which handler follows which command, and the simple file commands."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact import (
    commands_archive,
    commands_copy,
    commands_files,
    commands_find,
    commands_links,
    commands_pip,
    commands_python,
)
from vartask.artifact.interpreter import MAX_SCRIPTS, Finished, Handler, Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.data.build_commands import ADDERS, HOME_OPTIONS, PREFIXES, READ_ONLY, SHELLS, SYSTEM_ONLY, SYSTEM_PLACES
from vartask.model import Absent, Present, Unknown, UnknownRegion
from vartask.project import Unreadable
from vartask.syntax.shell import Command

PYTHON = re.compile(r"^python(\d(\.\d+)?)?$")
PIP = re.compile(r"^pip(\d(\.\d+)?)?$")


def handler_of(name: str) -> Handler | None:
    """The handler of a command, by its name or path; ``None`` for one that is not known."""
    base = posixpath.basename(name)
    found = HANDLERS.get(base)
    if found is not None:
        return found
    if PYTHON.match(base):
        return commands_python.python
    if PIP.match(base):
        return commands_pip.pip
    if base in SHELLS:
        return _shell
    if base in PREFIXES:
        return _prefixed
    if base in SYSTEM_ONLY:
        return _system
    if base in READ_ONLY:
        return _nothing
    return _adder if base in ADDERS else None


def unknown(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """A command that nobody knows: it may change everything below it and what it names, and make anything anywhere."""
    script = words[0].text
    if script is not None and "/" in script:
        status = _script_file(interpreter, script)
        if status is not _NOT_READ:
            return status if isinstance(status, bool) else None
    reason = may_have_changed(command)
    for path in [interpreter.state.cwd, *_path_arguments(interpreter.state, words)]:
        interpreter.state.forget(path, reason)
    interpreter.state.doubt("/", reason)
    return None


def _path_arguments(state: State, words: list[Field]) -> list[str]:
    paths = [state.path(item.text) for item in words[1:] if item.text is not None and "/" in item.text]
    return [
        path for path in paths if path is not None and path != "/" and not isinstance(state.files.get(path), Absent)
    ]


# -- other commands in a command -----------------------------------------------------------------


_NOT_READ = object()

BY_A_PACKAGE = "a system package or a user may have put something there"


def _nothing(_interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    name = posixpath.basename(words[0].text or "")
    if name in {"true", ":", "echo", "export", "set", "unset"}:
        return True
    return None


def _system(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """Packages and users bring directories of their own, never an application's or a layer's."""
    state = interpreter.state
    known = {(region.path, region.reason) for region in state.files.regions}
    for path, holes in SYSTEM_PLACES.items():
        if (path, BY_A_PACKAGE) not in known:
            state.files.doubt(UnknownRegion(path, BY_A_PACKAGE, state.at, holes=holes))
    options, _ = commands_copy.split_options(words, HOME_OPTIONS)
    for name in HOME_OPTIONS & options.keys():
        home = options[name]
        if home is not None and home.startswith("/"):
            state.doubt(home, f"the home directory of a user that `{words[0].text}` makes")
    return None


def _adder(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """New files may be below the working directory, or where an argument says."""
    state = interpreter.state
    reason = may_have_changed(command)
    state.doubt(state.cwd, reason)
    for item in words[1:]:
        for text in re.findall(r"(?<![\w:/])/[\w./-]+", item.text or ""):
            if not text.startswith("/dev/"):
                state.doubt(posixpath.normpath(text), reason)
    return None


def _false(_interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    return False


def _exit(_interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    text = words[1].text if len(words) > 1 else "0"
    raise Finished(None if text is None or not text.isdigit() else text == "0")


def _prefixed(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    rest = words[1:]
    while rest and (rest[0].text or "").startswith("-"):
        rest = rest[1:]
    return interpreter.named_inside(rest, command) if rest else True


def _env(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    rest = words[1:]
    kept = dict(interpreter.state.variables)
    while rest and rest[0].text is not None and (rest[0].text.startswith("-") or "=" in rest[0].text):
        name, equals, value = rest[0].text.partition("=")
        if equals and not name.startswith("-"):
            interpreter.state.variables[name] = value
        rest = rest[1:]
    status = interpreter.named_inside(rest, command) if rest else True
    interpreter.state.variables = kept
    return status


def _shell(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``sh -c script``, ``sh file``, or a script that is piped in."""
    texts = [item.text for item in words[1:]]
    options = [text for text in texts if text is not None and text.startswith("-") and text != "-"]
    rest = [text for text in texts if text is None or not text.startswith("-") or text == "-"]
    if any("c" in option.lstrip("-") for option in options if not option.startswith("--")):
        if rest and rest[0] is not None:
            return interpreter.nested(rest[0])
        return unknown(interpreter, [Field(None)], command)
    rest = [text for text in rest if text != "-"]
    if "-s" in options:
        rest = []
    if rest and rest[0] is not None:
        status = _script_file(interpreter, rest[0])
        if status is not _NOT_READ:
            return status if isinstance(status, bool) else None
    if not rest and "://" in interpreter.state.whole:
        # An installer from the network knows nothing of this application: it serves itself, or leaves a file here.
        interpreter.state.doubt(interpreter.state.cwd, may_have_changed(command))
        return _system(interpreter, words[:1], command)
    return unknown(interpreter, [Field(None)], command)


def _source(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    path = words[1].text if len(words) > 1 else None
    if path is not None and path.endswith("/bin/activate"):
        interpreter.state.variables["VIRTUAL_ENV"] = interpreter.state.path(path[: -len("/bin/activate")])
        return None
    text = _script_text(interpreter.state, path) if path is not None else None
    if text is None or interpreter.state.depth >= MAX_SCRIPTS:
        system = path is not None and path.startswith(("/etc/", "/root/", "/usr/"))
        return None if system else unknown(interpreter, [Field(None)], command)
    return interpreter.deeper(text)


def _script_file(interpreter: Interpreter, path: str) -> object:
    text = _script_text(interpreter.state, path)
    if text is None or interpreter.state.depth >= MAX_SCRIPTS:
        return _NOT_READ
    return interpreter.nested(text)


def _script_text(state: State, path: str) -> str | None:
    """A shell script's text, when the file is one of the project's or written by the Dockerfile."""
    real = state.real(path)
    found = state.files.get(real) if real is not None else None
    if not isinstance(found, Present) or found.kind != "f":
        return None
    text = found.content
    if text is None and found.source is not None:
        try:
            text = state.project.read_text(found.source)
        except Unreadable:
            return None
    if text is None:
        return None
    first = text.split("\n", 1)[0]
    return text if not first.startswith("#!") or re.search(r"\b(?:ba|da|a)?sh\b", first) else None


# -- where the shell stands ----------------------------------------------------------------------


def _cd(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    state = interpreter.state
    text = words[1].text if len(words) > 1 else "/root"
    if text is None or text == "-":
        state.cwd = None
        return None
    real = state.real(text)
    found = state.files.get(real) if real is not None else Unknown("")
    if isinstance(found, Absent) or (isinstance(found, Present) and found.kind != "d"):
        return False
    state.cwd = real
    return True if isinstance(found, Present) else None


def _export(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    for item in words[1:]:
        if item.text is None:
            continue
        name, equals, value = item.text.partition("=")
        if equals:
            interpreter.state.variables[name] = value
    return True


def _set(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    texts = [item.text or "" for item in words[1:]]
    if any(re.match(r"^-[a-zA-Z]*e", text) for text in texts) or "errexit" in texts:
        interpreter.state.errexit = "+o" not in texts
    if any(re.match(r"^\+[a-zA-Z]*e", text) for text in texts):
        interpreter.state.errexit = False
    return True


def _umask(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    text = words[1].text if len(words) > 1 else None
    if text is not None and re.match(r"^[0-7]{1,4}$", text):
        interpreter.state.umask = int(text, 8)
    return True


def _read(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    for item in words[1:]:
        if item.text is not None and not item.text.startswith("-"):
            interpreter.state.variables[item.text] = None
    return None


# -- tests ---------------------------------------------------------------------------------------


def _test(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    texts = [item.text for item in words[1:] if item.text not in {"]", "]]"}]
    negated = texts[:1] == ["!"]
    status = _tested(interpreter.state, texts[negated:])
    return status if status is None or not negated else not status


def _tested(state: State, texts: list[str | None]) -> Status:
    if any(text is None for text in texts):
        return None
    known = [text for text in texts if text is not None]
    match known:
        case ["-z", text]:
            return text == ""
        case ["-n", text] | [text]:
            return text != ""
        case ["-e" | "-f" | "-d" | "-s" as operator, path]:
            return _exists(state, operator, path)
        case [left, "=" | "==", right] if not any(char in right for char in "*?["):
            return left == right
        case [left, "!=", right] if not any(char in right for char in "*?["):
            return left != right
        case _:
            return None


def _exists(state: State, operator: str, path: str) -> Status:
    real = state.real(path)
    found = state.files.get(real) if real is not None else Unknown("")
    if isinstance(found, Unknown):
        return None
    if isinstance(found, Absent):
        return False
    if operator == "-s":
        return None
    return operator == "-e" or found.kind == operator[1]


# -- commands that run others with what is piped in ----------------------------------------------


def _xargs(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    options, rest = commands_copy.split_options(words, frozenset({"-n", "-P", "-I", "-L", "-d", "-s"}), stop=True)
    given = interpreter.state.piped
    if not rest:
        return None
    if given is None or "-I" in options:
        name = posixpath.basename(rest[0].text or "")
        if name in READ_ONLY:
            return None
        return unknown(interpreter, [Field(None)], command)
    return interpreter.named_inside([*rest, *(Field(path) for path in given)], command) if given else None


HANDLERS: dict[str, Handler] = {
    "false": _false,
    "exit": _exit,
    "return": _exit,
    "env": _env,
    "source": _source,
    ".": _source,
    "cd": _cd,
    "pushd": _cd,
    "export": _export,
    "set": _set,
    "umask": _umask,
    "read": _read,
    "[": _test,
    "[[": _test,
    "test": _test,
    "mkdir": commands_files.mkdir,
    "touch": commands_files.touch,
    "chmod": commands_files.chmod,
    "chown": commands_files.chown,
    "sed": commands_files.sed,
    "tee": commands_files.tee,
    "xargs": _xargs,
    "sort": commands_files.sort,
    "cp": commands_copy.cp,
    "install": commands_copy.install,
    "mv": commands_copy.mv,
    "rm": commands_links.rm,
    "rmdir": commands_links.rmdir,
    "ln": commands_links.ln,
    "rsync": commands_copy.rsync,
    "find": commands_find.find,
    "tar": commands_archive.tar,
    "bsdtar": commands_archive.tar,
    "curl": commands_archive.curl,
    "wget": commands_archive.wget,
    "unzip": commands_archive.unzip,
    "uv": commands_python.uv,
    "poetry": commands_python.poetry,
    "pipenv": commands_python.pipenv,
    "pdm": commands_python.poetry,
}
