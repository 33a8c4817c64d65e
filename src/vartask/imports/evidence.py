"""What the repository says about a name that the artifact lacks: which files it means, and where they went."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from vartask.imports.copy_steps import CopySteps
from vartask.imports.install_steps import InstallSteps
from vartask.imports.resolve import Found, Resolver
from vartask.imports.variables import Variables
from vartask.model import FileTree, ImportFact, Relocation, Span
from vartask.project import Project
from vartask.seen import Once

_NOT_SOURCE = frozenset(
    {
        "tests", "test", "node_modules", "site-packages", "dist-packages", "cdk.out", ".aws-sam", ".serverless",
        "build", "dist", ".venv", "venv", "docs", "examples",
    }
)  # fmt: skip
"""Directories whose modules nobody means when a function imports a name, unless the importer stands there too."""


class Sources:
    """The project's Python modules by name, made once per run."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.install_steps = InstallSteps(project)
        self.copy_steps = CopySteps(project)
        self.variables = Variables(project)
        self._by_stem = Once(project.questions)

    @property
    def by_stem(self) -> dict[str, list[str]]:
        """Last component of a module's path -> module paths (``a/b`` for ``a/b.py`` and ``a/b/__init__.py``)."""
        return self._by_stem.get(None, self._stems)

    def _stems(self) -> dict[str, list[str]]:
        index: dict[str, list[str]] = defaultdict(list)
        directories: set[str] = set()
        for path in self.project.files:
            if path.endswith(".py"):
                module = _module_path(path)
                index[posixpath.basename(module)].append(path)
                parent = posixpath.dirname(path)
                while parent and parent not in directories:
                    directories.add(parent)
                    index[posixpath.basename(parent)].append(parent)
                    parent = posixpath.dirname(parent)
        return index


class Evidence:
    """Answers for one function: ``base`` is the directory that its definition and its code have in common.

    ``followed`` says that its package is what a build script was seen to put together, command by command.
    """

    def __init__(
        self, sources: Sources, tree: FileTree, resolver: Resolver, base: str, *, followed: bool = False
    ) -> None:
        self.followed = followed
        self.sources = sources
        self.tree = tree
        self.resolver = resolver
        self.base = base

    def candidates(self, name: str, importer: str) -> tuple[str, ...]:
        """The project's files that the dotted name means, nearest to the importing file first.

        A file counts when the directory that the name starts from is one that development puts on the path: an
        ancestor of the importing file, or a place inside the function's own project for a name of several components.
        """
        tail = name.replace(".", "/")
        found: dict[str, None] = {}
        for path in self._ancestors(tail, importer):
            found[path] = None
        for path in self.sources.by_stem.get(posixpath.basename(tail), ()):
            root = _root_of(path, tail)
            if root is not None and path != importer and self._plausible(root, tail, importer):
                found[path] = None
        return tuple(sorted(found, key=lambda path: (-_common(path, importer), path)))

    def may_give(self, path: str, fact: ImportFact) -> bool:
        """Whether what stands at a path can be what a ``from`` import means.

        A directory without ``__init__.py`` gives its modules and nothing else: ``from flask import Flask`` is not about
        a directory ``flask`` in which a function's own code stands.
        """
        if path.endswith(".py") or fact.names is None:
            return True
        entries = self.sources.project.listdir(path)
        names = [name for name, _ in fact.names]
        return "__init__.py" in entries or any(
            name == "*" or name in entries or f"{name}.py" in entries for name in names
        )

    def _ancestors(self, tail: str, importer: str) -> Iterator[str]:
        """Files outside the checked directories count too when an ancestor directory of the importer holds them."""
        project = self.sources.project
        directory = posixpath.dirname(importer)
        while True:
            for path in (posixpath.join(directory, f"{tail}.py"), posixpath.join(directory, tail, "__init__.py")):
                if path != importer and project.is_file(path):
                    yield path
            if directory in {"", "/"}:
                return
            directory = posixpath.dirname(directory)

    def _plausible(self, root: str, tail: str, importer: str) -> bool:
        parts = set(posixpath.join(root, tail).split("/")) & _NOT_SOURCE
        if parts - set(importer.split("/")):
            return False
        if root == "" or importer.startswith(root + "/"):
            return True
        inside = self.base in {".", root} or root.startswith(self.base + "/")
        return inside and ("/" in tail or posixpath.basename(root) in {"src", "lib", "python", "layer", "layers"})

    # -- the same file under another name ---------------------------------------------------------

    def relocation(self, name: str) -> Relocation | None:
        """The file that the name means, when the artifact has it under another importable name."""
        tail = name.replace(".", "/")
        for source, path in self._placed.get(posixpath.basename(tail), ()):
            if _root_of(source, tail) is None and _root_of(self._named_root + source, tail) is None:
                continue
            importable = self.importable(path)
            if importable is not None and importable != name:
                return Relocation(name, importable, source)
        return None

    @cached_property
    def _named_root(self) -> str:
        return posixpath.basename(self.sources.project.root) + "/"

    @cached_property
    def _placed(self) -> dict[str, list[tuple[str, str]]]:
        """Stem -> (project path, artifact path) of every module and package directory."""
        index: dict[str, list[tuple[str, str]]] = defaultdict(list)
        directories: dict[tuple[str, str], None] = {}
        for source, paths in self.tree.by_source.items():
            if not source.endswith(".py"):
                continue
            for path in paths:
                index[posixpath.basename(_module_path(source))].append((source, path))
                here, there = posixpath.dirname(source), posixpath.dirname(path)
                while here and there != "/" and (here, there) not in directories:
                    directories[here, there] = None
                    if posixpath.basename(here) != posixpath.basename(there):
                        break
                    here, there = posixpath.dirname(here), posixpath.dirname(there)
        for here, there in directories:
            index[posixpath.basename(here)].append((here, there))
        return index

    def importable(self, path: str) -> str | None:
        """The dotted name by which the runtime finds the file or directory at an artifact path."""
        module = _module_path(path)
        for directory in (*self.resolver.path.directories, *self.resolver.added):
            prefix = directory.rstrip("/") + "/"
            if module.startswith(prefix):
                name = module[len(prefix) :].replace("/", ".")
                if all(part.isidentifier() for part in name.split(".")):
                    found = self.resolver.find(name)
                    if isinstance(found, Found) and found.module.path == path:
                        return name
        return None

    def generated(self, name: str, importer: str) -> bool:
        """Whether git ignores the file that the name would mean beside or above the importer: a build step makes it."""
        tail = name.replace(".", "/")
        directory = posixpath.dirname(importer)
        project = self.sources.project
        while directory != "/":
            if any(project.ignored(posixpath.join(directory, end)) for end in (f"{tail}.py", f"{tail}/__init__.py")):
                return True
            if not directory:
                return False
            directory = posixpath.dirname(directory)
        return False

    def installed_by(self) -> Span | None:
        """A step that may install distributions into the package before it is made."""
        return None if self.followed else self.sources.install_steps.near(self.base)

    def copied_by(self, name: str) -> Span | None:
        """A build script's line that may bring a top-level module of this name into the package."""
        return None if self.followed else self.sources.copy_steps.of(name)


def base_directory(paths: Iterable[str]) -> str:
    """The deepest directory that holds all the paths (files count by their directory)."""
    directories = [posixpath.dirname(path) for path in paths]
    common = posixpath.commonpath(directories) if directories else ""
    return common or "."


def _module_path(path: str) -> str:
    if path.endswith("/__init__.py"):
        return path[: -len("/__init__.py")]
    return path.removesuffix(".py")


def _root_of(path: str, tail: str) -> str | None:
    """The directory that ``tail`` starts from when ``path`` ends with it, else ``None``."""
    module = _module_path(path)
    if module == tail:
        return ""
    return module[: -len(tail) - 1] if module.endswith("/" + tail) else None


def _common(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
