"""The predicted file tree of a container image."""

from __future__ import annotations

from vartask.artifact.builder import Builder
from vartask.artifact.describe import CopySource, ImageDescription, describe, read_dockerfile
from vartask.artifact.filesystem import FileSystem
from vartask.artifact.stages import plan
from vartask.artifact.steps import StageError
from vartask.data.builders import BUILDKIT, Dialect
from vartask.model import BuildError, FileTree, Image, ImageConfig, Span, UnknownRegion
from vartask.project import Project
from vartask.syntax.dockerfile import DockerfileError

__all__ = ["CopySource", "ImageDescription", "describe", "predict_image"]


def predict_image(project: Project, image: Image, *, builder: Dialect = BUILDKIT) -> FileTree:
    """Every path of the image that building the Dockerfile with ``builder`` would give.

    Never raises.  Where the build itself fails, ``error`` says how, and the entries are those before that line.
    """
    if image.dockerfile is None:
        reason = image.reason or "the image is not built from this repository"
        return FileTree(regions=(UnknownRegion("/", reason, image.span),))
    try:
        dockerfile = read_dockerfile(project, image.dockerfile, builder)
        planned = plan(dockerfile, image)
    except DockerfileError as error:
        return FileTree(config=ImageConfig(), error=BuildError(error.message, error.span))
    except StageError as failed:
        return FileTree(config=ImageConfig(), error=failed.error)
    config = planned.stages[planned.target].config
    work = Builder(project, image, planned)
    try:
        files: FileSystem = work.build()
    except StageError as failed:
        return work.current.freeze(config, failed.error)
    except RecursionError:
        reason = "directories are nested too deeply to be followed"
        return FileTree(regions=(UnknownRegion("/", reason, planned.stages[planned.target].stage.span),), config=config)
    if dockerfile.checks_fail:
        reason = "`# check=error=true` lets the build fail where the builder's own checks find something"
        files.doubt(UnknownRegion("/", reason, Span(image.dockerfile)))
    return files.freeze(config)
