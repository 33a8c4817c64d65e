"""How far ``vartask verify`` is: a bar for each image on a terminal, plain lines everywhere else.

Nothing here knows a stream of its own: the command line hands over the one that it writes to.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from vartask.progress.lines import Lines
from vartask.verify.progress import Progress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def shown(stream: TextIO, *, color: bool) -> Iterator[Progress]:
    """What shows the progress on ``stream`` while the body runs; a terminal is as it was before afterwards."""
    console = _console(stream, color=color)
    if console is None:
        yield Lines(stream)
        return
    from vartask.progress.bars import bars

    with bars(console) as progress:
        yield progress


def _console(stream: TextIO, *, color: bool) -> Console | None:
    """A terminal that can move its cursor; a CI's log cannot, even where it calls itself a terminal."""
    if not stream.isatty() or os.environ.get("CI"):
        return None
    from rich.console import Console

    console = Console(file=stream, no_color=not color, highlight=False, markup=False, emoji=False)
    return console if console.is_terminal and console.is_interactive and not console.is_dumb_terminal else None
