"""Functions that AWS SAM and CloudFormation templates declare.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html

Conditions are not weighed: a function that exists under some condition is a function.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Final

from vartask.config import Settings
from vartask.definitions._sam_configs import SamConfigs
from vartask.definitions._sam_duplicates import FUNCTIONS, duplicates
from vartask.definitions._sam_functions import Found, FunctionReader
from vartask.definitions._sam_rendered import is_named_so, is_rendered, loosened, unfilled
from vartask.definitions._sam_stacks import NESTED, Stack, Stacks
from vartask.definitions._sam_unbuilt import unbuilt
from vartask.definitions._sam_updates import CodeUpdates
from vartask.model import Declared, Function, Gap, Problem, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.cloudformation import shown
from vartask.syntax.nodes import Document, Scalar
from vartask.syntax.template import Resource, as_template
from vartask.syntax.yaml import YamlError, read_yaml

_ENDINGS: Final = (".yaml", ".yml", ".json", ".template")
_BUILT: Final = frozenset({".aws-sam", "cdk.out", "node_modules", ".serverless"})
"""Directories of templates that tools write: what they are written from is what a person can mend."""

_MAX_BYTES: Final = 2 * 1024 * 1024
"""CloudFormation refuses templates above 1 MB; larger JSON and YAML files are data, and reading them takes time."""

_NAMES: Final = regex(rb"AWS::(?:Lambda::Function|Serverless::(?:Function|WebFunction|Application))\b")
_MAY_NEST: Final = regex(rb"AWS::(?:Lambda::LayerVersion|Serverless::LayerVersion|CloudFormation::Stack)\b")
"""What a template above or beside a function's own may have: it passes parameters, or makes the layer."""
_FORMAT: Final = regex(rb"AWSTemplateFormatVersion|AWS::Serverless-2016-10-31")
_BY_NAME: Final = regex(r"(?:template\.(?:ya?ml|json)|.+\.template(?:\.(?:ya?ml|json))?)", re.IGNORECASE)

_SYNTHESISED: Final = regex(rb"/cdk-bootstrap/[a-z0-9]+/version")
"""A parameter that the AWS CDK puts into every template that it writes
(https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html)."""


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every template below the project's scopes."""
    applications = [posixpath.dirname(path) for path in project.files if posixpath.basename(path) == "cdk.json"]
    finder = _Finder(project, SamConfigs(project), CodeUpdates(project), applications)
    for path in project.lasting("files: that name functions", _naming):
        finder.file(path)
    if finder.documents:
        for path in project.lasting("files: that may nest templates", _nesting):
            finder.neighbour(path)
    finder.read()
    finder.gaps += unbuilt(project, finder.functions)
    return Declared(tuple(finder.functions), tuple(dict.fromkeys(finder.problems)), tuple(dict.fromkeys(finder.gaps)))


def _paths(project: Project) -> Iterator[str]:
    """Files that are templates by their names, or may be."""
    for path in project.files:
        if (path.endswith(_ENDINGS) or is_named_so(path)) and not _BUILT.intersection(path.split("/")):
            yield path


def _naming(project: Project) -> tuple[str, ...]:
    """Files that name functions, and those of which that cannot be told."""
    return tuple(path for path in _paths(project) if _may_name(project, path))


def _may_name(project: Project, path: str) -> bool:
    try:
        return _is_large(project, path) or _names(project, path)
    except Unreadable:
        return True


def _nesting(project: Project) -> tuple[str, ...]:
    """Templates without functions of their own, which may pass parameters to one, or make its layers."""
    return tuple(path for path in _paths(project) if _may_nest(project, path))


def _may_nest(project: Project, path: str) -> bool:
    try:
        return not _is_large(project, path) and project.mentions(path, _MAY_NEST) and not _names(project, path)
    except Unreadable:
        return False  # nothing is asked of it


def _is_large(project: Project, path: str) -> bool:
    info = project.lstat(path)
    return info is not None and info.is_larger(_MAX_BYTES)


def _names(project: Project, path: str) -> bool:
    """Whether a file names functions, or is no text."""
    return project.mentions(path, b"\0") or project.mentions(path, _NAMES)


@dataclass(slots=True)
class _Finder:
    """Collects over all templates."""

    project: Project
    configs: SamConfigs
    updates: CodeUpdates
    applications: list[str]
    texts: dict[str, str] = field(default_factory=dict)
    unfilled: dict[str, str] = field(default_factory=dict)
    documents: dict[str, tuple[Document, ...]] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def file(self, path: str) -> None:
        """Take in one file that may be a template."""
        text = self._text(path)
        if text is None:
            return
        try:
            self.documents[path] = read_yaml(text, path)
            self.texts[path] = text
        except YamlError as error:
            if is_rendered(path, text):
                self._rendered(path, text, error)
            elif self._surely(path) or _FORMAT.search(text.encode()):
                self._refuse(path, error.message, error.span, text)

    def _rendered(self, path: str, text: str, error: YamlError) -> None:
        """A file that is no YAML before another tool has filled it in: its functions are there all the same."""
        reason = "the template is made by another tool before it is used"
        try:
            self.documents[path] = read_yaml(loosened(text), path)
        except YamlError:
            if self._surely(path) or is_named_so(path) or _FORMAT.search(text.encode()):
                self.gaps.append(Gap(error.span, f"{reason}: {error.message}"))
            return
        self.texts[path] = text
        self.unfilled[path] = reason

    def neighbour(self, path: str) -> None:
        """Take in a template without functions of its own."""
        if path in self.documents:
            return
        try:
            self.documents[path] = read_yaml(self.project.read_text(path), path)
        except (Unreadable, YamlError):
            return  # nothing is asked of it

    def _text(self, path: str) -> str | None:
        """The file's text if it names functions; one that says by its name that it is a template must be readable."""
        info = self.project.lstat(path)
        if info is not None and info.size > _MAX_BYTES and not self._surely(path):
            return None
        try:
            data = self.project.read_bytes(path)
            if b"\0" not in data and not _NAMES.search(data):
                return None
            if self._is_snapshot(path, data):
                return None
            return self.project.read_text(path)
        except Unreadable as error:
            if self._surely(path):
                self._refuse(path, str(error), Span(path))
            return None

    def _is_snapshot(self, path: str, data: bytes) -> bool:
        """Whether the CDK application that a file stands in wrote it: the application itself is read."""
        above = any(not directory or path.startswith(f"{directory}/") for directory in self.applications)
        return above and _SYNTHESISED.search(data) is not None

    def _refuse(self, path: str, message: str, span: Span, text: str = "") -> None:
        """Say that a template cannot be read: a defect if it is to be used as it stands, else a doubt."""
        if is_rendered(path, text):
            self.gaps.append(Gap(span, f"the template is made by another tool before it is used: {message}"))
        elif self._surely(path):
            self.problems.append(Problem("definition", message, span))
        else:
            self.gaps.append(Gap(span, f"looks like a template, but is {message}"))

    def _surely(self, path: str) -> bool:
        return bool(_BY_NAME.fullmatch(posixpath.basename(path))) or self.configs.names(path)

    # -- templates ------------------------------------------------------------------------------------

    def read(self) -> None:
        """Take in the functions of every template that was found."""
        for path in self.texts:
            if self._surely(path) and path not in self.unfilled:
                self._check_shape(path, self.documents[path])
        for stack in Stacks(self.project, self.configs, self.documents).all():
            self._stack(stack)

    def _check_shape(self, path: str, documents: tuple[Document, ...]) -> None:
        for document in documents:
            root = document.root
            if root is not None and not isinstance(root, Scalar) and as_template(document, path) is None:
                message = "not a template: it has no mapping named `Resources` at its top"
                self._refuse(path, message, root.span, self.texts[path])

    def _stack(self, stack: Stack) -> None:
        template = stack.template
        if not any(_is_of_lambda(resource) for resource in template.resources) and not template.unresolved:
            return
        if template.path not in self.texts:
            return
        reason = self.unfilled.get(template.path)
        if reason is not None:
            self._unfilled(stack, reason)
            return
        self.gaps += (Gap(doubt.span, doubt.reason) for doubt in template.unresolved)
        reader = FunctionReader(self.project, stack, self.updates)
        before = len(self.functions)
        for resource in template.resources:
            self._resource(resource, stack, reader)
        if len(self.functions) > before:
            said = list(duplicates(template))
            self.problems += (item for item in said if isinstance(item, Problem))
            self.gaps += (item for item in said if isinstance(item, Gap))

    def _unfilled(self, stack: Stack, reason: str) -> None:
        reader = FunctionReader(self.project, stack, self.updates)
        for resource in stack.template.resources:
            found = reader.read(resource) if resource.type in FUNCTIONS else Found()
            self.functions += (unfilled(function, reason) for function in found.functions[:1])
            self.gaps += found.gaps

    def _resource(self, resource: Resource, stack: Stack, reader: FunctionReader) -> None:
        if resource.type in FUNCTIONS:
            found = reader.read(resource)
            self.functions += found.functions
            self.problems += found.problems
            self.gaps += found.gaps
        elif resource.type == "AWS::Serverless::WebFunction":
            self.gaps.append(Gap(resource.span, "`AWS::Serverless::WebFunction` is not predicted", (resource.name,)))
        elif resource.type in NESTED and stack.location(resource) is None:
            # A template of the repository is found by itself, any other is out of sight.
            reason = f"the functions of the nested stack `{shown(resource.name)}` are not in the repository"
            self.gaps.append(Gap(resource.span, reason))


def _is_of_lambda(resource: Resource) -> bool:
    return resource.type in FUNCTIONS or (resource.type or "").startswith("AWS::Serverless::")
