"""Terraform configurations of a project: which directories are run, and which values variables are given.

A directory that no other directory of the project calls is where Terraform runs (a root module); the modules that
it calls by a local path are followed, each call (and each key of its ``for_each``) with its own inputs.

Order of values: https://developer.hashicorp.com/terraform/language/values/variables (the default, then
``terraform.tfvars``, then ``*.auto.tfvars``, then files given on the command line).
"""

from __future__ import annotations

import posixpath
import re
from functools import cached_property
from weakref import WeakKeyDictionary

from vartask.model import Gap, Span
from vartask.project import Project, Unreadable
from vartask.syntax import hcl
from vartask.syntax.hcl_evaluate import Budget, Evaluate, Evaluator
from vartask.syntax.hcl_values import (
    Computed,
    Value,
    plain,
)
from vartask.syntax.terraform_module import Module

_LOCAL_SOURCE = re.compile(rb'\bsource\s*=\s*"(\.\.?(?:/[^"\n]*)?)"')
_LAMBDA = re.compile(rb"aws_lambda_function\b|terraform-aws-modules/(?:terraform-aws-)?lambda\b|terraform-aws-lambda\b")

MAX_MODULES = 5000
"""Module instances in one project; more are not followed."""

_loaded: WeakKeyDictionary[Project, Configuration] = WeakKeyDictionary()


def load(project: Project) -> Configuration:
    """The Terraform configurations of a project, read once."""
    found = _loaded.get(project)
    if found is None:
        found = _loaded[project] = Configuration(project)
    return found


class _NoNames:
    """The scope of a ``.tfvars`` file, which may not refer to anything."""

    def resolve(self, reference: hcl.Reference, evaluate: Evaluate) -> None:
        """Nothing is known."""


class Configuration:
    """Every directory of the project that holds ``.tf`` files."""

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
            # Terraform keeps the modules it downloads in .terraform.
            if path.endswith(".tf") and "/.terraform/" not in f"/{path}":
                directories.setdefault(posixpath.dirname(path) or ".", []).append(path)
        return directories

    def _bytes(self, directory: str) -> bytes:
        return b"\n".join(self._read_bytes(path) for path in self._paths.get(directory, ()))

    def _read_bytes(self, path: str) -> bytes:
        try:
            return self.project.read_bytes(path)
        except Unreadable:
            return b""

    @cached_property
    def roots(self) -> tuple[Module, ...]:
        """The root modules from which a Lambda function can be reached, by directory."""
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
        return tuple(Module(self, directory, directory) for directory in sorted(wanted - called))

    def files_of(self, directory: str) -> tuple[hcl.File, ...]:
        """The parsed ``.tf`` files of a directory; what cannot be read becomes a gap."""
        if directory not in self._files:
            files = [self._parse(path) for path in self._paths.get(directory, ())]
            self._files[directory] = tuple(file for file in files if file is not None)
        return self._files[directory]

    def _parse(self, path: str) -> hcl.File | None:
        try:
            file = hcl.parse(self.project.read_text(path), path)
        except Unreadable as error:
            self.gaps.append(Gap(Span(path), f"not read: {error}"))
            return None
        if file.error is not None:
            self.gaps.append(Gap(file.error.span, f"not read as Terraform from here on: {file.error.message}"))
        return file

    @cached_property
    def _variable_files(self) -> dict[str, list[str]]:
        """Directory of configuration -> the ``.tfvars`` files in it and in directories below that have none."""
        found: dict[str, list[str]] = {}
        for path in self.project.files:
            if path.endswith(".tfvars"):
                owner = posixpath.dirname(path) or "."
                while owner != "." and owner not in self._paths:
                    owner = posixpath.dirname(owner) or "."
                found.setdefault(owner, []).append(path)
        return found

    def given(self, directory: str, name: str, default: Value | None) -> Value | None:
        """The value that a root module's variable gets: from variable files, or else ``default``.

        Files that Terraform loads by itself decide.  Of the others any may be used, so that they must agree
        with each other and with the default.
        """
        automatic: Value | None = None
        optional: list[Value] = [] if default is None else [default]
        for path in self._variable_files.get(directory, ()):
            value = self._variables(path).get(name)
            if value is None:
                continue
            base = posixpath.basename(path)
            if (posixpath.dirname(path) or ".") == directory and (
                base == "terraform.tfvars" or base.endswith(".auto.tfvars")
            ):
                # "terraform.tfvars" is loaded before every "*.auto.tfvars", and these in order of their names.
                automatic = automatic if base == "terraform.tfvars" and automatic is not None else value
            else:
                optional.append(value)
        if automatic is not None:
            return automatic
        if any(plain(value) != plain(optional[0]) for value in optional[1:]):
            return Computed(f"${{var.{name}}}", optional[0].span)
        return optional[0] if optional else None

    def _variables(self, path: str) -> dict[str, Value]:
        if path not in self._read:
            file = self._parse(path)
            evaluate = Evaluator(_NoNames())
            items = file.body.attributes if file is not None else ()
            self._read[path] = {item.name: evaluate.soft(item.value) for item in items}
        return self._read[path]

    @cached_property
    def _read(self) -> dict[str, dict[str, Value]]:
        return {}
