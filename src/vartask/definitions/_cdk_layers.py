"""The layers that the functions of a cloud assembly use, whatever stack they stand in."""

from __future__ import annotations

from functools import cached_property
from typing import Final

from vartask.data.public_layers import distributions_in, layer_name
from vartask.records import dataclass
from vartask.syntax.cdk_assembly import Assembly, Stack
from vartask.syntax.cdk_resources import CdkResource, referred
from vartask.syntax.cloudformation import Known
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node
from vartask.syntax.template import Resource

_LAYER: Final = "AWS::Lambda::LayerVersion"
_MAX_STEPS: Final = 20


@dataclass
class LayerFinder:
    """Follows an entry of ``Layers`` to the resource that it means, through exports and nested stacks' parameters."""

    assembly: Assembly

    def resource(self, stack: Stack, node: Node) -> CdkResource | None:
        """The layer's resource; ``None`` for a layer that the assembly does not make."""
        here: Stack | None = stack
        for _ in range(_MAX_STEPS):
            reference = referred(node)
            if reference is None or here is None:
                return None
            function, name = reference
            if function == "Fn::ImportValue":
                exported = self._exported.get(name)
                if exported is None:
                    return None
                here, node = exported
                continue
            own = _resource(here, name)
            if own is not None:
                return CdkResource(here, own) if own.type == _LAYER else None
            passed = _argument(here, name)
            if passed is None:
                return None
            here, node = here.parent, passed
        return None

    @cached_property
    def _exported(self) -> dict[str, tuple[Stack, Node]]:
        """Outputs with the name that they are exported by."""
        found: dict[str, tuple[Stack, Node]] = {}
        for stack in self.assembly.stacks:
            for _, output in stack.template.outputs.items():  # noqa: PERF102 - not a dict
                export = output.get("Export") if isinstance(output, Map) else None
                name = export.get("Name") if isinstance(export, Map) else None
                value = output.get("Value") if isinstance(output, Map) else None
                text = stack.template.evaluator.text(name)
                if isinstance(text, Known) and value is not None:
                    found[text.value] = (stack, value)
        return found


def published(stack: Stack, node: Node) -> tuple[str, frozenset[str] | None]:
    """A name for a layer that the assembly does not make, and the distributions in it where they are known."""
    value = stack.template.evaluator.text(node)
    text = value.value if isinstance(value, Known) else ""
    name = layer_name(text) or text or "computed"
    return name, distributions_in(name)


def _resource(stack: Stack, name: str) -> Resource | None:
    return next((one for one in stack.template.resources if one.name == name), None)


def _argument(stack: Stack, name: str) -> Node | None:
    """What the parent passes for a nested stack's parameter."""
    if stack.parent is None or stack.parent_resource is None:
        return None
    made = _resource(stack.parent, stack.parent_resource)
    arguments = made.properties.get("Parameters") if made is not None else None
    return arguments.get(name) if isinstance(arguments, Map) else None
