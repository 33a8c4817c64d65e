"""The facts of the project's Python files, each file read and parsed at most once per run."""

from __future__ import annotations

from vartask.imports.facts import module_facts
from vartask.model import ModuleFacts, Present, Span, SyntaxProblem
from vartask.project import Project, Unreadable
from vartask.syntax.python import ParsedModule, parse


class Library:
    """Facts by source file; files written by a definition itself (inline code) by their text."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._facts: dict[str, ModuleFacts] = {}
        self._parsed: dict[str, ParsedModule] = {}

    def facts(self, source: str, entry: Present | None = None) -> ModuleFacts:
        """The facts of a file; a file that cannot be read has a problem that is not fatal, so it is a gap."""
        known = self._facts.get(source)
        if known is None:
            parsed = self.parsed(source, entry)
            known = self._facts[source] = module_facts(parsed, source)
        return known

    def parsed(self, source: str, entry: Present | None = None) -> ParsedModule:
        """The syntax tree of a file."""
        known = self._parsed.get(source)
        if known is None:
            known = self._parsed[source] = self._parse(source, entry)
        return known

    def _parse(self, source: str, entry: Present | None) -> ParsedModule:
        if entry is not None and entry.content is not None:
            return parse(entry.content.encode(), source)
        try:
            data = self.project.read_bytes(source)
        except Unreadable as error:
            return ParsedModule(None, SyntaxProblem(str(error), Span(source), fatal=False))
        return parse(data, source)
