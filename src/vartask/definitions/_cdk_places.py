"""The line of the program that makes a construct of a cloud assembly, so that a finding points where people edit.

A stack trace says it where the assembly has one (programs in TypeScript and JavaScript; ``cdk synth --debug``).  Else
the construct's id, if the program has it as a string in exactly one place.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Final

from vartask.definitions._cdk_freshness import CONFIG
from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field

_SOURCE: Final = (".py", ".ts", ".js", ".mjs", ".cjs", ".java", ".cs", ".go", ".tsx")
_FRAME: Final = regex(
    r"(?P<path>[^\s()\"'`]+\.(?:py|ts|js|mjs|cjs|tsx|java|cs|go)):(?P<line>\d+)(?::(?P<column>\d+))?"
    r"|File \"(?P<python>[^\"]+)\", line (?P<number>\d+)"
)
_FOREIGN: Final = regex(r"(?:\A|/)(?:node_modules|site-packages|cdk\.out|\.venv|venv)/")
_TEST: Final = regex(r"(?:\A|/)(?:tests?|__tests__)/|(?:\A|/)test_[^/]*\.py\Z|\.(?:test|spec)\.[jt]sx?\Z")
_LITERAL: Final = regex(r"(?<!\w)[fF]?([\"'`])((?:(?!\1)[^\\\n])*\{(?:(?!\1)[^\\\n])*)\1")
_HOLE: Final = regex(r"\$?\{[^{}]*\}")
_AROUND: Final = 40
"""Lines after a construct's id in which its properties are looked for."""


@dataclass
class Places:
    """Finds the lines of one application, whose ``cdk.json`` stands in ``app``."""

    project: Project
    app: str
    _texts: dict[str, list[str]] = field(default_factory=dict)

    def traced(self, lines: Iterable[str]) -> Span | None:
        """The innermost place in the project that a creation stack trace names."""
        for line in lines:
            for match in _FRAME.finditer(line):
                path = self._own(match["path"] or match["python"])
                if path is not None:
                    return Span(path, int(match["line"] or match["number"]), int(match["column"] or 1))
        return None

    def _own(self, written: str) -> str | None:
        path = self.project.relative(written) if written.startswith("/") else self.project.join(self.app, written)
        if path is None or _FOREIGN.search(path) or not self.project.is_file(path):
            return None
        return path

    def named(self, construct: str, beside: str | None) -> Span | None:
        """The only place where a string is the construct's id; of several, the only one with ``beside`` behind it."""
        found = list(self.strings(construct)) or list(self._formatted(construct))
        if len(found) > 1 and beside is not None:
            found = [span for span in found if self.near(span, beside) is not None]
        return found[0] if len(found) == 1 else None

    def strings(self, text: str) -> Iterator[Span]:
        """Where the program has a string literal of its own with this text."""
        pattern = re.compile(rf"(?<![\w\\])[frbu]?([\"'`]){re.escape(text)}\1")
        for path in self._program:
            if text in self._contents.get(path, ""):
                yield from self._in_lines(path, pattern, 1, None)

    def _formatted(self, text: str) -> Iterator[Span]:
        """Where the program has a string with holes (an f-string, a template literal) that can give this text."""
        for path in self._program:
            if "{" not in self._contents[path]:
                continue
            for number, line in enumerate(self._lines(path), 1):
                for match in _LITERAL.finditer(line) if "{" in line else ():
                    pieces = _HOLE.split(match[2])
                    if any(map(str.strip, pieces)) and re.fullmatch(".+".join(map(re.escape, pieces)), text):
                        yield Span(path, number, match.start() + 1, number, match.end() + 1)

    def near(self, span: Span, text: str) -> Span | None:
        """Where a string literal stands on a construct's line or soon after it."""
        pattern = re.compile(rf"(?<![\w\\])[frbu]?([\"'`]){re.escape(text)}\1")
        return next(self._in_lines(span.path, pattern, span.line, span.line + _AROUND), None)

    def _in_lines(self, path: str, pattern: re.Pattern[str], first: int, last: int | None) -> Iterator[Span]:
        lines = self._lines(path)
        for number, line in enumerate(lines[first - 1 : last], first):
            for match in pattern.finditer(line):
                yield Span(path, number, match.start() + 1, number, match.end() + 1)

    def _lines(self, path: str) -> list[str]:
        if path not in self._texts:
            text = self._contents.get(path)
            self._texts[path] = (self._read(path) if text is None else text).splitlines()
        return self._texts[path]

    @cached_property
    def _contents(self) -> dict[str, str]:
        return {path: self._read(path) for path in self._program}

    def _read(self, path: str) -> str:
        try:
            return self.project.read_text(path)
        except Unreadable:
            return ""

    @cached_property
    def _program(self) -> list[str]:
        """The application's sources; those of an application inside it are not."""
        prefix = "" if self.app == "." else self.app + "/"
        inner = {
            posixpath.dirname(path) + "/"
            for path in self.project.files
            if path.startswith(prefix) and posixpath.basename(path) == CONFIG and posixpath.dirname(path) != self.app
        } - {"/"}
        return [
            path
            for path in self.project.files
            if path.startswith(prefix)
            and path.endswith(_SOURCE)
            and not _TEST.search(path)
            and not path.startswith(tuple(inner))
        ]
