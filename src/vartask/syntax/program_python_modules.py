"""Which file of the project a Python program means by a module's name."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from vartask.model import Span
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax import program as tree
from vartask.syntax.program_python import read_python
from vartask.syntax.program_values import Constant, Value, absolute

_INIT = "__init__.py"
_OTHERS = frozenset({"aws_cdk", "aws_cdk_lib", "constructs", "jsii", "pulumi", "pulumi_aws", "pulumi_awsx", "boto3"})
"""Packages that a directory of the same name without ``__init__.py`` does not hide (PEP 420: it is only asked last)."""


@dataclass
class PythonSources:
    """The files of a Python program that starts with ``entry``; ``roots`` are the directories on ``sys.path``.

    Python puts the directory of the script there, or with ``-m`` the one that it runs in
    (https://docs.python.org/3/library/sys_path_init.html); the other roots are what the project has installed itself
    with (``src``), or what it is run with.
    """

    project: Project
    entry: str
    roots: Sequence[str]
    _modules: dict[str, tree.Module | None] = field(default_factory=dict)

    def module(self, path: str) -> tree.Module | None:
        """The tree of a file; ``None`` when it cannot be read."""
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: str) -> tree.Module | None:
        if not path.endswith(".py"):
            return None
        try:
            return read_python(self.project.read_bytes(path), path)
        except Unreadable:
            return None

    def locate(self, importer: str, name: str) -> str | None:
        """The project's file for a module; that of a package without ``__init__.py`` is where it would stand."""
        for base, rest in self._places(importer, name):
            found = self._below(base, rest)
            if found is not None:
                return found
        return None

    def globals(self, path: str) -> dict[str, Value]:
        """What every module knows of itself."""
        span = Span(path)
        name = "__main__" if path == self.entry else posixpath.basename(path).removesuffix(".py")
        return {"__file__": Constant(absolute(path), span), "__name__": Constant(name, span)}

    def _places(self, importer: str, name: str) -> Iterator[tuple[str, str]]:
        """Directories with what is to be found below them."""
        dots = len(name) - len(name.lstrip("."))
        if not dots:
            yield from ((root, name) for root in self.roots)
            return
        package = posixpath.dirname(importer) or "."
        for _ in range(dots - 1):
            package = posixpath.dirname(package) or "."
        yield package, name[dots:]

    def _below(self, base: str, name: str) -> str | None:
        path = base
        for part in name.split(".") if name else ():
            path = part if path == "." else f"{path}/{part}"
        package = posixpath.normpath(f"{path}/{_INIT}")
        if self.project.is_file(package):
            return package
        if name and self.project.is_file(f"{path}.py"):
            return f"{path}.py"
        spoken_for = name.partition(".")[0] in _OTHERS
        return package if self.project.is_dir(path) and not spoken_for and self._holds_python(path) else None

    def _holds_python(self, directory: str) -> bool:
        """Whether a directory without ``__init__.py`` is meant as a package: it or a directory in it has modules."""
        entries = self.project.listdir(directory)
        return any(name.endswith(".py") for name in entries) or any(
            one.endswith(".py")
            for name, entry in entries.items()
            if entry.kind == "d"
            for one in self.project.listdir(f"{directory}/{name}")
        )
