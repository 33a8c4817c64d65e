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
    commands_move,
    commands_pip,
    commands_python,
    commands_rsync,
    commands_shell,
    commands_text,
    commands_tools,
    commands_uv,
    commands_zip,
    shell_tests,
)
from vartask.artifact.interpreter import MAX_SCRIPTS, Finished, Handler, Interpreter, may_have_changed
from vartask.artifact.pip_install import anything_installed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Piped, State, Status
from vartask.data.build_commands import ADDERS, PREFIXES, READ_ONLY, SHELLS, SYSTEM_ONLY
from vartask.model import Absent, Present
from vartask.patterns import regex
from vartask.syntax.shell import Command

PYTHON = regex(r"^python(\d(\.\d+)?)?$")
PIP = regex(r"^pip(\d(\.\d+)?)?$")


def handler_of(name: str) -> Handler | None:
    """The handler of a command, by its name or path; ``None`` for one that is not known."""
    parent, base = posixpath.split(name)
    if parent and posixpath.basename(parent) not in {"bin", "sbin"}:
        # `./aws/install` is a program of its own.
        return None
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
        return commands_tools.system
    if base in READ_ONLY:
        return _nothing
    return commands_tools.adder if base in ADDERS else None


def unknown(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """A command that nobody knows: it may change everything below it and what it names, and make anything anywhere."""
    script = words[0].text
    if script is not None and "/" in script:
        status = _script_file(interpreter, script, words[1:])
        if status is not _NOT_READ:
            return status if isinstance(status, bool) else None
    if commands_tools.asks_only(words):
        return None
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


def _nothing(_interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    return None


def _poetry(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``poetry config --local`` writes a file of its own; the rest is a matter of packages."""
    texts = {item.text for item in words[1:]}
    state = interpreter.state
    if {"config", "--local"} <= texts and state.cwd is not None:
        return state.write(posixpath.join(state.cwd, "poetry.toml")) and None
    return commands_python.poetry(interpreter, words, command)


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
    letters, rest = _shell_options(words[1:])
    if "c" in letters:
        if rest and rest[0].text is not None:
            name = rest[1].text if len(rest) > 1 else None
            return interpreter.nested(rest[0].text, [item.text for item in rest[2:]], letters, name)
        return unknown(interpreter, [Field(None)], command)
    rest = [] if "s" in letters else [item for item in rest if item.text != "-"]
    if rest and rest[0].text is not None:
        status = _script_file(interpreter, rest[0].text, rest[1:], letters)
        if status is not _NOT_READ:
            return status if isinstance(status, bool) else None
    piped = interpreter.state.stdin
    if not rest and piped is not None and interpreter.state.depth < MAX_SCRIPTS:
        return interpreter.nested(piped, (), letters)
    if not rest and "://" in interpreter.state.whole:
        # An installer from the network knows nothing of this application: it serves itself, or leaves a file here.
        interpreter.state.doubt(interpreter.state.cwd, may_have_changed(command))
        anything_installed(interpreter.state, command)
        return commands_tools.system(interpreter, words[:1], command)
    return unknown(interpreter, [Field(None)], command)


def _shell_options(items: list[Field]) -> tuple[str, list[Field]]:
    """The letters of a shell's options, and what stands behind them."""
    letters = ""
    while items:
        text = items[0].text or ""
        if text in {"-o", "+o"} and len(items) > 1:
            letters += {"errexit": "e", "pipefail": "P"}.get(items[1].text or "", "") if text == "-o" else ""
            items = items[2:]
            continue
        if not re.match(r"^[-+][a-zA-Z]+$|^--", text):
            break
        items = items[1:]
        if text == "--":
            break
        letters += text[1:] if re.match(r"^-[a-zA-Z]+$", text) else ""
        if text.endswith("o") and items and not text.startswith("--"):
            letters += {"errexit": "e", "pipefail": "P"}.get(items[0].text or "", "")
            items = items[1:]
    return letters, items


def _source(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``. file`` and ``source file``; dash and the standard know the dot only."""
    state = interpreter.state
    if words[0].text == "source" and state.flavour == "dash":
        return False
    path = words[1].text if len(words) > 1 else None
    if path is not None and path.endswith("/bin/activate"):
        state.variables["VIRTUAL_ENV"] = state.path(path[: -len("/bin/activate")])
        return None
    text = _script_text(state, path) if path is not None else None
    if path is not None and state.flavour == "dash" and isinstance(state.files.follow(state.path(path) or ""), Absent):
        # The dot is one of the commands whose failure ends a shell.
        raise Finished(False)
    if text is None or state.depth >= MAX_SCRIPTS:
        system = path is not None and path.startswith(("/etc/", "/root/", "/usr/"))
        return None if system else unknown(interpreter, [Field(None)], command)
    state.written = ""
    return interpreter.scope("return", lambda: interpreter.evaluated(text))


def _script_file(interpreter: Interpreter, path: str, rest: list[Field], letters: str = "") -> object:
    real = interpreter.state.real(path)
    if real is not None and isinstance(interpreter.state.files.get(real), Absent):
        interpreter.state.exit_code = 127
        return False
    text = _script_text(interpreter.state, path)
    if text is None or interpreter.state.depth >= MAX_SCRIPTS:
        return _NOT_READ
    first = text.split("\n", 1)[0]
    if not letters and first.startswith("#!"):
        letters = "".join(re.findall(r"\s-([a-zA-Z]+)", first))
    return interpreter.nested(text, [item.text for item in rest], letters, path)


def _script_text(state: State, path: str) -> str | None:
    """A shell script's text, when the file is one of the project's or written by the Dockerfile."""
    real = state.real(path)
    found = state.files.get(real) if real is not None else None
    if not isinstance(found, Present) or found.kind != "f":
        return None
    text = state.text(found)
    if text is None:
        return None
    first = text.split("\n", 1)[0]
    return text if not first.startswith("#!") or re.search(r"\b(?:ba|da|a)?sh\b", first) else None


# -- commands that run others with what is piped in ----------------------------------------------


def _xargs(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    state = interpreter.state
    options, rest = commands_copy.split_options(words, frozenset({"-n", "-P", "-I", "-L", "-d", "-s"}), stop=True)
    given = state.piped
    if given is None and state.stdin is not None and not re.search(r"['\"\\]", state.stdin):
        given = Piped(state.stdin.split())
    if not rest:
        return None
    if given is None or "-I" in options:
        name = posixpath.basename(rest[0].text or "")
        if name in READ_ONLY:
            return None
        return unknown(interpreter, [Field(None)], command)
    arguments = [Field(path) for path in given.paths]
    if given.more is not None:
        arguments.append(Field(None, given.more))
    if not arguments:
        # GNU's xargs runs the command once without any, busybox's and ``-r`` do not.
        return None if any("r" in name for name in options) else _without_input(interpreter, rest, command)
    state.written = None
    state.piped, state.stdin = None, None
    status = interpreter.named_inside([*rest, *arguments], command)
    return status if given.more is None else None


def _without_input(interpreter: Interpreter, rest: list[Field], command: Command) -> Status:
    name = posixpath.basename(rest[0].text or "")
    if name not in READ_ONLY and name not in {"rm", "rmdir", "cp", "mv", "chmod", "chown", "touch", "mkdir"}:
        interpreter.named_inside(rest, command)
    return None


HANDLERS: dict[str, Handler] = {
    "false": commands_shell.false,
    "true": commands_shell.true,
    ":": commands_shell.true,
    "exit": commands_shell.leave,
    "return": commands_shell.leave,
    "break": commands_shell.leave,
    "continue": commands_shell.leave,
    "shift": commands_shell.shift,
    "eval": commands_shell.evaluate,
    "trap": commands_shell.trap,
    "let": commands_shell.unknown_values,
    "getopts": commands_shell.unknown_values,
    "mapfile": commands_shell.unknown_values,
    "readarray": commands_shell.unknown_values,
    "env": _env,
    "source": _source,
    ".": _source,
    "cd": commands_shell.cd,
    "pushd": commands_shell.cd,
    "export": commands_shell.export,
    "local": commands_shell.export,
    "declare": commands_shell.export,
    "typeset": commands_shell.export,
    "readonly": commands_shell.export,
    "unset": commands_shell.unset,
    "set": commands_shell.set_options,
    "umask": commands_shell.umask,
    "read": commands_shell.read,
    "[": shell_tests.test,
    "[[": shell_tests.test,
    "test": shell_tests.test,
    "echo": commands_text.echo,
    "printf": commands_text.printf,
    "cat": commands_text.cat,
    "cut": commands_text.cut,
    "tr": commands_text.tr,
    "head": commands_text.head,
    "basename": commands_text.basename,
    "dirname": commands_text.dirname,
    "pwd": commands_text.pwd,
    "mktemp": commands_text.mktemp,
    "mkdir": commands_files.mkdir,
    "touch": commands_files.touch,
    "chmod": commands_files.chmod,
    "chown": commands_files.chown,
    "sed": commands_files.sed,
    "tee": commands_files.tee,
    "xargs": _xargs,
    "sort": commands_files.sort,
    "cp": commands_copy.cp,
    "install": commands_move.install,
    "mv": commands_move.mv,
    "rm": commands_links.rm,
    "rmdir": commands_links.rmdir,
    "ln": commands_links.ln,
    "rsync": commands_rsync.rsync,
    "find": commands_find.find,
    "tar": commands_archive.tar,
    "bsdtar": commands_archive.tar,
    "curl": commands_archive.curl,
    "wget": commands_archive.wget,
    "zip": commands_zip.zip_,
    "unzip": commands_zip.unzip,
    "git": commands_tools.git,
    "uv": commands_uv.uv,
    "poetry": _poetry,
    "pipenv": commands_python.pipenv,
    "pdm": commands_python.poetry,
}
