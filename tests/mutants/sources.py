"""Edits of Python text by its syntax tree: each keeps the rest of the file as it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator

Files = dict[str, str]
Mutant = tuple[str, Files]
"""What was done, and the project after it."""


def code(files: Files) -> list[str]:
    """The Python files of a project that are neither its tests nor somebody else's."""
    return sorted(
        path for path in files if path.endswith(".py") and not path.startswith("tests/") and "/vendor/" not in path
    )


def parsed(text: str) -> ast.Module | None:
    """The tree of a file; ``None`` when the interpreter of the bench cannot parse it."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def changed(files: Files, path: str, text: str) -> Files:
    """The project with one file's text replaced."""
    return {**files, path: text}


def without(files: Files, *paths: str) -> Files:
    """The project without some files."""
    return {path: text for path, text in files.items() if path not in paths}


def renamed(files: Files, old: str, new: str) -> Files:
    """The project with a file, or everything below a directory, under another name."""
    return {
        new + path[len(old) :] if path == old or path.startswith(old + "/") else path: text
        for path, text in files.items()
    }


def cut(text: str, node: ast.stmt, instead: str = "") -> str:
    """The text with the lines of a statement (its decorators too) replaced."""
    lines = text.splitlines(keepends=True)
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(item.lineno for item in decorators)]) - 1
    lines[first : node.end_lineno] = [instead] if instead else []
    return "".join(lines)


def segment(text: str, node: ast.stmt) -> str:
    """The lines of a statement."""
    return "".join(text.splitlines(keepends=True)[node.lineno - 1 : node.end_lineno])


def replaced(text: str, node: ast.AST, instead: str) -> str:
    """The text with an expression on one line replaced."""
    lines = text.splitlines(keepends=True)
    line = lines[node.lineno - 1]  # type: ignore[attr-defined]
    encoded = line.encode()
    start, end = node.col_offset, node.end_col_offset  # type: ignore[attr-defined]
    lines[node.lineno - 1] = (encoded[:start] + instead.encode() + encoded[end:]).decode()  # type: ignore[attr-defined]
    return "".join(lines)


def trees(files: Files) -> Iterator[tuple[str, str, ast.Module]]:
    """Path, text and tree of every file that parses."""
    for path in code(files):
        tree = parsed(files[path])
        if tree is not None:
            yield path, files[path], tree


def after_future(tree: ast.Module) -> int:
    """The line behind which a first statement may be put."""
    last = 0
    for node in tree.body:
        future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
        if future or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            last = node.end_lineno or last
        else:
            break
    return last


def inserted(text: str, line: int, statement: str) -> str:
    """The text with a statement behind a line."""
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:line], statement.rstrip("\n") + "\n", *lines[line:]])
