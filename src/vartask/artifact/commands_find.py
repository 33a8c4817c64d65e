"""find(1), which packaging uses to delete what an image does not need."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.modes import changed_mode
from vartask.artifact.shell_fields import Field, glob_regex
from vartask.artifact.shell_state import Status
from vartask.data.build_commands import READ_ONLY
from vartask.model import Present
from vartask.syntax.shell import Command

KEEP_FILES = READ_ONLY | {"chmod", "chown", "strip"}
"""Commands after ``-exec`` that leave every path where it is."""


@dataclass(frozen=True, slots=True)
class _Path:
    """A path that find looks at: absolute, as find names it, how deep, and its entry."""

    path: str
    shown: str
    depth: int
    entry: Present


Test = Callable[[_Path], "bool | None"]


def find(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``find paths expression``.  A test that is not read makes the paths it decides about unknown."""
    search = _Find(interpreter, command)
    search.run([item.text for item in words[1:]])
    return None


class _Find:
    def __init__(self, interpreter: Interpreter, command: Command) -> None:
        self.interpreter = interpreter
        self.state = interpreter.state
        self.command = command
        self.words: list[str | None] = []
        self.at = 0
        self.maxdepth: int | None = None
        self.mindepth = 0
        self.acts = False
        self.pruned: set[str] = set()
        self.removed: list[str] = []
        self.printed: list[str] = []

    def run(self, given: list[str | None]) -> None:
        starts = []
        while given and given[0] is not None and not given[0].startswith(("-", "(", "!")):
            starts.append(given.pop(0))
        self.words = given
        test = self.either()
        found: list[str] = []
        for start in starts or ["."]:
            for item in self.paths(start or "."):
                if any(item.path.startswith(cut + "/") for cut in self.pruned):
                    continue
                if test(item) is True:
                    found.append(item.shown)
        for path in self.removed:
            self.state.files.remove(path, self.state.at)
        self.state.piped = found

    def paths(self, start: str) -> list[_Path]:
        real = self.state.real(start)
        top = self.state.files.get(real) if real is not None else None
        if real is None or not isinstance(top, Present):
            return []
        found = [_Path(real, start, 0, top)] if not self.mindepth else []
        for path in self.state.files.below(real):
            relative = path[len(real) :].strip("/")
            depth = relative.count("/") + 1
            if depth >= self.mindepth and (self.maxdepth is None or depth <= self.maxdepth):
                found.append(_Path(path, posixpath.join(start, relative), depth, self.state.files.entries[path]))
        return found

    # -- the expression ---------------------------------------------------------------------------

    def peek(self) -> str | None:
        return self.words[self.at] if self.at < len(self.words) else ""

    def take(self) -> str | None:
        word = self.peek()
        self.at += 1
        return word

    def either(self) -> Test:
        left = self.both()
        while self.peek() in {"-o", "-or"}:
            self.take()
            left = _either(left, self.both())
        return left

    def both(self) -> Test:
        tests: list[Test] = []
        while self.at < len(self.words) and self.peek() not in {"-o", "-or", ")"}:
            if self.peek() in {"-a", "-and"}:
                self.take()
                continue
            tests.append(self.primary())
        return _all(tests)

    def primary(self) -> Test:
        word = self.take()
        if word in {"!", "-not"}:
            inner = self.primary()
            return lambda item: _negated(inner(item))
        if word == "(":
            inner = self.either()
            self.take()
            return inner
        simple = {"-print": _always, "-print0": _always, "-true": _always, "-depth": _always, "-prune": self.prune}
        if word in simple:
            return simple[word]
        if word == "-delete":
            return self.delete
        if word in {"-exec", "-execdir", "-ok"}:
            return self.execute()
        return self.with_argument(word)

    def with_argument(self, word: str | None) -> Test:
        value = self.take() if word is not None and word.startswith("-") and word != "-empty" else None
        if value is None:
            return _unknown
        if word in {"-maxdepth", "-mindepth"}:
            number = int(value) if value.isdigit() else 0
            if word == "-maxdepth":
                self.maxdepth = number
            else:
                self.mindepth = number
            return _always
        if word in {"-name", "-iname"}:
            regex = re.compile(glob_regex(value).pattern, re.DOTALL | (re.IGNORECASE if word == "-iname" else 0))
            return lambda item: regex.fullmatch(posixpath.basename(item.shown.rstrip("/"))) is not None
        if word in {"-path", "-wholename"}:
            shown = glob_regex(value)
            return lambda item: shown.fullmatch(item.shown) is not None
        if word == "-type":
            kinds = value.split(",")
            return lambda item: item.entry.kind in kinds
        return _unknown

    # -- actions ----------------------------------------------------------------------------------

    def prune(self, item: _Path) -> bool:
        self.pruned.add(item.path)
        return True

    def delete(self, item: _Path) -> bool:
        self.removed.append(item.path)
        return True

    def execute(self) -> Test:
        words: list[str | None] = []
        while self.at < len(self.words) and self.peek() not in {";", "+"}:
            words.append(self.take())
        self.take()
        name = posixpath.basename(words[0] or "") if words else ""
        if name == "rm":
            return self.delete
        if name == "chmod" and len(words) > 1 and words[1] is not None:
            mode = words[1]
            return lambda item: self.chmod(item, mode)
        if name in KEEP_FILES:
            return _always
        return self.changed

    def chmod(self, item: _Path, mode: str) -> bool:
        if item.entry.kind != "l":
            changed = changed_mode(item.entry.mode, mode, is_dir=item.entry.kind == "d")
            self.state.files.entries[item.path] = replace(item.entry, mode=changed)
        return True

    def changed(self, item: _Path) -> bool:
        """Another command got the file: what it now says is not known."""
        if item.entry.kind == "f":
            unknown = replace(item.entry, source=None, content=None, put_by=self.state.at)
            self.state.files.entries[item.path] = unknown
        self.state.doubt(posixpath.dirname(item.path), may_have_changed(self.command))
        return True


def _always(_item: _Path) -> bool:
    return True


def _unknown(_item: _Path) -> None:
    return None


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value


def _either(left: Test, right: Test) -> Test:
    return lambda item: left(item) or right(item)


def _all(tests: list[Test]) -> Test:
    def test(item: _Path) -> bool | None:
        for one in tests:
            value = one(item)
            if value is not True:
                return value
        return True

    return test
