"""A bar for each image on a terminal: its name, what is done with it, which function is at it, and for how long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.measure import Measurement
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TimeElapsedColumn
from rich.table import Column
from rich.text import Text

from vartask.progress.lines import clean
from vartask.records import dataclass
from vartask.verify.progress import ImageProgress

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

MOST_BARS = 10
"""Above so many, bars of images that are done give way to the others, so that all fit on a small screen."""

NARROWEST = 8
"""As many columns a name keeps, however narrow the terminal is."""


@contextmanager
def bars(console: Console) -> Iterator[Bars]:
    """The bars while the body runs; nothing of them stays on the terminal."""
    columns = (SpinnerColumn(finished_text="-"), _Name(), BarColumn(bar_width=20), _Phase(), TimeElapsedColumn())
    # What is printed meanwhile appears above the bars; the report goes to another stream, and after them.
    with Progress(*columns, console=console, transient=True, redirect_stdout=False) as progress:
        yield Bars(progress)


class Bars:
    """The bars of all images that were taken up."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def image(self, label: str, total: int) -> ImageProgress:
        """A bar that pulses until the first function is started."""
        # Without a total the bar pulses.
        task = self._progress.add_task(clean(label), total=None, phase="starting")
        done = [one.id for one in self._progress.tasks if one.finished and one.visible]
        for one in done[: max(0, sum(one.visible for one in self._progress.tasks) - MOST_BARS)]:
            self._progress.update(one, visible=False)
        return _Bar(self._progress, task, total)


@dataclass(slots=True)
class _Bar:
    progress: Progress
    task: TaskID
    total: int
    begun: int = 0

    def building(self) -> None:
        self.progress.update(self.task, phase="building")

    def started(self, name: str) -> None:
        self.begun += 1
        phase = f"{self.begun} of {self.total} {clean(name)}"
        # The function that is being started is not done yet.
        self.progress.update(self.task, phase=phase, total=self.total, completed=self.begun - 1)

    def done(self) -> None:
        self.progress.update(self.task, phase="done", total=self.total, completed=self.total)


class _Name(ProgressColumn):
    """The end of an image's name says more than its beginning."""

    def __init__(self) -> None:
        super().__init__(Column())

    def render(self, task: Task) -> _Fitted:
        return _Fitted(task.description, keep_end=True)


class _Phase(ProgressColumn):
    def render(self, task: Task) -> _Fitted:
        return _Fitted(str(task.fields["phase"]), keep_end=False)


@dataclass(frozen=True, slots=True)
class _Fitted:
    """One line of text that is cut to the width that is left for it."""

    text: str
    keep_end: bool

    def __rich_measure__(self, _console: Console, options: ConsoleOptions) -> Measurement:
        width = cell_len(self.text)
        return Measurement(min(NARROWEST, width), width).with_maximum(options.max_width)

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        yield Text(_cut(self.text, options.max_width, keep_end=self.keep_end), no_wrap=True, end="")


def _cut(text: str, width: int, *, keep_end: bool) -> str:
    if cell_len(text) <= width:
        return text
    if keep_end:
        return "…" + chop_cells(text[::-1], max(1, width - 1))[0][::-1]
    return chop_cells(text, max(1, width - 1))[0] + "…"
