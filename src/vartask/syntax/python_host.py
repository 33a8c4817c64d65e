"""The parser and compiler of the running interpreter, asked without ever raising or printing."""

from __future__ import annotations

import ast
import io
import re
import sys
import warnings

from vartask.model import GrammarUse, Refusal, Span, SyntaxProblem
from vartask.patterns import regex
from vartask.records import dataclass, replace
from vartask.syntax.python_async import async_comprehensions
from vartask.syntax.python_nodes import nodes_of

_COOKIE = regex(rb"^[ \t\f]*#.*?coding[:=][ \t]*[-\w.]+", re.ASCII | re.MULTILINE)
"""PEP 263: a comment in the first or second line."""

_NOT_ONLY_HERE = regex(
    r"'(return|yield|yield from|await|async with|async for)' outside |'break' outside loop|'continue' not properly"
    r"|'yield from' inside async function|'return' with value in async generator"
    r"|default 'except:' must be last|import \* only allowed at module level"
    r"|nonlocal declaration not allowed at module level|no binding for nonlocal '(?!_[^_].*__)"
    r"|name '.*' is (parameter|nonlocal) and "
    r"|name '.*' is (assigned to before|used prior to) |duplicate argument |annotated name '.*' can't be "
    r"|from __future__ imports must occur|future feature .* is not defined|not a chance"
    r"|multiple starred expressions in assignment|starred assignment target must be in"
    r"|can't use starred expression here"
    r"|'yield' inside (list|set|dict) comprehension|'yield' inside generator expression"
    r"|assignment expression (cannot (rebind comprehension|be used in a comprehension) iter|within a comprehension)"
    r"|(yield|await|named) expression cannot be used within (a TypeVar|a type alias|the definition of a generic)"
    r"|duplicate type parameter|nonlocal binding not allowed for type parameter"
    r"|keyword argument repeated|cannot assign to __debug__|too many statically nested blocks"
)
"""What the compiler's symbol table refuses alike in CPython 3.9 to 3.14 (Python/symtable.c, compile.c).

Other complaints of that pass differ between versions (asynchronous comprehensions, annotations), so the host's
opinion on them says nothing about the target.  Nor does it on mangled names, which 3.12 learnt to bind in
comprehensions.
"""


_SAME_SINCE_3_10 = regex(
    r"'[(\[{]' was never closed|unterminated (triple-quoted )?string literal |expected an indented block after "
    r"|unindent does not match any outer|unexpected indent|inconsistent use of tabs|invalid decimal literal"
    r"|unmatched '[)\]}]'|closing parenthesis '.' does not match|expected ':'|expected 'except' or 'finally' block"
    r"|Missing parentheses in call to |leading zeros in decimal integer|invalid (non-printable )?character "
    r"|unexpected character after line|':' expected after dictionary key|expected 'else' after 'if' expression"
    r"|positional argument follows keyword argument|'(return|await|yield)' outside |'break' outside loop"
    r"|duplicate argument |import \* only allowed at module level"
)
"""Messages that CPython 3.10 to 3.13 give alike."""


@dataclass(frozen=True, slots=True)
class ParsedModule:
    """A parsed file.  ``tree`` is ``None`` where it could not be had; ``problem`` then says why.

    Unlike ``ast``'s own, the columns of ``tree`` count characters, not UTF-8 bytes.  ``uses`` are what not every
    version's grammar has, in the order in which a version that has none of it stumbles over them.
    """

    tree: ast.Module | None
    problem: SyntaxProblem | None = None
    uses: tuple[GrammarUse, ...] = ()

    @property
    def scopes_are_whole(self) -> bool:
        """Whether the tree shows every scope of the file: a host without type parameters leaves theirs out."""
        return all(use.since <= sys.version_info or "f-string" in use.what for use in self.uses)

    @property
    def grammar(self) -> tuple[int, int]:
        """The lowest CPython version whose grammar accepts the file, ``(3, 0)`` if it needs nothing special."""
        return max((use.since for use in self.uses), default=(3, 0))


def _has_cookie(data: bytes) -> bool:
    head = data[:400]
    return b"coding" in head and _COOKIE.search(b"\n".join(head.splitlines()[:2])) is not None


def decode(data: bytes, path: str) -> str | SyntaxProblem | None:
    """The text by the file's byte order mark or PEP 263 comment, else as UTF-8 (PEP 3120).

    ``None`` for ASCII, which needs no decoding before it is parsed.
    """
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(0)) + 1
        return SyntaxProblem("source code string cannot contain null bytes", Span(path, line))
    if data.isascii() and not _has_cookie(data):
        return None
    from tokenize import detect_encoding

    try:
        encoding, _ = detect_encoding(io.BytesIO(data).readline)
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        return _not_decodable(error, path)
    except (SyntaxError, LookupError, UnicodeError) as error:
        # detect_encoding does not say which byte of the first two lines it stumbled over.
        try:
            data.decode()
        except UnicodeDecodeError as detail:
            return _not_decodable(detail, path)
        return SyntaxProblem(getattr(error, "msg", None) or str(error), Span(path))


def _not_decodable(error: UnicodeDecodeError, path: str) -> SyntaxProblem:
    line = error.object.count(b"\n", 0, error.start) + 1
    what = f"'{error.encoding}' codec can't decode byte 0x{error.object[error.start]:02x}: {error.reason}"
    return SyntaxProblem(f"(unicode error) {what}", Span(path, line))


def host_parse(data: bytes | str, path: str) -> ast.Module | SyntaxProblem:
    """What the parser of the running interpreter says."""
    try:
        with warnings.catch_warnings():
            # Under -W error an invalid escape sequence would turn into a SyntaxError that no Lambda sees.
            warnings.simplefilter("ignore")
            return ast.parse(data, path)
    except SyntaxError as error:
        return _problem(error, path)
    except (RecursionError, MemoryError):
        # CPython's limits on expressions and statements differ between versions: no verdict on the target.
        return SyntaxProblem("nested too deeply for the Python that runs vartask", Span(path), fatal=False)
    except (ValueError, OverflowError) as error:
        return SyntaxProblem(str(error), Span(path), fatal=False)


def _problem(error: SyntaxError, path: str) -> SyntaxProblem:
    span = Span(path, max(error.lineno or 1, 1), max(error.offset or 1, 1))
    return SyntaxProblem(error.msg, span, said=_said(error.msg, error.lineno or 0))


def _said(message: str, line: int) -> tuple[Refusal, ...]:
    """The words of the versions whose words are known to be the host's: its own, and those that say the same."""
    if _SAME_SINCE_3_10.match(message):
        return (((3, 10), message, line),)
    own = _own(message, line)
    # A newer parser has more special words, so what it finds nothing special in was nothing special before.
    return (((3, 10), message, line), *own) if message == "invalid syntax" else own


def _own(message: str, line: int) -> tuple[Refusal, ...]:
    host = sys.version_info[:2]
    return ((host, message, line), ((host[0], host[1] + 1), None, 0))


def only_here(problem: SyntaxProblem) -> SyntaxProblem:
    """The problem, with the words of no version but the host's."""
    words = problem.words(sys.version_info[:2])
    return replace(problem, said=_own(*words) if words is not None else ())


def compile_problem(tree: ast.Module, path: str) -> SyntaxProblem | None:
    """A ``SyntaxError`` that every runtime raises on import although the grammar accepts the file.

    ``return`` outside a function is one.  The code object is thrown away, never run.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(tree, path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return _problem(error, path) if _NOT_ONLY_HERE.match(error.msg) else None
    except (RecursionError, MemoryError):
        return SyntaxProblem("nested too deeply for the Python that runs vartask", Span(path), fatal=False)
    except (ValueError, TypeError, OverflowError, SystemError):
        return None
    return None


def finished(tree: ast.Module, path: str, uses: list[GrammarUse]) -> ParsedModule:
    """The result for a tree with columns in characters that has passed everything else."""
    nodes = nodes_of(tree)
    if ast.Await in nodes.classes or any(part.is_async for part in nodes.of(ast.comprehension)):
        asynchronous = async_comprehensions(tree, path)
        if isinstance(asynchronous, SyntaxProblem):
            return ParsedModule(None, asynchronous)
        uses = [*uses, *asynchronous]
    return ParsedModule(tree, None, ordered(uses))


def ordered(uses: list[GrammarUse]) -> tuple[GrammarUse, ...]:
    """The uses in the order in which a version that has none of them stumbles over them."""
    return tuple(sorted(dict.fromkeys(uses), key=lambda use: (use.late, use.line, use.column, use.since)))
