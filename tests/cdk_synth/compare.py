"""What is predicted of an application, beside what ``cdk synth`` makes of it."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from cdk_synth.tool import Asset, Synthesised, synthesise
from vartask.artifact.zip import LAYER_ROOT, TASK_ROOT, ZipTrees
from vartask.config import Settings
from vartask.definitions.cdk_typescript import find
from vartask.model import Function, Image, Install, LocalLayer, Zip
from vartask.project import Project


@dataclass(frozen=True, slots=True)
class Compared:
    """How many functions of an application were predicted exactly, with how many files.

    ``undecided`` are those that vartask says it cannot predict, ``different`` those that are not what it predicts.
    """

    equal: int
    files: int
    undecided: tuple[str, ...]
    different: tuple[str, ...]


def compare(root: Path, renamed: Mapping[str, str], *, by_cli: bool = False) -> Compared:
    """Predict an application from its source, then let ``cdk synth`` make it, which may call functions otherwise."""
    project = Project(root)
    predicted: dict[str, list[Function]] = {}
    for function in find(project, Settings()).functions:
        predicted.setdefault(function.name, []).append(function)
    real = {renamed.get(name, name): found for name, found in synthesise(root, by_cli=by_cli).items()}
    equal, files = 0, 0
    undecided: list[str] = []
    different: list[str] = []
    trees = ZipTrees(project)
    for name in sorted(predicted.keys() | real.keys()):
        mine, theirs = predicted.get(name, []), real.get(name, [])
        doubts = [one.artifact.reason or one.handler_reason for one in mine]
        if any(doubts):
            undecided += [f"{name}: {one}" for one in doubts if one]
        elif not mine or not theirs:
            different.append(f"{name}: {'not predicted' if theirs else 'predicted, but not there'}")
        else:
            wrong = [list(_wrong(project, trees, one, two)) for one in mine for two in theirs[:1]]
            if any(wrong):
                different += [f"{name}: {text}" for texts in wrong for text in texts]
            else:
                equal += 1
                files += len((theirs[0].code or theirs[0].context or Asset({})).files)
    return Compared(equal, files, tuple(undecided), tuple(different))


def _wrong(project: Project, trees: ZipTrees, mine: Function, theirs: Synthesised) -> Iterator[str]:
    handler = mine.handler.value if mine.handler else None
    if isinstance(mine.artifact, Zip):
        yield from _unequal("handler", handler, theirs.handler)
        yield from _unequal("inline code", mine.artifact.inline and mine.artifact.inline.value, theirs.inline)
    yield from _unequal("runtime", mine.runtime, theirs.runtime)
    yield from _unequal("architecture", mine.architecture, theirs.architecture or "x86_64")
    known = {name: value for name, value in mine.environment.items() if value is not None}
    yield from _unequal("environment", known, {name: theirs.environment.get(name) for name in known})
    if mine.environment_known:
        yield from _unequal("variables", sorted(mine.environment), sorted(theirs.environment))
    if isinstance(mine.artifact, Image):
        yield from _image(project, mine.artifact, theirs)
        return
    if theirs.code is not None:
        yield from _package(project, trees, replace(mine, layers=()), theirs.code, TASK_ROOT)
    yield from _unequal("number of layers", len(mine.layers), len(theirs.layers))
    for layer, asset in zip(mine.layers, theirs.layers, strict=False):
        if isinstance(layer, LocalLayer) and asset is not None:
            alone = replace(mine, artifact=Zip(mine.span, reason="only its layer"), layers=(layer,))
            yield from _package(project, trees, alone, asset, LAYER_ROOT, layer.package)
        elif isinstance(layer, LocalLayer) or asset is not None:
            yield f"layer {layer.name} is local on one side only"


def _image(project: Project, image: Image, theirs: Synthesised) -> Iterator[str]:
    command = tuple(one.value for one in image.command) if image.command is not None else None
    yield from _unequal("command", command, theirs.command)
    yield from _unequal("target", image.target, theirs.target)
    yield from _unequal("build arguments", dict(image.build_args), dict(theirs.build_args))
    if image.context is None or image.dockerfile is None or theirs.dockerfile is None or theirs.context is None:
        yield "an image on one side only"
        return
    yield from _unequal(
        "Dockerfile", posixpath.relpath(image.dockerfile, image.context), posixpath.normpath(theirs.dockerfile)
    )
    prefix = "" if image.context == "." else image.context + "/"
    for name, checksum in theirs.context.files.items():
        if not project.is_file(prefix + name) or zlib.crc32(project.read_bytes(prefix + name)) != checksum:
            yield f"the context has {name}, which is not there"


def _package(
    project: Project, trees: ZipTrees, function: Function, asset: Asset, root: str, package: Zip | None = None
) -> Iterator[str]:
    tree = trees.tree(function)
    below = f"{root}/"
    mine = {
        path.removeprefix(below): zlib.crc32(project.read_bytes(entry.source))
        for path, entry in tree.entries.items()
        if path.startswith(below) and entry.source is not None
    }
    yield from _unequal("files", sorted(mine), sorted(asset.files))
    if sorted(mine) == sorted(asset.files):
        yield from _unequal("contents", mine, dict(asset.files))
    parts = (package or function.artifact).parts if isinstance(package or function.artifact, Zip) else ()  # type: ignore[union-attr]
    installs = sorted(one.into for one in parts if isinstance(one, Install))
    yield from _unequal("installations", installs, sorted(asset.installs))


def _unequal(what: str, mine: object, theirs: object) -> Iterator[str]:
    if mine != theirs:
        yield f"{what}: {mine!r} predicted, {theirs!r} real"
