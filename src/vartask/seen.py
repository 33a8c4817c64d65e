"""What a run was told about the file system: all that its result depends on, and which step of it asked for what."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from vartask.records import dataclass, field

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar

    _T = TypeVar("_T")

    class Keeper(Protocol):
        """What keeps values for the next run."""

        def part(self, name: str, questions: Questions, make: Callable[[], _T]) -> _T:
            """The kept value of a name, or else what ``make`` makes, to be kept."""


Alternatives = tuple[tuple[tuple[bytes, ...], ...], ...]
"""Groups of words: of one alternative, a file has a word of every group."""

Word = bytes | re.Pattern[bytes] | Alternatives
"""What may be looked for in a file."""

WordKey = bytes | tuple[bytes, int] | Alternatives
"""The same as plain values: a pattern by its text and its flags."""

FileState = tuple[int, int, int, int]
"""Modification and change time in nanoseconds, size, inode.  A program can set the first back, not the second."""

_COARSE = 2_000_000_000
"""Nanoseconds: no file system counts time in longer steps (FAT; https://git-scm.com/docs/racy-git)."""


@dataclass(slots=True)
class Seen:
    """What a run was told about the file system, as far as the project itself does not need to remember it.

    ``listed`` has the names and modes of every directory that was listed, ``None`` where that failed.  ``opened`` has
    the state of each file when it was opened, and whether that was long enough after its last change to tell it from
    another one.  ``words`` says of words that were looked for in a file whether it has them.  ``is_whole`` is false
    when something was answered that cannot be asked again.
    """

    listed: dict[str, tuple[tuple[str, int], ...] | None] = field(default_factory=dict)
    opened: dict[str, tuple[FileState, bool]] = field(default_factory=dict)
    links: dict[str, str | None] = field(default_factory=dict)
    times: dict[str, float | None] = field(default_factory=dict)
    entries: set[str] = field(default_factory=set)
    sizes: dict[str, int] = field(default_factory=dict)
    words: dict[str, dict[WordKey, bool]] = field(default_factory=dict)
    is_whole: bool = True


class Asked:
    """The questions of one step, by kind; ``within`` are the steps whose results it took.

    ``words`` are the files of which only a few words were asked.  ``uses`` are the names of steps that are kept for
    themselves, and whose results it took.
    """

    __slots__ = ("entries", "links", "listed", "opened", "paths", "sizes", "times", "uses", "within", "words")

    entries: set[str]
    links: set[str]
    listed: set[str]
    opened: set[str]
    paths: set[str]
    sizes: set[str]
    times: set[str]
    uses: set[str]
    words: set[str]
    within: set[Asked]

    def __init__(self) -> None:
        for kind in self.__slots__:
            setattr(self, kind, set())

    def close(self) -> None:
        """Nothing more is asked: most steps ask few kinds of questions, and there are many steps."""
        for kind in self.__slots__:
            if not getattr(self, kind):
                setattr(self, kind, _NOTHING)


_NOTHING: frozenset[str] = frozenset()


class Questions:
    """Who asks at the moment: steps of a run, one within the other."""

    def __init__(self) -> None:
        self.now = Asked()
        """The innermost step."""
        self.parted = True
        """Whether anybody will want to know which step asked for what."""

    @contextmanager
    def step(self) -> Iterator[Asked]:
        """What is asked meanwhile belongs to a step of its own; the step around it depends on that one."""
        if not self.parted:
            yield self.now
            return
        around, self.now = self.now, Asked()
        around.within.add(self.now)
        try:
            yield self.now
        finally:
            self.now.close()
            self.now = around

    def relies_on(self, asked: Asked) -> None:
        """The present step takes what an earlier one has made."""
        if self.parted:
            self.now.within.add(asked)


class Once:
    """Values that are made once in a run; whoever takes one depends on what making it has asked.

    With ``most``, no more than so many are held, the last ones; whoever asks for another has it made again.
    """

    def __init__(self, questions: Questions, most: int | None = None) -> None:
        self._questions = questions
        self._most = most
        self._known: dict[object, tuple[Any, Asked]] = {}

    def get(self, key: object, make: Callable[[], _T]) -> _T:
        """The value of a key, made by ``make`` unless it is known."""
        known = self._known.get(key)
        if known is not None:
            self._questions.relies_on(known[1])
            found: _T = known[0]
            return found
        with self._questions.step() as asked:
            value = make()
        self._known[key] = (value, asked)
        if self._most is not None and len(self._known) > self._most:
            del self._known[next(iter(self._known))]
        return value


class Lasting:
    """Values that are made once in a run, and kept for the next one by their names, where anybody keeps anything."""

    def __init__(self, questions: Questions) -> None:
        self._questions = questions
        self._once = Once(questions)
        self.keeper: Keeper | None = None

    def get(self, name: str, make: Callable[[], _T]) -> _T:
        """The value of a name; it must follow from the files, the settings and the name alone."""
        return self._once.get(name, lambda: self._taken(name, make))

    def _taken(self, name: str, make: Callable[[], _T]) -> _T:
        if self.keeper is None:
            return make()
        value = self.keeper.part(name, self._questions, make)
        self._questions.now.uses.add(name)
        return value


def key_of(word: Word) -> WordKey:
    """A word as it is remembered."""
    return word if isinstance(word, (bytes, tuple)) else (word.pattern, word.flags)


def has_word(data: bytes, key: WordKey) -> bool:
    """Whether a file's contents have a word."""
    if isinstance(key, bytes):
        return key in data
    if isinstance(key[0], bytes):
        return re.compile(*key).search(data) is not None
    return has_any(data, key)


def has_any(data: bytes, alternatives: Alternatives) -> bool:
    """Whether a file's contents have a word of every group of some alternative."""
    return any(all(any(word in data for word in group) for group in groups) for groups in alternatives)


def state_of(info: os.stat_result) -> FileState:
    """What tells a file from itself after a change."""
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size, info.st_ino


def is_settled(state: FileState) -> bool:
    """Whether a file changed long enough ago that a change from now on gives it another time."""
    return time.time_ns() - max(state[0], state[1]) > _COARSE
