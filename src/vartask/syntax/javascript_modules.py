"""Where the modules of a TypeScript or JavaScript program stand."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any, Final

from vartask.model import Span
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax import javascript
from vartask.syntax import program as tree
from vartask.syntax.program_values import Constant, Fields, Value, absolute

_DATA: Final = ".json"
_WRITTEN_FOR: Final = {".js": (".ts", ".tsx"), ".mjs": (".mts",), ".cjs": (".cts",), ".jsx": (".tsx",)}
"""TypeScript imports its own files under the names of what they are compiled to."""


@dataclass
class JavaScriptSources:
    """The files of one project; see :class:`vartask.syntax.program_state.Sources`."""

    project: Project
    _modules: dict[str, tree.Module | None] = field(default_factory=dict)
    _settings: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def module(self, path: str) -> tree.Module | None:
        """The tree of a file; ``None`` when it cannot be read."""
        if path not in self._modules:
            self._modules[path] = self._read(path)
        return self._modules[path]

    def _read(self, path: str) -> tree.Module | None:
        try:
            text = self.project.read_text(path)
        except Unreadable:
            return None
        if not path.endswith(_DATA):
            return javascript.parse(text, path)
        try:
            value = json.loads(text)
        except ValueError:
            return None
        span = Span(path)
        pairs = [("\0data", "default"), *((f"\0{name}", name) for name in value if isinstance(value, dict))]
        body: list[tree.Statement] = [
            tree.Assign(tree.Name("\0data", span), _literal(value, span), span, declares=True)
        ]
        body += (
            tree.Assign(tree.Name(f"\0{name}", span), _literal(one, span), span, declares=True)
            for name, one in (value.items() if isinstance(value, dict) else ())
        )
        body.append(tree.Export(tuple(pairs), None, span))
        return tree.Module(path, "javascript", tuple(body))

    def globals(self, path: str) -> dict[str, Value]:
        """``__dirname`` and its kin; TypeScript's are those of the source, which ``ts-node`` runs in place."""
        span = Span(path)
        here = Constant(absolute(posixpath.dirname(path) or "."), span)
        this = Constant(absolute(path), span)
        exports = Fields({}, span)
        meta = Fields({"dirname": here, "filename": this, "url": this}, span)
        return {
            "__dirname": here,
            "__filename": this,
            "import": Fields({"meta": meta}, span),
            "module": Fields({"exports": exports}, span),
            "exports": exports,
        }

    # -- names ------------------------------------------------------------------------------------

    def locate(self, importer: str, name: str) -> str | None:
        """The project's file that a module's name means in a file; ``None`` for another package."""
        if name.startswith("."):
            return self._file(self.project.join(posixpath.dirname(importer) or ".", name))
        for candidate in self._mapped(importer, name):
            found = self._file(candidate)
            if found is not None:
                return found
        return self._workspace(name)

    def _file(self, path: str | None) -> str | None:
        """By the rules of Node.js and TypeScript: the file itself, with an extension, or a directory's index."""
        if path is None:
            return None
        project = self.project
        stem, extension = posixpath.splitext(path)
        written = [stem + ending for ending in _WRITTEN_FOR.get(extension, ())]
        plain = [path] if path.endswith((*javascript.EXTENSIONS, _DATA)) else []
        completed = [path + ending for ending in javascript.EXTENSIONS]
        found = next((one for one in (*written, *plain, *completed) if project.is_file(one)), None)
        if found is None and project.is_dir(path):
            found = self._index(path)
        return found or (path + _DATA if project.is_file(path + _DATA) else None)

    def _index(self, directory: str) -> str | None:
        names = [posixpath.normpath(posixpath.join(directory, f"index{ending}")) for ending in javascript.EXTENSIONS]
        found = next((one for one in names if self.project.is_file(one)), None)
        main = self._json(posixpath.normpath(posixpath.join(directory, "package.json"))).get("main")
        if found is not None or not isinstance(main, str) or posixpath.normpath(main) == ".":
            return found
        join = self.project.join
        return self._file(join(directory, main)) or self._file(join(directory, _source_of(main)))

    def _mapped(self, importer: str, name: str) -> Iterator[str | None]:
        """``compilerOptions.paths`` and ``baseUrl`` of the nearest ``tsconfig.json``."""
        directory = posixpath.dirname(importer) or "."
        while True:
            path = posixpath.normpath(posixpath.join(directory, "tsconfig.json"))
            if self.project.is_file(path):
                yield from self._by_settings(path, name)
                return
            if directory == ".":
                return
            directory = posixpath.dirname(directory) or "."

    def _by_settings(self, path: str, name: str, depth: int = 0) -> Iterator[str | None]:
        settings = self._json(path)
        here = posixpath.dirname(path) or "."
        options = settings.get("compilerOptions")
        options = options if isinstance(options, dict) else {}
        base = options.get("baseUrl")
        start = self.project.join(here, base) if isinstance(base, str) else here
        paths = options.get("paths")
        for pattern, targets in paths.items() if isinstance(paths, dict) and start is not None else ():
            before, star, after = pattern.partition("*")
            fits = name.startswith(before) and name.endswith(after) if star else name == pattern
            if fits and isinstance(targets, list) and start is not None:
                middle = name[len(before) : len(name) - len(after)] if star else ""
                for target in targets:
                    yield self.project.join(start, str(target).replace("*", middle))
        if isinstance(base, str) and start is not None:
            yield self.project.join(start, name)
        extends = settings.get("extends")
        if isinstance(extends, str) and extends.startswith(".") and depth < 5:  # noqa: PLR2004 - no longer chain is sane
            parent = self.project.join(here, extends if extends.endswith(_DATA) else extends + _DATA)
            if parent is not None and self.project.is_file(parent):
                yield from self._by_settings(parent, name, depth + 1)

    def _workspace(self, name: str) -> str | None:
        """A package of the same repository, by the name in its ``package.json``."""
        parts = name.split("/")
        depth = 2 if name.startswith("@") else 1
        directory = self._packages.get("/".join(parts[:depth]))
        if directory is None:
            return None
        inner = "/".join(parts[depth:])
        if inner:
            return self._file(self.project.join(directory, inner)) or self._file(
                self.project.join(directory, f"src/{inner}")
            )
        return self._file(directory) or self._file(self.project.join(directory, "src"))

    @cached_property
    def _packages(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for path in self.project.files:
            if posixpath.basename(path) == "package.json":
                name = self._json(path).get("name")
                if isinstance(name, str):
                    found.setdefault(name, posixpath.dirname(path) or ".")
        return found

    def _json(self, path: str) -> Mapping[str, Any]:
        """A configuration file, which may have comments and commas at ends."""
        if path not in self._settings:
            self._settings[path] = self._configuration(path)
        return self._settings[path]

    def _configuration(self, path: str) -> Mapping[str, Any]:
        try:
            text = self.project.read_text(path)
        except Unreadable:
            return {}
        for plain in (text, _without_comments(text)):
            try:
                value = json.loads(plain)
            except ValueError:
                continue
            return value if isinstance(value, dict) else {}
        return {}


def _without_comments(text: str) -> str:
    bare = re.sub(r'("(?:[^"\\\n]|\\.)*")|//[^\n]*|/\*.*?\*/', lambda found: found[1] or "", text, flags=re.DOTALL)
    return re.sub(r",(\s*[}\]])", r"\1", bare)


def _source_of(main: str) -> str:
    """The TypeScript that a package's main file is usually compiled from."""
    return re.sub(r"^(?:\./)?(?:dist|build|lib|out)/", "src/", main)


def _literal(value: object, span: Span) -> tree.Expression:
    """A JSON value as an expression."""
    if isinstance(value, dict):
        entries = (tree.Entry(tree.Literal(str(key), span), _literal(one, span)) for key, one in value.items())
        return tree.Object(tuple(entries), span)
    if isinstance(value, list):
        return tree.Array(tuple(_literal(one, span) for one in value), span)
    plain = value if isinstance(value, (str, int, float, bool)) else None
    return tree.Literal(plain, span)
