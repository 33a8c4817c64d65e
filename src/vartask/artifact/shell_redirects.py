"""Redirections: the files that they make before a command runs, and where its output then goes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from vartask.artifact.filesystem import resolve
from vartask.artifact.shell_fields import fields, join_text
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present
from vartask.syntax.shell import Redirect
from vartask.syntax.shell_words import Word

OUTPUTS = frozenset({">", ">>", ">|", "&>", "&>>", ">&"})


class Redirections:
    """The redirections of one command."""

    def __init__(self, state: State, redirects: Iterable[Redirect]) -> None:
        self.state = state
        self.redirects = tuple(redirects)
        self.target: str | None = None
        self.before: str | None = ""
        self.away = False
        self.stdin: str | None = None
        self.has_stdin = False

    def open(self) -> Status:
        """Open the files.  ``False`` when one certainly cannot be opened: the command does not run then."""
        status: Status = True
        for redirect in self.redirects:
            if redirect.target is None:
                continue
            if redirect.operator in {"<<", "<<<"}:
                text = join_text(fields(self.state, redirect.target, split=False))
                end = "\n" if redirect.operator == "<<<" else ""
                self.stdin, self.has_stdin = (None if text is None else text + end), True
                continue
            opened = self._input(redirect.target) if redirect.operator == "<" else self._output(redirect)
            if opened is False:
                return False
            status = status and opened
        return status

    def _name(self, target: Word) -> str | None:
        """A file's name: bash matches patterns here, other shells do not."""
        if not self.state.bash:
            return join_text(fields(self.state, target, split=False))
        found = fields(self.state, target)
        return found[0].text if len(found) == 1 else None

    def _input(self, target: Word) -> Status:
        name = self._name(target)
        path = None if name is None else self.state.real(name)
        found = self.state.files.get(path) if path is not None else None
        self.stdin, self.has_stdin = None, True
        if isinstance(found, Absent):
            return None if path is not None and path.startswith("/dev/") else False
        if isinstance(found, Present):
            self.stdin = self.state.text(found)
            return True
        return None

    def _output(self, redirect: Redirect) -> Status:
        target = redirect.target
        if target is None or redirect.operator not in OUTPUTS:
            return True
        if redirect.operator == ">&" and (target.raw.isdigit() or target.raw == "-"):
            self.away = self.away or (redirect.fd in {None, 1} and target.raw != "1")
            return True
        stdout = redirect.fd in {None, 1} or redirect.operator.startswith("&")
        name = self._name(target)
        path = None if name is None else self.state.path(name)
        if stdout:
            self.away, self.target, self.before = True, None, ""
        if name is None or path is None:
            self.state.doubt("/", f"`> {target.raw}` writes a file whose place is not known")
            return None
        if path.startswith("/dev/"):
            return True
        if self.state.asks_directory(name):
            return False
        append = redirect.operator.endswith(">>")
        existing = self.state.files.follow(path)
        before = self.state.text(existing) if isinstance(existing, Present) else None
        before = ("" if isinstance(existing, Absent) else before) if append else ""
        if stdout:
            self.target, self.before = path, before
        if append and isinstance(existing, Present) and existing.kind == "f":
            real = resolve(self.state.files, path)
            return real is None or not self.state.files.read_only(real)
        return self.state.write(path, before if stdout else None)

    @contextmanager
    def around(self) -> Iterator[None]:
        """Where the command runs: its input is given, and its output goes where it is sent."""
        state = self.state
        kept_input, kept_paths, kept = state.stdin, state.piped, state.printed
        if self.has_stdin:
            state.stdin, state.piped = self.stdin, None
        if self.away:
            state.printed = []
        try:
            yield
        finally:
            texts = state.printed
            state.printed = kept
            if self.has_stdin:
                state.stdin, state.piped = kept_input, kept_paths
            if self.away and self.target is not None:
                self._fill(self.target, texts)

    def _fill(self, target: str, texts: list[str | None]) -> None:
        known = self.before is not None and not any(text is None for text in texts)
        if known and not any(texts) and self.before == "":
            return
        content = (self.before or "") + "".join(text or "" for text in texts) if known else None
        if isinstance(self.state.files.follow(target), Present):
            self.state.write(target, content)
