"""The project's test files: each parsed when somebody asks for it, and few of them held at once."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from vartask.imports.context_facts import NameIndex, index_names
from vartask.imports.library import Library
from vartask.patterns import regex
from vartask.project import Unreadable
from vartask.records import dataclass, field

_KEPT: Final = 20
"""Files that stay when the next one is looked at, a quarter of a megabyte each: what the tests of a directory share."""

_WORD: Final = regex(rb"\w+")


def is_test_file(path: str) -> bool:
    """Whether pytest or unittest would take the file, or it stands among tests."""
    name = posixpath.basename(path)
    if not name.endswith(".py"):
        return False
    among = {"tests", "test"} & set(path.split("/")[:-1])
    return bool(among) or name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"


@dataclass(frozen=True, slots=True, eq=False)
class ParsedTest:
    """A test file; ``read`` has the attributes that it reads, once somebody has asked for them."""

    path: str
    tree: ast.Module
    names: NameIndex
    read: set[str] = field(default_factory=set)


class ProjectTests:
    """``parse`` gives the tree of one of the ``paths``, ``None`` for a file that cannot be parsed."""

    def __init__(self, paths: Iterable[str], parse: Callable[[str], ast.Module | None]) -> None:
        self._parse = parse
        self._paths: dict[str, list[str]] = {}
        for path in paths:
            self._paths.setdefault(posixpath.basename(path), []).append(path)
        self._parsed: dict[str, ParsedTest | None] = {}

    def get(self, path: str) -> ParsedTest | None:
        """A test file; ``None`` where there is none, or none that can be parsed."""
        if path not in self._paths.get(posixpath.basename(path), ()):
            return None
        # The last one that was asked for comes last.
        known = self._parsed.pop(path) if path in self._parsed else self._made(path)
        self._parsed[path] = known
        return known

    def ending(self, tail: str) -> list[ParsedTest]:
        """The test files whose paths end with these components."""
        same_name = self._paths.get(posixpath.basename(tail), ())
        found = (self.get(path) for path in same_name if f"/{path}".endswith(f"/{tail}"))
        return [file for file in found if file is not None]

    def forget(self) -> None:
        """Let go of all but the last files.

        To be called between files: what is found for one goes by the identity of nodes.
        """
        for path in list(self._parsed)[:-_KEPT]:
            del self._parsed[path]

    def _made(self, path: str) -> ParsedTest | None:
        tree = self._parse(path)
        return None if tree is None else ParsedTest(path, tree, index_names(tree.body))


def mentioning(attributes: Iterable[str], library: Library) -> list[str]:
    """The test files that mention one of these names; a conftest.py may hold a fixture for any test."""
    names = {attribute.encode() for attribute in attributes}
    return [
        path
        for path in library.project.files
        if is_test_file(path) and (posixpath.basename(path) == "conftest.py" or library.mentions(path, names))
    ]


def naming_a_module(paths: Iterable[str], modules: Iterable[str], library: Library) -> Iterator[str]:
    """Those of the test files that may import one of these source files: they name the last component of its module."""
    names = {name for source in modules for name in _last_components(source)}
    words = {name.encode() for name in names if _WORD.fullmatch(name.encode())}
    # What is no word is looked for as it is; what Unicode writes in several ways counts as found.
    others = [name.encode() if name.isascii() else b"" for name in names if name.encode() not in words]
    for path in paths:
        try:
            data = library.project.read_bytes(path)
        except Unreadable:
            continue
        if not words.isdisjoint(_WORD.findall(data)) or any(other in data for other in others):
            yield path


def _last_components(source: str) -> tuple[str, ...]:
    directory, name = posixpath.split(source)
    stem = name.removesuffix(".py")
    return (posixpath.basename(directory), stem) if stem == "__init__" else (stem,)


def tree_alone(path: str, library: Library) -> ast.Module | None:
    """The syntax tree of a test file, which the library does not keep: nobody else asks for it."""
    tree = library.parsed(path).tree
    library.forget(0)
    return tree
