"""The steps of a run: what each has made, what that depends on, and which of an earlier run still hold.

A step is a function of the files alone: what the project declares, what Lambda will say of one function.  What it asked
is known (:class:`vartask.seen.Asked`), so after a change only the steps are made again to which it may matter.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from vartask.listings import above
from vartask.needs import Needs
from vartask.project import Project
from vartask.records import dataclass
from vartask.seen import Asked, Questions
from vartask.snapshot import KINDS, Changes, Snapshot, numbered, take
from vartask.values import dumped, fingerprint, loaded

_T = TypeVar("_T")

_REST = "rest"
"""The step that stands for what was asked outside of all others; it is made anew by every run."""


@dataclass(frozen=True, slots=True)
class Step:
    """``needs`` are numbers of questions (unsigned 32-bit), ``groups`` indices into the groups; ``data`` the value.

    ``uses`` are names of other steps: it holds only where these do.
    """

    needs: bytes
    groups: tuple[int, ...]
    uses: tuple[str, ...]
    data: bytes


Plain = tuple[Snapshot, tuple[bytes, ...], dict[str, tuple[bytes, tuple[int, ...], tuple[str, ...], bytes]]]


@dataclass(frozen=True, slots=True)
class Kept:
    """Steps and the answers that they depend on.  A group is a set of questions that many steps need."""

    snapshot: Snapshot
    groups: tuple[bytes, ...]
    steps: dict[str, Step]

    def holding(self, changed: set[int]) -> dict[str, Step]:
        """The steps that need none of the questions that have another answer now."""
        broken = {index for index, group in enumerate(self.groups) if not changed.isdisjoint(array("I", group))}
        holding = {
            name: step
            for name, step in self.steps.items()
            if broken.isdisjoint(step.groups) and changed.isdisjoint(array("I", step.needs))
        }
        while fallen := [name for name, step in holding.items() if not holding.keys() >= set(step.uses)]:
            for name in fallen:
                del holding[name]
        return holding

    def plain(self) -> Plain:
        """All of it as values that ``marshal`` can keep."""
        steps = {name: (step.needs, step.groups, step.uses, step.data) for name, step in self.steps.items()}
        return self.snapshot, self.groups, steps

    @classmethod
    def of(cls, plain: Plain) -> Kept:
        """The same again."""
        snapshot, groups, steps = plain
        return cls(snapshot, groups, {name: Step(*step) for name, step in steps.items()})


class Steps:
    """The steps of one run.  ``earlier`` are those of another run, ``holding`` the ones among them that still hold."""

    def __init__(self, earlier: Kept | None = None, changes: Changes | None = None, *, keeps: bool = False) -> None:
        self.keeps = keeps
        """Whether somebody will ask for what is to be kept."""
        self._earlier = earlier
        self._listings = changes.listings if changes is not None else {}
        self._holding = (
            earlier.holding(changes.numbers if changes is not None else set()) if earlier is not None else {}
        )
        self._used: dict[str, Step] = {}
        self._made: dict[str, tuple[Asked, Any]] = {}
        self._received: list[Kept] = []
        self._is_lost = False

    def fingerprint(self, value: object) -> str:
        """What names a step that is about a value: the same for the same value."""
        return fingerprint(value) if self.keeps else ""

    def known(self, name: str) -> Any:
        """What the earlier run has made, if it holds; else ``None``."""
        step = self._holding.get(name)
        value = loaded(step.data) if step is not None else None
        if step is not None and value is not None:
            self._use(name)
        return value

    def _use(self, name: str) -> None:
        """A step of the earlier run is taken over, with those that it uses."""
        step = self._holding.get(name)
        if step is not None and name not in self._used:
            self._used[name] = step
            for other in step.uses:
                self._use(other)

    def make(self, name: str, project: Project, make: Callable[[], _T]) -> _T:
        """Make a step, whatever is known of it."""
        return self._make(name, project.questions, make)[1]

    def _make(self, name: str, questions: Questions, make: Callable[[], _T]) -> tuple[Asked, _T]:
        with questions.step() as asked:
            value = make()
        if self.keeps:
            self._made[name] = (asked, value)
        return asked, value

    def part(self, name: str, questions: Questions, make: Callable[[], _T]) -> _T:
        """What other steps use: the same as :meth:`take`, but that whoever uses it depends on it by its name."""
        known: _T | None = self.known(name)
        if known is not None:
            return known
        asked, value = self._make(name, questions, make)
        questions.now.within.discard(asked)
        return value

    def take(self, name: str, project: Project, make: Callable[[], _T]) -> _T:
        """What the earlier run has made, or else what ``make`` makes."""
        known: _T | None = self.known(name)
        return self.make(name, project, make) if known is None else known

    def apart(self) -> Steps:
        """The steps of another process of the same run: what it makes itself."""
        apart = Steps(keeps=self.keeps)
        apart._holding = self._holding
        return apart

    def parted(self, project: Project) -> Kept | None:
        """What a process apart has made; ``None`` where its answers cannot be asked again."""
        made = self._own(project, self._made)
        return None if made is None else merged([made])

    def receive(self, kept: Kept | None) -> None:
        """What another process has made, ``None`` where that is lost."""
        if kept is not None:
            self._received.append(kept)
            for name in {name for step in kept.steps.values() for name in step.uses}:
                self._use(name)
        self._is_lost |= kept is None

    def kept(self, project: Project) -> Kept | None:
        """What the next run may take; ``None`` where that cannot be told."""
        own = self.own(project)
        if own is None or self._is_lost:
            return None
        parts = [own, *self._received]
        if self._earlier is not None:
            parts.append(self._taken_over(self._earlier))
        return merged(parts)

    def _taken_over(self, earlier: Kept) -> Kept:
        """The steps of the earlier run that were used, with the listings that their answers follow from now."""
        snapshot = {
            kind: {path: self._listings.get(path, entries) for path, entries in answers.items()}
            if kind in {"listed", "looked"}
            else answers
            for kind, answers in earlier.snapshot.items()
        }
        return Kept(snapshot, earlier.groups, self._used)

    def own(self, project: Project) -> Kept | None:
        """What this process has made itself."""
        rest = project.questions.now
        rest.within -= {asked for asked, _ in self._made.values()}
        return self._own(project, {**self._made, _REST: (rest, None)})

    def _own(self, project: Project, made: dict[str, tuple[Asked, Any]]) -> Kept | None:
        snapshot = take(project)
        if snapshot is None:
            return None
        needs = Needs(snapshot)
        steps = {name: Step(*needs.of(asked), dumped(value)) for name, (asked, value) in made.items()}
        return Kept(snapshot, tuple(needs.groups), steps)


def merged(parts: Iterable[Kept]) -> Kept | None:
    """The steps of all parts with the answers that they need; ``None`` if two parts were answered differently.

    Of two steps of one name the first part's counts.
    """
    union: Snapshot = {kind: {} for kind in (*KINDS, "watched", "looked")}
    chosen: list[tuple[Kept, list[tuple[str, str]], dict[str, Step]]] = []
    names: set[str] = set()
    for part in parts:
        steps = {name: step for name, step in part.steps.items() if name not in names}
        names |= steps.keys()
        questions = list(numbered(part.snapshot))
        chosen.append((part, questions, steps))
        if not _united(union, part, (questions[number] for number in _needed(part, steps.values()))):
            return None
    _watch(union, [part for part, _, _ in chosen])
    if not all(_look(union, part.snapshot) for part, _, _ in chosen):
        return None
    numbers = {question: number for number, question in enumerate(numbered(union))}
    groups: dict[bytes, int] = {}
    steps_: dict[str, Step] = {}
    for part, questions, steps in chosen:
        moved = [numbers.get(question, 0) for question in questions]
        places: dict[int, int] = {}
        for name, step in steps.items():
            for index in step.groups:
                if index not in places:
                    places[index] = groups.setdefault(_moved(part.groups[index], moved), len(groups))
            own = tuple(places[index] for index in step.groups)
            steps_[name] = Step(_moved(step.needs, moved), own, step.uses, step.data)
    return Kept(union, tuple(groups), steps_)


def _needed(part: Kept, steps: Iterable[Step]) -> set[int]:
    needed: set[int] = set()
    groups: set[int] = set()
    for step in steps:
        needed.update(array("I", step.needs))
        groups.update(step.groups)
    for index in groups:
        needed.update(array("I", part.groups[index]))
    return needed


def _united(union: Snapshot, part: Kept, questions: Iterator[tuple[str, str]]) -> bool:
    """Add answers to those that are there; whether none is another one."""
    for kind, path in questions:
        answers, answer = union[kind], part.snapshot[kind][path]
        if path not in answers:
            answers[path] = answer
        elif kind == "words":
            if any(answers[path].get(word, had) != had for word, had in answer.items()):
                return False
            answers[path] = {**answers[path], **answer}
        elif not (_same_file(answers[path], answer) if kind == "files" else answers[path] == answer):
            return False
    return True


def _same_file(one: Any, other: Any) -> bool:
    return bool(one == other or (one[1] is not None and one[1] == other[1]))


def _watch(union: Snapshot, parts: Iterable[Kept]) -> None:
    """Files of which only words matter have to be looked at for these."""
    for part in parts:
        files, watched = part.snapshot["files"], part.snapshot["watched"]
        for path in part.snapshot["words"]:
            if path in union["words"] and path not in union["files"] and path not in union["watched"]:
                known = files.get(path) or watched.get(path)
                if known is not None:
                    union["watched"][path] = known


def _look(union: Snapshot, snapshot: Snapshot) -> bool:
    """Add the listings from which answers follow; whether none is another one than that of another part."""
    led = _led(path for kind in ("plain", "entries") for path in snapshot[kind] if path in union[kind])
    for kind in ("listed", "looked"):
        for directory, entries in snapshot[kind].items():
            if directory in union["listed"]:
                same = union["listed"][directory] == entries
            elif directory in led:
                same = union["looked"].setdefault(directory, entries) == entries
            else:
                continue
            if not same:
                return False
    return True


def _led(paths: Iterable[str]) -> set[str]:
    """The directories on the way to paths."""
    led: set[str] = set()
    for path in paths:
        for directory in above(path):
            if directory in led:
                # So are those above it.
                break
            led.add(directory)
    return led


def _moved(needs: bytes, moved: list[int]) -> bytes:
    return array("I", map(moved.__getitem__, array("I", needs))).tobytes()
