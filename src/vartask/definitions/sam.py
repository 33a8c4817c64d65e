"""Functions that AWS SAM and CloudFormation templates declare.

https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html,
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-function.html

Conditions are not weighed: a function that exists under some condition is a function.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import Final

from vartask.config import Settings
from vartask.definitions._sam_configs import SamConfigs
from vartask.definitions._sam_duplicates import FUNCTIONS, duplicates
from vartask.definitions._sam_functions import FunctionReader
from vartask.definitions._sam_updates import CodeUpdates
from vartask.model import Declared, Function, Gap, Problem, Span
from vartask.project import Project, Unreadable
from vartask.syntax.cloudformation import Known, shown
from vartask.syntax.nodes import Document, Scalar
from vartask.syntax.template import Resource, as_template
from vartask.syntax.yaml import YamlError, read_yaml

_ENDINGS: Final = (".yaml", ".yml", ".json", ".template")
_BUILT: Final = frozenset({".aws-sam", "cdk.out", "node_modules", ".serverless"})
"""Directories of templates that tools write: what they are written from is what a person can mend."""

_MAX_BYTES: Final = 2 * 1024 * 1024
"""CloudFormation refuses templates above 1 MB; larger JSON and YAML files are data, and reading them takes time."""

_NAMES: Final = re.compile(rb"AWS::(?:Lambda::Function|Serverless::(?:Function|WebFunction|Application))\b")
_FORMAT: Final = re.compile(rb"AWSTemplateFormatVersion|AWS::Serverless-2016-10-31")
_BY_NAME: Final = re.compile(r"(?:template\.(?:ya?ml|json)|.+\.template(?:\.(?:ya?ml|json))?)", re.IGNORECASE)
_RENDERED: Final = re.compile(r"\{\{(?!resolve:)|\{%|<%")
"""Jinja, cookiecutter, ERB: the file becomes a template only when another tool has filled it in."""

_STACKS: Final = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}


def find(project: Project, settings: Settings) -> Declared:  # noqa: ARG001 - every definition has this signature
    """The functions of every template below the project's scopes."""
    finder = _Finder(project, SamConfigs(project), CodeUpdates(project))
    for path in project.files:
        if path.endswith(_ENDINGS) and not _BUILT.intersection(path.split("/")):
            finder.file(path)
    return Declared(tuple(finder.functions), tuple(finder.problems), tuple(finder.gaps))


@dataclass(slots=True)
class _Finder:
    """Collects over all templates."""

    project: Project
    configs: SamConfigs
    updates: CodeUpdates
    functions: list[Function] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    def file(self, path: str) -> None:
        """Take in one file that may be a template."""
        text = self._text(path)
        if text is None:
            return
        try:
            documents = read_yaml(text, path)
        except YamlError as error:
            if self._surely(path) or _FORMAT.search(text.encode()):
                self._refuse(path, error.message, error.span, text)
            return
        for document in documents:
            self._document(path, document, text)

    def _text(self, path: str) -> str | None:
        """The file's text if it names functions; one that says by its name that it is a template must be readable."""
        info = self.project.lstat(path)
        if info is not None and info.size > _MAX_BYTES and not self._surely(path):
            return None
        try:
            data = self.project.read_bytes(path)
            if b"\0" not in data and not _NAMES.search(data):
                return None
            return self.project.read_text(path)
        except Unreadable as error:
            if self._surely(path):
                self._refuse(path, str(error), Span(path))
            return None

    def _refuse(self, path: str, message: str, span: Span, text: str = "") -> None:
        """Say that a template cannot be read: a defect if it is to be used as it stands, else a doubt."""
        if _RENDERED.search(text) or "{{" in path:
            self.gaps.append(Gap(span, f"the template is made by another tool before it is used: {message}"))
        elif self._surely(path):
            self.problems.append(Problem("definition", message, span))
        else:
            self.gaps.append(Gap(span, f"looks like a template, but is {message}"))

    def _surely(self, path: str) -> bool:
        return bool(_BY_NAME.fullmatch(posixpath.basename(path))) or self.configs.names(path)

    # -- one document -------------------------------------------------------------------------------

    def _document(self, path: str, document: Document, text: str) -> None:
        template = as_template(document, path, self.configs.overrides(path))
        if template is None:
            if self._surely(path) and document.root is not None and not isinstance(document.root, Scalar):
                message = "not a template: it has no mapping named `Resources` at its top"
                self._refuse(path, message, document.root.span, text)
            return
        if not any(_is_of_lambda(resource) for resource in template.resources) and not template.unresolved:
            return
        self.gaps += (Gap(doubt.span, doubt.reason) for doubt in template.unresolved)
        reader = FunctionReader(self.project, template, self.updates, self.configs.base(path))
        before = len(self.functions)
        for resource in template.resources:
            self._resource(resource, reader)
        if len(self.functions) > before:
            said = list(duplicates(template))
            self.problems += (item for item in said if isinstance(item, Problem))
            self.gaps += (item for item in said if isinstance(item, Gap))

    def _resource(self, resource: Resource, reader: FunctionReader) -> None:
        if resource.type in FUNCTIONS:
            found = reader.read(resource)
            self.functions += found.functions
            self.problems += found.problems
            self.gaps += found.gaps
        elif resource.type == "AWS::Serverless::WebFunction":
            self.gaps.append(Gap(resource.span, "`AWS::Serverless::WebFunction` is not predicted", (resource.name,)))
        elif resource.type in _STACKS:
            self._stack(resource, reader)

    def _stack(self, resource: Resource, reader: FunctionReader) -> None:
        """A nested stack: a template of the repository is found by itself, any other is out of sight."""
        key = _STACKS[resource.type or ""]
        location = resource.evaluator.text(resource.properties.get(key))
        path = self.project.join(reader.base, location.value) if isinstance(location, Known) else None
        if path is None or not self.project.is_file(path):
            reason = f"the functions of the nested stack `{shown(resource.name)}` are not in the repository"
            self.gaps.append(Gap(resource.span, reason))


def _is_of_lambda(resource: Resource) -> bool:
    return resource.type in FUNCTIONS or (resource.type or "").startswith("AWS::Serverless::")
