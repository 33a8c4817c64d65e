"""Follow a shell script's commands on a predicted file tree.

Every answer has three values.  A status is ``True``, ``False`` (certain failure) or ``None``; where it decides what
runs and is not known, both ways are followed and only what they agree on is kept.  A failure that would end the whole
build is another matter: then there is no image, so what is followed is success.  The rules are those of
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vartask.artifact import shell_flow
from vartask.artifact.filesystem import Busy, ReadOnly
from vartask.artifact.shell_fields import Field, array_name, array_value, fields, join_text
from vartask.artifact.shell_redirects import Redirections
from vartask.artifact.shell_scopes import Finished, Scopes
from vartask.artifact.shell_state import Output, State, Status
from vartask.data.build_commands import SILENT
from vartask.syntax import shell

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["MAX_SCRIPTS", "Finished", "Handler", "Interpreter", "may_have_changed", "short"]

MAX_SCRIPTS = 5
"""Scripts calling scripts, functions calling functions."""


Handler = Callable[["Interpreter", list[Field], shell.Command], Status]


class Interpreter(Scopes):
    """Runs statements on a state.  ``commands`` gives the handler of a command's name."""

    def __init__(self, state: State, commands: Callable[[str], Handler | None], unknown: Handler) -> None:
        super().__init__(state)
        self.commands = commands
        self.unknown = unknown
        self.locals: dict[str, str | None] | None = None
        state.substitution = self.substituted

    # -- scripts ----------------------------------------------------------------------------------

    def script(self, text: str) -> Status:
        """Run a script in this shell."""
        return self.scope("exit", lambda: self.sequence(shell.parse(text)))

    def nested(
        self, text: str, parameters: Sequence[str | None] = (), letters: str = "", name: str | None = None
    ) -> Status:
        """Run a script in a shell of its own, with the options that ``letters`` name (``P`` is pipefail)."""
        state = self.state
        kept = (state.cwd, dict(state.variables), state.umask, state.errexit, state.pipefail, self.ignored)
        state.errexit, state.pipefail, self.ignored = "e" in letters, "P" in letters, False
        try:
            return self.with_parameters(parameters, lambda: self.deeper(text), name)
        finally:
            state.written = ""  # what it prints, its commands have printed
            state.cwd, state.variables, state.umask, state.errexit, state.pipefail, self.ignored = kept

    def evaluated(self, text: str) -> Status:
        """Run a text in this shell, as ``eval`` does."""
        return self.sequence(shell.parse(text))

    def deeper(self, text: str) -> Status:
        """Run another script in this shell."""
        self.state.depth += 1
        try:
            return self.script(text)
        finally:
            self.state.depth -= 1

    def with_parameters(
        self, parameters: Sequence[str | None], run: Callable[[], Status], name: str | None = None
    ) -> Status:
        """Run with ``$1``, ``$2``, ..., and ``$0`` where it is given."""
        variables = self.state.variables
        kept = {key: variables.pop(key) for key in list(variables) if key.isdigit() or key == "#"}
        self.state.set_parameters(parameters)
        if name is not None:
            variables["0"] = name
        try:
            return run()
        finally:
            variables = self.state.variables
            for parameter in [parameter for parameter in variables if parameter.isdigit() or parameter == "#"]:
                del variables[parameter]
            variables.update(kept)

    def substituted(self, script: str) -> Output | None:
        """What a command in ``$( )`` prints, where that is known."""
        state = self.state
        outer, state.printed = state.printed, []
        kept = (self.must, self.fatal)
        self.must = self.fatal = False
        state.piped = None
        try:
            self.subshell(shell.parse(script))
            texts, paths = state.printed, state.piped
        finally:
            state.printed = outer
            state.piped = None
            self.must, self.fatal = kept
        if paths is not None and len(texts) == 1:
            return Output("\n".join(paths.paths), paths.more)
        if any(text is None for text in texts):
            return None
        return Output("".join(text or "" for text in texts).rstrip("\n"))

    # -- statements -------------------------------------------------------------------------------

    def sequence(self, statements: Iterable[shell.Statement]) -> Status:
        """One after the other; the last one's status."""
        status: Status = True
        items = tuple(statements)
        outer = self.must
        for number, statement in enumerate(items):
            strict = self.state.errexit and not self.ignored
            self.must = (outer and (self.hopeful or number == len(items) - 1)) or (strict and self.fatal)
            try:
                status = self.run(statement)
            finally:
                self.must = outer
            if not (self.state.errexit and not self.ignored) or isinstance(statement, (shell.AndOr, shell.Negation)):
                continue
            if status is False:
                raise Finished(False)
            if status is None and not self.fatal:
                # The script may have ended here, and goes on outside.
                self.leave(Finished(None))
        return status

    def run(self, statement: shell.Statement) -> Status:
        """Run one statement."""
        match statement:
            case shell.Command():
                return self.command(statement)
            case shell.Group():
                return self.group(statement)
            case shell.Negation():
                status = self.quietly([statement.body])
                return None if status is None else not status
            case shell.Function():
                self.functions[statement.name] = statement.body
                return True
            case shell.Opaque():
                return self.opaque(statement.text)
            case _:
                return shell_flow.follow(self, statement)

    def opaque(self, text: str) -> Status:
        """Something that is not followed: anything may have happened below the working directory, and more made."""
        shown = short(text)
        self.state.forget(self.state.cwd, f"`{shown}` may have changed it")
        self.state.doubt("/", f"`{shown}` may have changed it")
        self.state.prints(None)
        return None

    # -- groups and commands ----------------------------------------------------------------------

    def group(self, statement: shell.Group) -> Status:
        """``( )`` and ``{ }``."""
        redirections = Redirections(self.state, statement.redirects)
        opened = redirections.open()
        if opened is False:
            return False
        with redirections.around():
            status = self.subshell(statement.body) if statement.subshell else self.sequence(statement.body)
        return status if opened or status is False else None

    # -- one command ------------------------------------------------------------------------------

    def command(self, command: shell.Command) -> Status:
        """A simple command, or assignments alone."""
        state = self.state
        double = bool(command.words) and command.words[0].plain == "[["
        words = [item for word in command.words for item in fields(state, word, split=not double)]
        kept = dict(state.variables)
        for name, word in command.assignments:
            self.assign(name, join_text(fields(state, word, split=False)))
            if word.raw.startswith("("):
                known = state.variables.get(array_name(name), "") if name.endswith("+") else ""
                state.variables[array_name(name)] = array_value(state, word, known)
        if not words:
            opened = Redirections(state, command.redirects).open()
            # `A=$(command)`: the command's status is the assignment's, and it is not followed that far.
            dynamic = any("$(" in word.raw or "`" in word.raw for _, word in command.assignments)
            return None if dynamic and opened else opened
        try:
            return self.named(words, command)
        finally:
            if command.assignments:
                state.variables = kept

    def assign(self, name: str, value: str | None) -> None:
        """``name=value``; ``name+=value`` is written with its plus sign."""
        variables = self.state.variables
        if name.endswith("+"):
            name = name[:-1]
            before = variables.get(name, "" if self.state.everything else None)
            value = None if before is None or value is None else before + value
        variables[name] = value

    def named(self, words: list[Field], command: shell.Command) -> Status:
        """Redirections, then the command by its name."""
        state = self.state
        state.exit_code = 1
        redirections = Redirections(state, command.redirects)
        opened = redirections.open()
        if opened is False:
            return False
        with redirections.around():
            state.written = None
            status = self.named_inside(words, command)
            state.prints(self._printed(words, state.take_written()))
        return status if opened or status is False else None

    def _printed(self, words: list[Field], written: str | None) -> str | None:
        if written is None and words[0].text in SILENT:
            return None if any(re.match(r"^-\w*v|^--verbose", item.text or "") for item in words[1:]) else ""
        return written

    def named_inside(self, words: list[Field], command: shell.Command) -> Status:
        """The command that another one (``env``, ``sudo``, ``xargs``) runs."""
        name = words[0].text
        if name is not None and name in self.functions:
            return self.called(name, words[1:], command)
        handler = self.commands(name) if name is not None else None
        try:
            return (handler or self.unknown)(self, words, command)
        except (Busy, ReadOnly) as stopped:
            # What it did before that, and whether it went on, is its own affair.
            self.state.doubt("/", may_have_changed(command))
            return False if isinstance(stopped, ReadOnly) else None

    def called(self, name: str, arguments: list[Field], command: shell.Command) -> Status:
        """A function of the script."""
        if self.state.depth >= MAX_SCRIPTS:
            return self.unknown(self, [Field(None)], command)
        body = self.functions[name]
        self.state.depth += 1
        outer, self.locals = self.locals, {}
        try:
            return self.with_parameters(
                [item.text for item in arguments], lambda: self.scope("return", lambda: self.sequence([body]))
            )
        finally:
            self.state.depth -= 1
            self.state.written = ""
            self.state.variables.update(self.locals)
            self.locals = outer

    @contextmanager
    def capture(self) -> Iterator[list[str | None]]:
        """Collect what commands print."""
        outer, self.state.printed = self.state.printed, []
        try:
            yield self.state.printed
        finally:
            self.state.printed = outer


def short(text: str, most: int = 60) -> str:
    """A command as a message shows it."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def may_have_changed(command: shell.Command) -> str:
    """The reason that an unknown region gives."""
    return f"`{short(command.text)}` may have changed it"
