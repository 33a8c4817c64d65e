"""Functions of AWS CDK applications in TypeScript and JavaScript, read from their source.

A program is followed from where ``cdk.json`` starts it; what nothing known calls is entered afterwards with unknown
arguments.  Where a fresh cloud assembly says it exactly, the source is not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from vartask.config import Settings
from vartask.definitions._cdk_apps import App, apps, nearest
from vartask.definitions._cdk_followed import Followed, mentioning, parted
from vartask.definitions._cdk_freshness import counts_for
from vartask.model import Declared, Function, Gap, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass

if TYPE_CHECKING:
    from vartask.syntax.javascript_modules import JavaScriptSources

_TEST: Final = regex(r"(?:\A|/)(?:tests?|__tests__|__mocks__|cdk\.out|node_modules)/|\.(?:test|spec|d)\.[cm]?[jt]sx?\Z")
_SOURCE: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_LIBRARY: Final = regex(rb"aws-cdk|monocdk|@aws-solutions-constructs")
_FUNCTIONS: Final = regex(rb"aws[-_]lambda|PythonFunction|DockerImage|lambdaFunctionProps|EdgeFunction|TriggerFunction")
_PLACEHOLDER: Final = regex(r"\{\{\s*[\w.]+\s*\}\}")
"""``{{project_name}}``: the file is a template, which a generator fills in."""
_APPLICATION: Final = regex(rb"\bnew\s+(?:\w+\s*\.\s*)*App\s*\(")
_CONSTRUCT: Final = regex(
    r"\bnew\s+(?:[\w$]+\s*\.\s*)*(?:PythonFunction|DockerImageFunction|SingletonFunction|CfnFunction|PythonLayerVersion"
    r"|(?:_?lambda\w*|awsLambda|aws_lambda)\s*\.\s*Function)\s*\("
)
"""Constructs that are certainly Lambda functions by the way they are written."""


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every application that is read from its source."""
    relevant = mentioning(project, filter(_is_source, project.files), _LIBRARY, _FUNCTIONS)
    return _Reader(project, Followed(relevant)).declared() if relevant else Declared()


def _is_source(path: str) -> bool:
    return path.endswith(_SOURCE) and not _TEST.search(path)


@dataclass
class _Reader:
    """Reads the applications of one project."""

    project: Project
    followed: Followed
    ends: bool = False
    """Whether the program that is read now was followed from its entry to its end, and makes stacks."""

    def declared(self) -> Declared:
        """Everything that the applications declare."""
        from vartask.syntax.javascript_modules import JavaScriptSources

        sources = JavaScriptSources(self.project)
        programs = self._programs()
        functions, gaps = parted(answer for app, files in programs for answer in self._read(app, files, sources))
        gaps += self.followed.missed(_CONSTRUCT, _is_comment)
        templates = {one.span.path for one in functions if _is_placeholder(one)}
        gaps += (Gap(Span(path), "the file is a template that a generator fills in") for path in sorted(templates))
        return Declared(tuple(one for one in functions if one.span.path not in templates), (), tuple(gaps))

    def _programs(self) -> Iterator[tuple[App, list[str]]]:
        """Each application with its files; at last the files that belong to none."""
        known = {app.directory: app for app in apps(self.project)}
        directories = frozenset(known)
        packages = frozenset(
            path.rpartition("/")[0] or "." for path in self.project.files if path.rpartition("/")[2] == "package.json"
        )
        owned: dict[str, list[str]] = {}
        for path in self.followed.relevant:
            home = nearest(directories, path)
            owned.setdefault(home if home is not None else nearest(packages, path) or ".", []).append(path)
        # Libraries come last: an application that uses one says what it is given.
        for directory in sorted(owned, key=lambda one: (one not in known, one)):
            app = known.get(directory, App(directory, "", "javascript"))
            if app.language == "python" or counts_for(self.project, directory) is not None:
                self.followed.covered.update(owned[directory])
                continue
            yield app, owned[directory]
        for directory, app in known.items():
            alone = directory not in owned and app.language == "javascript" and app.entry is not None
            if alone and counts_for(self.project, directory) is None:
                yield app, []

    def _read(self, app: App, files: Sequence[str], sources: JavaScriptSources) -> Iterator[Function | Gap]:
        from vartask.definitions._cdk_constructs import Constructs
        from vartask.syntax.program_run import Run

        run = Run(self.project, {"javascript": sources}, app.directory)
        for entry in (app.entry,) if app.entry is not None else self._entries(app.directory):
            run.start(entry, "javascript")
        stacks = any(made.callee.endswith("Stack") for made in run.made)
        self.ends = app.entry is not None and stacks and not run.state.exhausted
        run.complete([(path, "javascript") for path in files], self._wanted)
        yield from Constructs(run).read(run.made)
        yield from self.followed.remember(run, app)

    def _entries(self, directory: str) -> Iterator[str]:
        """Files that make an application, where no command says which file it starts with."""
        prefix = "" if directory == "." else directory + "/"
        for path in self.project.files:
            if path.startswith(prefix) and _is_source(path):
                try:
                    data = self.project.read_bytes(path)
                except Unreadable:
                    continue
                if _APPLICATION.search(data) and _LIBRARY.search(data):
                    yield path

    def _wanted(self, span: Span) -> bool:
        """Whether code that nothing has called yet may make a function."""
        code = self.followed.uncalled(span)
        if code is None or (self.ends and self._is_dead(code.partition(b"\n")[0])):
            return False
        return re.search(rb"Function|LayerVersion|\bnew\b", code) is not None

    def _is_dead(self, line: bytes) -> bool:
        """Whether an application that has been followed never makes a class: no line of its sources says so."""
        named = re.search(rb"\bclass\s+(\w+)", line)
        if named is None:
            return False
        use = re.compile(rb"(?:\bnew\s+(?:\w+\s*\.\s*)*|\bextends\s+(?:\w+\s*\.\s*)*|[(,:=?\[]\s*)" + named[1] + rb"\b")
        return not any(named[1] in data and use.search(data) for data in self._sources)

    @cached_property
    def _sources(self) -> list[bytes]:
        """Everything that may make a construct."""
        found: list[bytes] = []
        for path in self.project.files:
            if _is_source(path):
                try:
                    found.append(self.project.read_bytes(path))
                except Unreadable:
                    continue
        return found


def _is_placeholder(function: Function) -> bool:
    return function.handler is not None and _PLACEHOLDER.search(function.handler.value) is not None


def _is_comment(text: str, at: int) -> bool:
    before = text[text.rfind("\n", 0, at) + 1 : at]
    opened = text.rfind("/*", 0, at)
    return "//" in before or before.lstrip().startswith("*") or (opened >= 0 and text.find("*/", opened, at) < 0)
