"""The layers that a template's functions name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from vartask.artifact.sam_build import Code, build_settings, layer_package
from vartask.data.public_layers import distributions_in, layer_name
from vartask.model import Layer, UnknownLayer
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import replace
from vartask.syntax.cloudformation import Evaluator, Known, Unresolved, intrinsic, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.template import Resource, Template

_MAX_DEPTH: Final = 10
_RESOLVED: Final = regex(r"\{\{resolve:ssm:([^:{}]+)\}\}")
_CONTENT: Final = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}


class Around(Protocol):
    """The stack of a template, which layers may come from."""

    def passed_layers(self, parameter: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that the stack above passes as a parameter, ``None`` where it passes none of that name."""

    def output_layers(self, stack: str, output: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that a nested stack has as an output, ``None`` where it has none of that name."""

    def shared_layers(self, name: str, depth: int) -> tuple[Layer, ...] | None:
        """The layers that a stack of the project shares with others, ``None`` where none does under that name."""


class LayerReader:
    """Resolves entries of ``Layers`` lists to layers of the template, of the stacks around it, or to published ones.

    ``base`` is the directory that relative paths start from.
    """

    def __init__(self, project: Project, template: Template, base: str, around: Around) -> None:
        self._project = project
        self._around = around
        self._template = template
        self._base = base
        self._resources = {resource.name: resource for resource in template.resources if resource.type in _CONTENT}
        self._known: dict[tuple[str, str], Layer] = {}

    def conditional_nodes(self) -> Iterator[Node | None]:
        """What decides what a layer holds, and may depend on conditions."""
        for resource in self._resources.values():
            yield resource.properties.get(_CONTENT[resource.type or ""])
            yield resource.metadata.get("BuildMethod")

    def listed(self, node: Node, evaluator: Evaluator, depth: int = 0) -> tuple[Layer, ...]:
        """The layers of a whole list, or of a text with commas between them."""
        chosen = evaluator.chosen(node)
        if chosen is None:
            return ()
        items = evaluator.elements(chosen)
        if not isinstance(items, Unresolved):
            return tuple(layer for item in items or () for layer in self.read(item, evaluator, depth))
        call = intrinsic(chosen)
        parts = call[1].items if call is not None and isinstance(call[1], Sequence) else []
        if depth >= _MAX_DEPTH:
            return (UnknownLayer("computed", items.reason, items.span),)
        joined = call is not None and call[0] in {"Fn::Join", "Fn::Split"}
        if joined and len(parts) == 2 and _is_comma(parts[0]):  # noqa: PLR2004 - comma and list
            return self.listed(parts[1], evaluator, depth + 1)
        around = self._from_around(chosen, depth)
        return (UnknownLayer("computed", items.reason, items.span),) if around is None else around

    def listed_or_read(self, node: Node, evaluator: Evaluator, depth: int) -> tuple[Layer, ...]:
        """The layers of a value that may be a list as well as a single one."""
        call = intrinsic(node)
        several = isinstance(node, Sequence) or (call is not None and call[0] in {"Fn::Join", "Fn::Split", "Fn::If"})
        return self.listed(node, evaluator, depth) if several else self.read(node, evaluator, depth)

    def read(self, node: Node, evaluator: Evaluator, depth: int = 0) -> tuple[Layer, ...]:
        """The layers that one entry of a list names: one, unless it is a parameter that holds several."""
        chosen = evaluator.chosen(node)
        if chosen is None:
            return ()
        around = self._from_around(chosen, depth) if depth < _MAX_DEPTH else None
        if around is None and depth < _MAX_DEPTH:
            name = shared_name(chosen, evaluator)
            around = self._around.shared_layers(name, depth) if name is not None else None
        return (self._named(chosen, evaluator),) if around is None else around

    def _named(self, node: Node, evaluator: Evaluator) -> Layer:
        own = self._resources.get(_resource_named(node) or "")
        if own is not None:
            way = own.evaluator.like(evaluator)
            key = (own.name, repr((way.holds, way.given, way.elsewhere)))
            if key not in self._known:
                self._known[key] = self._local(replace(own, evaluator=way))
            return self._known[key]
        value = evaluator.text(node)
        text = value.value if isinstance(value, Known) else written(node)
        name = layer_name(text) or text
        reason = "it is published elsewhere" if isinstance(value, Known) or layer_name(text) else None
        if reason is None:
            reason = value.reason if value is not None and not isinstance(value, Known) else "it may be left out"
        return UnknownLayer(name, reason, node.span, distributions_in(name))

    def _from_around(self, node: Node, depth: int) -> tuple[Layer, ...] | None:
        call = intrinsic(node)
        if call is None:
            return None
        name, argument = call
        if name == "Ref" and isinstance(argument, Scalar):
            return self._around.passed_layers(argument.value, depth)
        if name != "Fn::GetAtt":
            return None
        items = argument.items if isinstance(argument, Sequence) else [argument]
        parts = [item.value for item in items if isinstance(item, Scalar)]
        stack, _, output = ".".join(parts).partition(".Outputs.")
        return self._around.output_layers(stack, output, depth) if output else None

    def _local(self, resource: Resource) -> Layer:
        key = _CONTENT[resource.type or ""]
        node = resource.evaluator.chosen(resource.properties.get(key))
        if node is None or (isinstance(node, Map) and node.tag is None and len(node) > 1):
            reason = "its content is an object in S3" if node is not None else f"it has no `{key}`"
            return UnknownLayer(resource.name, reason, resource.span)
        value = resource.evaluator.literal(node)
        span = value.span if value is not None else resource.span
        build = build_settings(resource, serverless=self._template.serverless)
        return layer_package(self._project, self._base, resource.name, Code(key, value, span), build)


def shared_name(node: Node, evaluator: Evaluator) -> str | None:
    """The export or the parameter of Systems Manager that a value is, under the name that :func:`shares` gives it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
    """
    call = intrinsic(node)
    if call is not None and call[0] == "Fn::ImportValue":
        value = evaluator.text(call[1])
        return f"export {value.value}" if isinstance(value, Known) else None
    value = evaluator.text(node)
    found = _RESOLVED.fullmatch(value.value) if isinstance(value, Known) else None
    return f"parameter {found[1]}" if found is not None else None


def shares(template: Template) -> Iterator[tuple[str, Node]]:
    """What a template shares with stacks that are deployed on their own, by a name of its kind."""
    for _, entry in template.outputs.items():  # noqa: PERF102 - a mapping of nodes, which has no values()
        export = entry.get("Export") if isinstance(entry, Map) else None
        name = template.evaluator.text(export.get("Name")) if isinstance(export, Map) else None
        value = entry.get("Value") if isinstance(entry, Map) else None
        if isinstance(name, Known) and value is not None:
            yield f"export {name.value}", value
    for resource in template.resources:
        if resource.type == "AWS::SSM::Parameter":
            name, value = resource.evaluator.text(resource.properties.get("Name")), resource.properties.get("Value")
            if isinstance(name, Known) and value is not None:
                yield f"parameter {name.value}", value


def _is_comma(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value.strip() == ","


def _resource_named(node: Node) -> str | None:
    """The resource that ``Ref``, ``Fn::GetAtt`` or ``Fn::Sub`` of a single variable names."""
    call = intrinsic(node)
    if call is None:
        return None
    name, argument = call
    if isinstance(argument, Sequence) and name == "Fn::GetAtt" and argument.items:
        argument = argument.items[0]
    if not isinstance(argument, Scalar):
        return None
    if name == "Ref":
        return argument.value
    if name == "Fn::GetAtt":
        return argument.value.partition(".")[0]
    if name == "Fn::Sub" and argument.value.startswith("${") and argument.value.endswith("}"):
        return argument.value[2:-1]
    return None
