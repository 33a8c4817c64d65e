"""Write ``src/vartask/data/stdlib_classes.txt``: the attributes of the standard library's classes and their objects.

Sources: CPython 3.9 to 3.13 themselves, each asked by ``_stdlib_classes_snapshot.py``, and typeshed as mypy has it, for
other platforms and versions and for what functions return.

    pip install mypy && python scripts/refresh_stdlib_classes.py [DIRECTORY]

DIRECTORY has the interpreters as ``3.X.Y/bin/python`` (pyenv's layout); the default is ``~/.pyenv/versions``.

Everything that any version has is written without the version: only the absence has to be certain.
"""

from __future__ import annotations

import ast
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src" / "vartask" / "data" / "stdlib_classes.txt"
MODULES = ROOT / "src" / "vartask" / "data" / "stdlib.txt"
MINORS = range(9, 14)

LEFT_OUT = frozenset(
    "__main__ antigravity ast ctypes distutils encodings enum idlelib lib2to3 test this tkinter turtle "  # noqa: SIM905
    "turtledemo typing unittest".split()
)
"""Modules whose classes are not what they look like, and those that no function uses."""


FILLED_BY_OTHERS = frozenset(
    {
        "_thread._local",
        "argparse.Namespace",
        "configparser.RawConfigParser",
        "functools.partial",
        "logging.LogRecord",
        "threading.local",
        "types.SimpleNamespace",
    }
)
"""Classes whose objects get attributes from other code than their own."""


@dataclass
class Kind:
    """One class over all versions."""

    bases: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    called: str = ""
    open: bool = False
    exact: bool = True


@dataclass
class Table:
    """``public`` maps how a class is written to how it calls itself; ``returns`` a function to such a class."""

    kinds: dict[str, Kind] = field(default_factory=dict)
    public: dict[str, str] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)


def modules() -> list[str]:
    """Public modules that the table of names knows."""
    words = [line.split(" ")[0].partition("@")[0] for line in MODULES.read_text(encoding="ascii").splitlines()]
    return [
        name
        for name in words
        if name != "#"
        and name.partition(".")[0] not in LEFT_OUT
        and not any(p.startswith("_") for p in name.split("."))
    ]


def observe(table: Table, python: Path) -> None:
    """Take in what one interpreter has."""
    command = [str(python), "-I", "-S", "-W", "ignore", str(ROOT / "scripts" / "_stdlib_classes_snapshot.py")]
    text = json.dumps(modules())
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd="/", timeout=600)
    answer = json.loads(done.stdout)
    for name, seen in answer["classes"].items():
        kind = table.kinds.setdefault(name, Kind())
        kind.bases.update(seen["bases"])
        kind.names.update(seen["names"])
        kind.open = kind.open or seen["open"] or name in FILLED_BY_OTHERS
        kind.called = seen["called"]
        kind.exact = kind.exact and seen["exact"]
    for written, name in answer["public"].items():
        if table.public.setdefault(written, name) != name:
            # Another class in another version: both names' attributes count.
            table.kinds[table.public[written]].bases.add(name)


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements of every version and platform."""
    for node in body:
        if isinstance(node, ast.If):
            yield from _statements([*node.body, *node.orelse])
        else:
            yield node


def _named(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def declare(table: Table, module: str, path: Path) -> None:
    """Take in what typeshed says of one module."""
    functions: dict[str, list[ast.FunctionDef]] = {}
    for node in _statements(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(node, ast.ClassDef):
            kind = table.kinds.get(table.public.get(f"{module}.{node.name}", f"{module}.{node.name}"))
            if kind is not None:
                inner = list(_statements(node.body))
                kind.names.update(name for item in inner for name in _named(item))
                made = [item for item in inner if isinstance(item, ast.FunctionDef) and item.name == "__new__"]
                if made and all(item.returns is not None and ast.unparse(item.returns) == "Self" for item in made):
                    kind.exact = True
        elif isinstance(node, ast.FunctionDef):
            functions.setdefault(node.name, []).append(node)
    for name, defined in functions.items():
        told = {ast.unparse(one.returns) if one.returns is not None else "" for one in defined}
        (first, *others) = told
        kind_name = table.public.get(f"{module}.{first}")
        if not others and kind_name is not None and not name.startswith("_"):
            table.returns[f"{module}.{name}"] = kind_name


def stubs(directory: Path) -> Iterator[tuple[str, Path]]:
    """Every stub with its module's name."""
    for path in sorted(directory.rglob("*.pyi")):
        parts = path.relative_to(directory).with_suffix("").parts
        yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def lines(table: Table) -> Iterator[str]:
    """Classes, then other names of classes, then functions; the format is told in ``stdlib_classes.py``."""
    for name, kind in sorted(table.kinds.items()):
        own = kind.called if kind.called != name.rpartition(".")[2] else ""
        flags = "*" * kind.open + "!" * kind.exact + own
        names = sorted(one for one in kind.names if not (one.startswith("__") and one.endswith("__")))
        yield " ".join([name, flags or "-", *sorted(kind.bases - {name}), ":", *names])
    for written, name in sorted(table.public.items()):
        if written != name:
            yield f"={written} {name}"
    for function, name in sorted(table.returns.items()):
        yield f">{function} {name}"


def main() -> None:
    """Ask every interpreter, then typeshed."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.home() / ".pyenv" / "versions"
    spec = importlib.util.find_spec("mypy")
    if spec is None or spec.origin is None:
        sys.exit("mypy is not installed")
    table = Table()
    for minor in MINORS:
        found = sorted(directory.glob(f"3.{minor}.*/bin/python"))
        if not found:
            sys.exit(f"no interpreter for 3.{minor} below {directory}")
        observe(table, found[-1])
    wanted = set(modules())
    for module, path in stubs(Path(spec.origin).parent / "typeshed" / "stdlib"):
        if module in wanted or module.partition(".")[0].startswith("_"):
            declare(table, module, path)
    head = "# Generated by scripts/refresh_stdlib_classes.py; do not edit.  Read by stdlib_classes.py beside it.\n"
    TARGET.write_text(head + "\n".join(lines(table)) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
