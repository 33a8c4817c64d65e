"""The images of a Pulumi program: which build an ``imageUri`` comes from.

https://www.pulumi.com/registry/packages/awsx/api-docs/ecr/image/,
https://www.pulumi.com/registry/packages/docker/api-docs/image/,
https://www.pulumi.com/registry/packages/docker-build/api-docs/image/.  Relative paths start where the program runs.
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.definitions._pulumi_values import Properties, inner, is_a, kind, parts, plain, resource, words
from vartask.model import Image, Span, Text
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax.program_values import Computed, Fields, Items, Made, Value, project_path, text, why

_BUILDS: Final = frozenset({"awsx", "docker", "docker-build"})
_DOCKERFILE: Final = "Dockerfile"


@dataclass
class Images:
    """Reads the images of one program, which runs in ``base``."""

    project: Project
    base: str

    def image(self, function: Properties, span: Span) -> Image:
        """The image of a function, with the overrides of its ``imageConfig``."""
        uri = function.get("imageUri")
        builds = {id(one): one for one in parts(uri) if _builds(one)}
        written = text(uri)
        image = Image(None, None, uri.span if uri is not None else span, reference=written)
        if len(builds) == 1:
            (build,) = builds.values()
            if isinstance(build, Made):
                image = _Build(self.project, self.base, build).read()
        elif builds:
            image = replace(image, reason="the image is one of several that the program builds")
        elif written is None:
            image = self._pulled(image, uri)
        return _overridden(image, function)

    def _pulled(self, image: Image, uri: Value | None) -> Image:
        """An image of a repository that the program makes; of any other address nothing tells a Dockerfile."""
        made = [one for one in parts(uri) if isinstance(one, Made) and is_a(one, "aws", "Repository")]
        if len({id(one) for one in made}) == 1:
            named = text(resource(made[0]).get("name")) or text(made[0].argument(0))
            if named:
                return replace(image, reference=named)
        return replace(image, reason=f"the image is not known: {why(uri)}")


def _builds(value: Value) -> bool:
    if not isinstance(value, Made) or value.member:
        return False
    named = kind(value.callee)
    return bool(named) and named[0] in _BUILDS and named[-1] == "Image"


@dataclass
class _Build:
    """One build; ``doubts`` are reasons for which it cannot be predicted."""

    project: Project
    base: str
    made: Made
    doubts: list[str] = field(default_factory=list)

    def read(self) -> Image:
        given = resource(self.made)
        span = self.made.span
        package = kind(self.made.callee)[0]
        if package == "docker":
            given = self._nested(given, "build", "context")
        context = (
            self._place(given, "context", "location") if "path" not in given.values else self._place(given, "path")
        )
        dockerfile = self._dockerfile(given, context)
        target = self._text(given, "target")
        platform = self._text(given, "platform") or self._first(given, "platforms")
        arguments = self._arguments(given, "args" if package != "docker-build" else "buildArgs")
        if self.doubts:
            return Image(None, None, span, reason=self.doubts[0])
        return Image(dockerfile, context, span, target, arguments, platform)

    def _nested(self, given: Properties, name: str, plain_name: str) -> Properties:
        """``build`` of ``docker.Image``: its own properties, or a path that is the context."""
        value = given.get(name)
        if value is None:
            return Properties({}, given.span)
        return Properties({plain_name: value}, value.span) if text(value) is not None else inner(value)

    def _place(self, given: Properties, name: str, below: str = "") -> str | None:
        """A directory, by its path or by an object that has it as ``below``."""
        value = given.get(name)
        if value is not None and below and text(value) is None:
            value = inner(value).get(below)
        if value is None:
            return self.base
        written = text(value)
        if written is None:
            self.doubts.append(f"the build's context is not known: {why(value)}")
            return None
        path = project_path(written, self.base)
        if path is None or not self.project.is_dir(path):
            self.doubts.append(f"the build's context `{written}` is not a directory of the repository")
        return path

    def _dockerfile(self, given: Properties, context: str | None) -> str | None:
        value = given.get("dockerfile")
        if value is not None and text(value) is None:
            value = inner(value).get("location") if isinstance(plain(value), Fields | Made) else value
            if value is None:
                self.doubts.append("the Dockerfile stands in the program")
                return None
        if context is None:
            return None
        written = text(value)
        if value is not None and written is None:
            self.doubts.append(f"the Dockerfile is not known: {why(value)}")
            return None
        return self._existing(written, context)

    def _existing(self, written: str | None, context: str) -> str | None:
        """Beside the program or in the context: the packages differ in where a relative path starts."""
        names = [posixpath.normpath(posixpath.join(context, written or _DOCKERFILE))]
        if written is not None:
            names.insert(0, project_path(written, self.base) or names[0])
        found = [path for path in dict.fromkeys(names) if self.project.is_file(path)]
        if len(found) == 1:
            return found[0]
        what = "stands in two places" if found else "does not exist in the repository"
        self.doubts.append(f"the Dockerfile `{written or names[0]}` {what}")
        return None

    def _text(self, given: Properties, name: str) -> str | None:
        value = given.get(name)
        if value is not None and text(value) is None:
            self.doubts.append(f"`{name}` of the build is not known: {why(value)}")
        return text(value)

    def _first(self, given: Properties, name: str) -> str | None:
        value = given.get(name)
        if isinstance(value, Items) and len(value.values) == 1 and value.more is None:
            only = plain(value.values[0])
            if isinstance(only, Made) or text(only) is None:
                named = only.callee if isinstance(only, Made) else getattr(only, "name", "")
                return _platform(str(named).rpartition(".")[2])
            return text(only)
        return None

    def _arguments(self, given: Properties, name: str) -> dict[str, str]:
        value = given.get(name)
        if value is None:
            return {}
        if isinstance(value, Computed) or not isinstance(value, Fields):
            self.doubts.append(f"the build's arguments are not known: {why(value)}")
            return {}
        found: dict[str, str] = {}
        for key, one in value.values.items():
            known = text(plain(one))
            if known is None:
                self.doubts.append(f"the build argument `{key}` is not known: {why(one)}")
            else:
                found[key] = known
        return found


def _platform(member: str) -> str | None:
    """``LINUX_AMD64`` and ``Linux_amd64`` of docker-build's ``Platform``."""
    system, _, architecture = member.lower().partition("_")
    return f"{system}/{architecture.replace('_', '/')}" if architecture else None


def _overridden(image: Image, function: Properties) -> Image:
    """The image with the function's ``imageConfig``; anything unknown there leaves its whole start unknown."""
    config = function.inner("imageConfig")
    if config is None:
        return image
    doubts: list[str] = []
    found: dict[str, tuple[Text, ...] | None] = {}
    for name in ("commands", "entryPoints"):
        listed = words(config.get(name))
        known, doubt = listed or ([], None)
        if doubt is not None:
            doubts.append(f"`{name}` of the image is not known: {doubt.reason}")
        found[name] = tuple(Text(str(one.value), one.span) for one in known) or None
    directory = config.get("workingDirectory")
    if directory is not None and text(directory) is None:
        doubts.append(f"`workingDirectory` of the image is not known: {why(directory)}")
    if doubts:
        return replace(image, dockerfile=None, context=None, reason=doubts[0])
    workdir = Text(text(directory) or "", directory.span) if directory is not None else None
    return replace(image, command=found["commands"], entrypoint=found["entryPoints"], workdir=workdir)
