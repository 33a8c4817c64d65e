"""Tools that bring files of their own: package managers, version control, compilers, downloads."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.commands_options import split_options
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.pip_install import anything_installed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Status
from vartask.data.build_commands import HOME_OPTIONS, RUNNERS, SYSTEM_PLACES
from vartask.model import UnknownRegion
from vartask.syntax.shell import Command

BY_A_PACKAGE = "a system package or a user may have put something there"

QUESTIONS = ("--version", "-version", "-v", "-V", "version", "--help", "-h")
"""What a command is asked for its version or usage with."""


def asks_only(words: list[Field]) -> bool:
    """Whether a command is only asked which version it is, or how it is used."""
    return len(words) == 2 and words[1].text in QUESTIONS  # noqa: PLR2004 - the command and the question


def system(interpreter: Interpreter, words: list[Field], _command: Command) -> Status:
    """Packages and users bring directories of their own, never an application's or a layer's."""
    state = interpreter.state
    known = {(region.path, region.reason) for region in state.files.regions}
    for path, holes in SYSTEM_PLACES.items():
        if (path, BY_A_PACKAGE) not in known:
            state.files.doubt(UnknownRegion(path, BY_A_PACKAGE, state.at, holes=holes))
    options, _ = split_options(words, HOME_OPTIONS)
    for name in HOME_OPTIONS & options.keys():
        home = options[name]
        if home is not None and home.startswith("/"):
            state.doubt(home, f"the home directory of a user that `{words[0].text}` makes")
    return None


def git(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``git clone URL [directory]`` makes that directory; the rest is a matter of the working directory."""
    state = interpreter.state
    valued = {
        "-b",
        "--branch",
        "--depth",
        "-o",
        "--origin",
        "-c",
        "--config",
        "-j",
        "--jobs",
        "--filter",
        "--reference",
    }
    _, rest = split_options(words, valued)
    texts = [item.text for item in rest]
    if texts[:1] != ["clone"] or len(texts) not in {2, 3} or texts[-1] is None:
        return adder(interpreter, words, command)
    name = texts[-1] if len(texts) > 2 else posixpath.basename(texts[-1].rstrip("/")).removesuffix(".git")  # noqa: PLR2004
    path = state.path(name)
    if path is None or not name:
        return adder(interpreter, words, command)
    made = state.make_dirs(path)
    if made is not None:
        state.doubt(made, may_have_changed(command))
    return None if made is not None else False


def adder(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """New files may be below the working directory, or where an argument says."""
    state = interpreter.state
    if asks_only(words):
        return None
    reason = may_have_changed(command)
    state.doubt(state.cwd, reason)
    if posixpath.basename(words[0].text or "") in RUNNERS:
        anything_installed(state, command)
    for item in words[1:]:
        for text in re.findall(r"(?<![\w:/])/[\w./-]+", item.text or ""):
            if not text.startswith("/dev/"):
                state.doubt(posixpath.normpath(text), reason)
    return None
