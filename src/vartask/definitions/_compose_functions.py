"""Functions that a Compose file starts: services built from a Dockerfile for Lambda.

Their ``command`` takes the place of the image's ``CMD`` (https://docs.docker.com/reference/compose-file/services/).
A profile only says when a service starts.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from vartask.artifact.build_context import holds_all
from vartask.artifact.build_words import UNKNOWN
from vartask.artifact.compose import Service, compose_services, is_override
from vartask.artifact.describe import describe
from vartask.model import Declared, Function, Gap, Image, Span, Text
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping, Scalar, Sequence
from vartask.syntax.yaml import YamlError

_HANDLER = regex(r"^[\w./-]+\.\w+$")


def declared(project: Project, files: Iterable[str]) -> Declared:
    """A function for every service that runs an image for Lambda with its own handler or the image's."""
    functions: list[Function] = []
    gaps: list[Gap] = []
    for path in files:
        if is_override(project, path):
            continue
        try:
            services = list(compose_services(project, path, project.read_text(path)))
        except Unreadable as error:
            gaps.append(Gap(Span(path), f"not read: {error}"))
            continue
        except YamlError as error:
            gaps.append(Gap(error.span, f"not read as a Compose file: {error.message}"))
            continue
        for service in services:
            found = _function(project, service)
            if isinstance(found, Function):
                functions.append(found)
            elif found is not None:
                gaps.append(found)
    return Declared(tuple(functions), gaps=tuple(gaps))


def _function(project: Project, service: Service) -> Function | Gap | None:
    build = service.build
    if build is None:
        return _without_file(service)
    if not project.is_file(build.dockerfile) or build.unknown_args:
        return None
    described = describe(project, build.dockerfile, target=build.target, build_args=build.build_args)
    if not (described.config.aws_base or described.runs_awslambdaric) or described.web_adapter:
        return None
    command, entrypoint = _words(service, "command"), _words(service, "entrypoint")
    if entrypoint is not None and not any("lambda" in word.value for word in entrypoint):
        # Another program is started, which is not Lambda's.
        return None
    if command is None and (described.config.cmd is None or not _names_handler(described.config.cmd[-1])):
        return None
    if command is not None and (len(command) != 1 or not _names_handler(command[0].value)):
        return None
    if build.context is not None and not holds_all(project, build.context, described.sources):
        # Its build would fail; whether the image's real build does is for the Dockerfile's own function to say.
        return Gap(service.span, f"{build.context} does not hold every COPY source of {build.dockerfile}")
    image = Image(
        build.dockerfile,
        build.context,
        build.span,
        build.target,
        build.build_args,
        build.platform,
        command,
        entrypoint,
        contexts=build.contexts,
    )
    span = command[0].span if command else service.span
    return Function(service.name, span, image, "compose", environment=_environment(service))


def _without_file(service: Service) -> Gap | None:
    """``dockerfile_inline`` has no place of its own, so that nothing can be said about it."""
    if "lambda" not in (service.inline or ""):
        return None
    return Gap(service.span, f"{service.name}: an image for Lambda whose Dockerfile stands in the Compose file")


def _names_handler(word: str) -> bool:
    return _HANDLER.match(word) is not None and not word.endswith((".py", ".sh"))


def _words(service: Service, name: str) -> tuple[Text, ...] | None:
    """``command`` as a list, or as a string that is split like a shell's words; ``None`` when it is not set."""
    node = service.node.get(name)
    if isinstance(node, Sequence):
        return tuple(Text(service.put(item.value), item.span) for item in node.items if isinstance(item, Scalar))
    if isinstance(node, Scalar) and not node.is_null:
        try:
            return tuple(Text(word, node.span) for word in shlex.split(service.put(node.value)))
        except ValueError:
            return (Text(UNKNOWN, node.span),)
    return None


def _environment(service: Service) -> dict[str, str | None]:
    node = service.node.get("environment")
    found: dict[str, str | None] = {}
    if isinstance(node, Mapping):
        for key, value in node.items():
            text = service.put(value.value) if isinstance(value, Scalar) and not value.is_null else UNKNOWN
            found[key.value] = None if UNKNOWN in text else text
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                name, equals, text = item.value.partition("=")
                text = service.put(text)
                found[name] = text if equals and UNKNOWN not in text else None
    return found
