"""The properties of a function's resource, with what the template's ``Globals`` add."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from vartask.artifact.sam_build import BuildSettings, Code, build_settings, function_package
from vartask.model import LAMBDA_LIMITS, Architecture, Limits, Text, Zip, limit
from vartask.project import Project
from vartask.records import dataclass
from vartask.syntax.cloudformation import Known, Unresolved, Value, intrinsic, is_written_out, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node, Scalar
from vartask.syntax.template import Resource, Template

_SERVERLESS: Final = "AWS::Serverless::Function"
_DECISIVE: Final = (
    "Handler", "Runtime", "CodeUri", "Code", "InlineCode", "PackageType", "ImageUri", "ImageConfig", "Architectures",
    "Layers",
)  # fmt: skip


@dataclass(slots=True)
class FunctionResource:
    """A function's resource together with the template's ``Globals``.

    How the two combine: own values win, lists are joined with the shared ones first, mappings are merged
    (https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-template-anatomy-globals.html).
    """

    project: Project
    template: Template
    resource: Resource
    base: str

    @property
    def serverless(self) -> bool:
        return self.resource.type == _SERVERLESS

    def node(self, name: str) -> Node | None:
        """A property; the resource's own comes before that of ``Globals``."""
        own = self._chosen(self.resource.properties.get(name))
        if own is None and self.serverless:
            return self._chosen(self.template.function_globals.get(name))
        return own

    def _chosen(self, node: Node | None) -> Node | None:
        return self.resource.evaluator.chosen(node)

    def both(self, name: str) -> Iterator[Node]:
        """A property that ``Globals`` adds to: its value there, then the resource's own."""
        if self.serverless and (shared := self._chosen(self.template.function_globals.get(name))) is not None:
            yield shared
        if (own := self._chosen(self.resource.properties.get(name))) is not None:
            yield own

    def conditional_nodes(self) -> Iterator[Node | None]:
        """What decides how the function starts, and may depend on conditions."""
        yield from (self.resource.properties.get(name) for name in _DECISIVE)
        yield from (self.resource.metadata.get(name) for name in ("BuildMethod", "Dockerfile", "DockerContext"))
        if self.serverless:
            yield from (self.template.function_globals.get(name) for name in _DECISIVE)

    def text(self, name: str) -> Value:
        return self.resource.evaluator.text(self.node(name))

    def literal(self, name: str) -> Value:
        return self.resource.evaluator.literal(self.node(name))

    def open_ended(self) -> bool:
        """Whether something adds properties at deployment (``Fn::Transform`` with ``AWS::Include``)."""
        own = self.resource.body.get("Properties")
        return (
            not isinstance(own, Map)
            or own.tag is not None
            or any(key.value.startswith("Fn::") for key, _ in own.items())
        )

    # -- what it is ---------------------------------------------------------------------------------

    def is_image(self) -> bool:
        kind = self.text("PackageType")
        if isinstance(kind, Known):
            return kind.value == "Image"
        return self.image_uri() is not None

    def image_uri(self) -> Node | None:
        """Where the image is named: ``ImageUri``, which plain CloudFormation has below ``Code``."""
        if self.serverless:
            return self.node("ImageUri")
        code = self.node("Code")
        return self._chosen(code.get("ImageUri")) if isinstance(code, Map) and code.tag is None else None

    def architecture(self) -> Architecture | None:
        """The declared architecture; ``x86_64`` is Lambda's default, but a computed one stays unknown."""
        node = self.node("Architectures")
        items = self.resource.evaluator.elements(node)
        if node is None or items is None:
            return "x86_64"
        first = self.resource.evaluator.text(items[0]) if isinstance(items, list) and items else None
        value = first.value if isinstance(first, Known) else None
        return value if value in {"x86_64", "arm64"} else None  # type: ignore[return-value]  # narrowed by the test

    def limits(self) -> Limits:
        """``MemorySize``, ``Timeout`` and ``EphemeralStorage``; what nothing sets is Lambda's own."""
        default = Limits() if self.template.open_ended or self.open_ended() else LAMBDA_LIMITS
        sizes = [
            node.get("Size") if isinstance(node, Map) and intrinsic(node) is None else node
            for node in self.both("EphemeralStorage")
        ]
        size = next((one for one in reversed(sizes) if one is not None), None)
        return Limits(
            limit(_number(self.text("MemorySize")), default.memory),
            limit(_number(self.text("Timeout")), default.timeout),
            limit(_number(self.resource.evaluator.text(size)), default.storage),
        )

    def environment(self) -> Mapping[str, str | None]:
        found: dict[str, str | None] = {}
        for node in self.both("Environment"):
            variables = self._chosen(node.get("Variables")) if isinstance(node, Map) else None
            for key, value in variables.items() if isinstance(variables, Map) else ():
                text = self.resource.evaluator.text(value)
                if text is None and not (isinstance(value, Scalar) and value.is_null):
                    continue  # AWS::NoValue removes it
                found[key.value] = _as_deployed(value, text)
        return found

    def environment_known(self) -> bool:
        """Whether every variable that the template sets is in :meth:`environment`, with its name."""
        if self.template.open_ended or self.open_ended():
            return False
        for node in self.both("Environment"):
            if not is_written_out(node):
                return False
            variables = self._chosen(node.get("Variables")) if isinstance(node, Map) else None
            empty = variables is None or (isinstance(variables, Scalar) and variables.is_null)
            if not empty and not is_written_out(variables):
                return False
        return True

    # -- a zip --------------------------------------------------------------------------------------

    def package(self) -> Zip:
        inline = self._inline()
        if inline is not None:
            return inline
        key = "CodeUri" if self.serverless else "Code"
        node = self._asset() or self.node(key)
        if isinstance(node, Map) and node.tag is None and len(node) > 1:
            return self._uploaded(node)
        if node is None and not self.serverless:
            return Zip(self.resource.span, reason="the template names no code")
        value = self.resource.evaluator.literal(node)
        span = value.span if value is not None else self.resource.span
        return function_package(self.project, self.base, Code(key, value, span), self._build())

    def _uploaded(self, node: Map) -> Zip:
        """Code in a bucket, which a script of the repository may put there."""
        key = node.get("S3Key") or node.get("Key")
        if isinstance(key, Scalar) and key.tag is None:
            # Imported here: most templates bring their code themselves.
            from vartask.artifact.scripts.packages import package_uploaded

            made = package_uploaded(self.project, key.value, self.resource.span.path)
            if made is not None and made.parts:
                return made
        return Zip(node.span, reason=f"the code is an object in S3 ({_bucket(self.resource, node)})")

    def _asset(self) -> Node | None:
        """The local path that CDK writes beside a synthesised resource, which ``sam`` takes in place of the property.

        https://docs.aws.amazon.com/cdk/api/v1/docs/cloud-assembly-schema.html (``aws:asset:path``).
        """
        named = self.resource.evaluator.text(self.resource.metadata.get("aws:asset:property"))
        if not isinstance(named, Known) or not named.value.startswith("Code"):
            return None
        return self.resource.metadata.get("aws:asset:path")

    def _inline(self) -> Zip | None:
        """Code in the template: CloudFormation stores it as ``index.py``."""
        node = self.node("InlineCode")
        if not self.serverless:
            code = self.node("Code")
            node = self._chosen(code.get("ZipFile")) if isinstance(code, Map) else None
        value = self.resource.evaluator.text(node)
        if node is None or value is None:
            return None
        if isinstance(value, Unresolved):
            return Zip(node.span, reason=f"the inline code cannot be known: {value.reason}")
        return Zip(node.span, inline=Text(value.value, node.span))

    def _build(self) -> BuildSettings:
        return build_settings(self.resource, serverless=self.template.serverless, parents=self._parents())

    def _parents(self) -> str:
        """The package that ``BuildProperties`` puts above the code, as a relative path."""
        properties = self.resource.metadata.get("BuildProperties")
        if not isinstance(properties, Map):
            return ""
        mode = self.resource.evaluator.text(properties.get("ParentPackageMode"))
        if not isinstance(mode, Known):
            return ""
        if mode.value == "explicit":
            named = self.resource.evaluator.text(properties.get("ParentPackages"))
            return named.value.replace(".", "/") if isinstance(named, Known) else ""
        return self._inferred_parents() if mode.value == "auto" else ""

    def _inferred_parents(self) -> str:
        """As aws-sam-cli infers them: the part of the code's path that starts with the handler's first package."""
        handler, code = self.literal("Handler"), self.literal("CodeUri")
        packages = handler.value.split(".")[:-2] if isinstance(handler, Known) else []
        path = self.project.join(self.base, code.value if isinstance(code, Known) else ".")
        parts = (path or "").split("/")
        if not packages or packages[0] not in parts:
            return ""
        start = parts.index(packages[0])
        return "/".join(parts[start : start + len(packages)])


def _number(value: Value) -> str | None:
    """What stands for a number; nothing that is one when it is not known."""
    return None if value is None else value.value if isinstance(value, Known) else ""


def _bucket(resource: Resource, node: Map) -> str:
    bucket = node.get("S3Bucket") or node.get("Bucket")
    value = resource.evaluator.text(bucket)
    if isinstance(value, Known):
        return value.value
    return written(bucket) if bucket is not None else "unnamed"


def _as_deployed(node: Node, text: Value) -> str | None:
    """A variable's value as Lambda sets it: YAML's own types become JSON and then strings on the way there."""
    if not isinstance(text, Known):
        return None
    if not isinstance(node, Scalar) or not node.plain or node.tag is not None:
        return text.value
    if node.boolean is not None:
        return "true" if node.boolean else "false"
    # YAML 1.1 reads 010, 1_000, 1:30 and 1e3 as numbers that are written back differently.
    return (
        None if re.fullmatch(r"[-+]?(?:0[0-9a-zA-Z_]+|[0-9][0-9_:.]*[_:eE][0-9_:.eE+-]*)", text.value) else text.value
    )
