"""How the image of each function comes to be, and what the look into it can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from vartask.model import (
    FileTree,
    Function,
    Gap,
    Image,
    Install,
    Layer,
    LocalLayer,
    Observation,
    Started,
    Zip,
)
from vartask.project import MEMBER
from vartask.records import dataclass, field, replace
from vartask.verify.artifacts import Artifacts, Found, NotBuilt
from vartask.verify.builds import RUNTIME_IMAGE, Recipe

NEWEST: Final = "python3.13"
"""What a zip package runs on whose runtime nobody names."""

_CODE: Final = "/var/task"
_LAYERS: Final = "/opt"
_PLATFORMS: Final = {"arm64": "linux/arm64", "x86_64": "linux/amd64"}
_SYNTAX: Final = "Runtime.UserCodeSyntaxError: "


class NotBuildable(Exception):
    """Nothing says how the image comes to be; one line says why."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the project declares and what is predicted of it.

    ``functions`` are all of the project's, since a package may be another's; ``tree`` predicts one's files.
    """

    functions: Sequence[Function] = ()
    tree: Callable[[Function], FileTree] = lambda _: FileTree()


NO_PROJECT: Final = Known()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A recipe, and what is known of the package in it.

    ``artifact`` is where the zip package was found.  ``stale`` says that sources have changed since it was built,
    ``missing`` are layers that nobody has, each with what to do, ``guessed`` says that nothing names the runtime.
    Functions whose preparation is equal share an image.
    """

    recipe: Recipe
    artifact: str | None = field(default=None, compare=False)
    stale: str | None = None
    missing: tuple[str, ...] = ()
    guessed: str | None = None

    def gaps(self, function: Function) -> Iterator[Gap]:
        """What the look cannot decide."""
        for reason in filter(None, (self.stale, *self.missing, self.guessed)):
            yield Gap(function.span, reason, (function.name,))

    def told(self, started: Started) -> Started:
        """What was seen of a function, with why that need not be so in the cloud.

        Whatever fails in a package that lacks a layer may do so for want of it, as an ``except ImportError`` turns a
        missing module into anything: only what Python cannot parse fails either way.
        """
        doubt = self.stale or started.doubt
        if doubt is None and started.failed:
            certain = (started.message or "").startswith(_SYNTAX)
            doubt = self.guessed or (self.missing[0] if self.missing and not certain else None)
        return replace(started, doubt=doubt, artifact=self.artifact)


def told(prepared: Sequence[Prepared], seen: Observation) -> Observation:
    """What was seen of one image, without what says nothing about the packages of its functions as they will be.

    An old package is not compared with the prediction; one without a layer is, but for what is below ``/opt``.
    """
    stale = any(one.stale for one in prepared)
    missing = any(one.missing for one in prepared)
    roots = tuple(root for root in seen.roots if not stale and not (missing and root == _LAYERS))
    started = tuple(one.told(what) for one, what in zip(prepared, seen.started, strict=True))
    # A name that was made for the look alone tells nobody anything.
    image = prepared[0].recipe.label if prepared else seen.image
    return replace(seen, image=image, started=started, roots=roots)


@dataclass
class Recipes:
    """Makes recipes for functions of the project in ``root``.

    ``named`` and ``layers`` are the user's packages by function and by layer.  ``image`` is the reference of an image
    to look into for all image functions, ``runtime_image`` that of one to run zip packages on.
    """

    root: Path
    known: Known
    named: Mapping[str, Path] = field(default_factory=dict)
    layers: Mapping[str, Path] = field(default_factory=dict)
    image: str | None = None
    runtime_image: str | None = None

    def __post_init__(self) -> None:
        self._artifacts = Artifacts(self.root, self.known.functions, self.named, self.layers)

    def prepare(self, function: Function) -> Prepared:
        """How the function's image is had.  Raises :class:`NotBuildable`."""
        if isinstance(function.artifact, Image):
            return Prepared(Recipe(reference=self.image) if self.image else image_recipe(function, self.root))
        try:
            found = self._artifacts.package(function)
            only = len(function.layers) == 1
            layers = [(layer, self._artifacts.layer(layer, found, only=only)) for layer in function.layers]
        except NotBuilt as error:
            raise NotBuildable(str(error)) from error
        packages = [(_LAYERS, one.package) for _, one in layers if one is not None]
        known = function.runtime or (found.output.runtime if found.output is not None else None)
        runtime = (known or NEWEST).removeprefix("python")
        recipe = Recipe(
            platform=_PLATFORMS.get(function.architecture or ""),
            runtime=self.runtime_image or f"{RUNTIME_IMAGE}:{runtime}",
            packages=(*packages, (_CODE, found.package)),
            title=self._artifacts.shown(found.where),
        )
        guess = None if known or self.runtime_image else f"its runtime is not known: {recipe.runtime} is a guess"
        return Prepared(
            recipe,
            self._artifacts.shown(found.where),
            self._stale(function, [found, *(one for _, one in layers if one is not None)]),
            tuple(_not_here(layer) for layer, one in layers if one is None and _may_hold_code(layer)),
            guess,
        )

    def _stale(self, function: Function, packages: Sequence[Found]) -> str | None:
        """Which source is newer than a package, and so may not be in it as it is now."""
        if all(found.written is None for found in packages):
            return None
        sources = _sources(function, self.known.tree(function))
        newer = (
            f"its package {self._artifacts.shown(found.where)} was built before {source} was changed: build it again"
            for source in sources
            for found in packages
            if found.written is not None
            and not _inside(self.root / source, found)
            and _modified(self.root / source) > found.written
        )
        return next(newer, None)


def _inside(source: Path, found: Found) -> bool:
    """Whether a source stands in the very package, or beside it in what a tool has written."""
    output = found.output.directory if found.output is not None else found.package.path
    return source.is_relative_to(found.package.path) or source.is_relative_to(output)


def image_recipe(function: Function, root: Path) -> Recipe:
    """How the image of a function is built.  Raises :class:`NotBuildable`."""
    image = function.artifact
    if not isinstance(image, Image) or image.dockerfile is None or image.context is None:
        reason = image.reason if isinstance(image, Image) else None
        raise NotBuildable(reason or "its Dockerfile is not known: name the image by --image")
    platform = image.platform or ({"arm64": "linux/arm64"}.get(function.architecture or ""))
    return Recipe(
        dockerfile=root / image.dockerfile,
        directory=root / image.context,
        target=image.target,
        arguments=tuple(sorted(image.build_args.items())),
        contexts=tuple(_contexts(image, root)),
        platform=platform,
        title=image.dockerfile + (f" ({image.target})" if image.target else ""),
    )


def _contexts(image: Image, root: Path) -> Iterator[tuple[str, str]]:
    """The further build contexts as ``docker build --build-context`` takes them.  Raises :class:`NotBuildable`."""
    for name, context in sorted(image.contexts.items()):
        if context.directory is not None:
            yield name, str(root / context.directory)
        elif context.image is not None:
            yield name, f"docker-image://{context.image}"
        else:
            raise NotBuildable(f"its build context {name} is not known: {context.reason or 'nothing names it'}")


def _may_hold_code(layer: Layer) -> bool:
    """Whether a layer may bring Python modules; agents and their like bring none."""
    return isinstance(layer, LocalLayer) or layer.distributions is None or bool(layer.distributions)


def _not_here(layer: Layer) -> str:
    what = "is not built" if isinstance(layer, LocalLayer) else "is not here"
    return (
        f"layer {layer.name} {what}: failures that may come from that are not judged;"
        f" name its package by --layer {layer.name}=PATH"
    )


def _sources(function: Function, tree: FileTree) -> list[str]:
    """The project's files that the package is made of, and those that list what is installed."""
    packages = [layer.package for layer in function.layers if isinstance(layer, LocalLayer)]
    packages += [function.artifact] if isinstance(function.artifact, Zip) else []
    lists = [one.requirements for package in packages for one in package.parts if isinstance(one, Install)]
    return sorted({source.partition(MEMBER)[0] for source in (*tree.by_source, *filter(None, lists))})


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
