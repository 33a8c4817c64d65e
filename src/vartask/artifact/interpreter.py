"""Follow a shell script's commands on a predicted file tree.

Every answer has three values.  A status is ``True``, ``False`` (certain failure) or ``None``; where it decides what
runs and is not known, both ways are followed and only what they agree on is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from vartask.artifact.filesystem import merge
from vartask.artifact.shell_fields import Field, fields, join_text
from vartask.artifact.shell_state import State, Status
from vartask.data.build_commands import TESTS
from vartask.model import Present, Unknown
from vartask.syntax import shell
from vartask.syntax.shell_words import Word

MAX_ROUNDS = 500
"""More rounds of a loop than any packaging needs: beyond it the loop is not followed."""

MAX_SCRIPTS = 5
"""Scripts calling scripts."""


class Finished(Exception):
    """The script ends here, with this status."""

    def __init__(self, status: Status) -> None:
        super().__init__(status)
        self.status = status


Handler = Callable[["Interpreter", list[Field], shell.Command], Status]


class Interpreter:
    """Runs statements on a state.  ``commands`` gives the handler of a command's name."""

    def __init__(self, state: State, commands: Callable[[str], Handler | None], unknown: Handler) -> None:
        self.state = state
        self.commands = commands
        self.unknown = unknown
        state.substitution = self.substituted

    def script(self, text: str) -> Status:
        """Run a script in this shell."""
        try:
            return self.sequence(shell.parse(text))
        except Finished as end:
            return end.status

    def sequence(self, statements: Iterable[shell.Statement]) -> Status:
        """One after the other; the last one's status."""
        status: Status = True
        for statement in statements:
            status = self.run(statement)
            if status is False and self.state.errexit and not isinstance(statement, (shell.AndOr, shell.Negation)):
                raise Finished(False)
        return status

    def run(self, statement: shell.Statement) -> Status:
        """Run one statement."""
        match statement:
            case shell.Command():
                return self.command(statement)
            case shell.AndOr():
                return self.and_or(statement)
            case shell.Pipeline():
                return self.pipeline(statement)
            case shell.Group():
                return self.group(statement)
            case shell.Negation():
                status = self.run(statement.body)
                return None if status is None else not status
            case shell.If():
                return self.choose(statement)
            case shell.For():
                return self.loop(statement)
            case shell.Opaque():
                return self.opaque(statement.text)

    def substituted(self, script: str) -> list[str] | None:
        """``$(find ...)``: the paths that it prints; nothing else's output is known."""
        match shell.parse(script):
            case (shell.Command(words=words),) if words and words[0].plain == "find":
                pass
            case _:
                return None
        other = Interpreter(self.state.fork(), self.commands, self.unknown)
        other.script(script)
        self.state.substitution = self.substituted
        return other.state.piped

    def nested(self, text: str) -> Status:
        """Run a script in a shell of its own."""
        kept = (self.state.cwd, dict(self.state.variables))
        try:
            return self.deeper(text)
        finally:
            self.state.cwd, self.state.variables = kept

    def deeper(self, text: str) -> Status:
        """Run another script in this shell."""
        self.state.depth += 1
        try:
            return self.script(text)
        finally:
            self.state.depth -= 1

    def named_inside(self, words: list[Field], command: shell.Command) -> Status:
        """The command that another one (``env``, ``sudo``, ``xargs``) runs."""
        name = words[0].text
        handler = self.commands(name) if name is not None else None
        return (handler or self.unknown)(self, words, command)

    def opaque(self, text: str) -> Status:
        """Something that is not followed: anything may have happened below the working directory, and more made."""
        shown = short(text)
        self.state.forget(self.state.cwd, f"`{shown}` may have changed it")
        self.state.doubt("/", f"`{shown}` may have changed it")
        return None

    # -- structure --------------------------------------------------------------------------------

    def and_or(self, statement: shell.AndOr) -> Status:
        """``&&`` and ``||``."""
        left = self.run(statement.left)
        if statement.operator == "&&":
            if left is False:
                return False
            if left is None and is_test(statement.left):
                return self.maybe([statement.right])
            return self.run(statement.right)
        if left is True:
            return True
        return self.run(statement.right) if left is False else self.maybe([statement.right])

    def maybe(self, statements: Iterable[shell.Statement]) -> Status:
        """Run something that may not run: only what both ways agree on is kept."""
        before = self.state.fork()
        try:
            self.sequence(statements)
        except Finished:
            # `|| exit 1`: had it run, there would be no image.
            self.restore(before)
            return None
        self.agree(before)
        return None

    def restore(self, state: State) -> None:
        """Go back to an earlier state."""
        self.state.files.adopt(state.files)
        self.state.cwd, self.state.variables = state.cwd, state.variables

    def agree(self, other: State) -> None:
        """Keep what this state and another one agree on."""
        state = self.state
        state.files.adopt(merge(state.files, other.files, "a command that may not have run changes it", state.at))
        state.cwd = state.cwd if state.cwd == other.cwd else None
        for name in {*state.variables, *other.variables}:
            if state.variables.get(name, "") != other.variables.get(name, ""):
                state.variables[name] = None

    def subshell(self, statements: Iterable[shell.Statement]) -> Status:
        """Run with a working directory and variables of its own."""
        state = self.state
        kept = (state.cwd, dict(state.variables), state.umask, state.errexit)
        try:
            return self.sequence(statements)
        except Finished as end:
            return end.status
        finally:
            state.cwd, state.variables, state.umask, state.errexit = kept

    def group(self, statement: shell.Group) -> Status:
        """``( )`` and ``{ }``."""
        self.redirects(statement.redirects, None)
        return self.subshell(statement.body) if statement.subshell else self.sequence(statement.body)

    def pipeline(self, statement: shell.Pipeline) -> Status:
        """Commands joined by ``|``: the last one's status."""
        status: Status = True
        self.state.piped = None
        for command in statement.commands:
            status = self.subshell([command])
        self.state.piped = None
        return status

    def choose(self, statement: shell.If) -> Status:
        """``if``: both ways where the condition is not known."""
        for number, (condition, body) in enumerate(statement.branches):
            status = self.sequence_quietly(condition)
            if status is True:
                return self.sequence(body)
            if status is None:
                rest = shell.If(statement.branches[number + 1 :], statement.otherwise)
                other = self.state.fork()
                branch = Interpreter(other, self.commands, self.unknown)
                ended = _ends(branch, body)
                mine = _ends(self, [rest])
                if mine and not ended:
                    self.restore(other)
                elif not ended:
                    self.agree(other)
                return None
        return self.sequence(statement.otherwise)

    def sequence_quietly(self, statements: Iterable[shell.Statement]) -> Status:
        """A condition: failing is no reason to stop."""
        kept, self.state.errexit = self.state.errexit, False
        try:
            return self.sequence(statements)
        finally:
            self.state.errexit = kept

    def loop(self, statement: shell.For) -> Status:
        """``for`` over words."""
        values = [item for word in statement.words for item in fields(self.state, word)]
        if len(values) > MAX_ROUNDS:
            return self.opaque(f"for {statement.name}")
        status: Status = True
        for value in values:
            self.state.variables[statement.name] = value.text
            status = self.maybe(statement.body) if value.text is None else self.sequence(statement.body)
        return status

    # -- one command ------------------------------------------------------------------------------

    def command(self, command: shell.Command) -> Status:
        """A simple command, or assignments alone."""
        state = self.state
        words = [item for word in command.words for item in fields(state, word)]
        kept = dict(state.variables)
        for name, word in command.assignments:
            state.variables[name] = join_text(fields(state, word, split=False))
        if not words:
            self.redirects(command.redirects, None)
            return True
        try:
            status = self.named(words, command)
        finally:
            if command.assignments:
                state.variables = kept
        return status

    def named(self, words: list[Field], command: shell.Command) -> Status:
        """A command by its name, then its redirections."""
        status = self.named_inside(words, command)
        written = self.state.take_written() or self.output(words, command)
        redirected = self.redirects(command.redirects, written)
        return False if redirected is False else status

    def output(self, words: list[Field], command: shell.Command) -> str | None:
        """The text that the command writes, where it is known: echo, printf without formats, cat of a heredoc."""
        name, *rest = [item.text for item in words]
        if name == "cat" and not rest:
            for redirect in command.redirects:
                if redirect.operator == "<<" and redirect.target is not None:
                    return join_text(fields(self.state, redirect.target, split=False))
            return None
        known = [text for text in rest if text is not None]
        if len(known) != len(rest) or any("\\" in text or "%" in text for text in known):
            return None
        if name == "echo" and not (known and known[0].startswith("-")):
            return " ".join(known) + "\n"
        return known[0] if name == "printf" and len(known) == 1 else None

    def redirects(self, redirects: Iterable[shell.Redirect], written: str | None) -> Status:
        """Files that redirections make.  ``False`` when one certainly cannot be opened."""
        status: Status = True
        for operator, target in _outputs(redirects):
            path = join_text(fields(self.state, target, split=False))
            absolute = None if path is None else self.state.path(path)
            if absolute is None:
                self.state.doubt("/", f"`> {target.raw}` writes a file whose place is not known")
            elif not absolute.startswith("/dev/"):
                content = written if operator != ">>" else self._appended(absolute, written)
                status = self.state.write(absolute, content) and status
        return status

    def _appended(self, path: str, written: str | None) -> str | None:
        existing = self.state.files.follow(path)
        if isinstance(existing, Present):
            return None if existing.content is None or written is None else existing.content + written
        return None if isinstance(existing, Unknown) else written


def _outputs(redirects: Iterable[shell.Redirect]) -> Iterator[tuple[str, Word]]:
    for redirect in redirects:
        target = redirect.target
        if target is None or redirect.operator not in {">", ">>", ">|", "&>", "&>>", ">&"}:
            continue
        if redirect.operator == ">&" and (target.raw.isdigit() or target.raw == "-"):
            continue
        yield (">>" if redirect.operator.endswith(">>") else ">"), target


def _ends(interpreter: Interpreter, statements: Iterable[shell.Statement]) -> bool:
    """Run; whether the script ends in there."""
    try:
        interpreter.sequence(statements)
    except Finished:
        return True
    return False


def is_test(statement: shell.Statement) -> bool:
    """Whether a command is run for its status."""
    if isinstance(statement, shell.AndOr):
        return is_test(statement.right)
    if isinstance(statement, shell.Negation):
        return is_test(statement.body)
    return isinstance(statement, shell.Command) and bool(statement.words) and statement.words[0].plain in TESTS


def short(text: str, most: int = 60) -> str:
    """A command as a message shows it."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def may_have_changed(command: shell.Command) -> str:
    """The reason that an unknown region gives."""
    return f"`{short(command.text)}` may have changed it"
