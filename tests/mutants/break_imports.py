"""Mutants of import statements, import strings and what surrounds them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from mutants.sources import Files, Mutant, after_future, changed, cut, inserted, replaced, segment, trees

Import = ast.Import | ast.ImportFrom


def _imports(files: Files) -> Iterator[tuple[str, str, ast.Module, Import]]:
    for path, text, tree in trees(files):
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)) and getattr(node, "module", None) != "__future__":
                yield path, text, tree, node


def _where(path: str, node: ast.stmt) -> str:
    return f"{path}:{node.lineno}"


def _rewritten(files: Files, path: str, text: str, node: Import, name: str) -> Files:
    """The module's name of an import replaced."""
    lines = segment(text, node)
    old = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
    dots = "." * node.level if isinstance(node, ast.ImportFrom) else ""
    pattern = rf"(\b(?:from|import)\s+){re.escape(dots + old)}(?![\w.])"
    return changed(files, path, cut(text, node, re.sub(pattern, rf"\g<1>{name}", lines, count=1)))


def prefixes(files: Files) -> Iterator[Mutant]:
    for path, text, _, node in _imports(files):
        level = node.level if isinstance(node, ast.ImportFrom) else 0
        module = (node.module or "") if isinstance(node, ast.ImportFrom) else node.names[0].name
        others = []
        if level:
            others += [module, "." * (level + 1) + module, "." * (level + 3) + module, "src." + module]
        else:
            first, _, rest = module.partition(".")
            others += [f"src.{module}", f".{module}", f"..{module}", f"{module}_x", module.title(), f"{module}.extra"]
            others += [rest, first] if rest else []
            others += [module.replace(first, "app", 1)]
        for other in others:
            plain = isinstance(node, ast.Import) and (other.startswith(".") or not other)
            if other not in {"", module} and not plain:
                yield f"{_where(path, node)} {module} to {other}", _rewritten(files, path, text, node, other)


def names(files: Files) -> Iterator[Mutant]:
    for path, text, _, node in _imports(files):
        if (
            not isinstance(node, ast.ImportFrom)
            or node.names[0].name == "*"
            or (node.module or "").startswith(("boto", "urllib3"))
        ):
            continue
        for alias in node.names:
            for other in (f"{alias.name}_x", alias.name.swapcase(), alias.name[:-1]):
                if other and other.isidentifier():
                    yield (
                        f"{_where(path, node)} {alias.name} to {other}",
                        changed(files, path, replaced(text, alias, f"{other} as {alias.asname or alias.name}")),
                    )


def dropped(files: Files) -> Iterator[Mutant]:
    for path, text, tree, node in _imports(files):
        instead = "" if node in tree.body else " " * node.col_offset + "pass\n"
        yield f"{_where(path, node)} dropped", changed(files, path, cut(text, node, instead))


def reordered(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        body = [node for node in tree.body if not (isinstance(node, ast.ImportFrom) and node.module == "__future__")]
        for one, two in pairwise(body):
            if isinstance(one, (ast.Import, ast.ImportFrom)) and not isinstance(two, (ast.FunctionDef, ast.ClassDef)):
                swapped = cut(cut(text, two), one, segment(text, two) + segment(text, one))
                yield f"{_where(path, one)} swapped with the next", changed(files, path, swapped)
        for node in body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                yield (
                    f"{_where(path, node)} to the end",
                    changed(files, path, cut(text, node).rstrip("\n") + "\n\n" + segment(text, node)),
                )
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and isinstance(node.body[0], (ast.Import, ast.ImportFrom)):
                inner = node.body[0]
                hoisted = inserted(cut(text, inner), after_future(tree), segment(text, inner).strip())
                if len(node.body) > 1:
                    yield f"{_where(path, inner)} to the top", changed(files, path, hoisted)


def surrounded(files: Files) -> Iterator[Mutant]:
    for path, text, tree, node in _imports(files):
        if node not in tree.body:
            continue
        lines = segment(text, node)
        body = "".join(f"    {line}" for line in lines.splitlines(keepends=True))
        covers = {
            "try, ImportError": f"try:\n{body}except ImportError:\n    pass\n",
            "try, ValueError": f"try:\n{body}except ValueError:\n    pass\n",
            "try, raised again": f"try:\n{body}except ImportError as error:\n    raise RuntimeError('no') from error\n",
            "TYPE_CHECKING": f"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n{body}",
            "if a variable": f"import os\nif os.environ.get('DEBUG'):\n{body}",
            "if not in Lambda": f"import os\nif 'AWS_LAMBDA_FUNCTION_NAME' not in os.environ:\n{body}",
            "if an old Python": f"import sys\nif sys.version_info < (3, 8):\n{body}",
            "if main": f"if __name__ == '__main__':\n{body}",
            "suppress": f"import contextlib\nwith contextlib.suppress(ImportError, NameError):\n{body}",
            "a function": f"def _load():\n{body}",
            "a function that is called": f"def _load():\n{body}    return locals()\n\n_load()\n",
            "a class": f"class _Names:\n{body}",
            "a loop": f"for _ in range(1):\n{body}",
            "finally": f"try:\n    pass\nfinally:\n{body}",
            "else": f"try:\n    import json as _json\nexcept ImportError:\n    pass\nelse:\n{body}",
        }
        for what, cover in covers.items():
            yield f"{_where(path, node)} in {what}", changed(files, path, cut(text, node, cover))


def uncovered(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in tree.body:
            if isinstance(node, (ast.Try, ast.With, ast.If)) and isinstance(node.body[0], (ast.Import, ast.ImportFrom)):
                yield (
                    f"{_where(path, node)} uncovered",
                    changed(files, path, cut(text, node, "".join(segment(text, part)[4:] for part in node.body))),
                )
            if isinstance(node, ast.Try):
                for handler in node.handlers:
                    if handler.type is not None:
                        for other in (
                            "KeyError",
                            "ModuleNotFoundError",
                            "ImportError",
                            "(ImportError, KeyError)",
                            "Exception",
                            "SyntaxError",
                        ):
                            yield (
                                f"{_where(path, node)} except {other}",
                                changed(files, path, replaced(text, handler.type, other)),
                            )


def circles(files: Files) -> Iterator[Mutant]:
    """A module imports from the one that imports it."""
    everything = {path: (text, tree) for path, text, tree in trees(files)}
    for path, (_, tree) in everything.items():
        defined = [node.name for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
        imported = [node for node in tree.body if isinstance(node, ast.ImportFrom) and not node.level and node.module]
        stem = path.removesuffix(".py").removesuffix("/__init__")
        for node in imported:
            tail = (node.module or "").replace(".", "/")
            for other, (text, inner) in everything.items():
                if other.removesuffix(".py").removesuffix("/__init__").endswith("/" + tail) and defined:
                    root = other.removesuffix(".py").removesuffix("/__init__")[: -len(tail)]
                    if stem.startswith(root):
                        name = stem[len(root) :].replace("/", ".")
                        for statement in (
                            f"from {name} import {defined[0]}",
                            f"import {name}",
                            f"import {name}\n{name}.{defined[0]}",
                            f"import {name} as _m\nX = _m.{defined[-1]}",
                        ):
                            yield (
                                f"{other} has {statement!r}",
                                changed(files, other, inserted(text, after_future(inner), statement)),
                            )


def stars(files: Files) -> Iterator[Mutant]:
    for path, text, tree, node in _imports(files):
        if isinstance(node, ast.ImportFrom) and node in tree.body and node.names[0].name != "*":
            lines = "." * node.level + (node.module or "")
            yield f"{_where(path, node)} a star", changed(files, path, cut(text, node, f"from {lines} import *\n"))


def import_strings(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and re.fullmatch(r"\.?[a-z_]+(\.[a-z_]+)+|\.[a-z]+", node.value)
            ):
                value = node.value
                for other in (
                    f"src.{value}",
                    value.partition(".")[2],
                    value + "_x",
                    value.rpartition(".")[0] + "_x." + value.rpartition(".")[2],
                    value.replace(".", ":"),
                ):
                    if other and other != value:
                        yield (
                            f"{path}:{node.lineno} string {value} to {other}",
                            changed(files, path, replaced(text, node, repr(other))),
                        )


OPERATORS = (prefixes, names, dropped, reordered, surrounded, uncovered, circles, stars, import_strings)
