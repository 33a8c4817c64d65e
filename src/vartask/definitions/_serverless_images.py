"""Functions of the Serverless Framework that are container images.

https://www.serverless.com/framework/docs/providers/aws/guide/functions#referencing-container-image-as-a-target and
serverless 3.40 (``lib/plugins/aws/provider.js``).
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.definitions._serverless_service import Service
from vartask.definitions._serverless_values import Answer
from vartask.model import Image, Span, Text
from vartask.patterns import regex
from vartask.syntax.cloudformation import Known, Unresolved, shown
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.nodes import Scalar

_URI: Final = regex(r"\d+\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/")
_DOCKERFILE: Final = "Dockerfile"


def image_of(service: Service, node: Answer, span: Span) -> tuple[Image, str | None]:
    """The image that a function's ``image`` names, and why its command is not known if it is not."""
    values = service.values
    if isinstance(node, Unresolved):
        return Image(None, None, span, reason=node.reason), node.reason
    named = values.text(values.below(node, ("name",))) if isinstance(node, Map) else values.text(node)
    uri = values.text(values.below(node, ("uri",))) if isinstance(node, Map) else None
    if isinstance(named, Known) and _URI.match(named.value):
        named, uri = None, named
    image = _from_uri(uri, span) if named is None else _built(service, named, span)
    words, doubts = {}, []
    for key in ("command", "entryPoint"):
        listed = values.below(node, (key,)) if isinstance(node, Map) else None
        found = values.texts(listed)
        if isinstance(found, Unresolved):
            doubts.append(f"`{key}` cannot be known: {found.reason}")
        else:
            words[key] = tuple(found) or None
    workdir = values.text(values.below(node, ("workingDirectory",))) if isinstance(node, Map) else None
    at = Text(workdir.value, workdir.span) if isinstance(workdir, Known) else None
    made = Image(
        image.dockerfile,
        image.context,
        image.span,
        build_args=image.build_args,
        platform=image.platform,
        command=words.get("command"),
        entrypoint=words.get("entryPoint"),
        workdir=at,
        reference=image.reference,
        reason=image.reason,
    )
    return made, doubts[0] if doubts else None


def _from_uri(uri: Known | Unresolved | None, span: Span) -> Image:
    if isinstance(uri, Known):
        return Image(None, None, uri.span, reference=uri.value)
    return Image(None, None, span, reason=uri.reason if uri is not None else "`image` names neither `uri` nor `name`")


def _built(service: Service, name: Known | Unresolved, span: Span) -> Image:
    """An image that the framework builds, from ``provider.ecr.images``."""
    if isinstance(name, Unresolved):
        return Image(None, None, span, reason=name.reason)
    values = service.values
    node = values.get("provider", "ecr", "images", name.value)
    if node is None:
        return Image(None, None, name.span, reason=f"`provider.ecr.images` has no `{shown(name.value)}`")
    if isinstance(node, Unresolved):
        return Image(None, None, name.span, reason=node.reason)
    if not isinstance(node, Map):
        node = Map(node.span, pairs=[(Scalar("path", node.span), node)])
    uri, path = values.text(values.below(node, ("uri",))), values.literal(values.below(node, ("path",)))
    if uri is not None or (isinstance(path, Known) and _URI.match(path.value)):
        return _from_uri(uri or path, name.span)
    return _from_dockerfile(service, node, path, name.span)


def _from_dockerfile(service: Service, node: Map, path: Known | Unresolved | None, span: Span) -> Image:
    values = service.values
    file, platform = (values.literal(values.below(node, (key,))) for key in ("file", "platform"))
    for found in (path, file):
        if isinstance(found, Unresolved):
            return Image(None, None, found.span, reason=found.reason)
    context = service.project.join(service.base, path.value) if isinstance(path, Known) else None
    if context is None or not isinstance(path, Known):
        return Image(None, None, span, reason="the image's `path` leads out of the repository")
    dockerfile = posixpath.normpath(posixpath.join(context, file.value if isinstance(file, Known) else _DOCKERFILE))
    at = file.span if isinstance(file, Known) else path.span
    if not service.project.is_file(dockerfile):
        return Image(None, None, at, reason=f"`{dockerfile}` does not exist in the repository")
    build_args: dict[str, str] = {}
    for key, value in values.items(values.below(node, ("buildArgs",))):
        text = values.text(value)
        if not isinstance(text, Known):
            return Image(None, None, key.span, reason=f"the build argument `{key.value}` is computed")
        build_args[key.value] = text.value
    wanted = platform.value if isinstance(platform, Known) else None
    return Image(dockerfile, context, at, build_args=build_args, platform=wanted)
