"""find(1), which packaging uses to delete what an image does not need."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable

from vartask.artifact.commands_options import both
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field, glob_regex
from vartask.artifact.shell_state import Piped, Status
from vartask.model import Absent, Present, UnknownRegion
from vartask.records import dataclass
from vartask.syntax.shell import Command

ACTIONS = frozenset("-print -print0 -printf -ls -delete -exec -execdir -ok -okdir -fprint".split())  # noqa: SIM905
"""Without any of them, find prints."""

GLOBAL = frozenset("-depth -d -xdev -mount -noleaf -daystart -ignore_readdir_race -warn -nowarn -true".split())  # noqa: SIM905
NOTHING = frozenset("-nouser -nogroup -readable -writable -executable -ls -quit".split())  # noqa: SIM905
"""Tests that take no argument and are not followed."""

PUNCTUATION = {";", "+"}


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
    return _Find(interpreter, command).run([item.text for item in words[1:]])


class _Find:
    def __init__(self, interpreter: Interpreter, command: Command) -> None:
        self.interpreter = interpreter
        self.state = interpreter.state
        self.command = command
        self.words: list[str | None] = []
        self.at = 0
        self.maxdepth: int | None = None
        self.mindepth = 0
        self.depth_first = False
        self.pruned: set[str] = set()
        self.printed: list[str] = []
        self.gathered: list[tuple[list[str | None], list[str], bool]] = []
        self.unsure = False
        self.complete = True
        self.status: Status = True

    def run(self, given: list[str | None]) -> Status:
        while given and given[0] in {"-H", "-P", "-L"}:
            # Through links find may come to anything.
            self.unsure = self.unsure or given.pop(0) == "-L"
        starts: list[str] = []
        while given and (given[0] is None or not given[0].startswith(("-", "(", "!"))):
            start = given.pop(0)
            starts.append(start or "")
            self.complete = self.complete and start is not None
        self.words = given
        self.depth_first = bool({"-delete", "-depth", "-d"} & set(given))
        test = self.either()
        prints = not ACTIONS & set(given)
        for start in starts or ["."]:
            self.walk(start, test, prints=prints)
        for words, paths, sure in self.gathered:
            if paths:
                self.carry_out([*words, *paths], sure=sure)
                self.status = both(self.status, None)
        self.tell(starts or ["."], quiet=bool({"-print0", "-printf", "-ls", "-fprint"} & set(given)))
        return self.status

    def walk(self, start: str, test: Test, *, prints: bool) -> None:
        real = self.state.real(start) if start else None
        if real is None or isinstance(self.state.files.get(real), Absent):
            self.status = False if start else None
            return
        paths = self.paths(start)
        for item in reversed(paths) if self.depth_first else paths:
            if any(item.path.startswith(cut + "/") for cut in self.pruned):
                continue
            if not isinstance(self.state.files.get(item.path), Present):
                # Gone while find was on its way there, which it takes amiss.
                self.status = both(self.status, None)
                continue
            answer = test(item)
            if prints and answer is not False:
                self.complete = self.complete and answer is True
                self.printed += [item.shown] if answer else []

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

    def tell(self, starts: list[str], *, quiet: bool) -> None:
        """What goes through the pipe."""
        if not self.complete:
            self.state.piped = None
            return
        more = next((region.path for start in starts for region in self.doubts(start)), None)
        self.state.piped = Piped(self.printed, more)
        if more is None and not quiet:
            self.state.written = "".join(f"{path}\n" for path in self.printed)

    def doubts(self, start: str) -> Iterable[UnknownRegion]:
        real = self.state.real(start)
        return self.state.files.doubts(real) if real is not None else ()

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
            left = self.one_of(left, self.both())
        return left

    def both(self) -> Test:
        tests: list[Test] = []
        while self.at < len(self.words) and self.peek() not in {"-o", "-or", ")"}:
            if self.peek() in {"-a", "-and"}:
                self.take()
                continue
            tests.append(self.primary())
        return self.every(tests)

    def primary(self) -> Test:
        word = self.take()
        if word in {"!", "-not"}:
            inner = self.primary()
            return lambda item: _negated(inner(item))
        if word == "(":
            inner = self.either()
            self.take()
            return inner
        if word in GLOBAL:
            return _always
        simple: dict[str | None, Test] = {
            "-print": self.print,
            "-print0": self.print,
            "-prune": self.prune,
            "-delete": self.delete,
        }
        simple |= {"-empty": self.empty, "-false": _never}
        if word in simple:
            return simple[word]
        if word in {"-exec", "-execdir", "-ok", "-okdir"}:
            return self.execute(inside=word.endswith("dir"))
        return _unknown if word is None or word in NOTHING else self.with_argument(word)

    def with_argument(self, word: str) -> Test:
        value = self.take() if word.startswith("-") else None
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

    def every(self, tests: list[Test]) -> Test:
        def test(item: _Path) -> bool | None:
            before = self.unsure
            answer: bool | None = True
            for one in tests:
                value = one(item)
                if value is False:
                    answer = False
                    break
                if value is None:
                    # What follows may be done to this path, or not.
                    answer, self.unsure = None, True
            self.unsure = before
            return answer

        return test

    def one_of(self, left: Test, right: Test) -> Test:
        def test(item: _Path) -> bool | None:
            first = left(item)
            if first is not None:
                return first or right(item)
            before, self.unsure = self.unsure, True
            right(item)
            self.unsure = before
            return None

        return test

    def empty(self, item: _Path) -> bool | None:
        if item.entry.kind == "d":
            if any(True for _ in self.state.files.children(item.path)):
                return False
            return None if list(self.state.files.doubts(item.path)) else True
        text = self.state.text(item.entry) if item.entry.kind == "f" else "link"
        return None if text is None else text == ""

    # -- actions ----------------------------------------------------------------------------------

    def print(self, item: _Path) -> bool:
        self.complete = self.complete and not self.unsure
        self.printed.append(item.shown)
        return True

    def prune(self, item: _Path) -> bool:
        self.complete = self.complete and not self.unsure
        if not self.unsure:
            self.pruned.add(item.path)
        return True

    def delete(self, item: _Path) -> bool | None:
        """A directory goes only when it is empty."""
        files = self.state.files
        if self.unsure or (item.entry.kind == "d" and list(files.doubts(item.path))):
            self.forget(item.path)
            return None
        if item.entry.kind == "d" and any(True for _ in files.children(item.path)):
            self.status = False
            return False
        if item.shown != ".":
            files.remove(item.path, self.state.at)
        return True

    def forget(self, path: str) -> None:
        self.state.files.forget(path, may_have_changed(self.command), self.state.at)
        self.status = both(self.status, None)

    def execute(self, *, inside: bool) -> Test:
        words: list[str | None] = []
        while self.at < len(self.words) and (self.peek() != ";" and not (self.peek() == "+" and words[-1:] == ["{}"])):
            words.append(self.take())
        ends = self.take()
        if inside or not words:
            return self.anything
        if ends == "+":
            gathered: list[str] = []
            doubtful: list[str] = []
            self.gathered += [(words[:-1], gathered, True), (words[:-1], doubtful, False)]

            def gather(item: _Path) -> bool:
                (doubtful if self.unsure else gathered).append(item.shown)
                return True

            return gather
        return lambda item: self.carry_out(
            [None if word is None else word.replace("{}", item.shown) for word in words], sure=not self.unsure
        )

    def anything(self, item: _Path) -> None:
        self.forget(posixpath.dirname(item.path) if item.depth else item.path)

    def carry_out(self, words: list[str | None], *, sure: bool) -> Status:
        """Run the command, for certain or perhaps."""
        items = [Field(word) for word in words]
        interpreter = self.interpreter
        kept = (interpreter.must, self.state.piped, self.state.stdin)
        interpreter.must = False
        before = None if sure else self.state.fork()
        try:
            status = interpreter.named_inside(items, self.command)
        finally:
            interpreter.must, self.state.piped, self.state.stdin = kept
        if before is None:
            return status
        interpreter.agree(before)
        return None


def _always(_item: _Path) -> bool:
    return True


def _never(_item: _Path) -> bool:
    return False


def _unknown(_item: _Path) -> None:
    return None


def _negated(value: bool | None) -> bool | None:
    return None if value is None else not value
