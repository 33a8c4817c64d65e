"""The files that a base image brings, as far as its name tells."""

from __future__ import annotations

from vartask.artifact.filesystem import DIRECTORY, FileSystem
from vartask.data.base_images import (
    AWS_DISTRIBUTIONS,
    EMPTY,
    FILLED,
    MERGED_USR,
    MODES,
    ROOT_NAMES,
    SDK_IN_RUNTIME_DIR,
    USR_NAMES,
    VAR_NAMES,
    WITH_SETUPTOOLS,
    BaseImage,
)
from vartask.model import Present, Span, UnknownRegion
from vartask.records import replace

PART_OF_BASE = "part of the base image"


def base_files(base: BaseImage | None, reference: str | None, at: Span) -> FileSystem:
    """A base image's files: directories it leaves empty are known, its own contents are unknown regions."""
    files = FileSystem()
    if base is None:
        name = f"base image `{reference}`" if reference else "the base image, whose name depends on a build argument,"
        files.doubt(UnknownRegion("/", f"contents of {name} are not known", at))
        return files
    if base.kind == "scratch":
        for path in base.programs:
            files.put(path, Present("f", mode=0o755))
        return files
    _system(files, base, at)
    if base.kind == "aws":
        _aws(files, base, at)
    _site_packages(files, base, at)
    return files


def _system(files: FileSystem, base: BaseImage, at: Span) -> None:
    """The standard directories (FHS 3.0): everything else, /app and /function say, is known not to be there."""
    for path in (*EMPTY, *FILLED, "/usr", "/usr/src", "/usr/local", "/var"):
        files.put(path, DIRECTORY)
    # Everybody may write there, whatever USER says.
    files.put("/tmp", replace(DIRECTORY, mode=0o1777))  # noqa: S108 - a path inside images
    if base.merged_usr:
        for name in MERGED_USR:
            files.put(f"/usr/{name}", DIRECTORY)
            files.put(f"/{name}", Present("l", target=f"usr/{name}", mode=0o777))
    for path, mode in MODES.get(base.kind, {}).items():
        if path in files.entries:
            files.put(path, replace(DIRECTORY, mode=mode))
    known = {path.split("/")[1] for path in files.entries if path != "/"}
    files.doubt(UnknownRegion("/", PART_OF_BASE, at, runtime=True, names=ROOT_NAMES - known))
    for path in FILLED:
        files.doubt(UnknownRegion(path, PART_OF_BASE, at, runtime=True))
    holes = frozenset({base.site_packages} if base.site_packages else ())
    files.doubt(UnknownRegion("/usr", PART_OF_BASE, at, runtime=True, names=USR_NAMES))
    files.doubt(UnknownRegion("/usr/local", PART_OF_BASE, at, runtime=True, holes=holes))
    files.doubt(UnknownRegion("/var", PART_OF_BASE, at, runtime=True, names=VAR_NAMES))


def _aws(files: FileSystem, base: BaseImage, at: Span) -> None:
    for path in ("/var/task", "/var/lang", "/var/runtime"):
        files.put(path, DIRECTORY)
    holes = frozenset({base.site_packages} if base.site_packages else ())
    files.doubt(UnknownRegion("/var/lang", PART_OF_BASE, at, runtime=True, holes=holes))
    sdk_here = base.python in SDK_IN_RUNTIME_DIR
    files.doubt(
        UnknownRegion(
            "/var/runtime", PART_OF_BASE, at, runtime=True, distributions=AWS_DISTRIBUTIONS if sdk_here else None
        )
    )


def _site_packages(files: FileSystem, base: BaseImage, at: Span) -> None:
    """What is preinstalled where pip installs: a list of distributions, so that others are known to be missing."""
    if base.site_packages is None:
        return
    preinstalled = {"pip"} | ({"setuptools", "wheel"} if base.python in WITH_SETUPTOOLS else set())
    if base.kind == "aws" and base.python not in SDK_IN_RUNTIME_DIR:
        preinstalled |= AWS_DISTRIBUTIONS
    files.make_dirs(base.site_packages, DIRECTORY)
    files.doubt(
        UnknownRegion(base.site_packages, PART_OF_BASE, at, runtime=True, distributions=frozenset(preinstalled))
    )
