"""``vartask check --watch`` for the tests: a process of its own whose words are read while files change."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENDS = "; waiting for changes\n"
"""What the last line of each report ends with."""

PATIENCE = 60.0
"""Seconds after which a test gives up: far more than anything here takes, since machines may be busy."""


_ABOUT_OUTPUT_AND_CACHE = frozenset({"CI", "NO_COLOR", "FORCE_COLOR", "VARTASK_NO_CACHE"})


class Watched:
    """A running watch.  ``text`` is all that it said so far, standard error included."""

    def __init__(self, process: subprocess.Popen[bytes], source: int) -> None:
        self.process = process
        self._source = source
        self._data = b""
        self._read = 0
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return self._data.decode("utf-8", "replace").replace("\r\n", "\n")

    def report(self) -> str:
        """The next report, with the line that sums it up: all that was said since the one before."""
        return self.until(ENDS)

    def until(self, words: str) -> str:
        """What is said next, up to these words."""
        end = time.monotonic() + PATIENCE
        while words not in self.text[self._read :]:
            ended = not self._reader.is_alive()
            assert not ended or words in self.text[self._read :], f"it ended: {self.text}"
            assert time.monotonic() < end, f"never said {words!r}: {self.text}"
            time.sleep(0.01)
        begin, self._read = self._read, self.text.index(words, self._read) + len(words)
        return self.text[begin : self._read]

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def close_output(self) -> None:
        """Read no more of what it says."""
        os.close(self._source)

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._source, 65536)
            except OSError:  # Linux's word for a terminal whose other end is closed.
                return
            if not data:
                return
            self._data += data


@contextmanager
def watched(directory: Path, *arguments: str, on_terminal: bool = False) -> Iterator[Watched]:
    """A watch that was started in ``directory``; it is gone afterwards."""
    ours, theirs = pty.openpty() if on_terminal else os.pipe()
    environment = {name: value for name, value in os.environ.items() if name not in _ABOUT_OUTPUT_AND_CACHE}
    process = subprocess.Popen(
        [sys.executable, "-m", "vartask", "check", "--watch", *arguments],
        env={**environment, "TERM": "xterm-256color", "XDG_CACHE_HOME": str(directory.parent / "cache")},
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    run = Watched(process, ours)
    try:
        yield run
    finally:
        process.kill()
        process.wait()
