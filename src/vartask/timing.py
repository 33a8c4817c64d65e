"""Where the time of a run goes: processor seconds per stage, counted only when somebody asks for it."""

from __future__ import annotations

import time
from functools import wraps

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import ParamSpec, TypeVar

    _P = ParamSpec("_P")
    _T = TypeVar("_T")


class Watch:
    """The seconds of each stage, without those of the stages inside it, and how often each began."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.times: dict[str, int] = {}
        self._open: list[str] = []
        self._since = time.process_time()

    def enter(self, name: str) -> None:
        """A stage begins; the one around it pauses."""
        self._settle()
        self.times[name] = self.times.get(name, 0) + 1
        self._open.append(name)

    def leave(self) -> None:
        """The innermost stage ends."""
        self._settle()
        self._open.pop()

    def _settle(self) -> None:
        now = time.process_time()
        if self._open:
            name = self._open[-1]
            self.seconds[name] = self.seconds.get(name, 0.0) + now - self._since
        self._since = now

    def table(self) -> str:
        """A line for each stage, the longest first; the last ones are what no stage is about, and the sum."""
        total = time.process_time()
        rows = sorted(self.seconds.items(), key=lambda row: (-row[1], row[0]))
        rest = ("everything else, starting included", total - sum(self.seconds.values()))
        lines = [f"{'seconds':>9} {'%':>6} {'times':>8}  stage"]
        for name, seconds in (*rows, rest, ("processor time in all", total)):
            times = self.times.get(name)
            lines.append(f"{seconds:9.3f} {100 * seconds / total:6.1f} {'' if times is None else times:>8}  {name}")
        return "\n".join(lines) + "\n"


class _Current:
    watch: Watch | None = None


def begin() -> Watch:
    """Count from now on."""
    _Current.watch = made = Watch()
    return made


def end() -> None:
    """Count no more."""
    _Current.watch = None


def is_counting() -> bool:
    """Whether anybody counts."""
    return _Current.watch is not None


class stage:  # noqa: N801 - reads as the statement that it is used in
    """``with stage("name"):`` counts what is inside, if anybody counts; as a decorator, every call of a function."""

    __slots__ = ("_name", "_watch")

    def __init__(self, name: str) -> None:
        self._name = name
        self._watch: Watch | None = None

    def __enter__(self) -> None:
        self._watch = _Current.watch
        if self._watch is not None:
            self._watch.enter(self._name)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watch is not None:
            self._watch.leave()

    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """The function, counted."""
        name = self._name

        @wraps(function)
        def counted(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            watch = _Current.watch
            if watch is None:
                return function(*args, **kwargs)
            watch.enter(name)
            try:
                return function(*args, **kwargs)
            finally:
                watch.leave()

        return counted
