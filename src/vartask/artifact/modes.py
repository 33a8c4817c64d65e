"""Permission bits and owners as chmod(1), chown(1) and Dockerfile flags write them."""

from __future__ import annotations

import re

WHO = {"u": 0o700, "g": 0o070, "o": 0o007}
OCTAL = re.compile(r"^[0-7]{1,5}$")
CLAUSE = re.compile(r"^([ugoa]*)((?:[-+=][rwxXst]*)+)$")
ROOT_NAMES = frozenset({"root", "0"})


def changed_mode(mode: int, change: str | None, *, is_dir: bool) -> int:
    """The mode after ``chmod change``; unchanged when there is no change or it is not understood."""
    if not change:
        return mode
    if OCTAL.match(change):
        return int(change, 8) & 0o7777
    for clause in change.split(","):
        match = CLAUSE.match(clause)
        if match is None:
            return mode
        for operation in re.findall(r"[-+=][rwxXst]*", match[2]):
            mode = _apply(mode, match[1], operation, is_dir=is_dir)
    return mode


def _apply(mode: int, who: str, operation: str, *, is_dir: bool) -> int:
    mask = sum(WHO[letter] for letter in set(who)) if who and "a" not in who else 0o777
    bits = 0
    for letter in operation[1:]:
        if letter == "X":
            letter_bits = 0o111 if is_dir or mode & 0o111 else 0
        else:
            letter_bits = {"r": 0o444, "w": 0o222, "x": 0o111}.get(letter, 0)
        bits |= letter_bits
    bits &= mask
    if operation[0] == "=":
        return (mode & ~mask) | bits
    return mode | bits if operation[0] == "+" else mode & ~bits


def owner(text: str) -> tuple[int, int]:
    """``uid[:gid]``; one number stands for both.

    A name counts as root: BuildKit falls back to 0:0 for names that the image does not know, and which it knows
    cannot be told from here.
    """
    user, _, group = text.partition(":")
    uid = int(user) if user.isdigit() else 0
    if not group:
        return uid, uid if user.isdigit() else 0
    return uid, int(group) if group.isdigit() else 0


def numeric_owner(user: str) -> tuple[int, int]:
    """The owner of what a RUN as ``USER user`` makes; a lone user number has group 0 (no entry in /etc/passwd)."""
    name, _, group = user.partition(":")
    return int(name) if name.isdigit() else 0, int(group) if group.isdigit() else 0
