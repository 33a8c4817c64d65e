"""What is predicted of a project, beside what ``sam`` packages."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from sam_builds.tool import Package, Run, packages
from vartask.artifact.zip import LAYER_ROOT, TASK_ROOT, ZipTrees
from vartask.config import Settings
from vartask.definitions.sam import find
from vartask.model import FileTree, Function, LocalLayer, Present, UnknownLayer, Zip
from vartask.project import Project


@dataclass(frozen=True, slots=True)
class Predicted:
    """A package as predicted, with checksums of what is known of its contents.

    ``reason`` says why it is not known, or not completely.
    """

    files: dict[str, int | None]
    distributions: frozenset[str] = frozenset()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One package that is not what was predicted."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Compared:
    """How many packages of a project were predicted exactly; ``undecided`` are those with a reason why not."""

    equal: int
    files: int
    undecided: tuple[str, ...]
    different: tuple[Difference, ...]


def compare(root: Path, runs: tuple[Run, ...]) -> Compared:
    """Predict a project, then let ``sam`` package it in every way that it is used."""
    predicted = predictions(root)
    packaged: dict[str, list[Package]] = {}
    for run in runs:
        for path, package in packages(root, run).items():
            packaged.setdefault(path.rpartition("/")[2], []).append(package)
    return _compared(predicted, packaged)


def _compared(predicted: dict[str, list[Predicted]], packaged: dict[str, list[Package]]) -> Compared:
    equal, files = 0, 0
    undecided: list[str] = []
    different: list[Difference] = []
    for name in sorted(predicted.keys() | packaged.keys()):
        variants, real = predicted.get(name, []), packaged.get(name, [])
        if any(one.reason for one in variants):
            undecided += [f"{name}: {one.reason}" for one in variants if one.reason]
            continue
        wrong = list(_wrong(name, variants, real))
        different += wrong
        if not wrong:
            equal += len(real)
            files += sum(len(one.files) for one in real)
    return Compared(equal, files, tuple(undecided), tuple(different))


def _wrong(name: str, variants: list[Predicted], real: list[Package]) -> Iterator[Difference]:
    """Packages that no variant predicts, and variants that no package is."""
    if not variants:
        yield Difference(name, "packaged, but no function or layer of that name is predicted")
    for package in real:
        texts = [_difference(variant, package) for variant in variants]
        if texts and all(texts):
            yield Difference(name, min(filter(None, texts), key=len))
    for variant in variants:
        if all(_difference(variant, package) for package in real):
            yield Difference(name, f"predicted, but packaged in no run: {sorted(variant.files)}")


def _difference(predicted: Predicted, package: Package) -> str | None:
    missing = sorted(predicted.files.keys() - package.files.keys())
    extra = sorted(package.files.keys() - predicted.files.keys() - package.installed)
    known = {name: checksum for name, checksum in predicted.files.items() if checksum is not None}
    other = sorted(name for name, checksum in known.items() if package.files.get(name, checksum) != checksum)
    unlisted = sorted(package.distributions ^ predicted.distributions)
    said = [
        f"{what}: {names}"
        for what, names in (
            ("predicted, but not packaged", missing),
            ("packaged, but not predicted", extra),
            ("packaged with other contents", other),
            ("distributions on one side only", unlisted),
        )
        if names
    ]
    return "; ".join(said) or None


def predictions(root: Path) -> dict[str, list[Predicted]]:
    """Every function's and layer's package, by name; more than one where they depend on a condition."""
    project = Project(root)
    trees = ZipTrees(project)
    found: dict[str, list[Predicted]] = {}
    for function in find(project, Settings()).functions:
        artifact = function.artifact
        if not isinstance(artifact, Zip) or artifact.inline is not None:
            continue
        _keep(found, function.name, _predicted(project, trees, replace(function, layers=()), TASK_ROOT))
        for layer in function.layers:
            if isinstance(layer, LocalLayer):
                alone = replace(function, artifact=Zip(function.span, reason="only its layer"), layers=(layer,))
                _keep(found, layer.name, _predicted(project, trees, alone, LAYER_ROOT))
            elif isinstance(layer, UnknownLayer):
                _keep(found, layer.name, Predicted({}, reason=layer.reason))
    return found


def _keep(found: dict[str, list[Predicted]], name: str, one: Predicted) -> None:
    variants = found.setdefault(name, [])
    if one not in variants:
        variants.append(one)


def _predicted(project: Project, trees: ZipTrees, function: Function, root: str) -> Predicted:
    tree = trees.tree(function)
    below = f"{root}/"
    files = {path.removeprefix(below): entry for path, entry in tree.entries.items() if path.startswith(below)}
    checksums = {path: _checksum(project, entry) for path, entry in files.items() if entry.kind == "f"}
    return Predicted(checksums, _distributions(tree, root), _doubt(tree, root))


def _checksum(project: Project, entry: Present) -> int | None:
    if entry.content:  # empty stands for data that a tool writes
        return zlib.crc32(entry.content.encode())
    return None if entry.source is None else zlib.crc32(project.read_bytes(entry.source))


def _doubt(tree: FileTree, root: str) -> str | None:
    doubts = (one for one in tree.regions if f"{one.path}/".startswith(f"{root}/") and one.distributions is None)
    return next((one.reason for one in doubts), None)


def _distributions(tree: FileTree, root: str) -> frozenset[str]:
    listed = (one.distributions or frozenset() for one in tree.regions if f"{one.path}/".startswith(f"{root}/"))
    return frozenset().union(*listed)
