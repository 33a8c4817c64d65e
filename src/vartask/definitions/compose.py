"""Functions that a Compose file starts: services built from a Dockerfile for Lambda.

Their ``command`` takes the place of the image's ``CMD`` (https://docs.docker.com/reference/compose-file/services/).
"""

from __future__ import annotations

import posixpath
import re
import shlex

from vartask.artifact.build_context import holds_all
from vartask.artifact.build_files import Service, compose_services, interpolated
from vartask.artifact.build_words import UNKNOWN
from vartask.artifact.describe import describe
from vartask.config import Settings
from vartask.model import Declared, Function, Gap, Image, Span, Text
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping, Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError

_FILE = re.compile(r"^(?:docker-)?compose.*\.ya?ml$")
_HANDLER = re.compile(r"^[\w./-]+\.\w+$")


def find(project: Project, settings: Settings) -> Declared:
    """A function for every service that runs an image for Lambda with its own handler or the image's."""
    del settings
    functions: list[Function] = []
    gaps: list[Gap] = []
    for path in project.files:
        if not _FILE.match(posixpath.basename(path)):
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
    if not project.is_file(build.dockerfile) or build.unknown_args:
        return None
    described = describe(project, build.dockerfile, target=build.target, build_args=build.build_args)
    if not (described.config.aws_base or described.runs_awslambdaric) or described.web_adapter:
        return None
    command, entrypoint = _words(service.node.get("command")), _words(service.node.get("entrypoint"))
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
    return Function(service.name, span, image, "compose", environment=_environment(service.node.get("environment")))


def _names_handler(word: str) -> bool:
    return _HANDLER.match(word) is not None and not word.endswith((".py", ".sh"))


def _words(node: Node | None) -> tuple[Text, ...] | None:
    """``command`` as a list, or as a string that is split like a shell's words; ``None`` when it is not set."""
    if isinstance(node, Sequence):
        return tuple(Text(interpolated(item.value), item.span) for item in node.items if isinstance(item, Scalar))
    if isinstance(node, Scalar) and not node.is_null:
        try:
            return tuple(Text(word, node.span) for word in shlex.split(interpolated(node.value)))
        except ValueError:
            return (Text(UNKNOWN, node.span),)
    return None


def _environment(node: Node | None) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    if isinstance(node, Mapping):
        for key, value in node.items():
            text = interpolated(value.value) if isinstance(value, Scalar) and not value.is_null else UNKNOWN
            found[key.value] = None if UNKNOWN in text else text
    elif isinstance(node, Sequence):
        for item in node.items:
            if isinstance(item, Scalar):
                name, equals, text = item.value.partition("=")
                text = interpolated(text)
                found[name] = text if equals and UNKNOWN not in text else None
    return found
