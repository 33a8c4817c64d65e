"""Work shared between processes: forked ones, which begin with all that is known already.

Only where forking is safe: on Linux, in a process without further threads.  macOS is left out, whose system libraries
may fail in a forked process (https://github.com/python/cpython/issues/77906), and so is Windows, which has no ``fork``.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

PROCESSES = "VARTASK_PROCESSES"
"""The environment variable that says how many processes may work at once, this one included."""

_MOST = 8
"""More gain little: what they share is made before they part."""

_LEAST = 16
"""Tasks for each process: fewer take less time than to fork and to send results."""

_NUMBER = 4
"""Bytes of a task's number; a pipe's pages hold whole ones."""

_QUEUE = 65536 // _NUMBER
"""So many fit into a pipe before anybody reads (pipe(7), pipe capacity)."""

_T = TypeVar("_T")


def worth(amount: int) -> int:
    """How many processes so many tasks are worth."""
    return max(1, min(_allowed(), amount // _LEAST)) if _may_fork() else 1


def _may_fork() -> bool:
    if sys.platform != "linux":
        return False
    threading = sys.modules.get("threading")
    return threading is None or threading.active_count() == 1


def _allowed() -> int:
    given = os.environ.get(PROCESSES, "")
    if given.isdecimal():
        return int(given)
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return min(_MOST, available)


def share(
    tasks: Sequence[_T], count: int, do: Callable[[_T], None], begin: Callable[[], None], answer: Callable[[], bytes]
) -> list[bytes]:
    """Have ``count`` processes do the tasks, each taking the next one when it is done with another.

    ``begin`` is called first and ``answer`` last in every process but this one; the answers are returned.  What a
    process that fails has done is lost: whoever calls must see what is missing.
    """
    if count <= 1 or len(tasks) > _QUEUE:
        for task in tasks:
            do(task)
        return []
    queue = _queue(len(tasks))
    others: list[tuple[int, int]] = []
    try:
        for _ in range(count - 1):
            made = _forked(queue, tasks, do, begin, answer)
            if made is None:
                break
            others.append(made)
        _work(queue, tasks, do)
        return [_received(pipe) for _, pipe in others]
    finally:
        os.close(queue)
        for pid, pipe in others:
            _end(pid, pipe)


def _queue(amount: int) -> int:
    """A pipe from which each process takes numbers."""
    reading, writing = os.pipe()
    os.write(writing, b"".join(number.to_bytes(_NUMBER, "little") for number in range(amount)))
    os.close(writing)
    return reading


def _work(queue: int, tasks: Sequence[_T], do: Callable[[_T], None]) -> None:
    while number := os.read(queue, _NUMBER):
        do(tasks[int.from_bytes(number, "little")])


def _forked(
    queue: int, tasks: Sequence[_T], do: Callable[[_T], None], begin: Callable[[], None], answer: Callable[[], bytes]
) -> tuple[int, int] | None:
    """Its number, and the pipe that its answer comes through; ``None`` where the system has no room for it."""
    reading, writing = os.pipe()
    try:
        pid = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        return None
    if pid:
        os.close(writing)
        return pid, reading
    status = 1
    try:
        os.close(reading)
        begin()
        _work(queue, tasks, do)
        with open(writing, "wb", closefd=True) as stream:
            stream.write(answer())
        status = 0
    finally:
        # Neither exit functions nor buffered output are this process's own; the parent does what it has not done.
        os._exit(status)


def _received(pipe: int) -> bytes:
    with open(pipe, "rb", closefd=False) as stream:
        return stream.read()


def _end(pid: int, pipe: int) -> None:
    os.close(pipe)
    try:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    except (ProcessLookupError, ChildProcessError):
        return
