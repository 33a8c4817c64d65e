"""One service file of the Serverless Framework: which it is, what it uses, and where it is deployed from."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from functools import cached_property
from typing import Final

from vartask.definitions._serverless_values import Answer, Values
from vartask.discovery import ALWAYS_SKIPPED
from vartask.model import Span, Text
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.cloudformation import Known, Unresolved
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Sequence as List

REQUIREMENTS: Final = "serverless-python-requirements"
WSGI: Final = "serverless-wsgi"

FOUR: Final = 4
"""The version that has serverless-python-requirements built in, and reads ``.env`` files unasked."""

_HOOKS: Final = regex(rb"package|artifact|before:deploy|after:deploy|include|patterns")
_PACKAGERS: Final = regex(
    r"webpack|bundle|esbuild|rollup|parcel|packag|include-dep|common-excludes|monorepo|symlink|vendor|optimi[sz]e"
    r"|scriptable|plugin-scripts|hooks|plugin-build|python-individually|python-module|poetry|copy|ignore|dotenv-file"
    r"|jetpack|python|requirements|\Aserverless-layers\Z"
)
"""Words in the names of plugins that change what is packaged, or that run commands of the project before it is."""

_MOST_DIRECTORIES: Final = 2_000
_JAVASCRIPT_ONLY: Final = frozenset({"serverless-esbuild", "serverless-plugin-typescript"})


@dataclass(frozen=True)
class Entry:
    """One function as the service lists it: its key, and its properties where they could be read."""

    name: str
    span: Span
    node: Map | Unresolved


@dataclass(frozen=True)
class Service:
    """A service file, read as if the framework were started in the directory ``values.base``."""

    project: Project
    path: str
    values: Values

    @property
    def base(self) -> str:
        """The directory of the service: its paths are relative to it."""
        return self.values.base

    @property
    def file_name(self) -> str:
        """The service file's own name."""
        return posixpath.basename(self.path)

    @cached_property
    def version(self) -> int | None:
        """The framework's major version, ``None`` when the file leaves it open; those before 3 count as 3."""
        wanted = self.values.text(self.values.get("frameworkVersion"))
        if isinstance(wanted, Known):
            majors = {max(int(number), 3) for number in re.findall(r"(?<![\d.])\d+", wanted.value)}
            return majors.pop() if len(majors) == 1 and not wanted.value.startswith(">") else None
        return 4 if self.values.get("stages") is not None else None

    # -- functions ----------------------------------------------------------------------------------

    def functions(self) -> Iterator[Entry | Unresolved]:
        """Every function; where ``functions`` is a list, its mappings together."""
        node = self.values.get("functions")
        for part in node.items if isinstance(node, List) else [node]:
            here = self.values.value(part)
            if isinstance(here, Unresolved):
                yield here
            more = self.values.more(here)
            if more is not None:
                yield more
            for key, value in self.values.items(here):
                entry = self.values.value(value)
                if isinstance(entry, Map | Unresolved):
                    yield Entry(key.value, key.span, entry)

    def own(self, entry: Map, name: str) -> Answer:
        """A property of a function, else the provider's of that name."""
        found = self.values.below(entry, (name,))
        return self.values.get("provider", name) if found is None else found

    def has_module(self, handler: str, module: str = ".") -> bool:
        """Whether a handler's file is there, below the directory that is the root of its package."""
        name = "/".join(part for part in re.split(r"[./]", handler.rpartition(".")[0]) if part)
        path = self.project.join(self.base, posixpath.join(module, name))
        return path is not None and any(self.project.is_file(path + end) for end in (".py", "/__init__.py"))

    @cached_property
    def has_python(self) -> bool:
        """Whether any Python file stands below the service's directory."""
        pending, left = [self.base], _MOST_DIRECTORIES
        while pending and left:
            here, left = pending.pop(), left - 1
            for name, entry in self.project.listdir(here).items():
                path = posixpath.normpath(posixpath.join(here, name))
                if entry.kind == "d" and name not in ALWAYS_SKIPPED:
                    pending.append(path)
                elif name.endswith(".py") or (entry.kind == "l" and self.project.is_dir(path)):
                    return True
        return bool(pending)

    # -- plugins ------------------------------------------------------------------------------------

    @cached_property
    def plugins(self) -> tuple[Text, ...]:
        """The plugins that the file names."""
        node = self.values.get("plugins")
        if isinstance(node, Map):
            node = self.values.below(node, ("modules",))
        found = self.values.texts(node)
        return () if isinstance(found, Unresolved) else tuple(found)

    @cached_property
    def local_plugins(self) -> str:
        """The directory of the project's own plugins."""
        found = self.values.text(self.values.get("plugins", "localPath"))
        return found.value if isinstance(found, Known) else ""

    def plugin(self, name: str) -> Text | None:
        """Where a plugin is named."""
        return next((text for text in self.plugins if text.value == name), None)

    @cached_property
    def doubt(self) -> str | None:
        """Why the package may hold something else than the framework alone would put in."""
        node = self.values.get("plugins")
        if isinstance(node, Unresolved):
            return f"the plugins cannot be known: {node.reason}"
        for plugin in self.plugins:
            name = plugin.value
            if name in {REQUIREMENTS, WSGI} or name in _JAVASCRIPT_ONLY:
                continue
            if self._is_local(name) if name.startswith(".") or self.local_plugins else _PACKAGERS.search(name):
                return f"the plugin `{name}` may change the package"
        return None

    def _is_local(self, name: str) -> bool:
        """Whether a plugin is the project's own and does anything while packages are made."""
        root = self.local_plugins or "."
        for tail in ("", ".js", "/index.js", "/lib/index.js"):
            path = self.project.join(self.base, posixpath.join(root, name + tail))
            if path is not None and self.project.is_file(path):
                try:
                    return _HOOKS.search(self.project.read_bytes(path)) is not None
                except Unreadable:
                    return True
        return name.startswith(".") or _PACKAGERS.search(name) is not None


def key_span(node: Answer, name: str) -> Span | None:
    """Where a key of a mapping stands."""
    key = node.key(name) if isinstance(node, Map) else None
    return key.span if key is not None else None
