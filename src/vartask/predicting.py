"""The predictions of all functions: those that still hold, and the others in as many processes as is worth it."""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from vartask import processes
from vartask.model import Function, Prediction
from vartask.project import Project
from vartask.seen import Asked
from vartask.steps import Kept, Steps
from vartask.timing import is_counting
from vartask.values import dumped, loaded

_PARTS = 8
"""Tasks for each process: enough that none waits long for the last one, few enough that neighbours stay together."""


class Predictions:
    """Makes them; ``predict`` makes one, and ``forget`` lets go of what the next function does not need.

    ``named`` are the functions, each with the name of its step.
    """

    def __init__(
        self,
        named: Sequence[tuple[str, Function]],
        predict: Callable[[Function], Prediction],
        forget: Callable[[], None],
        steps: Steps,
        project: Project,
    ) -> None:
        self._functions = [function for _, function in named]
        self._predict = predict
        self._forget = forget
        self._steps = steps
        self._project = project
        self._names = [name for name, _ in named]
        self._found: dict[int, Prediction] = {}

    def all(self) -> list[Prediction]:
        """The prediction of every function."""
        numbers = range(len(self._functions))
        self._found = {
            number: known for number in numbers if (known := self._steps.known(self._names[number])) is not None
        }
        missing = [number for number in numbers if number not in self._found]
        # Seconds are counted in this process.
        count = 1 if is_counting() else processes.worth(len(missing))
        for data in processes.share(_parts(missing, count), count, self._do, self._begin, self._answer):
            self._receive(data)
        self._do([number for number in missing if number not in self._found])
        return [self._found[number] for number in numbers]

    def _do(self, numbers: Sequence[int]) -> None:
        for number in numbers:
            predict = partial(self._predict, self._functions[number])
            self._found[number] = self._steps.make(self._names[number], self._project, predict)
            self._forget()

    # -- in another process -----------------------------------------------------------------------

    def _begin(self) -> None:
        self._found = {}
        self._steps = self._project.kept.keeper = self._steps.apart()
        self._project.questions.now = Asked()

    def _answer(self) -> bytes:
        kept = self._steps.parted(self._project) if self._steps.keeps else None
        found = dumped(list(self._found.items()))
        return marshal.dumps((found, self._steps.keeps and kept is None, kept.plain() if kept is not None else None))

    def _receive(self, data: bytes) -> None:
        """What another process has made; nothing of one that failed, whose part is then made here."""
        try:
            found, is_lost, kept = marshal.loads(data)  # noqa: S302 - a process of this run has written it
        except (ValueError, EOFError, TypeError):
            return
        self._found.update(loaded(found) or ())
        self._steps.receive(None if is_lost or kept is None else Kept.of(kept))


def _parts(numbers: Sequence[int], count: int) -> list[Sequence[int]]:
    """Neighbours together: functions of one definition share much of what they reach."""
    size = max(1, len(numbers) // (count * _PARTS))
    return list(_slices(numbers, size))


def _slices(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    for start in range(0, len(numbers), size):
        yield numbers[start : start + size]
