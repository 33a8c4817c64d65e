"""A terminal for the tests: a program runs in one, and what a user would see is read off its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyte


@dataclass
class Terminal:
    """``seen`` are the screens that followed one another, ``raw`` every byte that was sent."""

    columns: int = 80
    rows: int = 24
    raw: bytes = b""
    seen: list[list[str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.screen = pyte.Screen(self.columns, self.rows)
        self.stream = pyte.ByteStream(self.screen)

    def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        cwd: Path | None = None,
        interrupt_at: str | None = None,
        seconds: float = 120,
    ) -> int:
        """Run a program with its standard error on the terminal, and press Ctrl-C once ``interrupt_at`` can be read."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in {"CI", "NO_COLOR", "TERM"}}
        process = subprocess.Popen(
            command,
            env={**inherited, "TERM": "xterm-256color", **environment},
            cwd=cwd,
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end:
                readable, _, _ = select.select([ours], [], [], 0.1)
                if readable:
                    try:
                        data = os.read(ours, 65536)
                    except OSError:  # Linux's word for the other end being closed.
                        break
                    self.raw += data
                    self.stream.feed(data)
                    self.seen.append([line.rstrip() for line in self.screen.display])
                if interrupt_at is not None and self.ever(interrupt_at):
                    process.send_signal(signal.SIGINT)
                    interrupt_at = None
            return process.wait(timeout=10)
        finally:
            process.kill()
            process.wait()
            os.close(ours)

    @property
    def lines(self) -> list[str]:
        """What stands on the screen now."""
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def ever(self, text: str) -> bool:
        """Whether a text could be read on one line at any time."""
        return any(text in line for screen in self.seen for line in screen)
