"""``vartask check --watch``: a check after each change, until Ctrl-C."""

from __future__ import annotations

import gc
import os
import time
from functools import partial
from typing import TYPE_CHECKING

from vartask.commands import CLEAN, INTERRUPTED
from vartask.commands.check import cache_of, opened, result, style_for
from vartask.commands.shared import loud, renderer_of, split, validated
from vartask.commands.speaking import Refusal, blame, is_screen, say, show
from vartask.config import ConfigError, Settings
from vartask.locate import Location, NoSuchPath, locate
from vartask.records import dataclass, replace
from vartask.reports import counted
from vartask.snapshot import Snapshot, changes
from vartask.watching import Memory, states, wait

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

    from vartask.project import Project

_CLEARED = "\x1b[H\x1b[2J\x1b[3J"
"""Cursor home, screen and scrollback erased (XTerm Control Sequences): whoever scrolls up sees no older report."""

_Asked = tuple[Location, Settings] | str
"""What is to be checked and how, or the line that says why that cannot be told."""


def watch(options: Namespace) -> int:
    """Check, and again whenever something changes that the result depends on.

    The result is the exit code: that of Ctrl-C, or that of a clean end when nobody reads standard output any more.
    """
    location = _accepted(options)
    try:
        return Watcher(options, location).run()
    except KeyboardInterrupt:
        # The terminal has just shown ^C.
        show("\n" if is_screen() else "")
        return INTERRUPTED


def _accepted(options: Namespace) -> Location:
    """Where the watch begins.  Raises what bad arguments raise: no change of a file would mend them."""
    if options.output_format != "text":
        raise Refusal(f"--watch shows one text after the other: leave out --output-format {options.output_format}")
    for name in ("output", "report", "profile"):
        if getattr(options, name):
            raise Refusal(f"--{name} is about a single run: leave it out with --watch")
    if options.config and not os.path.isfile(options.config):
        raise Refusal(f"no such configuration file: {options.config}")
    selected = split(options.select or ())
    if selected or options.ignore:
        validated(Settings(select=selected, ignore=split(options.ignore)))
    return locate(options.paths)


@dataclass
class _Answer:
    """What a check said: ``text`` tells it from another answer, ``speak`` shows it, ``counts`` sums it up."""

    text: str
    speak: Callable[[], object]
    counts: str = ""


@dataclass
class Round:
    """A check that was made: what was asked for, what was said, and what that depends on.

    ``directories`` are those below ``root`` that were listed.  Where there is no ``snapshot``, any change in them
    counts, once the check ``is_sure`` to have seen nothing half written.  ``state`` is theirs right after the check.
    """

    asked: _Asked
    text: str
    is_sure: bool
    root: str = "."
    directories: tuple[str, ...] = ()
    snapshot: Snapshot | None = None
    state: object = None


class Watcher:
    """A watch that begins at ``location``."""

    def __init__(self, options: Namespace, location: Location) -> None:
        self.options = options
        self.home = os.getcwd()
        # Once only: the process stays the vartask that it was started as, even if another one is installed meanwhile.
        self.root, self.disk = location.root, cache_of(options, location)
        self.memory = Memory()
        self.directories: set[str] = set()
        self.is_begun = False
        self.is_read = True

    def run(self) -> int:
        """Until nobody reads what is said."""
        self.tell("checking, and again after each change; Ctrl-C ends it")
        last = self.check(None)
        while self.is_read:
            state = wait(partial(self.is_same, last), partial(self.state, last))
            moved = state != last.state
            if moved:
                self.show("\n")
                self.tell("something has changed, checking again")
            last = self.check(None if moved else last)
        return CLEAN

    # -- looking ----------------------------------------------------------------------------------

    def opened(self) -> tuple[Location, Settings, Project] | str:
        """What the options and the configuration file ask for now, or the line that says why that cannot be told."""
        try:
            # A checkout may have removed the directory and made it anew: the process would stay in the old one.
            os.chdir(self.home)
            return opened(self.options)
        except (ConfigError, NoSuchPath) as error:
            return str(error)
        except OSError as error:
            return f"{self.home}: {error.strerror}"

    def is_same(self, last: Round) -> bool:
        """Whether a check would say what the last one said."""
        if not last.is_sure or _asked(self.opened()) != last.asked:
            return False
        if last.snapshot is None:
            return self.state(last) == last.state
        try:
            return not changes(last.snapshot, last.root)
        except OSError:
            # Something vanished between two looks at it.
            return False

    def state(self, last: Round) -> object:
        """What stays the same while nothing is written where the last check has looked."""
        return _asked(self.opened()), states(last.root, last.directories)

    # -- checking ---------------------------------------------------------------------------------

    def check(self, shown: Round | None) -> Round:
        """Check once.  ``shown`` is on the screen, and nothing has changed since: the same is not said again."""
        found = self.opened()
        answer = _Answer(found, partial(say, found)) if isinstance(found, str) else self.answer(*found)
        # Before anything is said: whatever is changed by somebody who has read the answer is seen to have moved.
        made = self.round(found, answer, is_second=shown is not None)
        if shown is None or shown.text != answer.text:
            self.show(_CLEARED if self.is_begun and is_screen() else "")
            answer.speak()
            self.tell(f"{answer.counts or 'not checked'}; waiting for changes")
        self.is_begun = True
        # What a run leaves behind are cycles, and while waiting there is time.
        del found, answer
        gc.collect()
        return made

    def round(self, found: tuple[Location, Settings, Project] | str, answer: _Answer, *, is_second: bool) -> Round:
        """What is kept of a check until the next one."""
        if isinstance(found, str):
            made = Round(found, answer.text, is_sure=True)
        else:
            project = found[2]
            snapshot = self.memory.last
            # A check that takes steps of another one does not list again what that has listed.
            self.directories |= (
                snapshot["listed"].keys() | snapshot["looked"].keys()
                if snapshot is not None
                else {".", *project.seen.listed}
            )
            is_sure = is_second or snapshot is not None
            directories = tuple(sorted(self.directories))
            made = Round(_asked(found), answer.text, is_sure, str(project.root), directories, snapshot)
        return replace(made, state=self.state(made))

    def answer(self, location: Location, settings: Settings, project: Project) -> _Answer:
        """What a check says."""
        began = time.monotonic()
        self.forget()
        self.memory.disk = self.disk if location.root == self.root else None
        try:
            report = result(project, settings, self.memory, self.forget)
            text = renderer_of("render", self.options)(report, style_for(self.options, location, settings, project))
        except ConfigError as error:
            return _Answer(str(error), partial(say, str(error)))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and the next check may go well
            return _Answer(repr(error), partial(blame, error, trace=self.options.debug))
        found = f"{counted(len(report.findings), 'finding')} in {counted(len(report.functions), 'function')}"
        counts = f"{found}, {time.monotonic() - began:.2f} s"

        def speak() -> None:
            self.show(text)
            loud(report, project)

        if not report.functions and not report.findings:
            counts = ""
        return _Answer(text, speak, counts)

    def forget(self) -> None:
        """What the result depended on that was shown last."""
        self.memory.last = None

    # -- speaking ---------------------------------------------------------------------------------

    def show(self, text: str) -> None:
        """On standard output, as long as somebody reads it."""
        self.is_read = show(text) and self.is_read

    def tell(self, text: str) -> None:
        """A line that says when."""
        self.show(f"{time.strftime('%H:%M:%S')} {text}\n")


def _asked(found: tuple[Location, Settings, Project] | str) -> _Asked:
    return found if isinstance(found, str) else found[:2]
