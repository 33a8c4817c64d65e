"""Directories that are taken out of an image: ``docker build``, then ``docker cp container:/asset/. …``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vartask.artifact.image import predict_image
from vartask.model import FileTree, Image, Taken, UnknownRegion
from vartask.project import Project
from vartask.records import replace

_INSIDE: Final = "\0"
"""No file is called so: what is said of it is said of everything in its directory."""


def taken(project: Project, part: Taken, target: str) -> FileTree:
    """What the directory holds, as it stands below ``target``; ``error`` says that the image cannot be built."""
    image = Image(
        part.dockerfile, part.context, part.span, part.target, dict(part.build_args), part.platform, complete=True
    )
    built = predict_image(project, image)
    path = part.path.rstrip("/")
    entries = {target + name[len(path) :]: one for name, one in built.entries.items() if name.startswith(path + "/")}
    removed = {target + name[len(path) :]: span for name, span in built.removed.items() if name.startswith(path + "/")}
    return FileTree(entries, tuple(_regions(built, path, target)), removed, error=built.error)


def _regions(built: FileTree, path: str, target: str) -> Iterator[UnknownRegion]:
    for region in built.regions:
        if region.path == path or region.path.startswith(path + "/"):
            yield _moved(region, path, target, region.path)
        elif region.covers(f"{path}/{_INSIDE}"):
            yield replace(_moved(region, path, target, path), names=None)


def _moved(region: UnknownRegion, path: str, target: str, place: str) -> UnknownRegion:
    holes = frozenset(target + hole[len(path) :] for hole in region.holes if hole.startswith(path + "/"))
    gone = frozenset(target + pattern[len(path) :] for pattern in region.gone if pattern.startswith(path + "/"))
    return replace(region, path=target + place[len(path) :], holes=holes, gone=gone)
