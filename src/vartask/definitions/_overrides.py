"""Deployers that vartask does not read, or not completely, as far as they may replace a Dockerfile's ``CMD``.

A Dockerfile in a CDK application, a Pulumi program or a Serverless service often has a placeholder for a ``CMD``.  To
judge that would be a false alarm, so where such a deployer sets commands, the handler of the image is unknown.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import cached_property

from vartask.model import Function, Image
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, replace

# The file that says which deployer is used -> the files it reads, what makes images in them, what sets commands.
_DEPLOYERS = (
    (
        regex(r"^cdk\.json$"),
        regex(r".*(?:\.ts|\.js|\.mjs|\.py|\.java|\.cs|\.go)$"),
        regex(rb"DockerImage|[fF]rom_?[iI]mage_?[aA]sset|[aA]sset_?[iI]mage|[fF]rom_?[eE]cr"),
        regex(rb"\b(?:cmd|command|entrypoint)\s*[:=(,}]|\b[cC]md\b"),
    ),
    (
        regex(r"^Pulumi\.ya?ml$"),
        regex(r".*(?:\.ts|\.js|\.mjs|\.py|\.java|\.cs|\.go|Pulumi\.ya?ml)$"),
        regex(rb"(?i)image_?config"),
        regex(rb"(?i)\bcommands?\b"),
    ),
    (
        regex(r"^serverless.*\.(?:ts|js|cjs|mjs)$"),
        regex(r"(?:.*/)?serverless.*\.(?:ts|js|cjs|mjs)$"),
        regex(rb"\bimage\b|\becr\b"),
        regex(rb"\b(?:command|entryPoint)\b"),
    ),
    (
        # Tasks of a plugin of the Serverless Framework: their images are for containers that are no functions.
        regex(r"^serverless.*\.ya?ml$"),
        regex(r"(?:.*/)?serverless.*\.ya?ml$"),
        regex(rb"^fargate\s*:", re.MULTILINE),
        regex(rb"\b(?:command|entryPoint|tasks)\b"),
    ),
)


@dataclass
class Overrides:
    """The files of a project in which an unread deployer sets the commands of images.

    ``read`` are files that functions of images were read from: what those say of commands is known.
    """

    project: Project
    read: frozenset[str] = frozenset()

    @cached_property
    def files(self) -> dict[str, tuple[bytes, bool]]:
        """Every file that makes images for a deployer: its contents, and whether it sets commands."""
        found: dict[str, tuple[bytes, bool]] = {}
        for number, path in self.project.lasting("files: that make images", _making):
            if path not in found and path not in self.read:
                data = self._read(path)
                found[path] = (data, _DEPLOYERS[number][-1].search(data) is not None)
        return found

    @cached_property
    def scripts(self) -> Sequence[str]:
        """The scripts that set a command by the AWS command line."""
        return self.project.lasting("files: that set commands", _setting)

    def _read(self, path: str) -> bytes:
        try:
            return self.project.read_bytes(path)
        except Unreadable:
            return b""

    def apply(self, function: Function) -> Function:
        """The function of a bare Dockerfile, its handler unknown where another file may set the command."""
        image = function.artifact
        if not isinstance(image, Image) or image.dockerfile is None:
            return function
        naming = [path for path, (data, _) in self.files.items() if _names(data, path, image.dockerfile)]
        # A file that puts paths together may mean any Dockerfile that no file names.
        speaking = naming or [path for path, (data, _) in self.files.items() if _COMPUTED_PATH.search(data)]
        setting = [path for path in speaking if self.files[path][1]] or self.scripts
        if not setting:
            return function
        return replace(function, handler_reason=f"{setting[0]} sets commands of images, which may replace the CMD")


def _making(project: Project) -> tuple[tuple[int, str], ...]:
    """Files that make images for a deployer, with its number."""
    names = {posixpath.basename(path) for path in project.files}
    return tuple(
        (number, path)
        for number, (marker, reads, makes, _) in enumerate(_DEPLOYERS)
        if any(marker.match(name) for name in names)
        for path in project.files
        if reads.match(path) and _mentions(project, path, makes)
    )


def _setting(project: Project) -> tuple[str, ...]:
    scripts = (path for path in project.files if _SCRIPT.match(path))
    return tuple(path for path in scripts if _mentions(project, path, _IMAGE_CONFIG))


def _mentions(project: Project, path: str, word: re.Pattern[bytes]) -> bool:
    try:
        return project.mentions(path, word)
    except Unreadable:
        return False


_SCRIPT = regex(r"(?:.*/)?(?:[^/]*\.(?:sh|ya?ml|mk|py|ps1)|[Mm]akefile|justfile)$")
_IMAGE_CONFIG = regex(rb"--image-config\b")
"""``aws lambda create-function`` and ``update-function-configuration`` set the command by this option."""

_COMPUTED_PATH = regex(
    rb"\bfile\s*[:=]\s*(?![\"'\s])|fromImageAsset\(\s*(?![\"'\s])|from_image_asset\(\s*(?![\"'\s])|\$\{"
)


def _names(data: bytes, path: str, dockerfile: str) -> bool:
    """Whether a deployer's file names a Dockerfile, or stands beside it."""
    directory, name = posixpath.split(dockerfile)
    if name.lower() not in {"dockerfile", "containerfile"}:
        return name.encode() in data
    base = re.escape(posixpath.basename(directory).encode())
    return directory == posixpath.dirname(path) or (
        base != b"" and re.search(rb"(?<![\w-])" + base + rb"(?:/(?:Dock|Contain)erfile|/?[\"'`])", data) is not None
    )
