"""Print as JSON what every Python file below some directories certainly imports when it is imported, in order.

Run by ``refresh_stdlib_imports.py`` with the interpreter that is asked about.  Nothing is imported: files are parsed.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SKIPPED = {
    "test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo", "ensurepip", "pydoc_data", "site-packages",
    "lib-dynload", "__pycache__", "distutils", "msilib",
}  # fmt: skip


def modules(root: str, tops: set[str]) -> Iterator[tuple[str, str, bool]]:
    """Dotted names with their files and whether they are packages."""
    for directory, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name not in SKIPPED and name.isidentifier())
        package = os.path.relpath(directory, root).replace(os.sep, ".")
        package = "" if package == "." else package
        if package and not os.path.exists(os.path.join(directory, "__init__.py")):
            names[:] = []
            continue
        for name in sorted(files):
            if not name.endswith(".py") or not name[:-3].isidentifier():
                continue
            is_package = name == "__init__.py"
            full = package if is_package else ".".join(filter(None, (package, name[:-3])))
            if full and (not tops or full.split(".")[0] in tops):
                yield full, os.path.join(directory, name), is_package


def evaluated(node: ast.stmt, *, lazy: bool) -> list[ast.AST]:
    """The expressions that a statement certainly evaluates when it is reached; ``lazy`` leaves annotations out."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *node.keywords]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = node.args
        defaults = [*arguments.defaults, *(item for item in arguments.kw_defaults if item is not None)]
        named = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
        annotations = [item.annotation for item in named if item is not None and item.annotation is not None]
        annotations += [node.returns] if node.returns is not None else []
        return [*node.decorator_list, *defaults, *([] if lazy else annotations)]
    if isinstance(node, ast.With):
        return [item.context_expr for item in node.items]
    if isinstance(node, ast.If):
        return [node.test]
    if isinstance(node, ast.AnnAssign):
        return [item for item in (node.value, None if lazy else node.annotation) if item is not None]
    return [node.value] if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr)) else []


class Reader:
    """One module: its certain imports, and the attributes of modules that it takes while it is imported."""

    def __init__(self, full: str, is_package: bool) -> None:
        self.package = full.split(".") if is_package else full.split(".")[:-1]
        self.modules: dict[str, str] = {}
        self.lazy = False

    def needs(self, body: list[ast.stmt]) -> Iterator[str]:
        """What runs whatever happens, in order."""
        for node in body:
            if isinstance(node, ast.Raise):
                return
            yield from self.statement(node)

    def statement(self, node: ast.stmt) -> Iterator[str]:
        """What one statement needs."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name
                if alias.asname or "." not in alias.name:
                    self.modules[alias.asname or alias.name] = alias.name
        elif isinstance(node, ast.ImportFrom):
            self.lazy = self.lazy or node.module == "__future__"
            yield self.from_import(node)
        elif isinstance(node, (ast.ClassDef, ast.With)):
            yield from self.attributes(evaluated(node, lazy=self.lazy))
            yield from self.needs(node.body)
        elif isinstance(node, ast.Try):
            yield from [] if node.handlers else self.needs(node.body)
        else:
            yield from self.attributes(evaluated(node, lazy=self.lazy))
            self.forget(node)

    def from_import(self, node: ast.ImportFrom) -> str:
        """``package.module:name,name``."""
        module = node.module or ""
        if node.level:
            parts = self.package[: len(self.package) - node.level + 1]
            module = ".".join([*parts, module]) if module else ".".join(parts)
        names = [alias.name for alias in node.names if alias.name != "*"]
        return module + (":" + ",".join(names) if names else "")

    def forget(self, node: ast.stmt) -> None:
        """A name that is assigned is no module any more."""
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                self.modules.pop(part.id, None)

    def attributes(self, expressions: list[ast.AST]) -> Iterator[str]:
        """``module.attribute!`` for what the expressions certainly take from modules, in no order within one."""
        pending = list(reversed(expressions))
        while pending:
            node = pending.pop()
            if isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
                continue
            if isinstance(node, (ast.IfExp, ast.BoolOp)):
                pending.append(node.test if isinstance(node, ast.IfExp) else node.values[0])
                continue
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in self.modules:
                yield self.modules[node.value.id] + "." + node.attr + "!"
                continue
            pending.extend(reversed(list(ast.iter_child_nodes(node))))


def main() -> None:
    """``ROOT [TOP ...]``: the directory, and the top-level names that are wanted."""
    root, tops = sys.argv[1], set(sys.argv[2:])
    found = {}
    for full, path, is_package in modules(root, tops):
        with open(path, "rb") as stream:
            try:
                tree = ast.parse(stream.read())
            except SyntaxError:
                continue
        found[full] = list(dict.fromkeys(Reader(full, is_package).needs(tree.body)))
    print(json.dumps(found))


main()
