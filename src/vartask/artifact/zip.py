"""The predicted file tree of a zip package and its layers.

A package is a copy of a directory: ``sam build`` and ``aws cloudformation package`` follow symbolic links and store
what they lead to, and a zip made by either has no entries for empty directories.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vartask.artifact.filters import Filters, Unsure
from vartask.artifact.generated import generated
from vartask.artifact.local_projects import local_projects
from vartask.artifact.moved import moved_regions
from vartask.artifact.ready_made import ArchiveError, is_archive, members
from vartask.artifact.requirements import Requirements, named_requirements, read_requirements
from vartask.artifact.same import same_contents
from vartask.artifact.target import Target
from vartask.data.runtimes import version_of
from vartask.model import (
    FileTree,
    Function,
    Install,
    Layer,
    LocalLayer,
    Made,
    Packed,
    Part,
    Present,
    Span,
    Taken,
    UnknownRegion,
    Zip,
)
from vartask.model.distribution import normalise
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.seen import Once

TASK_ROOT: Final = "/var/task"
"""Where Lambda unpacks a function's zip (docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html)."""

LAYER_ROOT: Final = "/opt"
"""Where Lambda unpacks layers (docs.aws.amazon.com/lambda/latest/dg/packaging-layers.html)."""

_ADDED_TO_INLINE: Final = "cfnresponse.py"
"""docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html"""

_RUNTIME: Final = ("/var/lang", "/var/runtime")
_DIRECTORY: Final = Present("d", mode=0o755)
_UNREAD: Final = frozenset({".git", "node_modules"})
"""Copied like anything else, but they hold tens of thousands of files and no module of a Python function."""

_MAX_ENTRIES: Final = 50_000
_MAX_DEPTH: Final = 40
"""Linux follows 40 symbolic links in one path, so a loop of links is copied that deep before it fails."""


_MOST_TREES: Final = 64
"""Trees that are held, of some hundred entries or more each: functions of one artifact stand together."""


class ZipTrees:
    """Predicts zip packages, each combination of artifact and layers once as long as neighbours ask for it."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known = Once(project.questions, _MOST_TREES)

    def tree(self, function: Function) -> FileTree:
        """The file system that the function of a zip package sees.  Raises ``TypeError`` for an image."""
        if not isinstance(function.artifact, Zip):
            raise TypeError(f"{function.name} is an image")
        target = Target(version_of(function.runtime), function.architecture)
        key = (function.artifact, function.layers, target)
        return self._known.get(key, lambda: _predict(self._project, *key))


def predict_zip(project: Project, function: Function) -> FileTree:
    """The file system that the function of a zip package sees.  Raises ``TypeError`` for an image."""
    return ZipTrees(project).tree(function)


@dataclass(slots=True)
class _Growing:
    """A tree while it is put together."""

    project: Project
    target: Target
    entries: dict[str, Present] = field(default_factory=dict)
    regions: list[UnknownRegion] = field(default_factory=list)
    removed: dict[str, Span] = field(default_factory=dict)

    def directories(self, path: str, put_by: Span | None = None) -> None:
        """Add a directory and those above it."""
        while path not in self.entries:
            self.entries[path] = Present("d", put_by=put_by, mode=0o755) if put_by else _DIRECTORY
            path = posixpath.dirname(path)

    def unknown(self, path: str, reason: str, at: Span, distributions: frozenset[str] | None = None) -> None:
        self.regions.append(UnknownRegion(path, reason, at, distributions=distributions))

    def installed(self, path: str, what: str, asked: Requirements, install: Install, at: Span) -> None:
        """A build installs the distributions here; which files that gives is not known."""
        reason = f"`{what}` is installed here"
        names = (asked.distributions or frozenset()) - {normalise(name) for name in install.without}
        if asked.distributions is None:
            local = local_projects(self.project, asked)
            if local is None:
                self.unknown(path, f"{reason}: {asked.reason}", asked.at or at)
                return
            built = f"{reason}: `{asked.local_paths[0].written}` is a local project, which a build of its own packs"
            self.regions.append(UnknownRegion(path, built, asked.at or at, names=local.modules))
            names = local.distributions - {normalise(name) for name in install.without}
        if names:
            region = UnknownRegion(path, reason, at, distributions=names, complete=asked.complete, rooted=True)
            self.regions.append(region)


def _predict(project: Project, artifact: Zip, layers: tuple[Layer, ...], target: Target) -> FileTree:
    tree = _Growing(project, target)
    for path in (TASK_ROOT, LAYER_ROOT):
        tree.directories(path)
    for layer in layers:
        _add_layer(tree, layer)
    _add_code(tree, artifact)
    tree.regions += (UnknownRegion(path, "part of the runtime", runtime=True) for path in _RUNTIME)
    return FileTree(tree.entries, tuple(tree.regions), tree.removed)


def _add_code(tree: _Growing, artifact: Zip) -> None:
    if artifact.inline is not None:
        content = artifact.inline
        tree.entries[f"{TASK_ROOT}/index.py"] = Present(put_by=content.span, content=content.value)
        tree.entries[f"{TASK_ROOT}/{_ADDED_TO_INLINE}"] = Present(put_by=content.span)
        return
    _add_package(tree, artifact, TASK_ROOT)


def _add_layer(tree: _Growing, layer: Layer) -> None:
    if isinstance(layer, LocalLayer):
        _add_package(tree, layer.package, LAYER_ROOT)
        return
    reason = f"layer `{layer.name}` is not in the repository: {layer.reason}"
    tree.unknown(LAYER_ROOT, reason, layer.span, layer.distributions)


def _add_package(tree: _Growing, package: Zip, root: str) -> None:
    if not package.parts:
        tree.unknown(root, package.reason or "the code is not in the repository", package.span)
        return
    for part in package.parts:
        if isinstance(part, Made):
            path = posixpath.normpath(posixpath.join(root, part.path))
            tree.directories(posixpath.dirname(path), part.span)
            tree.entries[path] = Present(put_by=part.span, content=part.content, written_by_tool=True)
            continue
        target = posixpath.normpath(posixpath.join(root, part.into))
        if isinstance(part, Install):
            _install(tree, part, target)
        elif isinstance(part, Taken):
            _take(tree, part, target)
        elif isinstance(part, Packed):
            _add_packed(tree, part, target)
        else:
            _add_part(tree, part, target)
    if package.reason is not None:
        tree.unknown(root, package.reason, package.span)


def _take(tree: _Growing, part: Taken, target: str) -> None:
    # Imported here: few packages come out of an image.
    from vartask.artifact.taken import taken

    tree.directories(target, part.span)
    found = taken(tree.project, part, target)
    if found.error is not None:
        tree.unknown(target, f"the image that it is taken from cannot be built: {found.error.message}", found.error.at)
        return
    tree.entries.update(found.entries)
    tree.removed.update(found.removed)
    tree.regions += found.regions


def _add_part(tree: _Growing, part: Part, target: str) -> None:
    tree.directories(target, part.span)
    if not tree.project.is_file(part.source):
        try:
            copy = _Copy(tree, part, target)
        except Unsure as error:
            tree.unknown(target, str(error), part.span)
        else:
            copy.run()
    elif part.name is None and is_archive(part.source):
        _unpack(tree, part.source, target, part.span)
    else:
        name = part.name or posixpath.basename(part.source)
        _add_file(tree, part.source, f"{target}/{name}", part.span, part.mode)


def _add_packed(tree: _Growing, part: Packed, target: str) -> None:
    for name, entry in part.entries:
        path = f"{target}/{name}"
        tree.directories(posixpath.dirname(path), part.span)
        # A file that the commands took as it stands in the repository is put there by the line that packs.
        tree.entries[path] = entry if entry.put_by is not None else replace(entry, put_by=part.span)
    for region in part.regions:
        tree.regions += moved_regions(region, "/", target)


def _unpack(tree: _Growing, archive: str, target: str, put_by: Span) -> None:
    try:
        for place, entry in members(tree.project, archive, put_by):
            tree.directories(posixpath.dirname(f"{target}/{place}"), put_by)
            tree.entries[f"{target}/{place}"] = entry
    except ArchiveError as error:
        tree.unknown(target, str(error), put_by)


def _install(tree: _Growing, install: Install, target: str) -> None:
    path = install.requirements
    if path is not None:
        tree.installed(target, path, read_requirements(tree.project, path, tree.target), install, Span(path))
        return
    asked = named_requirements(tree.project, install.packages, install.span, tree.target)
    tree.installed(target, " ".join(install.packages), asked, install, install.span)


class _Copy:
    """Copies one directory: from where, to where, without which files, and who says so."""

    def __init__(self, tree: _Growing, part: Part, target: str) -> None:
        self.tree = tree
        self.source = part.source
        self.target = target
        self.put_by = part.span
        self.mode = part.mode
        self.copy_of = part.copy_of
        self.filters = Filters(part.filters, part.span) if part.filters else None

    def run(self) -> None:
        project = self.tree.project
        limit = len(self.tree.entries) + _MAX_ENTRIES
        visits = 0
        for made in generated(project, self.source):
            reason = f"git ignores `{made}`, so a step before packaging may make it"
            self.tree.unknown(f"{self.target}/{_below(self.source, made)}", reason, self.put_by)
        pending: list[tuple[str, str, tuple[str, ...]]] = [(self.source, self.target, ())]
        while pending:
            source, target, above = pending.pop()
            resolved = project.resolve(source)
            if resolved is None:
                continue
            if resolved in above or len(above) > _MAX_DEPTH:
                reason = f"`{source}` is a symbolic link to a directory that contains it"
                self.tree.unknown(target, reason, self.put_by)
                continue
            visits += 1  # links from directory to directory multiply without adding a single file
            if len(self.tree.entries) > limit or visits > _MAX_ENTRIES:
                reason = f"`{self.source}` has more than {_MAX_ENTRIES} files or directories"
                self.tree.unknown(self.target, reason, self.put_by)
                return
            # From here on by the real name: following the links again at every level would cost far more.
            inside = (*above, resolved)
            pending += (
                (_join(resolved, name), f"{target}/{name}", inside) for name in self._directory(resolved, target)
            )

    def _directory(self, source: str, target: str) -> Iterator[str]:
        """Copy the files of one directory; the names of the directories in it that are to follow."""
        for name, kind in _children(self.tree.project, source):
            here, there = _join(source, name), f"{target}/{name}"
            left_out = self._left_out(there, kind)
            if left_out is not None:
                self.tree.removed[there] = left_out
            elif kind == "f":
                _add_file(self.tree, self._original(here), there, self.put_by, self.mode)
            elif kind is None:
                reason = f"`{here}` is a symbolic link to nothing in the project"
                self.tree.unknown(there, reason, self.put_by)
            elif name in _UNREAD:
                self.tree.directories(there, self.put_by)
                self.tree.unknown(there, f"`{here}` is not looked into", self.put_by)
            else:
                yield name

    def _original(self, path: str) -> str:
        """The file that ``path`` is a copy of, if it still has the same contents."""
        if self.copy_of is None:
            return path
        original = _join(self.copy_of, _below(self.source, path))
        return original if same_contents(self.tree.project, path, original) else path

    def _left_out(self, path: str, kind: str | None) -> Span | None:
        if self.filters is None:
            return None
        return self.filters.left_out(path[len(self.target) + 1 :], directory=kind == "d")


def _join(directory: str, name: str) -> str:
    return name if directory == "." else f"{directory}/{name}"


def _children(project: Project, directory: str) -> Iterator[tuple[str, str | None]]:
    """Names with what is there once links are followed: ``f``, ``d``, or ``None`` for nothing inside the project."""
    for name, entry in project.listdir(directory).items():
        if entry.kind == "l":
            yield name, project.kind(_join(directory, name))
        else:
            yield name, entry.kind


def _add_file(tree: _Growing, source: str, path: str, put_by: Span, mode: int | None) -> None:
    real = tree.project.resolve(source) or source
    info = tree.project.lstat(real)
    tree.directories(posixpath.dirname(path), put_by)
    if mode is None:
        mode = info.mode if info is not None else 0o644
    tree.entries[path] = Present(source=real, put_by=put_by, mode=mode)


def _below(directory: str, path: str) -> str:
    return path if directory == "." else path[len(directory) + 1 :]
