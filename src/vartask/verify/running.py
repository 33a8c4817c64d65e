"""What runs at the moment, so that an interruption ends it: threads cannot be interrupted, processes can."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Stopped(Exception):
    """The user has interrupted the run: nothing is started any more."""


class Running:
    """The processes of one run, each with what ends it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._stopped = False

    @contextmanager
    def process(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the body runs, an interruption calls ``stop``.  Raises :class:`Stopped` when there has been one."""
        with self._lock:
            if self._stopped:
                stop()
                raise Stopped
            self._stops.append(stop)
        try:
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)

    def stop(self) -> None:
        """End everything that runs, and let nothing start."""
        with self._lock:
            self._stopped = True
            stops = list(self._stops)
        for stop in stops:
            stop()
