"""Stacks: templates as they are deployed, each with the parameters that the one above it passes.

A template that another one of the repository deploys (``AWS::CloudFormation::Stack`` with a local ``TemplateURL``,
``AWS::Serverless::Application`` with a local ``Location``) counts with what is passed there, and not with its defaults:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-stack.html,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-application.html
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from vartask.data.public_layers import layer_of_application
from vartask.definitions._sam_configs import SamConfigs
from vartask.definitions._sam_layers import LayerReader, shares
from vartask.model import Layer, LocalLayer, UnknownLayer
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax.cloudformation import Evaluator, Known, Unresolved
from vartask.syntax.nodes import Document, Node
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.template import Resource, Template, as_template

NESTED: Final = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
"""Resources that are a stack of their own, and the property that names its template."""

_MOST_INSTANCES: Final = 20
"""Stacks of one template; further ones would pass the same or nobody could tell them apart."""

_MOST_LEVELS: Final = 10


@dataclass
class Stack:
    """One template in one deployment.

    ``base`` is the directory that relative paths in it start from; ``passed`` are the parameters that the stack above
    it sets, as they are written there; ``shared`` gives what other stacks of the project share under a name.
    """

    project: Project
    template: Template
    base: str
    above: Stack | None = None
    passed: Mapping[str, tuple[Node, Evaluator]] = field(default_factory=dict)
    nested: dict[str, Stack] = field(default_factory=dict)
    shared: Callable[[str], Sequence[tuple[Stack, Node]]] = field(default=lambda _: ())

    @cached_property
    def layers(self) -> LayerReader:
        """Reads the layers that functions of the stack name."""
        return LayerReader(self.project, self.template, self.base, self)

    def passed_layers(self, parameter: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that the stack above passes as a parameter."""
        given = self.passed.get(parameter)
        if given is None or self.above is None:
            return None
        return self.above.layers.listed_or_read(*given, depth + 1)

    def output_layers(self, stack: str, output: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that a nested stack has among its ``Outputs``."""
        published = self._published(stack)
        if published is not None:
            return (published,)
        below = self.nested.get(stack)
        entry = below.template.outputs.get(output) if below is not None else None
        value = entry.get("Value") if isinstance(entry, Map) else None
        if below is None or value is None:
            return None
        return below.layers.listed_or_read(value, below.template.evaluator, depth + 1)

    def shared_layers(self, name: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that another stack exports, or puts into a parameter; several have to agree on what is in them."""
        found = [
            stack.layers.listed_or_read(value, stack.template.evaluator, depth + 1)
            for stack, value in self.shared(name)
            if stack is not self
        ]
        contents = {tuple(_held(layer) for layer in layers) for layers in found}
        return found[0] if len(contents) == 1 and all(_held(layer) for layer in found[0]) else None

    def _published(self, name: str) -> UnknownLayer | None:
        """The layer of an application that is published in the Serverless Application Repository."""
        resource = next((one for one in self.template.resources if one.name == name and one.type in NESTED), None)
        location = resource.properties.get("Location") if resource is not None else None
        if resource is None or not isinstance(location, Map):
            return None
        arn = resource.evaluator.text(location.get("ApplicationId"))
        layer = layer_of_application(arn.value) if isinstance(arn, Known) else None
        return UnknownLayer(layer[0], "it is published elsewhere", resource.span, layer[1]) if layer else None

    def location(self, resource: Resource) -> str | None:
        """The project's file that is the template of a nested stack."""
        location = resource.evaluator.text(resource.properties.get(NESTED[resource.type or ""]))
        path = self.project.join(self.base, location.value) if isinstance(location, Known) else None
        return path if path is not None and self.project.is_file(path) else None


class Stacks:
    """Every stack that the project's templates make.  ``documents`` are the templates by their path."""

    def __init__(self, project: Project, configs: SamConfigs, documents: Mapping[str, tuple[Document, ...]]) -> None:
        self._project = project
        self._configs = configs
        self._documents = documents
        self._known: dict[object, Stack] = {}
        self._counts: Counter[str] = Counter()

    @cached_property
    def _shared(self) -> Mapping[str, Sequence[tuple[Stack, Node]]]:
        found: dict[str, list[tuple[Stack, Node]]] = {}
        for stack in self._known.values():
            for name, value in shares(stack.template):
                found.setdefault(name, []).append((stack, value))
        return found

    def all(self) -> Iterator[Stack]:
        """The stacks, those that nothing else deploys first."""
        below = set(self._referenced())
        roots = [path for path in self._documents if path not in below or self._configs.names(path)]
        for path in roots:
            self._visit(path)
        for path in self._documents:
            if not self._counts[path]:  # templates that deploy each other
                self._visit(path)
        return iter(self._known.values())

    def _referenced(self) -> Iterator[str]:
        for path, documents in self._documents.items():
            for document in documents:
                stack = self._stack(path, document)
                if stack is not None:
                    yield from (where for _, where in self._nested(stack) if where != path)

    def _nested(self, stack: Stack) -> Iterator[tuple[Resource, str]]:
        for resource in stack.template.resources:
            path = stack.location(resource) if resource.type in NESTED else None
            if path is not None and path in self._documents:
                yield resource, path

    def _stack(
        self,
        path: str,
        document: Document,
        given: Mapping[str, str] | None = None,
        elsewhere: Mapping[str, str] | None = None,
    ) -> Stack | None:
        if elsewhere is None:
            elsewhere, given = self._configs.overrides(path), self._configs.given(path)
        template = as_template(document, path, elsewhere, given)
        if template is None:
            return None
        if self._configs.names(path):
            template = replace(template, serverless=True)  # sam builds plain CloudFormation just as well
        # sam follows a link to the template before it resolves the paths in it.
        own = posixpath.dirname(self._project.resolve(path) or path) or "."
        return Stack(
            self._project, template, self._configs.base(path) or own, shared=lambda name: self._shared.get(name, ())
        )

    def _visit(self, path: str, above: Stack | None = None, resource: Resource | None = None, level: int = 0) -> None:
        self._counts[path] += 1
        for index, document in enumerate(self._documents[path]):
            stack = self._deployed(path, document, resource)
            if stack is None:
                continue
            evaluator = stack.template.evaluator
            key = (path, index, repr(sorted(evaluator.given.items())), repr(sorted(evaluator.elsewhere.items())))
            known = self._known.get(key)
            if known is None:
                stack.above = above
                stack.passed = _passed(resource) if resource is not None else {}
                self._known[key] = stack
                self._descend(stack, level)
            if above is not None and resource is not None:
                above.nested[resource.name] = known or stack

    def _descend(self, stack: Stack, level: int) -> None:
        for resource, path in self._nested(stack):
            if level < _MOST_LEVELS and self._counts[path] < _MOST_INSTANCES and path != stack.template.path:
                self._visit(path, stack, resource, level + 1)

    def _deployed(self, path: str, document: Document, resource: Resource | None) -> Stack | None:
        """The template with the parameters that a resource of another one passes."""
        if resource is None:
            return self._stack(path, document)
        given: dict[str, str] = {}
        elsewhere: dict[str, str] = {}
        for name, (node, evaluator) in _passed(resource).items():
            value = evaluator.text(node)
            if isinstance(value, Known):
                given[name] = value.value
            elif isinstance(value, Unresolved):
                elsewhere[name] = f"parameter `{name}` is set by {resource.span}: {value.reason}"
        return self._stack(path, document, given, elsewhere)


def _held(layer: Layer) -> object:
    """What tells the contents of a layer apart from those of another one; ``None`` where they are not known."""
    if not isinstance(layer, LocalLayer):
        return None
    return layer.package.source, layer.package.requirements, layer.package.reason


def _passed(resource: Resource) -> dict[str, tuple[Node, Evaluator]]:
    parameters = resource.evaluator.chosen(resource.properties.get("Parameters"))
    if not isinstance(parameters, Map) or parameters.tag is not None:
        return {}
    return {key.value: (value, resource.evaluator) for key, value in parameters.items()}
