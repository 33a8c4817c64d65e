"""Images of a CDK program: ``DockerImageCode`` and ``Code.fromAssetImage``.

Read from aws-cdk-lib 2.276 (``aws-lambda/lib/image-function.ts``, ``aws-ecr-assets/lib/image-asset.ts``).
"""

from __future__ import annotations

import posixpath
from typing import Final

from vartask.artifact.filters import Filters, Unsure
from vartask.definitions._cdk_source_code import Codes, excluded
from vartask.definitions._cdk_values import (
    Properties,
    architecture_of,
    camel,
    made_of,
    member_of,
    properties,
    text_of,
    texts_of,
)
from vartask.definitions._images import deciding_arguments
from vartask.model import Image, Span, Taken, Text, Zip
from vartask.records import dataclass, replace
from vartask.syntax.program_values import Computed, Constant, External, Fields, Made, Value, options, why

_ASSET: Final = "/asset"
_PLATFORMS: Final = {"LINUX_AMD64": "linux/amd64", "LINUX_ARM64": "linux/arm64"}
_BY_ARCHITECTURE: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}


@dataclass
class SourceImages:
    """Reads the images of one program."""

    codes: Codes

    def image(self, value: Value | None, architecture: str | None, span: Span) -> Image:
        """The image of a function's ``code``; ``architecture`` is set where the function names it."""
        made = made_of(value)
        if made is None:
            several = len(options(value)) > 1
            return Image(None, None, span, reason="the image is one of several" if several else _unknown(value))
        _, member = member_of(made.callee)
        last = member.rpartition(".")[2]
        if last in {"fromImageAsset", "fromAssetImage", "asset", "AssetImageCode", "DockerImageAsset"}:
            return self._asset(made, architecture)
        if last in {"fromEcr", "fromEcrImage", "ecr", "EcrImageCode"}:
            return self._pulled(made)
        return Image(None, None, span, reason=f"the image is made by `{member}`, which is not known")

    def _asset(self, made: Made, architecture: str | None) -> Image:
        asked = properties(made, 1)
        given = made.argument(0) or made.keywords.get("directory")
        return _overridden(self._built(made, given, asked, architecture), asked)

    def _built(self, made: Made, given: Value | None, asked: Properties, architecture: str | None) -> Image:
        span = given.span if given is not None else made.span
        directory, reason = self.codes.path(given)
        if directory is None:
            return Image(None, None, span, reason=reason)
        file = asked.text("file")
        doubt = f"its `file` cannot be known: {file.reason}" if isinstance(file, Computed) else None
        name = file.value if isinstance(file, Text) else "Dockerfile"
        dockerfile = self.codes.project.join(directory, name)
        arguments, unknown = self._arguments(asked.get("buildArgs"), dockerfile)
        doubt = doubt or unknown
        if dockerfile is None or not self.codes.project.is_file(dockerfile):
            doubt = doubt or f"`{posixpath.join(directory, name)}` does not exist: a build step makes it"
        target = asked.text("target")
        if isinstance(target, Computed):
            doubt = doubt or f"its `target` cannot be known: {target.reason}"
        return Image(
            dockerfile if doubt is None else None,
            directory if doubt is None else None,
            span,
            target.value if isinstance(target, Text) else None,
            arguments,
            _platform(asked.get("platform")) or _BY_ARCHITECTURE.get(architecture or ""),
            reason=doubt or self._left_out(asked, directory),
            excluded=_ignored(asked),
        )

    def taken(self, made: Made) -> Zip:
        """``Code.fromDockerBuild``: a directory of an image, ``/asset`` unless it says otherwise (``code.ts``)."""
        asked = properties(made, 1)
        values = {name: value for name, value in asked.values.items() if name in {"file", "buildArgs"}}
        if "targetStage" in asked.values:
            values["target"] = asked.values["targetStage"]
        image = self._built(made, made.argument(0) or made.keywords.get("path"), replace(asked, values=values), None)
        place, platform = asked.text("imagePath"), asked.text("platform")
        unknown = next((one.reason for one in (place, platform) if isinstance(one, Computed)), image.reason)
        dockerfile, context = image.dockerfile or self._beside(made, asked), image.context
        if dockerfile is None:
            reason = unknown or "its options are one of several"
            return Zip(made.span, reason=f"the code is taken out of an image that is not known: {reason}")
        part = Taken(
            dockerfile,
            context or posixpath.dirname(dockerfile) or ".",
            # `docker cp` takes a path without a slash in front from the root, too.
            posixpath.join("/", place.value) if isinstance(place, Text) else _ASSET,
            image.span,
            image.target,
            tuple(sorted(image.build_args.items())),
            platform.value if isinstance(platform, Text) else None,
        )
        beside = "it is put beside what `outputPath` holds" if asked.get("outputPath") is not None else None
        return Zip(image.span, (part,), reason=unknown or beside)

    def _beside(self, made: Made, asked: Properties) -> str | None:
        """The Dockerfile of a build of which something else is not known: it is none of a function's image."""
        directory, _ = self.codes.path(made.argument(0) or made.keywords.get("path"))
        file = asked.text("file")
        if directory is None or isinstance(file, Computed):
            return None
        path = self.codes.project.join(directory, file.value if isinstance(file, Text) else "Dockerfile")
        return path if path is not None and self.codes.project.is_file(path) else None

    def _arguments(self, value: Value | None, dockerfile: str | None) -> tuple[dict[str, str], str | None]:
        """The build arguments; a computed one is a doubt where the Dockerfile decides something by it."""
        if value is None:
            return {}, None
        if not isinstance(value, Fields):
            return {}, f"its build arguments cannot be known: {why(value)}"
        found: dict[str, str] = {}
        doubt = None if value.more is None else f"its build arguments cannot be known: {value.more.reason}"
        for name, one in value.values.items():
            text = _plain(one)
            if text is not None:
                found[name] = text
            elif name in deciding_arguments(self.codes.project, dockerfile):
                doubt = doubt or f"its build argument `{name}` is computed"
        return found, doubt

    def _left_out(self, asked: Properties, directory: str) -> str | None:
        """``exclude`` keeps files out of the build's context, on top of what ``.dockerignore`` does."""
        if _ignored(asked):
            return None
        filters = excluded(asked)
        if isinstance(filters, Computed):
            return f"what its context leaves out cannot be known: {filters.reason}"
        if not filters:
            return None
        prefix = "" if directory == "." else directory + "/"
        try:
            rules = Filters(filters, asked.span)
        except Unsure as error:
            return f"what its context leaves out cannot be known: {error}"
        for path in self.codes.project.files:
            if path.startswith(prefix) and rules.left_out(path[len(prefix) :], directory=False) is not None:
                return f"its context is without `{path}` and what else `exclude` names"
        return None

    def _pulled(self, made: Made) -> Image:
        asked = properties(made, 1)
        return _overridden(Image(None, None, made.span, reference=_repository(made.argument(0))), asked)


def _ignored(asked: Properties) -> tuple[Text, ...]:
    """``exclude`` where it is read like ``.dockerignore``: that is how images do it unless they say otherwise."""
    mode = asked.get("ignoreMode")
    docker = mode is None or (isinstance(mode, External) and mode.name.endswith(".DOCKER"))
    patterns = texts_of(asked.get("exclude"))
    return patterns if docker and isinstance(patterns, tuple) else ()


def _unknown(value: Value | None) -> str:
    return "the image is not set" if value is None else f"the image cannot be known: {why(value)}"


def _repository(value: Value | None) -> str | None:
    """The name of an ECR repository, if the program has it."""
    made = made_of(value)
    if made is None:
        return None
    asked = properties(made)
    for candidate in (asked.get("repositoryName"), made.argument(2)):
        name = text_of(candidate)
        if isinstance(name, Text):
            return name.value
    return None


def _overridden(image: Image, asked: Properties) -> Image:
    """The image with the function's own command, entrypoint and directory."""
    command, entrypoint = texts_of(asked.get("cmd")), texts_of(asked.get("entrypoint"))
    directory = asked.text("workingDirectory")
    reason = image.reason
    for name, value in (("cmd", command), ("entrypoint", entrypoint), ("workingDirectory", directory)):
        if isinstance(value, Computed):
            reason = reason or f"its `{name}` cannot be known: {value.reason}"
    return replace(
        image,
        command=command if isinstance(command, tuple) else None,
        entrypoint=entrypoint if isinstance(entrypoint, tuple) else None,
        workdir=directory if isinstance(directory, Text) else None,
        reason=reason,
    )


def _plain(value: Value) -> str | None:
    if isinstance(value, Constant) and value.value is not None:
        return str(value.value)
    name = camel(value.name.rpartition(".")[2]) if isinstance(value, External) else ""
    known = (
        architecture_of(External(value.name.rpartition(".")[0], value.span)) if isinstance(value, External) else None
    )
    if known is None:
        return None
    # `Architecture.ARM_64.dockerPlatform` and `.name` (aws-lambda/lib/architecture.ts)
    return {"dockerPlatform": _BY_ARCHITECTURE[known], "name": known}.get(name)


def _platform(value: Value | None) -> str | None:
    if isinstance(value, External):
        return _PLATFORMS.get(value.name.rpartition(".")[2])
    made = made_of(value)
    text = text_of(made.argument(0)) if made is not None else None
    return text.value if isinstance(text, Text) else None
