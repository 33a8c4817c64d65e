"""The images that functions are looked at in: built as their definitions say, or made of a zip package."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from vartask.records import dataclass, field
from vartask.verify.engines import Engine, EngineError
from vartask.verify.packages import BadPackage, Package, pack

LABEL = "vartask.verify=1"
RUNTIME_IMAGE = "public.ecr.aws/lambda/python"
"""What Lambda itself runs zip packages on (https://docs.aws.amazon.com/lambda/latest/dg/python-image.html)."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an image comes to be: a reference that the engine has or pulls, a build, or a zip package on a runtime.

    ``directory`` is the build context.  A zip package has ``packages`` with the directories that they go to, layers
    first, and ``runtime`` as the image below them; ``title`` is what it is called.
    """

    reference: str | None = None
    dockerfile: Path | None = None
    directory: Path | None = None
    target: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    contexts: tuple[tuple[str, str], ...] = ()
    platform: str | None = None
    runtime: str | None = None
    packages: tuple[tuple[str, Package], ...] = ()
    title: str | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """What a user calls it."""
        return self.title or self.reference or str(self.dockerfile or self.runtime)


@contextmanager
def image_of(engine: Engine, recipe: Recipe, options: Sequence[str] = ()) -> Iterator[str]:
    """The image's name while it is needed, however it comes to be.  Raises :class:`EngineError`."""
    made = built(engine, recipe, options) if recipe.runtime is None else packaged(engine, recipe, options)
    with made as name:
        yield name


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
    words = ["build", "--tag", name, "--label", LABEL, "--file", str(recipe.dockerfile), *options]
    if recipe.target:
        words += ["--target", recipe.target]
    if recipe.platform:
        words += ["--platform", recipe.platform]
    for argument, value in recipe.arguments:
        words += ["--build-arg", f"{argument}={value}"]
    for context, place in recipe.contexts:
        words += ["--build-context", f"{context}={place}"]
    engine.ask(*words, str(recipe.directory), seconds=3600)


@contextmanager
def packaged(engine: Engine, recipe: Recipe, options: Sequence[str] = ()) -> Iterator[str]:
    """An image of the runtime with a zip package in ``/var/task`` and its layers in ``/opt``."""
    if recipe.runtime is None:
        raise EngineError("no runtime is named")
    _fetch(engine, recipe.runtime, recipe.platform)
    with tempfile.TemporaryDirectory(prefix="vartask-verify-") as kept:
        context = Path(kept)
        lines = [f"FROM {recipe.runtime}"]
        for number, (place, package) in enumerate(recipe.packages):
            name = f"part{number}.tar"
            try:
                if pack(package, context / name):
                    lines.append(f"ADD {name} {place}/")
            except BadPackage as error:
                raise EngineError(str(error)) from error
        (context / "Dockerfile").write_text("\n".join(lines) + "\n", encoding="utf-8")
        whole = Recipe(dockerfile=context / "Dockerfile", directory=context, platform=recipe.platform)
        with built(engine, whole, options) as name:
            yield name


def _fetch(engine: Engine, reference: str, platform: str | None) -> None:
    """See to it that the engine has a runtime's image; one that it gets by this stays, as any base image does."""
    wanted = (platform or "").rpartition("/")[2]
    try:
        if wanted in {"", engine.inspect(reference).architecture}:
            return
    except EngineError:
        pass  # it is not here yet
    pull = ("pull", *(("--platform", platform) if platform else ()), reference)
    try:
        engine.ask(*pull, seconds=3600)
    except EngineError as error:
        command = " ".join((engine.name, *pull))
        raise EngineError(
            f"the runtime's image is not here and cannot be had: run `{command}` where there is a network, or name"
            f" another image by --runtime-image ({error})"
        ) from error
