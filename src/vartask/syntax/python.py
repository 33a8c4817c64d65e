"""Python source to the standard library's ``ast``, whatever grammar the file is written in."""

from __future__ import annotations

from vartask.model import SyntaxProblem
from vartask.syntax.python_grammar import grammar_uses
from vartask.syntax.python_host import ParsedModule, compile_problem, decode, finished, host_parse, ordered
from vartask.syntax.python_objections import compiler_may_object
from vartask.syntax.python_places import count_characters, normalised, span_of

__all__ = ["ParsedModule", "parse", "span_of"]


def parse(data: bytes, path: str) -> ParsedModule:
    """Parse one file.  Never raises on bad input: the result's ``problem`` tells.

    The host's own parser answers first.  What it refuses may be newer grammar than the host's:
    :mod:`vartask.syntax.python_newer` decides that.  Nothing is ever imported or executed.
    """
    text = decode(data, path)
    if isinstance(text, SyntaxProblem):
        return ParsedModule(None, text)
    tree = host_parse(data, path)
    if isinstance(tree, SyntaxProblem):
        # Imported here: it loads libcst, and most files never need it.
        from vartask.syntax.python_newer import parse_newer

        return parse_newer(normalised(data.decode("ascii") if text is None else text), path, tree)
    problem = compile_problem(tree, path) if compiler_may_object(tree, data if text is None else text) else None
    if text is not None:
        count_characters(tree, text)
    uses = grammar_uses(tree, data, text)
    # The compiler speaks after the parser, which may already refuse the file on the target.
    return finished(tree, path, uses) if problem is None else ParsedModule(None, problem, ordered(uses))
