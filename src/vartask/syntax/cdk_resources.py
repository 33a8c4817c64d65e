"""A function's resource in a cloud assembly's template."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Final

from vartask.model import LAMBDA_LIMITS, Architecture, Limits, limit
from vartask.patterns import regex
from vartask.records import dataclass
from vartask.syntax.cdk_assembly import Asset, Stack
from vartask.syntax.cloudformation import Known, Unresolved, Value, intrinsic, is_written_out
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.template import Resource

_HASH: Final = regex(r"[0-9a-f]{64}")
_RESOURCE: Final = "/Resource"


@dataclass(frozen=True, slots=True)
class CdkResource:
    """One resource with the stack that it stands in."""

    stack: Stack
    resource: Resource

    @property
    def path(self) -> str | None:
        """The path of the construct in the application, as far as the assembly has it (``aws:cdk:path``)."""
        value = self.resource.evaluator.text(self.resource.metadata.get("aws:cdk:path"))
        return value.value if isinstance(value, Known) else None

    @property
    def construct(self) -> str | None:
        """The path of the construct that people write: an L2 construct's resource is called ``Resource``."""
        return self.path.removesuffix(_RESOURCE) if self.path else None

    def node(self, *names: str) -> Node | None:
        """A property, or one inside of it."""
        found: Node | None = self.resource.properties
        for name in names:
            found = found.get(name) if isinstance(found, Map) and found.tag is None else None
        return found

    def text(self, *names: str) -> Value:
        """A property as a string."""
        return self.resource.evaluator.text(self.node(*names))

    def words(self, *names: str) -> list[Value] | Unresolved | None:
        """A property that is a list of strings."""
        items = self.resource.evaluator.elements(self.node(*names))
        return [self.resource.evaluator.text(item) for item in items] if isinstance(items, list) else items

    # -- assets ---------------------------------------------------------------------------------------

    def asset(self, key: str) -> Asset | None:
        """The asset in a property: by the resource's metadata, else by the hash in the property itself."""
        named = self.resource.evaluator.text(self.resource.metadata.get("aws:asset:path"))
        if isinstance(named, Known):
            path = posixpath.normpath(posixpath.join(self.stack.directory, named.value))
            listed = next((one for one in self.stack.assets.values() if one.path == path), None)
            return listed or Asset(path, self._metadata("dockerfile-path"), self._metadata("docker-build-target"))
        for text in _scalars(self.node(key)):
            for found in _HASH.findall(text):
                if found in self.stack.assets:
                    return self.stack.assets[found]
        return None

    @property
    def is_bundled(self) -> bool:
        """Whether a command has made the asset (``aws:asset:is-bundled``); older assemblies do not say."""
        node = self.resource.metadata.get("aws:asset:is-bundled")
        return not (isinstance(node, Scalar) and node.boolean is False)

    def _metadata(self, name: str) -> str | None:
        value = self.resource.evaluator.text(self.resource.metadata.get(f"aws:asset:{name}"))
        return value.value if isinstance(value, Known) else None

    # -- simple properties ----------------------------------------------------------------------------

    def architecture(self) -> Architecture | None:
        """``Architectures``; ``x86_64`` is Lambda's default."""
        words = self.words("Architectures")
        if words is None:
            return "x86_64"
        first = words[0] if isinstance(words, list) and words else None
        value = first.value if isinstance(first, Known) else None
        return value if value in {"x86_64", "arm64"} else None  # type: ignore[return-value]  # narrowed by the test

    def limits(self) -> Limits:
        """``MemorySize``, ``Timeout`` and ``EphemeralStorage``; what the template leaves out is Lambda's own."""
        storage = self.node("EphemeralStorage")
        size = storage.get("Size") if isinstance(storage, Map) and intrinsic(storage) is None else storage
        return Limits(
            limit(_number(self.text("MemorySize")), LAMBDA_LIMITS.memory),
            limit(_number(self.text("Timeout")), LAMBDA_LIMITS.timeout),
            limit(_number(self.resource.evaluator.text(size)), LAMBDA_LIMITS.storage),
        )

    def environment(self) -> Mapping[str, str | None]:
        """The variables; a value that is known at deployment only is ``None``."""
        variables = self.node("Environment", "Variables")
        found: dict[str, str | None] = {}
        for key, node in variables.items() if isinstance(variables, Map) else ():
            value = self.resource.evaluator.text(node)
            if value is not None:
                found[key.value] = value.value if isinstance(value, Known) else None
        return found

    def environment_known(self) -> bool:
        """Whether every variable has its name in the template."""
        section = self.node("Environment")
        return section is None or (is_written_out(section) and is_written_out(self.node("Environment", "Variables")))


def _number(value: Value) -> str | None:
    """What stands for a number; nothing that is one when it is not known."""
    return None if value is None else value.value if isinstance(value, Known) else ""


def referred(node: Node) -> tuple[str, str] | None:
    """The function and name of ``Ref`` or ``Fn::ImportValue`` of a plain string."""
    call = intrinsic(node)
    if call is None or call[0] not in {"Ref", "Fn::ImportValue"} or not isinstance(call[1], Scalar):
        return None
    return call[0], call[1].value


def _scalars(node: Node | None) -> Iterator[str]:
    """Every string of a property, which holds no aliases: JSON has none."""
    pending = [node]
    while pending:
        here = pending.pop()
        if isinstance(here, Scalar):
            yield here.value
        elif isinstance(here, Sequence):
            pending += here.items
        elif isinstance(here, Map):
            pending += (value for _, value in here.items())
