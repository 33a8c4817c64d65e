"""A plain line for each step, which any log can take."""

from __future__ import annotations

import re
import threading
from typing import TextIO

from vartask.records import dataclass
from vartask.verify.progress import ImageProgress


class Lines:
    """Writes to one stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def image(self, label: str, _total: int) -> ImageProgress:
        """Its lines begin with its name."""
        return _ImageLines(self, label)

    def say(self, text: str) -> None:
        """One whole line, also when several threads speak."""
        with self._lock:
            self._stream.write(f"vartask: {clean(text)}\n")
            self._stream.flush()


@dataclass(frozen=True, slots=True)
class _ImageLines:
    lines: Lines
    label: str

    def building(self) -> None:
        self.lines.say(f"{self.label}: building")

    def started(self, name: str) -> None:
        self.lines.say(f"{self.label}: {name}")

    def done(self) -> None:
        """The report says how it went."""


def clean(text: str) -> str:
    """Without control characters: an image's name must not be able to steer the terminal."""
    return re.sub(r"[\x00-\x1f\x7f-\x9f]", lambda match: repr(match[0])[1:-1], text)
