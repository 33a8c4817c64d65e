"""Files in a newer grammar than the host's: libcst reads them, an older spelling gives the same ``ast``.

libcst's native parser knows every grammar up to 3.15 wherever it runs.  What it accepts and the host does not
is rewritten, by position, into older source that means the same for the analysis; the host parses that, and
every node gets the place that it has in the original.
"""

from __future__ import annotations

import ast
import re
import sys
import threading
from bisect import bisect_right
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from vartask.model import GrammarUse, Span, SyntaxProblem
from vartask.patterns import regex
from vartask.records import replace
from vartask.syntax.python_grammar import grammar_uses, looks_newer
from vartask.syntax.python_host import ParsedModule, compile_problem, finished, host_parse, only_here, ordered
from vartask.syntax.python_nodes import walk
from vartask.syntax.python_older import Older, Placeholder
from vartask.syntax.python_places import Rewritten, count_characters, line_starts, positioned

if TYPE_CHECKING:
    import libcst

MAX_BRACKETS = 200
"""CPython's own limit (MAXLEVEL in Parser/lexer/state.h), the same in every version."""

MAX_TOKENS = 2000
"""Tokens of one expression, without a comma between them, beyond which libcst's recursion is not trusted."""

_STACK = 256 * 1024 * 1024
_RECURSION = 20_000

_TOKEN = regex(
    r"(?P<skip>[ \t\f\\]+|#[^\n]*)"
    r"|(?P<one>\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|\w+)"
    r"|(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>[,;\n])|(?P<other>.)",
    re.DOTALL,
)
_ELIF = regex(r"^[ \t]*elif\b", re.MULTILINE)
_WHERE = regex(r"error at (\d+):(\d+)")

_NEWEST = "try:\n    pass\nexcept A, B:\n    pass\ntype X[T = int] = t'{x!r:{y}}'\nf'{x['y']}'\n"
"""The newest grammar of CPython 3.14: a libcst that reads this knows them all."""


def parse_newer(text: str, path: str, refusal: SyntaxProblem) -> ParsedModule:
    """Parse what the host refused with ``refusal``; ``text`` has LF line ends.  Never raises on bad input."""
    if not refusal.fatal or sys.version_info >= (3, 15) or refusal.message == "too many nested parentheses":
        return ParsedModule(None, refusal)
    if looks_newer(text.encode(), than=(3, 9)):
        # What the host stumbles over may be something that another version reads.
        refusal = only_here(refusal)
    if _too_deep(text):
        return ParsedModule(None, SyntaxProblem(refusal.message, refusal.span, not looks_newer(text.encode())))
    return _with_a_deep_stack(lambda: _parse_newer(text, path, refusal))


def _parse_newer(text: str, path: str, refusal: SyntaxProblem) -> ParsedModule:
    module = _libcst(text)
    if isinstance(module, str):
        return ParsedModule(None, _refused_by_both(text, module, refusal))
    try:
        if module.code != text:
            # Where libcst does not keep every character, its positions cannot be trusted.
            return ParsedModule(None, SyntaxProblem(refusal.message, refusal.span, fatal=False))
        older = Older(module, text)
        if not older.uses:
            # libcst is more lenient than any CPython; without newer grammar the host's word is final.
            return ParsedModule(None, refusal)
        tree = _older_tree(older, text, path)
        if isinstance(tree, SyntaxProblem):
            return ParsedModule(None, tree)
        problem = compile_problem(tree, path)
    except RecursionError:
        return ParsedModule(None, SyntaxProblem("nested too deeply to be read", Span(path), fatal=False))
    source = text.encode()
    uses = _in_the_hosts_words([*older.found(), *grammar_uses(tree, source, text)], refusal)
    if problem is not None:
        return ParsedModule(None, problem, ordered(uses))
    return finished(tree, path, uses)


def _in_the_hosts_words(uses: list[GrammarUse], refusal: SyntaxProblem) -> list[GrammarUse]:
    """The uses; what the host said is about the first that is newer than the host."""
    host = sys.version_info[:2]
    first = next((use for use in ordered(uses) if use.since > host), None)
    if first is None or first.words(host) is not None:
        return uses
    own = [(version, words, line) for version, words, line in refusal.said if version >= host]
    return [replace(use, said=(*use.said, *own)) if use == first else use for use in uses]


def _libcst(text: str) -> libcst.Module | str:
    import libcst

    try:
        return libcst.parse_module(text)
    except libcst.ParserSyntaxError as error:
        return str(error)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # noqa: BLE001  a panic of the native parser is no Exception
        return f"{type(error).__name__}: {error}"


@lru_cache(maxsize=1)
def _libcst_knows_all() -> bool:
    return not isinstance(_libcst(_NEWEST), str)


def _refused_by_both(text: str, said: str, refusal: SyntaxProblem) -> SyntaxProblem:
    """Fatal where both parsers stumble over the same place, or where nothing in the file looks newer."""
    where = _WHERE.search(said)
    # An error of libcst's tokenizer has no place.
    same = where is None or int(where[1]) == refusal.span.line
    fatal = (
        sys.version_info >= (3, 14)
        or refusal.message.startswith("Missing parentheses in call to")
        or (_libcst_knows_all() and same)
        or not looks_newer(text.encode())
    )
    return SyntaxProblem(refusal.message, refusal.span, fatal, refusal.said)


def _older_tree(older: Older, text: str, path: str) -> ast.Module | SyntaxProblem:
    starts = line_starts(text)
    whole = Rewritten(text, older.edits())
    tree = host_parse(whole.text, path)
    if isinstance(tree, SyntaxProblem):
        offset = whole.original(tree.span.line, tree.span.column - 1)
        line = bisect_right(starts, offset)
        where = Span(path, line, offset - starts[line - 1] + 1)
        return SyntaxProblem(f"{tree.message} (for the Python that runs vartask)", where, fatal=False)
    if not whole.text.isascii():
        count_characters(tree, whole.text)
    _restore_places(tree, whole, starts, first=1)
    return _fill(tree, older.placeholders, text, starts, path) or tree


def _fill(
    tree: ast.AST, placeholders: dict[str, Placeholder], text: str, starts: list[int], path: str
) -> SyntaxProblem | None:
    """Put the expressions of newer f-strings in the place of the names that stood for them."""
    for node in walk(tree):
        if not isinstance(node, ast.FormattedValue) or not isinstance(node.value, ast.Name):
            continue
        meant = placeholders.get(node.value.id)
        if meant is None:
            continue
        part = Rewritten(text[meant.start : meant.end], meant.edits(), meant.start)
        # Parentheses on lines of their own let the expression run over several lines and start with a star.
        parsed = host_parse(f"(\n{part.text}\n)", path)
        if isinstance(parsed, SyntaxProblem):
            line = bisect_right(starts, meant.start)
            where = Span(path, line, meant.start - starts[line - 1] + 1)
            return SyntaxProblem(f"{parsed.message} (for the Python that runs vartask)", where, fatal=False)
        if not part.text.isascii():
            count_characters(parsed, f"(\n{part.text}\n)")
        _restore_places(parsed, part, starts, first=2)
        statement = parsed.body[0]
        if isinstance(statement, ast.Expr):
            node.value = statement.value
            problem = _fill(statement, placeholders, text, starts, path)
            if problem is not None:
                return problem
    return None


def _restore_places(tree: ast.AST, rewritten: Rewritten, starts: list[int], first: int) -> None:
    """Give every node its place in the original; ``first`` is the line of ``tree`` where the text begins."""

    def place(line: int, column: int, *, end: bool = False) -> tuple[int, int]:
        offset = rewritten.original(max(line - first + 1, 1), column, end=end)
        found = bisect_right(starts, offset)
        return found, offset - starts[found - 1]

    for node in positioned(tree):
        node.lineno, node.col_offset = place(node.lineno, node.col_offset)
        if node.end_lineno is not None and node.end_col_offset is not None:
            node.end_lineno, node.end_col_offset = place(node.end_lineno, node.end_col_offset, end=True)


def _too_deep(text: str) -> bool:
    """Whether nesting or one expression's length could overflow the stack of libcst's native parser."""
    if len(_ELIF.findall(text)) > MAX_TOKENS:
        return True
    counts = [0]
    total = 0
    for token in _TOKEN.finditer(text):
        kind = token.lastgroup
        if kind == "skip":
            continue
        if kind == "open":
            counts.append(0)
            if len(counts) > MAX_BRACKETS + 1:
                return True
        elif kind == "close" and len(counts) > 1:
            total -= counts.pop()
        elif kind == "end":
            if token[0] != "\n" or len(counts) == 1:
                total -= counts[-1]
                counts[-1] = 0
            continue
        counts[-1] += 1
        total += 1
        if total > MAX_TOKENS:
            return True
    return False


def _with_a_deep_stack(work: Callable[[], ParsedModule]) -> ParsedModule:
    """Run ``work`` in a thread whose stack bears the recursion of libcst, native and in Python."""
    results: list[ParsedModule] = []
    size = threading.stack_size(_STACK)
    limit = sys.getrecursionlimit()
    try:
        thread = threading.Thread(target=lambda: results.append(work()), name="vartask-libcst")
        sys.setrecursionlimit(max(limit, _RECURSION))
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(limit)
        threading.stack_size(size)
    return results[0]
