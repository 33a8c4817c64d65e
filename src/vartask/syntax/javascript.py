"""TypeScript and JavaScript as a tree for :mod:`vartask.syntax.program`.

Types are dropped.  What this reader does not know becomes :class:`~vartask.syntax.program.Opaque`: a program in newer
syntax than the grammar's is still read where it can be.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from vartask.patterns import regex
from vartask.syntax import program as tree

if TYPE_CHECKING:
    from tree_sitter import Parser

EXTENSIONS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
"""Files of these languages (https://www.typescriptlang.org/docs/handbook/modules/reference.html)."""

_DECLARATIONS = regex(r"\.d\.[cm]?ts\Z")


def is_source(path: str) -> bool:
    """Whether a file is TypeScript or JavaScript that runs."""
    return path.endswith(EXTENSIONS) and _DECLARATIONS.search(path) is None


def parse(text: str, path: str) -> tree.Module:
    """The program of one file; syntax errors leave out what they touch and are named in ``error``."""
    from vartask.syntax.javascript_reader import Reader

    source = text.encode()
    root = _parser(_grammar(path)).parse(source).root_node
    return Reader(source, path).module(root)


def _grammar(path: str) -> str:
    if path.endswith((".tsx", ".jsx")):
        return "tsx"
    return "typescript" if path.endswith((".ts", ".mts", ".cts")) else "javascript"


@cache
def _parser(grammar: str) -> Parser:
    import tree_sitter

    if grammar == "javascript":
        import tree_sitter_javascript

        return tree_sitter.Parser(tree_sitter.Language(tree_sitter_javascript.language()))
    import tree_sitter_typescript

    make = tree_sitter_typescript.language_tsx if grammar == "tsx" else tree_sitter_typescript.language_typescript
    return tree_sitter.Parser(tree_sitter.Language(make()))
