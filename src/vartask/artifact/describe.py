"""What a Dockerfile says about its image without looking at any other file of the build context."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from vartask.artifact.requirements import read_requirements
from vartask.artifact.stage_words import mount_options
from vartask.artifact.stages import Plan, PlannedStage, Step, plan
from vartask.artifact.steps import StageError
from vartask.data.builders import BUILDKIT, Dialect
from vartask.model import BuildError, Image, ImageConfig, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.dockerfile import Dockerfile, DockerfileError, parse

RIC = regex(r"\bawslambdaric\b")
WEB_ADAPTER = regex(r"(?:aws-)?lambda-(?:web-)?adapter", re.IGNORECASE)
URL = regex(r"^(?:https?|git|ssh)://|^[\w-]+@[\w.-]+:", re.ASCII)
"""What ADD fetches: a download or a git repository, as git writes both of its kinds of address."""


class CopySource(NamedTuple):
    """A COPY, ADD or bind-mount source: the path below the build context (globs as written), and where."""

    path: str
    span: Span


@dataclass(frozen=True, slots=True)
class ImageDescription:
    """A Dockerfile's image as far as the Dockerfile alone tells.

    ``sources`` are what the stages that the target needs take from the build context.  ``error`` is set when the
    builder refuses the file; the other fields are then empty.  ``build_error`` is a failure that only evaluating
    it shows (an unknown target, a stage used before it is defined).
    """

    config: ImageConfig
    sources: tuple[CopySource, ...] = ()
    error: DockerfileError | None = None
    build_error: BuildError | None = None
    runs_awslambdaric: bool = False
    web_adapter: bool = False


def read_dockerfile(project: Project, path: str, builder: Dialect = BUILDKIT) -> Dockerfile:
    """Read and parse one of the project's Dockerfiles.  Raises :class:`DockerfileError`, also when it is unreadable."""
    try:
        # Builders take a file in any encoding; only what it names then has to be spelled the same.
        text = project.read_bytes(path).removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape")
    except Unreadable as error:
        raise DockerfileError(str(error), Span(path)) from error
    return parse(text, path, builder)


def describe(
    project: Project, dockerfile: str, *, target: str | None = None, build_args: Mapping[str, str] | None = None
) -> ImageDescription:
    """Read a Dockerfile for what it declares.  Never raises."""
    try:
        parsed = read_dockerfile(project, dockerfile)
        image = Image(dockerfile, None, Span(dockerfile), target, build_args or {})
        planned = plan(parsed, image)
    except DockerfileError as error:
        return ImageDescription(ImageConfig(), error=error)
    except StageError as failed:
        return ImageDescription(ImageConfig(), build_error=failed.error)
    config = planned.stages[planned.target].config
    sources = tuple(context_sources(planned))
    return ImageDescription(
        config,
        sources,
        runs_awslambdaric=_runs_ric(project, dockerfile, planned, config, sources),
        web_adapter=any(_brings_adapter(stage) for stage in planned.stages.values()),
    )


def context_sources(planned: Plan) -> Iterator[CopySource]:
    """What the needed stages take from the build context, words that are not known left out."""
    for stage in planned.stages.values():
        for step in stage.steps:
            yield from _sources_of(step)


def _sources_of(step: Step) -> Iterator[CopySource]:
    item = step.instruction
    if item.keyword in {"ADD", "COPY"} and item.flag("from") is None:
        for word in step.words[:-1]:
            if word is not None and not word.startswith("<<") and not URL.search(word):
                yield CopySource(context_path(word), step.span)
    if item.keyword == "RUN":
        for value in item.flag_values("mount"):
            options = mount_options(value)
            if options.get("type", "bind") == "bind" and "from" not in options:
                yield CopySource(context_path(options.get("source") or options.get("src") or "."), step.span)


def context_path(source: str) -> str:
    """A source as a path below the context: absolute paths and ``..`` are clamped at its root."""
    return posixpath.normpath("/" + source.lstrip("/")).lstrip("/") or "."


def _brings_adapter(stage: PlannedStage) -> bool:
    """https://github.com/awslabs/aws-lambda-web-adapter: an extension that turns events into HTTP requests."""
    if stage.reference is not None and WEB_ADAPTER.search(stage.reference):
        return True
    return any(
        WEB_ADAPTER.search(step.instruction.value) or WEB_ADAPTER.search(step.instruction.flag("from") or "")
        for step in stage.steps
        if step.instruction.keyword in {"ADD", "COPY"}
    )


def _runs_ric(
    project: Project, dockerfile: str, planned: Plan, config: ImageConfig, sources: tuple[CopySource, ...]
) -> bool:
    if any(RIC.search(word) for word in (*(config.entrypoint or ()), *(config.cmd or ()))):
        return True
    for stage in planned.stages.values():
        for step in stage.steps:
            if step.instruction.keyword == "RUN" and RIC.search(_script(step)):
                return True
    return any(_requires_ric(project, dockerfile, source.path) for source in sources)


def _script(step: Step) -> str:
    return "\n".join((step.instruction.value, *(body or "" for body in step.bodies)))


def _requires_ric(project: Project, dockerfile: str, source: str) -> bool:
    """Whether a copied requirements file, looked for beside the Dockerfile and above, asks for the runtime client."""
    name = posixpath.basename(source)
    if not (name.endswith((".txt", ".in")) and "require" in name):
        return False
    directory = posixpath.dirname(dockerfile) or "."
    while True:
        found = project.join(directory, source)
        if found is not None and project.is_file(found):
            return "awslambdaric" in read_requirements(project, found).places
        if directory == ".":
            return False
        directory = posixpath.dirname(directory) or "."
