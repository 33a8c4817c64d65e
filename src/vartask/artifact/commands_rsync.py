"""rsync between directories of one machine, as far as its patterns are ``--exclude`` ones (rsync(1))."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.commands_copy import Cp
from vartask.artifact.commands_options import split_options
from vartask.artifact.filters import Decide, Unsure
from vartask.artifact.filters.rsync import matcher
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.syntax.shell import Command

_PLAIN = frozenset(
    {"-a", "-r", "-v", "-z", "-q", "-h", "-P", "-l", "-p", "-t", "-o", "-g", "-W"}
    | {"--archive", "--recursive", "--verbose", "--progress", "--quiet", "--compress", "--exclude"}
)
"""Options that change nothing of which files arrive, or are followed here."""


class _Rsync(Cp):
    """Copies what no pattern leaves out: patterns are asked of paths from the root of the transfer (rsync(1))."""

    def __init__(self, state: State, command: Command, left_out: Decide) -> None:
        super().__init__(state, command, {"-a": ""})
        self.left_out = left_out
        self.root = ""

    def one(self, source: Field, target: str) -> Status:
        """One source: its contents, or itself by its own name."""
        text = source.text or "."
        real = self.state.real(text)
        contents = posixpath.basename(text) == "."
        self.root = (real if contents else posixpath.dirname(real)) if real is not None else ""
        if real is not None and not contents and not self.keeps(real, directory=self.files.is_dir(real)):
            return True
        return super().one(source, target)

    def keeps(self, path: str, *, directory: bool) -> bool:
        """Whether no pattern leaves out the path, or a directory that it is in."""
        parts = path[len(self.root.rstrip("/")) + 1 :].split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts)))
        return self.left_out("/".join(parts), directory) is None and all(
            self.left_out(one, True) is None for one in above
        )


def rsync(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``rsync -a [--exclude pattern]... source/ target``: a slash behind the source means its contents."""
    state = interpreter.state
    options, rest = split_options(
        words, {"--exclude", "--include", "--filter", "-e", "--exclude-from", "--include-from", "-f"}
    )
    target = rest[-1].text if rest else None
    path = None if target is None or re.match(r"^[\w.@-]+:", target) else state.real(target)
    remote = any(re.match(r"^[\w.@-]+:", item.text or "") for item in rest[:-1])
    left_out = _excluded(words)
    unfollowed = set(options) - _PLAIN or not {"-a", "--archive"} & set(options)
    if path is None or remote or unfollowed or left_out is None:
        if any(name.startswith("--del") for name in options):
            state.forget(path, may_have_changed(command))
        state.doubt(path or "/", may_have_changed(command))
        return None
    state.make_dirs(path)
    sources = [Field(f"{item.text}.") if (item.text or "").endswith("/") else item for item in rest[:-1]]
    return _Rsync(state, command, left_out).run(sources, Field(path), into=True)


def _excluded(words: list[Field]) -> Decide | None:
    """What the patterns of ``--exclude`` leave out; ``None`` where one of them is not known, or of another kind."""
    patterns: list[str | None] = []
    for word, following in zip(words, [*words[1:], None], strict=True):
        name, equals, value = (word.text or "").partition("=")
        if name == "--exclude":
            patterns.append(value if equals else following.text if following is not None else None)
    # Braces that are left in a word are ones that bash would have made several words of.
    known = tuple(pattern for pattern in patterns if pattern is not None and "{" not in pattern)
    try:
        return matcher(known) if len(known) == len(patterns) else None
    except Unsure:
        return None
