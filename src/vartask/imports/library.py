"""The facts of the project's Python files, each file read and parsed at most once per run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Final

from vartask.imports.context import ContextFacts, context_facts
from vartask.imports.facts import module_facts
from vartask.imports.rehearsal_scripts import Script
from vartask.imports.rehearsals import Rehearsals
from vartask.imports.resolve import Resolvers
from vartask.model import ModuleFacts, Present, Span, SyntaxProblem
from vartask.project import Project, Unreadable
from vartask.records import replace
from vartask.seen import Asked
from vartask.syntax.python import ParsedModule, parse
from vartask.syntax.python_nodes import walk
from vartask.timing import stage

_FACTS: Final = 2000
"""Files whose facts are kept for the next function, 20 kilobytes each: those of many packages that share a layer."""


class Library:
    """Facts by source file; code that a definition itself holds (``ZipFile``, a heredoc) by its text and place."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._facts: dict[object, ModuleFacts] = {}
        self._parsed: dict[object, ParsedModule] = {}
        self._contexts: dict[object, ContextFacts | None] = {}
        self._asked: dict[object, Asked] = {}
        self._scripts: dict[object, Script] = {}
        self.resolvers = Resolvers()
        self.rehearsals = Rehearsals(project.questions)
        self.stored: set[str] = set()
        """Every attribute that some module read so far sets on something other than itself."""

    def facts(self, source: str, entry: Present | None = None) -> ModuleFacts:
        """The facts of a file; a file that cannot be read has a problem that is not fatal, so it is a gap."""
        key = _key(source, entry)
        # The last ones that were asked for come last.
        known = self._facts.pop(key, None)
        if known is None:
            parsed = self.parsed(source, entry)
            with stage("python: facts"):
                known = module_facts(parsed, source)
            self.stored |= known.stores
        else:
            self.project.questions.relies_on(self._asked[key])
        self._facts[key] = known
        return known

    def parsed(self, source: str, entry: Present | None = None) -> ParsedModule:
        """The syntax tree of a file."""
        key = _key(source, entry)
        # The last one that was asked for comes last.
        known = self._parsed.pop(key, None)
        if known is not None:
            self.project.questions.relies_on(self._asked[key])
        else:
            with self.project.questions.step() as self._asked[key]:
                known = self._parse(source, entry)
        self._parsed[key] = known
        return known

    def forget(self, most: int) -> None:
        """Let go of syntax trees, of which no more than ``most`` stay; whoever asks again has the file parsed again.

        To be called between functions: what is followed for one of them goes by the identity of nodes.
        """
        for key in list(self._parsed)[: max(0, len(self._parsed) - most)]:
            del self._parsed[key]
            self._contexts.pop(key, None)
            self._scripts.pop(key, None)
        for key in list(self._facts)[: max(0, len(self._facts) - _FACTS)]:
            del self._facts[key]

    def script(self, source: str, entry: Present | None = None) -> Script | None:
        """The syntax tree of a file with what it alone tells; ``None`` for a file that cannot be parsed."""
        tree = self.parsed(source, entry).tree
        if tree is None:
            return None
        key = _key(source, entry)
        known = self._scripts.get(key)
        if known is None or known.tree is not tree:
            known = self._scripts[key] = Script(tree, source)
        return known

    def context_facts(self, source: str, entry: Present | None = None) -> ContextFacts | None:
        """The facts that following the context needs; ``None`` for a file that cannot be parsed."""
        key = _key(source, entry)
        if key not in self._contexts:
            tree = self.parsed(source, entry).tree
            self._contexts[key] = context_facts(tree, source) if tree is not None else None
        else:
            self.project.questions.relies_on(self._asked[key])
        return self._contexts[key]

    def mentions(self, source: str, words: Iterable[bytes]) -> bool:
        """Whether a file has one of the words anywhere in its bytes."""
        try:
            return any(self.project.mentions(source, word) for word in words)
        except Unreadable:
            return False

    def has_word(self, source: str, word: str) -> bool:
        """Whether a file has a name as a word of its own; one that cannot be read may have it."""
        try:
            data = self.project.read_bytes(source)
        except Unreadable:
            return True
        return re.search(rb"(?<!\w)" + re.escape(word.encode()) + rb"(?!\w)", data) is not None

    @stage("python: parsing")
    def _parse(self, source: str, entry: Present | None) -> ParsedModule:
        if entry is not None and entry.content is not None:
            if entry.written_by_tool and entry.put_by is not None:
                return _placed(parse(entry.content.encode(), source), entry.put_by)
            return self._parse_inline(source, entry.content, entry.put_by)
        try:
            data = self.project.read_bytes(source)
        except Unreadable as error:
            return ParsedModule(None, SyntaxProblem(str(error), Span(source), fatal=False))
        return parse(data, source)

    def _parse_inline(self, source: str, content: str, put_by: Span | None) -> ParsedModule:
        """Code inside a definition: its lines are moved to where they stand there."""
        parsed = parse(content.encode(), source)
        start = put_by.line - 1 if put_by is not None else 0
        start += self._first_line(source, content, start)
        if parsed.problem is not None:
            place = replace(parsed.problem.span, line=parsed.problem.span.line + start)
            return replace(parsed, problem=replace(parsed.problem, span=place))
        if parsed.tree is not None:
            ast.increment_lineno(parsed.tree, start)
        return replace(parsed, uses=tuple(replace(use, line=use.line + start) for use in parsed.uses))

    def _first_line(self, source: str, content: str, start: int) -> int:
        """1 when the code begins on the line after its key (a YAML block scalar, a heredoc), else 0."""
        first = next((line.strip() for line in content.splitlines() if line.strip()), "")
        try:
            lines = self.project.read_text(source).splitlines()
        except Unreadable:
            return 0
        return 0 if start < len(lines) and first and first in lines[start] else 1


def _placed(parsed: ParsedModule, at: Span) -> ParsedModule:
    """Code that stands in no file: all of it is where the definition asks for it."""
    for node in walk(parsed.tree) if parsed.tree is not None else ():
        if isinstance(node, ast.stmt | ast.expr | ast.alias | ast.arg | ast.excepthandler | ast.keyword):
            node.lineno = node.end_lineno = at.line
            node.col_offset, node.end_col_offset = at.column - 1, max(at.end_column - 1, at.column)
    return parsed


def _key(source: str, entry: Present | None) -> object:
    return source if entry is None or entry.content is None else (source, entry.put_by, entry.content)
