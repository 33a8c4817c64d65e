"""Mutants of the code itself: names cut or misspelt, errors at import, handlers that cannot be called."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from mutants.sources import Files, Mutant, after_future, changed, code, cut, inserted, replaced, segment, trees

RAISING = (
    "raise RuntimeError('not configured')", "import os\nos.environ['MISSING_VARIABLE']", "1 / 0", "undefined_name",
    "assert False, 'never'", "import sys\nsys.exit(3)", "int('x')", "raise ImportError('custom text')", "raise ValueError",
    "{}['key']", "[][0]", "None.attribute", "import json\njson.loadz", "open('/nonexistent/file.txt')", "def f(x): return x\nf()",
    "class A(B): pass", "@missing\ndef g(): pass", "def h(a=later): pass\nlater = 1", "raise KeyError('TABLE')", "x: Unknown = 1",
    "raise SystemExit('bye')", "raise Exception", "import os\nTABLE = os.environ['TABLE_NAME']", "raise NotImplementedError()",
    "del nothing", "print(undefined_name)", "exit()", "from os import nothing_here", "import os.nothing_here", "import no_such_module",
)  # fmt: skip

HARMLESS = (
    "def unused(): return undefined_name", "undefined_name = 1", "if False: undefined_name", "x: 'Unknown' = None",
    "try:\n    undefined_name\nexcept NameError:\n    pass", "lambda: undefined_name", "import os\nos.environ.get('MISSING')",
    "class C:\n    def m(self) -> 'Unknown': return undefined_name", "__import__('json')", "import logging.handlers",
    "from os import path, environ", "import xml.etree.ElementTree as ET", "import collections.abc", "y = [z for z in range(3)]",
    "import importlib.util\nimportlib.util.find_spec('nothing')", "globals()['late'] = 1", "import json as j, os as o",
    "try:\n    import no_such_module\nexcept ImportError as error:\n    reason = str(error)", "print('hello')",
    "for unit in ():\n    import no_such_module", "while False:\n    import no_such_module", "import sys; sys.setrecursionlimit(5000)",
    "try:\n    raise ValueError\nexcept ValueError:\n    pass", "w = __name__ + __file__ + str(__spec__)", "if 0:\n    raise ValueError",
)  # fmt: skip

SYNTAX = (
    "def f(:\n    pass", "match 1:\n    case 1: pass", "type X = int", "try:\n    pass\nexcept* ValueError:\n    pass",
    "with (open('/dev/null') as a, open('/dev/null') as b):\n    pass", "print 'hello'", "if True:\npass", "x = (1,\n",
    "def g[T](x: T): return x", "q = f\"{'a' + \"b\"}\"", "return 1", "async def f():\n    await x\nawait y", "x = 08", "'unclosed",
    "class C\n    pass", "if True:\n\tx = 1\n        y = 2", "from __future__ import nothing", "break", "nonlocal x", "lambda: (yield)",
)  # fmt: skip


def statements_dropped(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in tree.body:
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                yield f"{path}:{node.lineno} dropped", changed(files, path, cut(text, node))


def definitions_renamed(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("__"):
                old = f"{'class' if isinstance(node, ast.ClassDef) else 'def'} {node.name}"
                yield f"{path}: {old} renamed", changed(files, path, text.replace(old, old + "_renamed", 1))
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                yield (
                    f"{path}:{node.lineno} {node.targets[0].id} renamed",
                    changed(files, path, replaced(text, node.targets[0], node.targets[0].id + "_RENAMED")),
                )


def attributes(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Attribute)
                and node.lineno == node.end_lineno
                and isinstance(node.value, (ast.Name, ast.Attribute))
            ):
                line = text.splitlines()[node.lineno - 1].encode()[node.col_offset : node.end_col_offset].decode()
                yield f"{path}:{node.lineno} {line}_x", changed(files, path, replaced(text, node, line + "_x"))


def moved_into_class(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in tree.body:
            if isinstance(node, ast.FunctionDef):
                body = "".join(f"    {line}" for line in segment(text, node).splitlines(keepends=True))
                yield (
                    f"{path}: {node.name} into a class",
                    changed(files, path, cut(text, node, f"class Holder:\n{body}")),
                )


def exports(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for node in tree.body:
            if (
                isinstance(node, ast.Assign)
                and getattr(node.targets[0], "id", "") == "__all__"
                and isinstance(node.value, ast.List)
            ):
                kept = [element.value for element in node.value.elts if isinstance(element, ast.Constant)]
                for other in ([*kept, "nowhere"], kept[1:], kept[:-1], [], [1]):
                    yield f"{path}: __all__ = {other}", changed(files, path, cut(text, node, f"__all__ = {other}\n"))
        if "__all__" not in text:
            yield f"{path}: an empty __all__", changed(files, path, text + "\n__all__ = []\n")
            yield f"{path}: __all__ with a stranger", changed(files, path, text + "\n__all__ = ['nowhere']\n")


def statements_added(files: Files) -> Iterator[Mutant]:
    for path, text, tree in trees(files):
        for statement in (*RAISING, *HARMLESS, *SYNTAX):
            yield (
                f"{path} begins with {statement!r}",
                changed(files, path, inserted(text, after_future(tree), statement)),
            )
        for statement in (*RAISING[:12], *HARMLESS[:6]):
            yield f"{path} ends with {statement!r}", changed(files, path, text + "\n" + statement + "\n")
            yield (
                f"{path} ends with {statement!r} in a guard",
                changed(
                    files,
                    path,
                    text
                    + "\ntry:\n"
                    + "".join(f"    {line}\n" for line in statement.splitlines())
                    + "except Exception:\n    pass\n",
                ),
            )


def encodings(files: Files) -> Iterator[Mutant]:
    for path in code(files):
        yield f"{path} begins with a BOM", changed(files, path, "\ufeff" + files[path])
        yield f"{path} has a NUL", changed(files, path, files[path] + "\n\0\n")
        yield f"{path} is latin-1 by its word", changed(files, path, "# -*- coding: latin-1 -*-\n" + files[path])
        yield f"{path} is of an unknown encoding", changed(files, path, "# -*- coding: nothing -*-\n" + files[path])


def handlers(files: Files) -> Iterator[Mutant]:
    """Handlers that the runtime imports and cannot use."""
    for path, text, tree in trees(files):
        for node in tree.body:
            if not isinstance(node, ast.FunctionDef) or [argument.arg for argument in node.args.args] != [
                "event",
                "context",
            ]:
                continue
            yield (
                f"{path}: {node.name} asynchronous",
                changed(files, path, text.replace(f"def {node.name}(", f"async def {node.name}(")),
            )
            for other in (
                "(event)",
                "()",
                "(event, context, more)",
                "(self, event, context)",
                "(*, event, context)",
                "(event, context=None)",
                "(*args)",
                "(**options)",
                "(event, /, context, *, key=1)",
            ):
                yield (
                    f"{path}: {node.name}{other}",
                    changed(files, path, text.replace(f"{node.name}(event, context)", f"{node.name}{other}")),
                )
            for value in (
                "{1, 2}",
                "object()",
                "lambda: 1",
                "b'x'",
                "(1, 2)",
                "{'a': {1}}",
                "{(1, 2): 3}",
                "...",
                "print",
                "Exception('x')",
                "range(3)",
                "None",
            ):
                first = node.body[0]
                yield (
                    f"{path}: {node.name} returns {value}",
                    changed(files, path, inserted(text, first.lineno - 1, f"    return {value}")),
                )


OPERATORS = (
    statements_dropped,
    definitions_renamed,
    attributes,
    moved_into_class,
    exports,
    statements_added,
    encodings,
    handlers,
)
