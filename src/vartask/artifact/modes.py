"""Permission bits and owners as chmod(1), chown(1) and Dockerfile flags write them."""

from __future__ import annotations

from vartask.patterns import regex

WHO = {"u": 0o4700, "g": 0o2070, "o": 0o007, "a": 0o6777}
"""The bits that each letter speaks of; the sticky bit only answers to ``t``."""
SHIFT = {"u": 6, "g": 3, "o": 0}
LETTERS = {"r": 0o444, "w": 0o222, "x": 0o111, "s": 0o6000, "t": 0o1000}
OCTAL = regex(r"^[0-7]+$")
CLAUSE = regex(r"^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$")
OPERATION = regex(r"[-+=](?:[rwxXst]+|[ugo]|)")
UMASK = 0o022
"""What Docker's daemon leaves out of the modes of directories that it makes on the way."""

ROOT_NAMES = frozenset({"root", "0"})


def is_octal(change: str) -> bool:
    """Whether the text is a mode in digits, at most 07777."""
    return OCTAL.match(change) is not None and int(change, 8) <= 0o7777  # noqa: PLR2004 - all permission bits


def is_symbolic(change: str) -> bool:
    """Whether the text is a mode such as ``u=rwX,go-w``."""
    return all(CLAUSE.match(clause) for clause in change.split(","))


def changed_mode(mode: int, change: str | None, *, is_dir: bool, umask: int = 0) -> int:
    """The mode after ``chmod change``; unchanged when there is no change or it is not understood.

    The command spares the bits of the ``umask`` where the change does not say for whom it is; the builders do not.
    """
    if not change:
        return mode
    if is_octal(change):
        return int(change, 8) & 0o7777
    before = mode
    for clause in change.split(","):
        match = CLAUSE.match(clause)
        if match is None:
            return before
        for operation in OPERATION.findall(match[2]):
            changed = _apply(mode, match[1] or "a", operation, before=before, is_dir=is_dir)
            mode = changed if match[1] else (changed & ~umask) | (mode & umask)
    return mode


def _apply(mode: int, who: str, operation: str, *, before: int, is_dir: bool) -> int:
    mask = 0
    for letter in who:
        mask |= WHO[letter]
    sign, given = operation[0], operation[1:]
    bits = 0
    for letter in given:
        if letter == "X":
            bits |= 0o111 if is_dir or before & 0o111 else 0
        elif letter in SHIFT:
            bits |= (mode >> SHIFT[letter] & 0o7) * 0o111
        else:
            bits |= LETTERS[letter]
    bits &= mask | (0o1000 if "t" in given else 0)
    if sign == "=":
        # GNU's chmod leaves the set-ID bits of directories alone; so few directories have them that nobody notices.
        return (mode & ~mask) | bits
    return mode | bits if sign == "+" else mode & ~bits


def owner(text: str, *, empty_group_is_user: bool = False) -> tuple[int, int]:
    """``uid[:gid]``; one number alone stands for both, ``uid:`` has group 0 unless ``empty_group_is_user``.

    A name counts as root: BuildKit falls back to 0:0 for names that the image does not know, and which it knows
    cannot be told from here.
    """
    user, colon, group = text.partition(":")
    uid = int(user) if user.isdigit() else 0
    if not group:
        return uid, 0 if (colon and not empty_group_is_user) or not user.isdigit() else uid
    return uid, int(group) if group.isdigit() else 0


def numeric_owner(user: str) -> tuple[int, int]:
    """The owner of what a RUN as ``USER user`` makes; a lone user number has group 0 (no entry in /etc/passwd)."""
    name, _, group = user.partition(":")
    return int(name) if name.isdigit() else 0, int(group) if group.isdigit() else 0
