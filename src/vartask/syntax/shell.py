"""Shell scripts as commands: which words, in which order, depending on what.

tree-sitter-bash finds the structure; the words are read here, because quoting decides what a word may become and the
grammar's own pieces blur it.  What is not read (``select``, arithmetic ``for``) is an :class:`Opaque`, never dropped.
Quoting: https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from vartask.records import dataclass, replace
from vartask.syntax.shell_statements import (
    AndOr,
    Case,
    Command,
    For,
    Function,
    Group,
    If,
    Negation,
    Opaque,
    Pipeline,
    Redirect,
    Statement,
    While,
)
from vartask.syntax.shell_words import Dynamic, Literal, Word, read_word, split_words

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

__all__ = [
    "AndOr",
    "Case",
    "Command",
    "For",
    "Function",
    "Group",
    "If",
    "Negation",
    "Opaque",
    "Pipeline",
    "Redirect",
    "Statement",
    "While",
    "parse",
]

MAX_DEPTH = 200
"""Deeper nesting than any script's: beyond it a part is opaque rather than a recursion error."""


@dataclass(frozen=True, slots=True)
class _Pending:
    """A redirection node's parts: redirects, and what the grammar hangs behind a heredoc's first line."""

    redirects: tuple[Redirect, ...]
    operator: str | None = None
    right: Statement | None = None


class _Misread(Exception):
    """The grammar took a brace for a command, as it does behind ``!``."""


def parse(script: str) -> tuple[Statement, ...]:
    """Read a script.  One that cannot be parsed is a single :class:`Opaque`."""
    source = script.encode("utf-8", "surrogatepass")
    root = _parser().parse(source).root_node
    if root.has_error:
        return (Opaque(script.strip(), 1),)
    try:
        return tuple(_statements(root.children, 0))
    except _Misread:
        return (Opaque(script.strip(), 1),)


@lru_cache(maxsize=1)
def _parser() -> Parser:
    import tree_sitter_bash
    from tree_sitter import Language, Parser

    return Parser(Language(tree_sitter_bash.language()))


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogatepass")


def _statements(nodes: list[Node], depth: int) -> Iterator[Statement]:
    for node in nodes:
        if node.is_named and node.type not in {"comment", "heredoc_body", "heredoc_end"}:
            yield _statement(node, depth + 1)


def _statement(node: Node, depth: int) -> Statement:
    readers = {
        "command": _command,
        "declaration_command": _declaration,
        "unset_command": _declaration,
        "test_command": _test,
        "variable_assignment": _assignment,
        "variable_assignments": _assignment,
        "redirected_statement": _redirected,
        "list": _list,
        "pipeline": _pipeline,
        "subshell": _group,
        "compound_statement": _group,
        "do_group": _group,
        "negated_command": _negation,
        "if_statement": _if,
        "for_statement": _for,
        "while_statement": _while,
        "case_statement": _case,
        "function_definition": _function,
    }
    reader = readers.get(node.type)
    if reader is None or depth > MAX_DEPTH:
        return Opaque(_text(node), node.start_point[0] + 1)
    return reader(node, depth)


def _command(node: Node, _depth: int) -> Statement:
    words: list[Word] = []
    assignments: list[tuple[str, Word]] = []
    redirects: list[Redirect] = []
    for child in node.children:
        if child.type == "variable_assignment":
            assignments.append(_pair(child))
        elif child.type in {"file_redirect", "herestring_redirect"}:
            redirects.extend(_redirect(child, 0).redirects)
        else:
            words.append(read_word(_text(child)))
    if words and words[0].raw in {"{", "}"}:
        raise _Misread
    return Command(tuple(words), tuple(assignments), tuple(redirects), _text(node), node.start_point[0] + 1)


def _declaration(node: Node, _depth: int) -> Statement:
    """``export A=b``: the word that is the builtin, and each declaration as a word."""
    words = tuple(read_word(_text(child)) for child in node.children)
    return Command(words, (), (), _text(node), node.start_point[0] + 1)


def _test(node: Node, _depth: int) -> Statement:
    words = tuple(read_word(word) for word in split_words(_text(node)))
    return Command(words, (), (), _text(node), node.start_point[0] + 1)


def _assignment(node: Node, _depth: int) -> Statement:
    nodes = node.children if node.type == "variable_assignments" else [node]
    return Command((), tuple(_pair(child) for child in nodes), (), _text(node), node.start_point[0] + 1)


def _pair(node: Node) -> tuple[str, Word]:
    """A variable's name (``A+`` where the value is appended) and what it is given."""
    name, _, value = _text(node).partition("=")
    if value.startswith("(") or "[" in name:
        return name.partition("[")[0], Word((Dynamic(value),), value)
    return name, read_word(value)


def _list(node: Node, depth: int) -> Statement:
    left, operator, right = node.children
    return AndOr(_statement(left, depth + 1), operator.type, _statement(right, depth + 1))


def _pipeline(node: Node, depth: int) -> Statement:
    """``!`` stands before the whole pipeline; the grammar hangs it on the first command."""
    first, *rest = _statements(node.children, depth)
    if isinstance(first, Negation):
        return Negation(Pipeline((first.body, *rest), _text(node)))
    return Pipeline((first, *rest), _text(node))


def _group(node: Node, depth: int) -> Statement:
    if node.children and node.children[0].type == "((":
        words = (read_word("let"), Word((Literal(_text(node)[2:-2], quoted=True),), _text(node)))
        return Command(words, (), (), _text(node), node.start_point[0] + 1)
    return Group(tuple(_statements(node.children, depth)), subshell=node.type == "subshell")


def _negation(node: Node, depth: int) -> Statement:
    return Negation(_statement(node.children[-1], depth + 1))


def _if(node: Node, depth: int) -> Statement:
    branches = []
    otherwise: tuple[Statement, ...] = ()
    condition, body = _clause(node, depth)
    branches.append((condition, body))
    for child in node.children:
        if child.type == "elif_clause":
            branches.append(_clause(child, depth))
        elif child.type == "else_clause":
            otherwise = tuple(_statements(child.children, depth))
    return If(tuple(branches), otherwise)


def _clause(node: Node, depth: int) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    then = next((n for n, child in enumerate(node.children) if child.type == "then"), len(node.children))
    body = [child for child in node.children[then:] if child.type not in {"elif_clause", "else_clause"}]
    return tuple(_statements(node.children[:then], depth)), tuple(_statements(body, depth))


def _for(node: Node, depth: int) -> Statement:
    name = node.child_by_field_name("variable")
    body = node.child_by_field_name("body")
    if name is None or body is None or node.children[0].type != "for":
        return Opaque(_text(node), node.start_point[0] + 1)
    words = tuple(read_word(_text(child)) for child in node.children_by_field_name("value"))
    return For(_text(name), words, tuple(_statements(body.children, depth)))


def _while(node: Node, depth: int) -> Statement:
    body = node.child_by_field_name("body")
    if body is None:
        return Opaque(_text(node), node.start_point[0] + 1)
    before = [child for child in node.children if child.end_byte <= body.start_byte]
    until = node.children[0].type == "until"
    return While(tuple(_statements(before, depth)), tuple(_statements(body.children, depth)), until, _text(node))


def _case(node: Node, depth: int) -> Statement:
    word = node.child_by_field_name("value")
    if word is None:
        return Opaque(_text(node), node.start_point[0] + 1)
    items = tuple(_item(child, depth) for child in node.children if child.type == "case_item")
    return Case(read_word(_text(word)), items)


def _item(node: Node, depth: int) -> tuple[tuple[Word, ...], tuple[Statement, ...], str]:
    close = next((n for n, child in enumerate(node.children) if child.type == ")"), 0)
    patterns = tuple(read_word(_text(child)) for child in node.children[:close] if child.is_named)
    end = node.children[-1].type
    return patterns, tuple(_statements(node.children[close:], depth)), end if end in {";&", ";;&"} else ";;"


def _function(node: Node, depth: int) -> Statement:
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is None or body is None:
        return Opaque(_text(node), node.start_point[0] + 1)
    return Function(_text(name), _statement(body, depth + 1))


# -- redirections --------------------------------------------------------------------------------


def _redirected(node: Node, depth: int) -> Statement:
    body = node.child_by_field_name("body")
    if body is None:
        statement: Statement = Command((), (), (), _text(node), node.start_point[0] + 1)
    else:
        statement = _statement(body, depth + 1)
    pending: list[_Pending] = []
    for child in node.children:
        if child.type in {"file_redirect", "herestring_redirect", "heredoc_redirect"}:
            read = _redirect(child, depth)
            pending.append(read)
            statement = _with_redirects(statement, read.redirects)
    for read in pending:
        if read.operator == "|" and read.right is not None:
            statement = Pipeline((statement, read.right), _text(node))
        elif read.operator is not None and read.right is not None:
            statement = AndOr(statement, read.operator, read.right)
    return statement


def _with_redirects(statement: Statement, redirects: tuple[Redirect, ...]) -> Statement:
    """The grammar hangs a redirection on a whole list; the shell applies it to the last command only."""
    if isinstance(statement, (Command, Group)):
        return replace(statement, redirects=(*statement.redirects, *redirects))
    if isinstance(statement, AndOr):
        return replace(statement, right=_with_redirects(statement.right, redirects))
    if isinstance(statement, Pipeline):
        last = _with_redirects(statement.commands[-1], redirects)
        return replace(statement, commands=(*statement.commands[:-1], last))
    if isinstance(statement, Negation):
        return replace(statement, body=_with_redirects(statement.body, redirects))
    if isinstance(statement, (If, For, While, Case)):
        return Group((statement,), subshell=False, redirects=redirects)
    return statement


def _redirect(node: Node, depth: int) -> _Pending:
    if node.type == "heredoc_redirect":
        return _heredoc(node, depth)
    fd = None
    operator = ">"
    target: Word | None = None
    for child in node.children:
        if child.type == "file_descriptor":
            fd = int(_text(child)) if _text(child).isdigit() else None
        elif child.is_named:
            target = read_word(_text(child))
        else:
            operator = child.type
    return _Pending((Redirect("<<<" if node.type == "herestring_redirect" else operator, target, fd),))


def _heredoc(node: Node, depth: int) -> _Pending:
    quoted = False
    body = ""
    chomp = False
    redirects: list[Redirect] = []
    operator: str | None = None
    right: Statement | None = None
    for child in node.children:
        if child.type == "heredoc_start":
            quoted = any(char in _text(child) for char in "'\"\\")
        elif child.type == "<<-":
            chomp = True
        elif child.type == "heredoc_body":
            body = _text(child)
        elif child.type == "file_redirect":
            redirects.extend(_redirect(child, depth).redirects)
        elif child.type in {"&&", "||"}:
            operator = child.type
        elif child.type == "pipeline":
            inner = tuple(_statements(child.children, depth))
            operator, right = "|", inner[0] if len(inner) == 1 else Pipeline(inner, _text(child))
        elif child.is_named and child.type not in {"heredoc_end", "file_descriptor"}:
            right = _statement(child, depth + 1)
            operator = operator or "&&"
    if chomp:
        body = re.sub(r"(?m)^\t+", "", body)
    text = read_word(body, quoted="'" if quoted else "heredoc")
    return _Pending((Redirect("<<", text), *redirects), operator, right)
