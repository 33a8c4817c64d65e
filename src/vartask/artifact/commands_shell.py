"""The shell's own commands: where it stands, its variables, its options, and the way out."""

from __future__ import annotations

import re

from vartask.artifact.interpreter import MAX_SCRIPTS, Finished, Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown
from vartask.syntax.shell import Command

READ_OPTIONS = frozenset({"-r"})


def false(_interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    """``false``."""
    return False


def true(interpreter: Interpreter, _words: list[Field], _command: Command) -> Status:
    """``true``, ``:``."""
    interpreter.state.written = ""
    return True


def leave(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``exit``, ``return``, ``break`` and ``continue``; without a number the last command's status is not followed."""
    kind = words[0].text or "exit"
    text = words[1].text if len(words) > 1 else None
    if kind in {"break", "continue"}:
        raise Finished(True, kind)
    if text is None or not text.isdigit():
        raise Finished(None, kind)
    code = int(text) % 256
    interpreter.state.exit_code = code or 1
    raise Finished(code == 0, kind)


def cd(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``cd [directory]``."""
    state = interpreter.state
    rest = [item for item in words[1:] if item.text not in {"-P", "-L", "--", "-e"}]
    text = rest[0].text if rest else state.variables.get("HOME", "/root")
    if len(rest) > 1 and state.flavour == "bash":
        return False
    if len(rest) > 1 and state.flavour != "dash":
        text = None
    if text is None or text in {"-", ""}:
        state.cwd = state.cwd if text == "" else None
        return None
    real = state.real(text)
    found = state.files.get(real) if real is not None else Unknown("")
    if isinstance(found, Absent) or (isinstance(found, Present) and found.kind != "d"):
        return False
    state.cwd = real
    return True if isinstance(found, Present) else None


def export(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``export``, ``local``, ``declare``, ``readonly``: assignments as words."""
    options = [item.text or "" for item in words[1:] if item.text is None or item.text.startswith("-")]
    special = any(re.search(r"[aAinf]", option) for option in options)
    for item in words[1:]:
        if item.text is None or item.text.startswith("-"):
            continue
        name, equals, value = item.text.partition("=")
        if words[0].text in {"local", "declare", "typeset"} and interpreter.locals is not None:
            variables = interpreter.state.variables
            interpreter.locals.setdefault(name, variables.get(name, "" if interpreter.state.everything else None))
        if equals:
            interpreter.assign(name, None if special or value.startswith("(") else value)
        elif words[0].text == "local":
            interpreter.state.variables[name] = ""
    return None if any(item.text is None for item in words[1:]) else True


def unknown_values(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``let``, ``getopts``, ``mapfile``: every name in the words has a value that is not told."""
    for item in words[1:]:
        for name in re.findall(r"[A-Za-z_]\w*", item.text or ""):
            interpreter.state.variables[name] = None
    return None


def unset(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``unset name...``."""
    state = interpreter.state
    for item in words[1:]:
        if item.text is None or item.text.startswith("-"):
            continue
        interpreter.functions.pop(item.text, None)
        state.variables.pop(item.text, None)
        if not state.everything:
            state.variables[item.text] = ""
    return True


def set_options(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``set -eux``, ``set -o pipefail``, ``set -- a b``."""
    state = interpreter.state
    items = list(words[1:])
    while items:
        text = items.pop(0).text
        if text is None:
            return None
        if text in {"-o", "+o"}:
            name = items.pop(0).text if items else ""
            _option(state, name or "", on=text == "-o")
        elif re.match(r"^[-+][a-zA-Z]+$", text):
            if "e" in text:
                state.errexit = text[0] == "-"
            if text.endswith("o") and items:
                _option(state, items.pop(0).text or "", on=text[0] == "-")
        else:
            state.set_parameters([item.text for item in (items if text == "--" else [Field(text), *items])])
            break
    return True


def _option(state: State, name: str, *, on: bool) -> None:
    if name == "errexit":
        state.errexit = on
    elif name == "pipefail":
        state.pipefail = on


def shift(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``shift [n]``."""
    state = interpreter.state
    count = state.variables.get("#", "0")
    number = words[1].text if len(words) > 1 else "1"
    if count is None or number is None or not number.isdigit() or int(number) > int(count):
        return None
    values = [state.variables.get(str(index)) for index in range(int(number) + 1, int(count) + 1)]
    state.set_parameters(values)
    return True


def umask(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``umask 022``."""
    text = words[1].text if len(words) > 1 else None
    if text is not None and re.match(r"^[0-7]{1,4}$", text):
        interpreter.state.umask = int(text, 8)
    return True


def read(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """``read [-r] name...``: the next line of the input."""
    state = interpreter.state
    texts = [item.text for item in words[1:]]
    options = {text for text in texts if text is not None and text.startswith("-")}
    names = [text for text in texts if text is not None and not text.startswith("-")]
    if state.stdin is None or options - READ_OPTIONS or None in texts:
        for name in names or ["REPLY"]:
            state.variables[name] = None
        return None
    line, newline, state.stdin = state.stdin.partition("\n")
    for name, value in zip(names, _divided(state, line, len(names)), strict=True):
        state.variables[name] = None if "\\" in line and "-r" not in options else value
    return bool(newline)


def _divided(state: State, line: str, count: int) -> list[str | None]:
    """A line's words, the last of which takes the rest."""
    separators = state.variables.get("IFS", " \t\n")
    if separators is None or not (separators == "" or not separators.strip()):
        return [None] * count
    if separators == "":
        whole: list[str | None] = [line, *[""] * (count - 1)]
        return whole[:count]
    parts = [part.rstrip() for part in line.strip().split(None, count - 1)] if count else []
    values: list[str | None] = [*parts]
    return values + [""] * (count - len(values))


def evaluate(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``eval word...``: the words as a script."""
    texts = [item.text for item in words[1:]]
    if None in texts or interpreter.state.depth >= MAX_SCRIPTS:
        return interpreter.opaque(command.text)
    interpreter.state.written = ""
    interpreter.state.depth += 1
    try:
        return interpreter.evaluated(" ".join(text or "" for text in texts))
    finally:
        interpreter.state.depth -= 1


def trap(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``trap command EXIT``: it runs when the shell ends, whenever that is: what it may do is in doubt from now on."""
    texts = [item.text for item in words[1:] if item.text != "--"]
    if len(texts) < 2 or texts[0] in {"", "-"} or not {"EXIT", "0"} & {text or "" for text in texts[1:]}:  # noqa: PLR2004
        return True
    if texts[0] is None:
        return interpreter.opaque(may_have_changed(command))
    interpreter.at_exit.append(texts[0])
    return True
