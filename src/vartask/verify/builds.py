"""The images that functions are looked at in: built as their definitions say, or made of a zip package."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from vartask.model import Function, Image
from vartask.verify.engines import Engine, EngineError

LABEL = "vartask.verify=1"
RUNTIME_IMAGE = "public.ecr.aws/lambda/python"
"""What Lambda itself runs zip packages on (https://docs.aws.amazon.com/lambda/latest/dg/python-image.html)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image comes to be: a reference that the engine has or pulls, a build, or a zip package on a runtime.

    ``directory`` is the build context, or the package (a directory or a ``.zip``).  ``layers`` are packages that go
    below ``/opt``.
    """

    reference: str | None = None
    dockerfile: Path | None = None
    directory: Path | None = None
    target: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    layers: tuple[Path, ...] = ()


class NotBuildable(Exception):
    """The definitions do not say how the image is built; one line says why."""


def recipe_of(function: Function, root: Path) -> Recipe:
    """How the image of a function is built.  Raises :class:`NotBuildable`."""
    image = function.artifact
    if not isinstance(image, Image):
        raise NotBuildable("it is a zip package: name what was built by --artifact")
    if image.dockerfile is None or image.context is None:
        raise NotBuildable(image.reason or "its Dockerfile is not known: name the image by --image")
    platform = image.platform or ({"arm64": "linux/arm64"}.get(function.architecture or ""))
    return Recipe(
        dockerfile=root / image.dockerfile,
        directory=root / image.context,
        target=image.target,
        arguments=tuple(sorted(image.build_args.items())),
        platform=platform,
    )


@contextmanager
def built(engine: Engine, recipe: Recipe, options: Sequence[str] = ()) -> Iterator[str]:
    """The image's name while it is needed.  Raises :class:`EngineError` in the builder's words.

    What is made here is removed afterwards; an image that is only named stays.
    """
    if recipe.reference is not None:
        yield recipe.reference
        return
    name = f"vartask-verify:{hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]}"
    try:
        if recipe.dockerfile is not None and recipe.directory is not None:
            _build(engine, name, recipe, options)
        yield name
    finally:
        engine.discard("image", name)


def _build(engine: Engine, name: str, recipe: Recipe, options: Sequence[str]) -> None:
    words = ["build", "--quiet", "--tag", name, "--label", LABEL, "--file", str(recipe.dockerfile), *options]
    if recipe.target:
        words += ["--target", recipe.target]
    if recipe.platform:
        words += ["--platform", recipe.platform]
    for argument, value in recipe.arguments:
        words += ["--build-arg", f"{argument}={value}"]
    engine.ask(*words, str(recipe.directory), seconds=3600)


@contextmanager
def packaged(engine: Engine, recipe: Recipe, runtime: str, options: Sequence[str] = ()) -> Iterator[str]:
    """An image of the runtime with a zip package in ``/var/task`` and its layers in ``/opt``."""
    if recipe.directory is None:
        raise EngineError("no package is named")
    with tempfile.TemporaryDirectory(prefix="vartask-verify-") as kept:
        context = Path(kept)
        lines = [f"FROM {RUNTIME_IMAGE}:{runtime.removeprefix('python')}"]
        for place, package in (*(("/opt/", layer) for layer in recipe.layers), ("/var/task/", recipe.directory)):
            name = f"part{len(lines)}"
            _unpack(package, context / name)
            lines.append(f"COPY {name}/ {place}")
        (context / "Dockerfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        whole = Recipe(dockerfile=context / "Dockerfile", directory=context, platform=recipe.platform)
        with built(engine, whole, options) as name:
            yield name


def _unpack(package: Path, into: Path) -> None:
    """Copy a package; archives keep the modes that they record, as Lambda does."""
    if package.is_dir():
        shutil.copytree(package, into, symlinks=True)
        return
    with zipfile.ZipFile(package) as archive:
        for member in archive.infolist():
            path = Path(archive.extract(member, into))
            mode = member.external_attr >> 16 & 0o777
            if mode and not member.is_dir():
                path.chmod(mode)
