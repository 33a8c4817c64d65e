"""Compose files as Docker Compose reads them, as far as images and what they start go.

https://docs.docker.com/reference/compose-file/: ``extends``, ``include``, the override file, variables and ``.env``.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from vartask.artifact.build_commands import DockerBuild
from vartask.artifact.build_words import UNKNOWN
from vartask.artifact.references import ReferenceError, familiar  # noqa: A004 - the term of the field
from vartask.model import NamedContext, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError, read_yaml

MAX_FILES = 20
"""Files that include or extend each other deeper than this do it in a circle."""

_OVERRIDE = regex(r"^((?:docker-)?compose)\.override\.ya?ml$")
_REPLACED = frozenset({"command", "entrypoint"})
"""Settings of a service that are lists, and are replaced where all other lists are joined."""


@dataclass(frozen=True, slots=True)
class Service:
    """A Compose service that builds an image; ``build`` is ``None`` when its Dockerfile stands in the Compose file.

    ``node`` is the service with everything that it extends, ``variables`` what interpolation knows.
    """

    name: str
    span: Span
    build: DockerBuild | None
    node: MappingNode
    variables: Mapping[str, str] = field(default_factory=dict)
    inline: str | None = None

    def put(self, text: str) -> str:
        """A value with its variables put in."""
        return interpolated(text, self.variables)


@dataclass(frozen=True, slots=True)
class _Definition:
    """A service as far as it is put together; ``here`` is the directory that its build's paths are relative to."""

    node: MappingNode
    here: str
    span: Span


def is_override(project: Project, path: str) -> bool:
    """Whether a file only changes the one beside it, which Compose reads first."""
    directory, name = posixpath.split(path)
    match = _OVERRIDE.match(name)
    return match is not None and any(_beside(project, directory, f"{match[1]}.{end}") for end in ("yml", "yaml"))


def _beside(project: Project, directory: str, name: str) -> bool:
    return project.is_file(posixpath.join(directory, name))


def compose_services(project: Project, path: str, text: str) -> Iterator[Service]:
    """The services of a Compose file that build an image.  Raises :class:`YamlError`.

    The context is relative to the Compose file, the Dockerfile to the context
    (https://docs.docker.com/reference/compose-file/build/).
    """
    here = posixpath.dirname(path) or "."
    variables = _env_file(project, here)
    reader = _Reader(project, variables)
    services = reader.services(path, text, 0)
    for end in ("yml", "yaml"):
        stem = posixpath.basename(path).partition(".")[0]
        override = posixpath.normpath(posixpath.join(here, f"{stem}.override.{end}"))
        if override != path and posixpath.basename(path) == f"{stem}.{path.rpartition('.')[2]}":
            for name, more in reader.file(override, 0).items():
                services[name] = _merged(services[name], more) if name in services else more
    for name, found in services.items():
        build = found.node.get("build")
        inline = build.get("dockerfile_inline") if isinstance(build, MappingNode) else None
        if inline is not None:
            shown = inline.value if isinstance(inline, Scalar) else ""
            yield Service(name, found.span, None, found.node, variables, shown)
            continue
        made = _Build(project, found, variables).read()
        if made is not None:
            yield Service(name, found.span, made, found.node, variables)


def compose_builds(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """The builds of a Compose file; nothing when it is not YAML."""
    try:
        yield from [service.build for service in compose_services(project, path, text) if service.build is not None]
    except YamlError:
        return


# -- files and services that belong together -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reader:
    project: Project
    variables: Mapping[str, str]

    def file(self, path: str, depth: int) -> dict[str, _Definition]:
        """The services of another file; none when it cannot be read."""
        try:
            return self.services(path, self.project.read_text(path), depth)
        except (Unreadable, YamlError):
            return {}

    def services(self, path: str, text: str, depth: int) -> dict[str, _Definition]:
        """The services of a file with those of the files that it includes.  Raises :class:`YamlError`."""
        here = posixpath.dirname(path) or "."
        found: dict[str, _Definition] = {}
        if depth > MAX_FILES:
            return found
        for document in read_yaml(text, path):
            root = document.root if isinstance(document.root, MappingNode) else None
            for included in self._included(root, here):
                found.update(self.file(included, depth + 1))
            services = root.get("services") if root is not None else None
            own = {
                key.value: _Definition(node, here, key.span)
                for key, node in (services.items() if isinstance(services, MappingNode) else ())
                if isinstance(node, MappingNode)
            }
            found.update({name: self._extended(one, own, (path, name), depth) for name, one in own.items()})
        return found

    def _included(self, root: MappingNode | None, here: str) -> Iterator[str]:
        """``include``: paths, or mappings with one or more paths."""
        listed = root.get("include") if root is not None else None
        for item in listed.items if isinstance(listed, Sequence) else ():
            node = item.get("path") if isinstance(item, MappingNode) else item
            for one in node.items if isinstance(node, Sequence) else [node]:
                written = interpolated(one.value, self.variables) if isinstance(one, Scalar) else UNKNOWN
                path = None if UNKNOWN in written else self.project.join(here, written)
                if path is not None:
                    yield path

    def _extended(
        self, own: _Definition, services: Mapping[str, _Definition], start: tuple[str, str], depth: int
    ) -> _Definition:
        """``extends``: the service of this file or of another one that this one changes."""
        extends = own.node.get("extends")
        file, name = extends, extends
        if isinstance(extends, MappingNode):
            file, name = extends.get("file"), extends.get("service")
        elif extends is not None:
            file = None
        if not isinstance(name, Scalar) or depth > MAX_FILES:
            return own
        if isinstance(file, Scalar) and not file.is_null:
            path = self.project.join(own.here, interpolated(file.value, self.variables))
            base = self.file(path, depth + 1).get(name.value) if path is not None else None
        elif name.value == start[1]:
            return own
        else:
            there = services.get(name.value)
            base = None if there is None else self._extended(there, services, start, depth + 1)
        return own if base is None else _merged(base, own)


def _merged(base: _Definition, own: _Definition) -> _Definition:
    """One service over another: tables are joined, lists too, and everything else is replaced."""
    build = own.node.get("build")
    places = isinstance(build, Scalar) or (isinstance(build, MappingNode) and "context" in build)
    return _Definition(_joined(base.node, own.node), own.here if places else base.here, own.span)


def _joined(base: MappingNode, own: MappingNode) -> MappingNode:
    pairs: dict[str, tuple[Node, Node]] = {key.value: (key, value) for key, value in base.items()}
    for key, value in own.items():
        before = pairs[key.value][1] if key.value in pairs else None
        if key.value == "build":
            before, value = _long(before), _long(value) or value  # noqa: PLW2901 -- the same thing written out
        if isinstance(before, MappingNode) and isinstance(value, MappingNode):
            pairs[key.value] = (key, _joined(before, value))
        elif isinstance(before, Sequence) and isinstance(value, Sequence) and key.value not in _REPLACED:
            pairs[key.value] = (key, Sequence(value.span, items=[*before.items, *value.items]))
        else:
            pairs[key.value] = (key, value)
    return MappingNode(own.span, pairs=list(pairs.values()))


def _long(build: Node | None) -> Node | None:
    """``build: directory`` in its long form."""
    if not isinstance(build, Scalar):
        return build
    return MappingNode(build.span, pairs=[(Scalar("context", build.span), build)])


# -- interpolation -------------------------------------------------------------------------------------------


_VARIABLE = regex(r"\$\$|\$(\w+)|\$\{(\w+)(?:(:?[-+?])((?:[^{}]|\$\{[^{}]*\})*))?\}")


def interpolated(text: str, variables: Mapping[str, str] | None = None) -> str:
    """A value with variables of ``.env`` and with defaults put in; what has neither is unknown.

    https://docs.docker.com/reference/compose-file/interpolation/
    """
    known = variables or {}

    def value(found: re.Match[str]) -> str:
        if found[0] == "$$":
            return "$"
        name, operator, word = found[1] or found[2], found[3] or "", found[4] or ""
        there = known.get(name)
        if operator.endswith("+"):
            return interpolated(word, known) if there else (UNKNOWN if there is None else "")
        if there or (there is not None and not operator.startswith(":")):
            return there
        return interpolated(word, known) if operator.endswith("-") else UNKNOWN

    return _VARIABLE.sub(value, text)


def _env_file(project: Project, here: str) -> dict[str, str]:
    """``.env`` beside the Compose file: https://docs.docker.com/compose/how-tos/environment-variables/."""
    path = posixpath.normpath(posixpath.join(here, ".env"))
    if not project.is_file(path):
        return {}
    try:
        text = project.read_text(path)
    except Unreadable:
        return {}
    found: dict[str, str] = {}
    for line in text.splitlines():
        match = re.match(r"^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$", line)
        if match is not None:
            quoted = re.fullmatch(r"([\"'])(.*)\1", match[2])
            found[match[1]] = quoted[2] if quoted else re.sub(r"\s+#.*$", "", match[2])
    return found


# -- one build -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Build:
    project: Project
    service: _Definition
    variables: Mapping[str, str]

    def read(self) -> DockerBuild | None:
        """The build; ``None`` when there is none, or its place is not known."""
        build = self.service.node.get("build")
        if build is None:
            return None
        context = self._put(build.value) if isinstance(build, Scalar) else self._scalar(build, "context") or "."
        target, image = self._scalar(build, "target"), self._scalar(self.service.node, "image")
        platform = self._scalar(self.service.node, "platform")
        if UNKNOWN in context or "://" in context or context.startswith("git@"):
            return None
        root = self.project.join(self.service.here, context)
        dockerfile = (
            None if root is None else self.project.join(root, self._scalar(build, "dockerfile") or "Dockerfile")
        )
        if dockerfile is None or UNKNOWN in dockerfile:
            return None
        args = dict(self._pairs(build.get("args") if isinstance(build, MappingNode) else None))
        return DockerBuild(
            dockerfile,
            root,
            build.span,
            target if target and UNKNOWN not in target else None,
            {name: value for name, value in args.items() if UNKNOWN not in value},
            tuple(name for name, value in args.items() if UNKNOWN in value),
            platform if platform and UNKNOWN not in platform else None,
            (image.replace(UNKNOWN, "${...}"),) if image else (),
            dict(self._contexts(build.get("additional_contexts") if isinstance(build, MappingNode) else None)),
        )

    def _put(self, text: str) -> str:
        return interpolated(text, self.variables)

    def _scalar(self, owner: Node | None, name: str) -> str | None:
        node = owner.get(name) if isinstance(owner, MappingNode) else None
        return self._put(node.value) if isinstance(node, Scalar) and not node.is_null else None

    def _contexts(self, node: Node | None) -> Iterator[tuple[str, NamedContext]]:
        """``additional_contexts``: directories relative to the Compose file, images, addresses and other services."""
        for name, value in self._pairs(node):
            try:
                short = familiar(name)
            except ReferenceError:
                continue
            directory = None if UNKNOWN in value else self.project.join(self.service.here, value)
            if value.startswith("docker-image://") and UNKNOWN not in value:
                yield short, NamedContext(image=value.removeprefix("docker-image://"))
            elif directory is not None and "://" not in value and self.project.is_dir(directory):
                yield short, NamedContext(directory)
            else:
                shown = value.replace(UNKNOWN, "${...}")
                yield short, NamedContext(reason=f"contents of build context `{name}` ({shown}) are not known")

    def _pairs(self, node: Node | None) -> Iterator[tuple[str, str]]:
        """``args`` as a mapping or as a list of ``NAME=value``; a name alone takes its value from the environment."""
        if isinstance(node, MappingNode):
            for key, value in node.items():
                known = isinstance(value, Scalar) and not value.is_null
                yield key.value, self._put(value.value) if known and isinstance(value, Scalar) else UNKNOWN
        elif isinstance(node, Sequence):
            for item in node.items:
                if isinstance(item, Scalar):
                    name, equals, text = item.value.partition("=")
                    yield name, self._put(text) if equals else self.variables.get(name, UNKNOWN)
