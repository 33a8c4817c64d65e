"""Uses of newer grammar in a file, and the words in which older CPythons refuse each.

The words and lines are those that CPython 3.9 to 3.13 give, compared one by one in the tests.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from vartask.model import GrammarUse, Refusal
from vartask.patterns import regex
from vartask.records import replace
from vartask.syntax.python_fstrings import may_need_pep_701, old_refusal
from vartask.syntax.python_old_lexer import LexerError, Token, old_tokens
from vartask.syntax.python_places import line_starts

_INVALID = "invalid syntax"
_OLDEST = (3, 0)
_DEFINED = regex(r"\b(?:def|class|type)\b(?=(?:[ \t\f]|\\\n)+\w+(?:\s|\\\n)*\Z)")
_TO_COLON = regex(r"(?:[\s\\),]|#[^\n]*)*")
_PEP_701 = (3, 12)
_FSTRING, _TEMPLATE = "this f-string", "a template string"
_ON_THIS_LINE = regex(r"[ \t\f)]*[,\]]")
_STRING = regex(r"[A-Za-z]{1,2}(\"\"\"|'''|\"|')")


class Uses:
    """Makes :class:`GrammarUse` values from offsets in a file's text, which has LF line ends only."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.starts = line_starts(text)

    def line(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self.starts, offset)

    def make(
        self, what: str, since: tuple[int, int], offset: int, said: tuple[Refusal, ...] = (), *, late: bool = False
    ) -> GrammarUse:
        """A use that begins at an offset."""
        line = self.line(offset)
        return GrammarUse(since, what, line, offset - self.starts[line - 1] + 1, said, late)

    def simple(self, what: str, since: tuple[int, int], offset: int, error: int | None = None) -> GrammarUse:
        """A use that older versions call invalid syntax, at the offset ``error`` where it is not that of the use."""
        return self.make(what, since, offset, ((_OLDEST, _INVALID, self.line(offset if error is None else error)),))

    def match(self, offset: int, subject_end: int) -> GrammarUse:
        """A ``match`` statement: to an older parser ``match`` is a name, which may be called or calculated with."""
        rest = re.compile(r"match(?:[ \t\f]|\\\n)*").match(self.text, offset)
        error = rest.end() if rest else offset
        if self.text[error : error + 1] in "([-+*":
            colon = _TO_COLON.match(self.text, subject_end)
            error = colon.end() if colon else subject_end
        return self.simple("a `match` statement", (3, 10), offset, error)

    def starred(self, star: int, end: int) -> GrammarUse:
        """A starred expression in a subscript; CPython 3.9 may read one token more before it gives up."""
        line = self.line(star)
        alone = line == self.line(end) and _ON_THIS_LINE.match(self.text, end)
        said = ((_OLDEST, _INVALID if alone else None, line), ((3, 10), _INVALID, line))
        return self.make("a starred expression in a subscript", (3, 11), star, said)

    def type_parameters(self, bracket: int, default: int | None) -> GrammarUse:
        """Type parameters from ``[`` on; ``default`` is where the first default's ``=`` stands."""
        before = self.text[max(bracket - 400, 0) : bracket]
        kind = next((found[0] for found in _DEFINED.finditer(before)), "")
        line = self.line(bracket)
        said: tuple[Refusal, ...] = ((_OLDEST, _INVALID, line),)
        if kind == "def":
            said += (((3, 11), "expected '('", line),)
        elif default is not None:
            said += (((3, 12), _INVALID, self.line(default)),)
        if default is not None:
            return self.make("the default of a type parameter", (3, 13), bracket, said)
        return self.make("a list of type parameters", (3, 12), bracket, said)

    def bare_types(self, first: int, comma: int) -> GrammarUse:
        """``except A, B``: ``first`` is where the first type's own expression begins."""
        text = "multiple exception types must be parenthesized"
        said = ((_OLDEST, _INVALID, self.line(comma)), ((3, 10), text, self.line(first)))
        return self.make("`except` with several types and no parentheses", (3, 14), first, said)

    def template_string(self, start: int) -> GrammarUse:
        """``t'...'``: a name and a string to an older parser, which must find one string there and no second."""
        opening = _STRING.match(self.text, start)
        error = opening.end() - len(opening[1]) if opening else start
        plain = False
        if opening is not None:
            end = self.text.find(opening[1], opening.end())
            body = self.text[opening.end() : end]
            after = self.text[end + len(opening[1]) :].lstrip(" \t\f")
            plain = "\\" not in body and not re.match(r"\w|[\"']|if\b|else\b", after)
        conditional = re.search(r"\b(?:if|else)\b(?:[^\n]*)\Z", self.text[self.starts[self.line(start) - 1] : start])
        words = _INVALID if plain and not conditional else None
        return self.make(_TEMPLATE, (3, 14), start, ((_OLDEST, words, self.line(error)),))

    def fstring(self, start: int) -> GrammarUse:
        """An f-string that the lexer before PEP 701 reads otherwise."""
        return self.make(_FSTRING, (3, 12), start, self._old_string(start))

    def _old_string(self, start: int) -> tuple[Refusal, ...]:
        """Before they look into strings, older parsers collect those that follow one another and one token more.

        That token may be what they stumble over, and it gives the error its line.
        """
        refused: str | None = None
        after = len(self.text)
        try:
            for token in self._tokens():
                if token.start < start:
                    continue
                if token.body is None:
                    after = token.start
                    break
                refused = refused or old_refusal(self.text[token.start : token.end])
        except LexerError as error:
            return ((_OLDEST, error.before, self.line(error.offset)),) if not error.later else ()
        return ((_OLDEST, refused, self.line(after)),)

    def _tokens(self) -> Iterator[Token]:
        return old_tokens(self.text)

    def after_the_rest(self, uses: list[GrammarUse]) -> list[GrammarUse]:
        """The uses, with the words of the lexer where those stand before the parser's.

        Since 3.10 the rest of the file goes through the lexer before an error is raised, and its errors win
        (``_PyPegen_tokenize_full_source_to_check_for_errors``).  Where all strings are old ones it finds none.
        """
        if not uses or not (any(use.what == _TEMPLATE for use in uses) or may_need_pep_701(self.text.encode())):
            return uses
        error = self._lexer_error()
        if error is None or (error.quiet and not error.opened):
            return uses
        wins = ((3, 10), None if error.quiet else error.words, self.line(error.offset))
        return [replace(use, said=_instead(use.said, wins)) for use in uses]

    def _lexer_error(self) -> LexerError | None:
        try:
            for _ in self._tokens():
                pass
        except LexerError as error:
            return error
        return None


def _instead(said: tuple[Refusal, ...], wins: Refusal) -> tuple[Refusal, ...]:
    """The words with those of 3.10 and 3.11 replaced; from 3.12 on, strings are read as they are meant."""
    newer = next((item for item in reversed(said) if item[0] <= _PEP_701), (_PEP_701, None, 0))
    older = [item for item in said if item[0] < wins[0]]
    return (*older, wins, (_PEP_701, *newer[1:]), *(item for item in said if item[0] > _PEP_701))


def outside_of_strings(uses: list[GrammarUse], strings: list[tuple[int, int]], starts: list[int]) -> list[GrammarUse]:
    """The uses, with no words for those inside an f-string: there the parser speaks otherwise."""
    found = []
    for use in uses:
        offset = starts[use.line - 1] + use.column - 1
        inside = any(start < offset < end for start, end in strings)
        found.append(replace(use, said=()) if inside else use)
    return found
