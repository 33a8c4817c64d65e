"""Image functions of SAM and CloudFormation templates.

``sam build`` takes the Dockerfile from the resource's ``Metadata``; plain CloudFormation knows only the finished image
(https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-using-build.html).
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.definitions._sam_properties import FunctionResource
from vartask.model import Image, Text
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax.cloudformation import Known, Unresolved, Value, shown, written
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Node

_PLATFORMS: Final = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}

_HARMLESS: Final = ("--secret", "--ssh", "--cache", "--progress", "--no-cache", "--pull", "--label", "--provenance")
"""Arguments in ``DockerBuildExtraParams`` that do not change which files the image has."""


def image(project: Project, base: str, function: FunctionResource) -> Image:
    """The image that a function runs from, with the template's overrides."""
    reader = _Reader(project, base, function)
    uri = function.image_uri()
    reference = None
    if uri is not None:
        value = function.resource.evaluator.text(uri)
        reference = value.value if isinstance(value, Known) else written(uri)
    span = uri.span if uri is not None else function.resource.span
    built = reader.built(replace(Image(None, None, span), reference=reference, platform=reader.platform()))
    return reader.overridden(built)


@dataclass(slots=True)
class _Reader:
    """Reads what concerns the image; ``doubts`` are reasons for which it cannot be predicted."""

    project: Project
    base: str
    function: FunctionResource
    doubts: list[str] = field(default_factory=list)

    def platform(self) -> str | None:
        return _PLATFORMS.get(self.function.architecture() or "")

    def text(self, node: Node | None) -> Value:
        return self.function.resource.evaluator.literal(node)

    # -- Metadata -------------------------------------------------------------------------------------

    def built(self, image: Image) -> Image:
        """The image with the Dockerfile and context that ``Metadata`` names."""
        metadata = self.function.resource.metadata
        nodes = [metadata.get("DockerContext"), metadata.get("Dockerfile")]
        if nodes == [None, None]:
            named = f"the image `{shown(image.reference)}`" if image.reference else "no image"
            return replace(image, reason=f"the template names {named} and no Dockerfile")
        context = self._path("DockerContext", nodes[0], self.base)
        dockerfile = self._path("Dockerfile", nodes[1], context) if context is not None else None
        target = self.text(metadata.get("DockerBuildTarget"))
        if isinstance(target, Unresolved):
            self.doubts.append(f"`DockerBuildTarget` cannot be known: {target.reason}")
        arguments = self._arguments(metadata)
        self._extra_parameters(metadata.get("DockerBuildExtraParams"))
        return replace(
            image,
            dockerfile=dockerfile,
            context=context,
            span=nodes[1].span if nodes[1] is not None else image.span,
            target=target.value if isinstance(target, Known) else None,
            build_args=arguments,
        )

    def _path(self, key: str, node: Node | None, base: str) -> str | None:
        value = self.text(node)
        if not isinstance(value, Known):
            self.doubts.append(f"`{key}` cannot be known: {value.reason}" if value else f"`Metadata` has no `{key}`")
            return None
        path = self.project.join(base, value.value)
        if path is None:
            self.doubts.append(f"{key} `{shown(value.value)}` leads out of the repository")
        elif self.project.kind(path) != ("d" if key == "DockerContext" else "f"):
            self.doubts.append(f"{key} `{shown(value.value)}` does not exist in the repository")
        else:
            return posixpath.normpath(path)
        return None

    def _arguments(self, metadata: Map) -> dict[str, str]:
        found: dict[str, str] = {}
        section = metadata.get("DockerBuildArgs")
        for key, node in section.items() if isinstance(section, Map) else ():
            value = self.text(node)
            if isinstance(value, Unresolved):
                self.doubts.append(f"the build argument `{shown(key.value)}` cannot be known: {value.reason}")
            elif value is not None:
                found[key.value] = value.value
        return found

    def _extra_parameters(self, node: Node | None) -> None:
        items = self.function.resource.evaluator.elements(node)
        texts = [self.text(item) for item in items] if isinstance(items, list) else [items] if items else []
        for text in texts:
            if not isinstance(text, Known) or (text.value.startswith("-") and not text.value.startswith(_HARMLESS)):
                extra = shown(text.value) if isinstance(text, Known) else "a computed value"
                self.doubts.append(f"`DockerBuildExtraParams` with `{extra}` may change what is built")

    # -- ImageConfig ----------------------------------------------------------------------------------

    def overridden(self, image: Image) -> Image:
        """The image with ``ImageConfig``; anything there that is not known leaves the whole start unknown."""
        config = self.function.node("ImageConfig")
        entries: dict[str, Node | None] = dict.fromkeys(("Command", "EntryPoint", "WorkingDirectory"))
        if isinstance(config, Map) and config.tag is None:
            entries = {key: config.get(key) for key in entries}
        elif config is not None:
            self.doubts.append(f"`ImageConfig` cannot be known: it is `{written(config)}`")
        directory = self.text(entries["WorkingDirectory"])
        if isinstance(directory, Unresolved):
            self.doubts.append(f"`WorkingDirectory` cannot be known: {directory.reason}")
        image = replace(
            image,
            command=self._words("Command", entries["Command"]),
            entrypoint=self._words("EntryPoint", entries["EntryPoint"]),
            workdir=Text(directory.value, directory.span) if isinstance(directory, Known) else None,
        )
        if self.doubts:
            return replace(image, dockerfile=None, context=None, reason=self.doubts[0])
        return image

    def _words(self, key: str, node: Node | None) -> tuple[Text, ...] | None:
        items = self.function.resource.evaluator.elements(node)
        if items is None:
            return None
        words = [self.text(item) for item in items] if isinstance(items, list) else [items]
        known = [Text(word.value, word.span) for word in words if isinstance(word, Known)]
        if len(known) < len(words):
            unknown = next((word.reason for word in words if isinstance(word, Unresolved)), "a part has no value")
            self.doubts.append(f"`ImageConfig.{key}` cannot be known: {unknown}")
            return None
        return tuple(known) or None
