"""What following the programs of CDK applications has come to, whatever language they are written in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from vartask.model import Function, Gap, Span
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field

if TYPE_CHECKING:
    import re

    from vartask.definitions._cdk_apps import App
    from vartask.syntax.program_run import Run


def mentioning(project: Project, paths: Iterable[str], *words: re.Pattern[bytes]) -> dict[str, bytes]:
    """The files in which each of the words is found, with their contents."""
    found = ((path, _with(project, path, words)) for path in paths)
    return {path: data for path, data in found if data is not None}


def _with(project: Project, path: str, words: Iterable[re.Pattern[bytes]]) -> bytes | None:
    try:
        return project.read_bytes(path) if all(project.mentions(path, word) for word in words) else None
    except Unreadable:
        return None


def parted(answers: Iterable[Function | Gap]) -> tuple[list[Function], list[Gap]]:
    """Functions, and what is not known, each in its order."""
    found = list(answers)
    functions = [answer for answer in found if isinstance(answer, Function)]
    return functions, [answer for answer in found if isinstance(answer, Gap)]


@dataclass
class Followed:
    """Which code of the ``relevant`` files was followed, and which constructs that made.

    ``covered`` are files that need not be followed: a cloud assembly says what they make.
    """

    relevant: Mapping[str, bytes]
    covered: set[str] = field(default_factory=set)
    _entered: set[Span] = field(default_factory=set)
    _made: set[tuple[str, int]] = field(default_factory=set)
    _skipped: set[tuple[str, int]] = field(default_factory=set)

    def uncalled(self, span: Span) -> bytes | None:
        """The text of code that nothing has called yet; ``None`` for what was entered, and for what is not relevant."""
        data = self.relevant.get(span.path)
        if data is None or span in self._entered:
            return None
        return b"\n".join(data.split(b"\n")[span.line - 1 : span.end_line])

    def remember(self, run: Run, app: App) -> Iterator[Gap]:
        """Take in what a program did, and say where it was not followed to its end."""
        self._entered |= run.state.entered
        self._made |= {(made.span.path, made.span.line) for made in run.made}
        self._skipped |= {
            (span.path, line) for span in run.state.skipped for line in range(span.line, span.end_line + 1)
        }
        if run.state.exhausted:
            place = app.entry or app.directory
            yield Gap(Span(place), "the program is too long to be followed to its end: functions may be missing")

    def missed(self, construct: re.Pattern[str], is_no_call: Callable[[str, int], bool]) -> Iterator[Gap]:
        """Constructs that are written out and that following the programs did not come to.

        ``is_no_call`` is asked of a text and of a place in it that looks like one.
        """
        known = self._made | self._skipped
        for path, data in self.relevant.items():
            if path in self.covered:
                continue
            text = data.decode("utf-8", "replace")
            for found in construct.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                if (path, line) not in known and not is_no_call(text, found.start()):
                    yield Gap(Span(path, line), "following the program does not lead here: this construct is not read")
