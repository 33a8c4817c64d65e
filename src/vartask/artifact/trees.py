"""The predicted tree of any function; functions that share an artifact share its tree."""

from __future__ import annotations

from typing import Final

from vartask.model import FileTree, Function, Image, UnknownRegion
from vartask.project import Project
from vartask.seen import Once
from vartask.timing import stage

_MOST: Final = 64
"""Trees of images that are held: functions of one image stand together."""


class Trees:
    """Predicts each artifact of a run once as long as neighbours ask for it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._images = Once(project.questions, _MOST)
        self._zips: object | None = None

    @stage("artifact: files in the package")
    def tree(self, function: Function) -> FileTree:
        """The function's tree."""
        if isinstance(function.artifact, Image):
            return self._image(function.artifact)
        from vartask.artifact.zip import ZipTrees

        if not isinstance(self._zips, ZipTrees):
            self._zips = ZipTrees(self.project)
        return self._zips.tree(function)

    def _image(self, image: Image) -> FileTree:
        if image.dockerfile is None:
            reason = image.reason or "the Dockerfile of the image is not known"
            return FileTree(regions=(UnknownRegion("/", reason, image.span),))
        # What the deployer overrides at start does not change a file.
        build_args = tuple(sorted(image.build_args.items()))
        contexts = tuple(sorted(image.contexts.items(), key=lambda pair: pair[0]))
        how = (image.target, build_args, image.platform, image.reason, contexts, image.excluded)
        key = (image.dockerfile, image.context, how)
        return self._images.get(key, lambda: self._predicted(image))

    def _predicted(self, image: Image) -> FileTree:
        # Imported here: many projects have no image.
        from vartask.artifact.image import predict_image

        return predict_image(self.project, image)
