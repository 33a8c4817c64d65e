"""``test``, ``[`` and ``[[``: conditions about strings and about what is in the predicted tree.

https://pubs.opengroup.org/onlinepubs/9799919799/utilities/test.html and bash's manual, "Conditional Constructs".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vartask.artifact.shell_fields import Field, fields, glob_regex, join_text, pattern_text
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown
from vartask.records import dataclass
from vartask.syntax.shell import Command

if TYPE_CHECKING:
    from vartask.artifact.interpreter import Interpreter

FILE_TESTS = frozenset("-e -f -d -s -L -h -x -r -w".split())  # noqa: SIM905
NUMBERS = {
    "-eq": lambda a, b: a == b,
    "-ne": lambda a, b: a != b,
    "-lt": lambda a, b: a < b,
    "-le": lambda a, b: a <= b,
    "-gt": lambda a, b: a > b,
    "-ge": lambda a, b: a >= b,
}


@dataclass(frozen=True, slots=True)
class _Item:
    """A word of a condition: its text, and as a pattern where it stands behind ``==``."""

    text: str | None
    pattern: str | None
    raw: str


def test(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``test expression`` and ``[ expression ]``."""
    name = words[0].text
    items = [_Item(item.text, None, item.text or "") for item in words[1:]]
    if name == "[":
        if not items or items[-1].text != "]":
            return None
        items.pop()
    elif name == "[[":
        return double(interpreter, command)
    return _Expression(interpreter.state, items, double=False).value()


def double(interpreter: Interpreter, command: Command) -> Status:
    """``[[ expression ]]``: words are not split, and ``==`` compares with a pattern."""
    state = interpreter.state
    if state.flavour != "bash":
        # dash has no such command: "[[: not found".  busybox's has, with rules of its own.
        return False if state.flavour == "dash" else None
    items = [
        _Item(join_text(fields(state, word, split=False)), pattern_text(state, word), word.raw)
        for word in command.words[1:]
        if word.raw != "]]"
    ]
    return _Expression(state, items, double=True).value()


class _Expression:
    def __init__(self, state: State, items: list[_Item], *, double: bool) -> None:
        self.state = state
        self.items = items
        self.at = 0
        self.double = double

    def value(self) -> Status:
        if not self.items:
            return False
        if not self.double and len(self.items) <= 2:  # noqa: PLR2004 - what POSIX says of one and two arguments
            return self.few()
        status = self.either()
        return status if self.at >= len(self.items) else None

    def few(self) -> Status:
        first = self.items[0].text
        if len(self.items) == 1:
            return None if first is None else first != ""
        second = self.items[1].text
        if first is None:
            return None
        if first == "!":
            return None if second is None else second == ""
        return self.unary(first, second) if _is_unary(first) else None

    def peek(self, ahead: int = 0) -> str:
        return self.items[self.at + ahead].raw if self.at + ahead < len(self.items) else ""

    def either(self) -> Status:
        left = self.both()
        while self.peek() == ("||" if self.double else "-o"):
            self.at += 1
            right = self.both()
            left = True if True in (left, right) else (None if None in (left, right) else False)
        return left

    def both(self) -> Status:
        left = self.negated()
        while self.peek() == ("&&" if self.double else "-a"):
            self.at += 1
            right = self.negated()
            left = False if False in (left, right) else (None if None in (left, right) else True)
        return left

    def negated(self) -> Status:
        if self.peek() == "!" and self.peek(1):
            self.at += 1
            status = self.negated()
            return None if status is None else not status
        if self.peek() == "(" and self.peek(2) not in {"=", "==", "!="}:
            self.at += 1
            status = self.either()
            self.at += 1
            return status
        return self.primary()

    def primary(self) -> Status:
        if self.at >= len(self.items):
            return None
        operator = self.peek(1)
        if operator in {"=", "==", "!=", "=~", "<", ">", "-nt", "-ot", "-ef", *NUMBERS} and self.peek(2) != "":
            left, right = self.items[self.at], self.items[self.at + 2]
            self.at += 3
            return self.binary(left, operator, right)
        first = self.items[self.at]
        if _is_unary(first.raw) and self.at + 1 < len(self.items):
            self.at += 2
            return self.unary(first.raw, self.items[self.at - 1].text)
        self.at += 1
        return None if first.text is None else first.text != ""

    def binary(self, left: _Item, operator: str, right: _Item) -> Status:
        if operator in {"=", "==", "!="}:
            if operator == "==" and not self.double and self.state.flavour == "dash":
                # An unexpected operator, says dash.
                return False
            wanted = right.pattern if self.double else right.text
            if left.text is None or wanted is None:
                return None
            same = glob_regex(wanted).fullmatch(left.text) is not None if self.double else left.text == wanted
            return same is (operator != "!=")
        if operator in NUMBERS and left.text is not None and right.text is not None:
            if not all(re.match(r"^\s*[-+]?\d+\s*$", text) for text in (left.text, right.text)):
                return None
            return bool(NUMBERS[operator](int(left.text), int(right.text)))
        return None

    def unary(self, operator: str, operand: str | None) -> Status:
        if operand is None:
            return None
        if operator in {"-z", "-n"}:
            return (operand == "") is (operator == "-z")
        return _file(self.state, operator, operand) if operator in FILE_TESTS else None


def _is_unary(text: str) -> bool:
    return re.match(r"^-[a-zA-Z]$", text) is not None and text not in {"-a", "-o"}


def _file(state: State, operator: str, path: str) -> Status:
    link = operator in {"-L", "-h"}
    real = state.real(path, last=not link) if path else None
    if path == "":
        return False
    found = state.files.get(real) if real is not None else Unknown("")
    if isinstance(found, Unknown):
        return None
    if isinstance(found, Absent):
        return False
    if path.endswith("/") and found.kind != "d":
        return False
    return _tested(state, operator, found)


def _tested(state: State, operator: str, found: Present) -> Status:
    if operator == "-e":
        return True
    if operator in {"-L", "-h"}:
        return found.kind == "l"
    if operator in {"-f", "-d"}:
        return found.kind == operator[1]
    if operator == "-s":
        if found.kind == "d":
            return True
        text = state.text(found)
        return None if text is None else text != ""
    if state.uid != 0:
        return None
    # Root may read and write everything, and execute what anybody may.
    return operator != "-x" or found.kind == "d" or bool(found.mode & 0o111)
