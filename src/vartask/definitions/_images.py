"""Which Dockerfile a declared image is built from, with which context, target and arguments."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from vartask.model import Function, Gap, Image
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, replace

# What reads Dockerfiles, Terraform and scripts is a third of vartask: a project without images does without.
if TYPE_CHECKING:
    from vartask.artifact.builds import DockerBuild
    from vartask.artifact.describe import ImageDescription

_NAMED = 5
"""As many Dockerfiles are named in a reason; the rest are counted."""
_OTHER_LANGUAGE = regex(
    r"(?:lambda[/-](?:nodejs|java|dotnet|ruby|go)\b"
    r"|(?:^|/)(?:node|golang|openjdk|eclipse-temurin|amazoncorretto|maven|gradle|ruby|rust|php|nginx)(?:[:@]|$))"
)


_TAIL = regex(r"\}(?P<tail>[-_./][\w./-]{4,})(?::[^/]*)?(?:@.*)?$")
"""What is written out behind the last computed part of an image's name."""


@dataclass
class Images:
    """What is known about the images of a project; ``dockerfiles`` are those that are for Lambda's Python."""

    project: Project
    dockerfiles: frozenset[str]

    @cached_property
    def builds(self) -> tuple[DockerBuild, ...]:
        """The image builds that the repository declares."""
        from vartask.artifact.builds import find_builds

        return find_builds(self.project)

    def of(self, dockerfile: str) -> list[DockerBuild]:
        """The declared builds of a Dockerfile."""
        return [build for build in self.builds if build.dockerfile == dockerfile]

    def is_foreign(self, function: Function) -> bool:
        """Whether the function's image is certainly one for another language."""
        image = function.artifact
        if not isinstance(image, Image):
            return False
        if image.command and "::" in image.command[0].value:
            # "Assembly::Class::Method" and "package.Class::method" are how .NET and Java name a handler.
            return True
        if image.dockerfile is None or not self.project.is_file(image.dockerfile):
            return False
        described = _describe(self.project, image, image.dockerfile)
        base = described.config.base or ""
        return not described.runs_awslambdaric and _OTHER_LANGUAGE.search(base) is not None

    def is_elsewhere(self, function: Function) -> bool:
        """Whether nothing in the project is an image for Python, and nothing says that this function is one."""
        image = function.artifact
        if not isinstance(image, Image) or image.dockerfile is not None or image.reason is None:
            return False
        return not self.dockerfiles and not self._has_module(image)

    # -- which Dockerfile -------------------------------------------------------------------------

    def locate(self, functions: Iterable[Function]) -> list[Function]:
        """The functions, their images with the Dockerfile they are built from, or the reason why none is known."""
        named = [self._by_name(function) for function in functions]
        claims: dict[tuple[str, ...], set[str]] = {}
        for function in named:
            image = _open_image(function)
            if image is not None:
                claims.setdefault(tuple(self._nearest(function.span.path)), set()).add(_name_part(image.reference))
        return [self._by_nearness(function, claims) for function in named]

    def _by_name(self, function: Function) -> Function:
        """By the name that a declared build gives its image, else by the Dockerfile's own name or directory."""
        image = _open_image(function)
        repository = _repository_of(image.reference) if image is not None and image.reference else None
        if image is None:
            return function
        if repository is None:
            ending = self._ending(image.reference or "")
            same = len({build.dockerfile for build in ending}) == 1
            return replace(function, artifact=_as_built(image, ending)) if same else function
        tagged = self._tagged(repository)
        if len({build.dockerfile for build in tagged}) == 1:
            return replace(function, artifact=_as_built(image, tagged))
        named = [path for path in self.dockerfiles if _same_name(repository, path)]
        return replace(function, artifact=replace(image, dockerfile=named[0])) if len(named) == 1 else function

    def _by_nearness(self, function: Function, claims: Mapping[tuple[str, ...], set[str]]) -> Function:
        """The only Dockerfile there is, if images of one name alone ask for it."""
        image = _open_image(function)
        if image is None:
            return function
        near = self._nearest(function.span.path)
        if len(near) == 1 and len(claims[tuple(near)]) == 1 and self._plausible(image, near[0]):
            return replace(function, artifact=replace(image, dockerfile=near[0]))
        return replace(function, artifact=replace(image, reason=_why(image, near)))

    def may_override(self, function: Function, dockerfile: str) -> bool:
        """Whether a function whose image nobody knows may start this Dockerfile's image with its own command."""
        image = function.artifact
        if not isinstance(image, Image) or image.dockerfile is not None:
            return False
        known = image.command is not None and self._has_module(image)
        return (known or function.handler_reason is not None) and dockerfile in self._nearest(function.span.path)

    def _ending(self, reference: str) -> list[DockerBuild]:
        """The builds whose image's name ends as a name does that is computed in front: ``${var.project}-worker``."""
        found = _TAIL.search(reference)
        names = [(build, tag) for build in self.builds for tag in map(_repository_of, build.tags) if tag is not None]
        return [] if found is None else [build for build, tag in names if tag.endswith(found["tail"])]

    def _tagged(self, repository: str) -> list[DockerBuild]:
        """The builds that give their image the repository's name, or at least its last part."""
        exact = [build for build in self.builds if repository in map(_repository_of, build.tags)]
        if exact:
            return exact
        last = posixpath.basename(repository)
        names = [(build, tag) for build in self.builds for tag in map(_repository_of, build.tags) if tag is not None]
        return [build for build, tag in names if posixpath.basename(tag) == last]

    def _nearest(self, path: str) -> list[str]:
        """The Lambda Dockerfiles of the nearest directory at or above the definition that has any below it."""
        from vartask.artifact.build_context import ancestors

        for directory in ancestors(posixpath.dirname(path) or "."):
            prefix = "" if directory == "." else directory + "/"
            found = sorted(one for one in self.dockerfiles if one.startswith(prefix))
            if found:
                return found
        return []

    def _plausible(self, image: Image, dockerfile: str) -> bool:
        """Whether nothing speaks against the only Dockerfile there is.

        The image may come from another repository; then the names in its command mean nothing here.  A misspelt
        module still has a package, or a name that resembles one.
        """
        repository = _repository_of(image.reference) if image.reference else None
        if repository is not None and self._tagged(repository):
            return dockerfile in {build.dockerfile for build in self._tagged(repository)}
        return not image.command or self._has_module(image)

    def _has_module(self, image: Image) -> bool:
        if not image.command:
            return False
        parts = [part for part in re.split(r"[./]", image.command[0].value) if part][:-1]
        if not parts:
            return False
        first, last = parts[0], parts[-1]
        if first in self._names or last in self._names:
            return True
        from difflib import get_close_matches

        return bool(get_close_matches(last, self._names, 1, 0.8))

    @cached_property
    def _names(self) -> frozenset[str]:
        """The modules of the project, and the directories that hold any."""
        names: set[str] = set()
        for path in self.project.files:
            if path.endswith(".py"):
                *directories, name = path.removesuffix(".py").split("/")
                names.update(directories)
                names.add(name)
        return frozenset(names)

    # -- how it is built --------------------------------------------------------------------------

    def settle(self, function: Function) -> tuple[list[Function], list[Gap]]:
        """The function with its target, arguments and context: one for each way in which a bare Dockerfile is built."""
        image = function.artifact
        if not isinstance(image, Image) or image.dockerfile is None:
            return [function], []
        variants = list(self._variants(function, image, image.dockerfile))
        settled = [replace(function, artifact=self._in_context(one)) for one in variants]
        if function.declared_by != "dockerfile":
            return settled, []
        kept: list[Function] = []
        gaps: list[Gap] = []
        for one in settled:
            described = self._described(one.artifact)
            if described is not None and described.config.cmd is None and described.error is None:
                place = described.config.base_at or one.span
                gaps.append(Gap(place, "the image has no CMD, and nothing says which handler it is started with"))
            else:
                kept.append(one)
        return _numbered(kept), list(dict.fromkeys(gaps))

    def _variants(self, function: Function, image: Image, dockerfile: str) -> Iterator[Image]:
        builds = self.of(dockerfile)
        if image.context is not None or image.target is not None or image.build_args or not builds:
            yield image
            return
        mentioned = deciding_arguments(self.project, dockerfile)
        ways: dict[object, Image] = {}
        for build in builds:
            unknown = sorted(mentioned & set(build.unknown_args))
            if unknown:
                reason = f"the build argument {unknown[0]} is computed where the image is built ({build.span})"
                ways[(build.target, reason)] = replace(image, target=build.target, reason=reason)
                continue
            args = {name: value for name, value in build.build_args.items() if name in mentioned}
            platform = build.platform or image.platform
            ways.setdefault(
                (build.target, tuple(sorted(args.items()))),
                replace(image, target=build.target, build_args=args, platform=platform, contexts=build.contexts),
            )
        choices = [one for one in ways.values() if self._is_lambda(one)] or list(ways.values())
        if len(choices) == 1 or function.declared_by == "dockerfile":
            yield from choices
        elif all(self._described(one) == self._described(choices[0]) for one in choices):
            yield choices[0]
        else:
            places = ", ".join(dict.fromkeys(str(build.span) for build in builds))
            yield replace(image, reason=f"the Dockerfile is built in several ways, and nothing says which: {places}")

    def _described(self, artifact: object) -> ImageDescription | None:
        if not isinstance(artifact, Image) or artifact.dockerfile is None:
            return None
        return _describe(self.project, artifact, artifact.dockerfile)

    def _is_lambda(self, image: Image) -> bool:
        described = self._described(image)
        return described is not None and (described.config.aws_base or described.runs_awslambdaric)

    def _in_context(self, image: Image) -> Image:
        if image.context is not None or image.reason is not None or image.dockerfile is None:
            return image
        described = _describe(self.project, image, image.dockerfile)
        if described.error is not None or described.build_error is not None:
            return image if described.error else replace(image, context=posixpath.dirname(image.dockerfile) or ".")
        from vartask.artifact.build_context import resolve_context

        choice = resolve_context(self.project, image.dockerfile, self.builds, described.sources)
        return replace(image, context=choice.context, reason=choice.reason)


def _repository_of(reference: str) -> str | None:
    from vartask.artifact.builds import repository_of

    return repository_of(reference)


def _describe(project: Project, image: Image, dockerfile: str) -> ImageDescription:
    from vartask.artifact.describe import describe

    return describe(project, dockerfile, target=image.target, build_args=image.build_args)


def deciding_arguments(project: Project, dockerfile: str | None) -> frozenset[str]:
    """Names that a Dockerfile uses where they decide what is in the image or how it starts."""
    try:
        text = project.read_text(dockerfile) if dockerfile is not None else ""
    except Unreadable:
        return frozenset()
    joined = re.sub(r"\\\r?\n", " ", text)
    lines = [line for line in joined.splitlines() if not re.match(r"\s*(?:RUN|LABEL|#)", line, re.IGNORECASE)]
    return frozenset(name for line in lines for name in re.findall(r"\$\{?(\w+)", line))


def _open_image(function: Function) -> Image | None:
    """The function's image when nobody has said yet what it is built from."""
    image = function.artifact
    return image if isinstance(image, Image) and image.dockerfile is None and image.reason is None else None


def _name_part(reference: str | None) -> str:
    """An image reference without tag and digest, computed parts included as they are written."""
    parts: list[str] = []

    def hide(found: re.Match[str]) -> str:
        parts.append(found[0])
        return f"\x00{len(parts) - 1}\x00"

    hidden = re.sub(r"\$\{[^{}]*\}", hide, reference or "")
    name = re.sub(r"(?:@.*|:[^/]*)$", "", hidden)
    return re.sub(r"\x00(\d+)\x00", lambda found: parts[int(found[1])], name)


def _as_built(image: Image, builds: list[DockerBuild]) -> Image:
    """The image as its only build makes it; several builds of one Dockerfile are settled later."""
    build = builds[0]
    if any(replace(other, span=build.span, tags=build.tags) != build for other in builds) or build.unknown_args:
        return replace(image, dockerfile=build.dockerfile)
    return replace(
        image,
        dockerfile=build.dockerfile,
        context=build.context,
        target=build.target,
        build_args=build.build_args,
        platform=build.platform or image.platform,
        contexts=build.contexts,
    )


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _same_name(repository: str, dockerfile: str) -> bool:
    """Whether a repository is called like the Dockerfile's directory or suffix."""
    directory, name = posixpath.split(dockerfile)
    suffix = re.sub(r"^(?:dock|contain)erfile[._-]?|\.?(?:dock|contain)erfile$", "", name, flags=re.IGNORECASE)
    last = _plain(posixpath.basename(repository))
    return last == _plain(suffix) or (not suffix and last == _plain(posixpath.basename(directory)))


def _why(image: Image, near: list[str]) -> str:
    what = f"the image {image.reference}" if image.reference else "the image"
    if len(near) > 1:
        more = f" and {len(near) - _NAMED} more" if len(near) > _NAMED else ""
        return f"nothing says which Dockerfile {what} is built from: {', '.join(near[:_NAMED])}{more}"
    if near:
        return f"nothing says that {what} is built from {near[0]}"
    return f"no Dockerfile of the project is known to build {what}"


def _numbered(functions: Iterable[Function]) -> list[Function]:
    """Functions of one Dockerfile built in several ways are told apart by target or arguments."""
    listed = list(functions)
    if len(listed) == 1:
        return listed
    return [replace(one, name=f"{one.name}[{_way(one)}]") for one in listed]


def _way(function: Function) -> str:
    image = function.artifact
    if not isinstance(image, Image):
        return ""
    parts = [image.target] if image.target else []
    return ",".join([*parts, *(f"{name}={value}" for name, value in image.build_args.items())])
