"""Writing wheels into a predicted tree: into an environment, or into a directory of pip's ``--target``."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from typing import Literal

from vartask.artifact.filesystem import is_below, is_in
from vartask.artifact.resolution import Installed, Pick
from vartask.artifact.shell_state import State
from vartask.artifact.wheel_layout import STAGED, Compiler, Manner, Scheme, as_written, laid_out
from vartask.artifact.wheels import Wheel, WheelError, read_wheel
from vartask.model import Present, UnknownRegion
from vartask.model.distribution import normalise
from vartask.project import MEMBER
from vartask.records import dataclass, field

ALONE = frozenset({"pip", "setuptools", "wheel"})
"""Distributions that need no others."""

BYTE_CODE = "whether a file of the installation compiles is not known"


@dataclass(slots=True)
class Layout:
    """Files by path, and directories whose byte code is not known."""

    files: dict[str, Present] = field(default_factory=dict)
    doubts: set[str] = field(default_factory=set)

    def compile(self, compiler: Compiler, paths: Iterable[str], file: Present) -> None:
        """Byte code beside the given modules."""
        for path in paths:
            if not path.endswith(".py"):
                continue
            compiles = compiler.compiles(self.files[path])
            if compiles:
                self.files[compiler.cached(path)] = file
            elif compiles is None:
                self.doubts.add(posixpath.dirname(path))


@dataclass(frozen=True, slots=True)
class Way:
    """How wheels are installed: by whom, for which Python, and whether with byte code."""

    installer: Literal["pip", "uv"]
    python: str
    compiler: Compiler | None = None


def layout_of(state: State, pick: Pick, scheme: Scheme, way: Way) -> Layout:
    """What installing one wheel writes."""
    file = state.new("f")
    manner = Manner(way.installer, file, state.umask, pick.name, pick.requested, pick.direct, way.python)
    layout = Layout(laid_out(pick.wheel, scheme, manner))
    if way.compiler is not None:
        layout.compile(way.compiler, list(layout.files), file)
    layout.files = {path: as_written(state.project, entry) for path, entry in layout.files.items()}
    return layout


def write(state: State, layout: Layout, reason: str) -> None:
    """Put the files, with the directories that are missing."""
    for path, entry in sorted(layout.files.items()):
        parent = state.make_dirs(posixpath.dirname(path))
        real = None if parent is None else posixpath.join(parent, posixpath.basename(path))
        existing = None if real is None else state.files.get(real)
        if real is None or (isinstance(existing, Present) and existing.kind == "d"):
            # Something is in the way: the installation stops somewhere.
            state.forget(path, reason)
        else:
            state.files.put(real, entry)
    for directory in sorted(layout.doubts):
        state.doubt(directory, BYTE_CODE, names=frozenset({"__pycache__"}))


# -- pip install --target --------------------------------------------------------------------------


def move_to_target(state: State, layouts: Iterable[Layout], target: str, reason: str, *, upgrade: bool) -> None:
    """Pip's ``--target``: each top-level name is moved as a whole, and one that exists stays unless upgraded."""
    merged = Layout()
    for layout in layouts:
        merged.files.update(layout.files)
        merged.doubts |= layout.doubts
    made = state.make_dirs(target)
    if made is None:
        state.forget(target, reason)
        return
    library = posixpath.join(STAGED, "lib/python")
    for top in dict.fromkeys(_tops(merged.files, library)):
        _move(state, merged, library, top, (made, reason, upgrade))
    installed = any(is_below(path, library) for path in merged.files)
    for top in dict.fromkeys(_tops(merged.files, STAGED)):
        # pip leaves what lies where it looks for libraries, by the beginning of the name.
        if not (installed and library.startswith(posixpath.join(STAGED, top))):
            _move(state, merged, STAGED, top, (made, reason, upgrade))


def _tops(files: Iterable[str], directory: str) -> list[str]:
    return sorted(path[len(directory) + 1 :].partition("/")[0] for path in files if is_below(path, directory))


def _move(state: State, merged: Layout, directory: str, top: str, how: tuple[str, str, bool]) -> None:
    target, reason, upgrade = how
    source, place = posixpath.join(directory, top), posixpath.join(target, top)
    existing = state.files.entries.get(place)
    perhaps = existing is None and any(not _of_the_base(region) for region in covering(state, place))
    if existing is not None and (not upgrade or existing.kind == "l"):
        return
    if perhaps and not upgrade:
        state.forget(place, reason)
        return
    if existing is not None or perhaps:
        state.files.remove(place, state.at)
    moved = Layout(
        {place + path[len(source) :]: entry for path, entry in merged.files.items() if is_in(path, source)},
        {place + path[len(source) :] for path in merged.doubts if is_in(path, source)},
    )
    write(state, moved, reason)


def covering(state: State, path: str) -> list[UnknownRegion]:
    """The doubts about a path."""
    return [region for region in state.files.regions if region.covers(path)]


def _of_the_base(region: UnknownRegion) -> bool:
    """A base image that is known by name has nothing of an application's."""
    return region.runtime


# -- what is there ---------------------------------------------------------------------------------


def installed_in(state: State, directories: Iterable[str], name: str) -> Installed | bool | None:
    """A distribution (normalised name) in site-packages: ``False`` for none, ``None`` when there may be one."""
    from packaging.version import InvalidVersion, Version

    perhaps = False
    for directory in directories:
        real = state.real(directory)
        if real is None:
            return None
        for child, entry in state.files.children(real):
            found = _metadata_of(child, name)
            if found is None:
                continue
            try:
                return Installed(Version(found), _requires(state, child, entry))
            except InvalidVersion:
                return None
        where = posixpath.join(real, f"{name.replace('-', '_')}-0.dist-info")
        for region in covering(state, where):
            if region.distributions is None:
                perhaps = perhaps or not region.runtime
            elif name in region.distributions or not (region.runtime or region.distributions <= ALONE):
                perhaps = True
    return None if perhaps else False


def _metadata_of(path: str, name: str) -> str | None:
    """The version of a metadata directory of this name."""
    base = posixpath.basename(path)
    for ending in (".dist-info", ".egg-info"):
        stem = base.removesuffix(ending)
        found, dash, version = stem.partition("-")
        if stem != base and dash and normalise(found) == name:
            return version
    return None


def _requires(state: State, info: str, entry: Present) -> tuple[str, ...] | None:
    wheel = wheel_behind(state, info) if entry.kind == "d" else None
    return None if wheel is None else wheel.requires


def wheel_behind(state: State, info: str) -> Wheel | None:
    """The wheel that a ``.dist-info`` directory came from, where it stands in the repository."""
    metadata = state.files.entries.get(posixpath.join(info, "METADATA"))
    if metadata is None or metadata.source is None or MEMBER not in metadata.source:
        return None
    try:
        return read_wheel(state.project, metadata.source.split(MEMBER)[0])
    except WheelError:
        return None


# -- uninstalling ----------------------------------------------------------------------------------


def uninstall(state: State, wheel: Wheel, scheme: Scheme, python: str) -> None:
    """Take a wheel's files away, as pip does.

    A directory in which nothing else is goes as a whole, one that is left empty by single files stays
    (pip's ``compress_for_rename``).
    """
    pick_of = Manner("pip", state.new("f"), state.umask, wheel.name, requested=True, direct=True, python=python)
    listed = set(laid_out(wheel, scheme, pick_of))
    compiler = Compiler(state.project, python)
    listed |= {compiler.cached(path) for path in listed if path.endswith(".py")}
    info = posixpath.join(scheme.purelib if wheel.purelib else scheme.platlib, wheel.info)
    real = {path for path in (state.real(path, last=False) for path in listed) if path is not None}
    gone = {path for path in real if path in state.files.entries}
    gone |= {path for path in state.files.below(info) if state.files.entries[path].kind != "d"}
    for directory in sorted({posixpath.dirname(path) for path in gone}, key=len):
        if directory not in state.files.entries or _shared(state, directory):
            continue
        files = {path for path in state.files.below(directory) if state.files.entries[path].kind != "d"}
        if files and files <= gone:
            state.files.remove(directory, state.at)
    for path in sorted(gone):
        if path in state.files.entries:
            state.files.remove(path, state.at)


def _shared(state: State, directory: str) -> bool:
    """A directory in which there is more: the base image's own files, or other distributions."""
    regions = covering(state, posixpath.join(directory, "-"))
    return any(region.distributions is None or region.path == directory for region in regions)
