"""Carrying out an installation whose wheels are in the repository, for pip and for uv."""

from __future__ import annotations

import posixpath
from typing import Literal

from vartask.artifact.commands_copy import doubt_everything
from vartask.artifact.installed_lists import built_in_place, distributions_of
from vartask.artifact.interpreter import may_have_changed, short
from vartask.artifact.pip_places import Place, interpreter_directories
from vartask.artifact.pip_request import Request, read_request
from vartask.artifact.pip_settings import Install
from vartask.artifact.resolution import NoMatch, Policy, Resolution, Unsettled, resolve
from vartask.artifact.shell_state import Listed, State, Status
from vartask.artifact.wheel_finder import Finder
from vartask.artifact.wheel_finder import Interpreter as Target
from vartask.artifact.wheel_hashes import check_hashes
from vartask.artifact.wheel_install import (
    Layout,
    Way,
    installed_in,
    layout_of,
    move_to_target,
    uninstall,
    wheel_behind,
    write,
)
from vartask.artifact.wheel_layout import Compiler
from vartask.artifact.wheels import Wheel
from vartask.model import Present
from vartask.model.distribution import ANY_DISTRIBUTION, normalise
from vartask.project import Unreadable
from vartask.syntax.shell import Command

Installer = Literal["pip", "uv"]


def resolved(state: State, place: Place, arguments: Install) -> tuple[Resolution | None, Request]:
    """What will be installed, ``None`` where the installer fails.  Raises :class:`Unsettled`."""
    request = read_request(state, arguments)
    finder = Finder(state, request.links, index=request.index)
    policy = _policy(state, place, arguments, request)
    if not policy.any_python and any(_refuses(state, path, place.python) for path in request.projects):
        return None, request
    try:
        resolution = resolve(state.project, finder, _target(state, place, arguments), policy, request.roots)
        check_hashes(state.project, request, resolution)
    except NoMatch as error:
        if request.anything or finder.may_miss_files:
            raise Unsettled from error
        return None, request
    return resolution, request


def _refuses(state: State, directory: str, python: str) -> bool:
    """Whether a project certainly does not want a Python: ``project.requires-python`` (PEP 621, PEP 345)."""
    import tomli
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    real = state.real(posixpath.join(directory, "pyproject.toml"))
    found = state.files.follow(real) if real is not None else None
    if not isinstance(found, Present) or (found.source is None and found.content is None):
        return False
    try:
        text = state.project.read_text(found.source) if found.source is not None else found.content or ""
        project = tomli.loads(text).get("project", {})
        wanted = project.get("requires-python") if isinstance(project, dict) else None
        return isinstance(wanted, str) and Target(python, python).accepts(SpecifierSet(wanted)) is False
    except (Unreadable, tomli.TOMLDecodeError, InvalidSpecifier, RecursionError):
        return False


def settle(state: State, place: Place, arguments: Install, command: Command, installer: Installer) -> Status:
    """Install what is certain, file by file.  Raises :class:`Unsettled` where nothing is."""
    resolution, request = resolved(state, place, arguments)
    if resolution is None:
        return False
    certain = not request.anything and not resolution.unknown
    if not resolution.picks and not certain:
        raise Unsettled
    _replace_installed(state, place, resolution)
    _write(state, place, arguments, resolution, (may_have_changed(command), installer))
    if certain:
        return True
    whole = distributions_of(state, arguments)
    unknown = None if request.anything else whole if whole and whole.complete else Listed(resolution.unknown)
    for path in _places(place):
        doubt_at(state, path, command, unknown, rooted=path == place.target)
    for project in request.projects:
        built_in_place(state, project, command)
    return None


def _write(state: State, place: Place, arguments: Install, resolution: Resolution, how: tuple[str, Installer]) -> None:
    reason, installer = how
    compiles = arguments.on("--compile-bytecode") if installer == "uv" else not arguments.on("--no-compile")
    compiler = Compiler(state.project, place.python) if compiles else None
    way = Way(installer, place.python, compiler if installer == "pip" else None)
    layouts = [layout_of(state, pick, place.scheme, way) for pick in resolution.picks]
    if place.target is not None:
        move_to_target(state, layouts, place.target, reason, upgrade=arguments.on("--upgrade"))
        return
    for layout in layouts:
        write(state, layout, reason)
    if compiler is not None and installer == "uv":
        # uv compiles everything that is there, not only what it has just installed.
        library = state.real(place.scheme.purelib) or place.scheme.purelib
        there = {path: state.files.entries[path] for path in state.files.below(library)}
        whole = Layout({path: entry for path, entry in there.items() if entry.kind == "f"})
        whole.compile(compiler, list(whole.files), state.new("f"))
        whole.files = {path: entry for path, entry in whole.files.items() if path not in there}
        write(state, whole, reason)


def doubt_at(
    state: State, target: str | None, command: Command, distributions: Listed | None, *, rooted: bool = False
) -> None:
    """An installation's files may be below ``target``, which is made if it is missing."""
    path = None if target is None else state.path(target)
    if path is None:
        doubt_everything(state, command)
        return
    state.make_dirs(path)
    state.installed(path, f"what `{short(command.text)}` installs", distributions, rooted=rooted)


def anything_installed(state: State, command: Command) -> None:
    """A program that nobody follows may call pip: then any distribution may be where the interpreter looks.

    The files that are known stay so; the region has no names, and only who asks about distributions sees it.
    """
    nothing, anything = frozenset[str](), frozenset({ANY_DISTRIBUTION})
    for path in interpreter_directories(state)[:1]:
        state.doubt(path, may_have_changed(command), names=nothing, distributions=anything)


def _places(place: Place) -> list[str]:
    """Every directory that distributions nobody can list may write to."""
    if place.target is not None:
        return [place.target]
    scheme = place.scheme
    return list(dict.fromkeys((scheme.purelib, scheme.scripts, posixpath.join(scheme.data, "share"))))


def _target(state: State, place: Place, arguments: Install) -> Target:
    tagged = place.python
    if arguments.on("--python-version"):
        given = (arguments.last("--python-version") or "").replace(".", "")
        if not given.startswith("3") or not given.isdigit() or len(given) < 2:  # noqa: PLR2004 - 3 and a minor version
            raise Unsettled
        wanted = (arguments.last("--python-version") or "").split(".")
        tagged = ".".join(wanted[:2]) if len(wanted) > 1 else f"3.{given[1:]}"
    if arguments.on("--abi", "--implementation"):
        raise Unsettled
    platforms = tuple(value or "" for value in arguments.given.get("--platform", ()))
    return Target(place.python, tagged, state.machine, state.glibc, platforms)


def _policy(state: State, place: Place, arguments: Install, request: Request) -> Policy:
    return Policy(
        lambda name: installed_in(state, place.library, name),
        upgrade=arguments.on("--upgrade"),
        reinstall=place.target is not None or arguments.on("--ignore-installed", "--force-reinstall", "--reinstall"),
        prereleases=request.prereleases,
        dependencies=not arguments.on("--no-deps"),
        wheels_only=request.wheels_only,
        any_python=arguments.on("--ignore-requires-python"),
        constraints=request.constraints,
    )


def _replace_installed(state: State, place: Place, resolution: Resolution) -> None:
    """Pip takes away another version before it installs one.  Raises :class:`Unsettled`."""
    if place.target is not None:
        return
    for pick in resolution.picks:
        name = normalise(pick.name)
        there = installed_in(state, place.library, name)
        if there is False:
            continue
        wheel = wheel_of(state, place, name)
        if wheel is None:
            raise Unsettled
        uninstall(state, wheel, place.scheme, place.python)


def wheel_of(state: State, place: Place, name: str) -> Wheel | None:
    """The wheel that an installed distribution came from, where it is in the repository."""
    for directory in place.library[:1]:
        for child, _ in state.files.children(state.real(directory) or directory):
            stem = posixpath.basename(child).removesuffix(".dist-info")
            if child.endswith(".dist-info") and normalise(stem.partition("-")[0]) == name:
                return wheel_behind(state, child)
    return None
