"""Terraform configurations of a project: which directories are run, and which values variables are given.

A directory that no other directory of the project calls is where Terraform runs (a root module); the modules that
it calls by a local path are followed, each call (and each key of its ``for_each``) with its own inputs.
"""

from __future__ import annotations

import posixpath
from functools import cached_property
from weakref import WeakKeyDictionary

from vartask.model import Gap, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Budget
from vartask.syntax.terraform_files import chosen, merged, parse
from vartask.syntax.terraform_module import Module
from vartask.syntax.terraform_names import is_configuration
from vartask.syntax.terraform_variables import Variables, Way

_LOCAL_SOURCE = regex(rb'\bsource"?\s*[=:]\s*"(\.\.?(?:/[^"\n]*)?)"')
_LAMBDA = regex(rb'aws_lambda_function\b|\bsource"?\s*[=:]\s*"[^"\n]*[lL]ambda')

MAX_MODULES = 5000
"""Module instances in one project; more are not followed."""

_loaded: WeakKeyDictionary[Project, Configuration] = WeakKeyDictionary()


def load(project: Project) -> Configuration:
    """The Terraform configurations of a project, read once."""
    found = _loaded.get(project)
    if found is None:
        found = _loaded[project] = Configuration(project)
    return found


class Configuration:
    """Every directory of the project that holds configuration."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.gaps: list[Gap] = []
        self.budget = Budget()
        self._calls = 0
        self._files: dict[str, tuple[hcl.File, ...]] = {}

    def may_call(self, span: Span) -> bool:
        """Whether one more module may be called: calls in ``for_each`` in modules in ``for_each`` multiply."""
        self._calls += 1
        if self._calls == MAX_MODULES:
            self.gaps.append(Gap(span, f"more than {MAX_MODULES} calls of modules: the others are not followed"))
        return self._calls < MAX_MODULES

    @cached_property
    def _paths(self) -> dict[str, list[str]]:
        directories: dict[str, list[str]] = {}
        for path in self.project.files:
            if is_configuration(path):
                directories.setdefault(posixpath.dirname(path) or ".", []).append(path)
        return {directory: chosen(paths) for directory, paths in directories.items()}

    def _bytes(self, directory: str) -> bytes:
        return b"\n".join(self._read_bytes(path) for path in self._paths.get(directory, ()))

    def _read_bytes(self, path: str) -> bytes:
        try:
            return self.project.read_bytes(path)
        except Unreadable:
            return b""

    @cached_property
    def roots(self) -> tuple[Module, ...]:
        """The root modules from which a Lambda function can be reached, each once for every way it is run."""
        calls: dict[str, set[str]] = {}
        wanted: set[str] = set()
        for directory in self._paths:
            text = self._bytes(directory)
            if _LAMBDA.search(text):
                wanted.add(directory)
            targets = (self.project.join(directory, source.decode()) for source in _LOCAL_SOURCE.findall(text))
            calls[directory] = {target for target in targets if target in self._paths and target != directory}
        grown = True
        while grown:
            callers = {directory for directory, called in calls.items() if called & wanted}
            grown = not callers <= wanted
            wanted |= callers
        called = {target for directory in wanted for target in calls[directory]}
        # Modules that call each other in a circle have no root: Terraform refuses them.
        roots = sorted(wanted - called)
        return tuple(Module(self, root, root, way=way) for root in roots for way in self._ways(root))

    def files_of(self, directory: str) -> tuple[hcl.File, ...]:
        """The parsed files of a directory, overrides applied; what cannot be read becomes a gap."""
        if directory not in self._files:
            files = [self._parse(path) for path in self._paths.get(directory, ())]
            self._files[directory] = merged(file for file in files if file is not None)
        return self._files[directory]

    def _parse(self, path: str) -> hcl.File | None:
        try:
            file = parse(self.project.read_text(path), path)
        except Unreadable as error:
            self.gaps.append(Gap(Span(path), f"not read: {error}"))
            return None
        if file.error is not None:
            self.gaps.append(Gap(file.error.span, f"not read as Terraform from here on: {file.error.message}"))
        return file

    @cached_property
    def _variables(self) -> Variables:
        return Variables(self.project, self._paths, self._parse)

    def _ways(self, directory: str) -> tuple[Way, ...]:
        """How Terraform is run in a directory: with which values for its variables."""
        plainly = Module(self, directory, directory)
        declared = {block.labels[0]: plainly.default(block) for block in plainly.blocks("variable") if block.labels}
        return self._variables.ways(directory, declared)
