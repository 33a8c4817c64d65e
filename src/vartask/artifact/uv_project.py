"""uv's project commands: ``uv sync`` and ``uv export`` (https://docs.astral.sh/uv/concepts/projects/sync/)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from vartask.artifact import environments
from vartask.artifact.exports import exported
from vartask.artifact.filesystem import resolve
from vartask.artifact.installed_lists import built_in_place
from vartask.artifact.interpreter import may_have_changed, short
from vartask.artifact.lock_files import locked
from vartask.artifact.pip_install import doubt_at, resolved, settle
from vartask.artifact.pip_places import Place, is_environment
from vartask.artifact.pip_settings import Install, UnknownSetting
from vartask.artifact.resolution import Resolution, Unsettled
from vartask.artifact.shell_state import Listed, State, Status
from vartask.artifact.uv_settings import read_toml, settings_of
from vartask.artifact.wheel_layout import prefix_scheme
from vartask.model import Absent, Present
from vartask.model.distribution import normalise
from vartask.records import replace
from vartask.syntax.shell import Command

FOLLOWED = frozenset(
    "--frozen --locked --no-dev --dev --extra --all-extras --group --no-group --only-group --only-dev --all-groups"  # noqa: SIM905
    " --no-default-groups --no-install-project --no-emit-project --no-editable --inexact --compile-bytecode --quiet"
    " --verbose --no-cache --no-progress --offline --no-hashes --format --output-file --link-mode --no-header"
    " --no-annotate --python-preference --no-python-downloads --no-managed-python --no-install-workspace"
    " --no-install-local --no-emit-workspace --no-emit-local --no-index --find-links --cache-dir --native-tls"
    " --allow-insecure-host".split()
)
"""Options whose effect is known here; any other one makes the answer an unknown."""


def lock_file(state: State, place: Place) -> None:
    """The file that uv locks a directory with while it installs: it stays, whatever the umask."""
    if place.root is not None:
        path = posixpath.join(state.real(place.root) or place.root, ".lock")
        made = state.new("f", content="")
        state.files.put(path, _with_mode(made, 0o666))


def _with_mode(entry: Present, mode: int) -> Present:
    return replace(entry, mode=mode)


def sync(state: State, action: str, arguments: Install, texts: list[str | None], command: Command) -> Status:
    """A project's environment: ``.venv`` unless a variable says otherwise."""
    try:
        if action == "sync":
            return _sync(state, arguments, command)
    except (UnknownSetting, Unsettled):
        pass
    _doubtful(state, command, locked(state, "uv", texts))
    return None


def export(state: State, arguments: Install, texts: list[str | None], command: Command) -> Status:
    """``uv export``: the requirements of a project, with their versions."""
    known = None
    try:
        project = _Project(state, arguments)
        if not project.packaged or arguments.on("--no-emit-project"):
            resolution = resolved(state, project.place, project.arguments)[0]
            known = _listed(resolution)
            project.write_lock()
    except (UnknownSetting, Unsettled):
        pass
    if known is None:
        state.doubt(state.cwd, may_have_changed(command), names=frozenset({"uv.lock"}))
    return exported(state, "uv", texts, command, known)


def _listed(resolution: Resolution | None) -> str:
    if resolution is None or resolution.unknown:
        raise Unsettled
    names = sorted(f"{normalise(pick.name)}=={pick.wheel.version}" for pick in resolution.picks)
    return "".join(f"{name}\n" for name in names)


def _sync(state: State, arguments: Install, command: Command) -> Status:
    project = _Project(state, arguments)
    home = project.home
    existing = state.files.follow(home)
    before = state.fork()
    if isinstance(existing, Absent):
        if not environments.uv_venv(state, home, command):
            raise Unsettled
    elif not is_environment(state, home) or _has_distributions(state, project.place):
        raise Unsettled
    try:
        status = settle(state, project.place, project.arguments, command, "uv")
    except Unsettled:
        state.files.adopt(before.files)
        raise
    if status is False:
        return False
    lock_file(state, project.place)
    project.write_lock()
    if project.packaged and not arguments.on("--no-install-project"):
        doubt_at(state, project.place.scheme.purelib, command, None)
        doubt_at(state, project.place.scheme.scripts, command, None)
        built_in_place(state, project.directory, command)
        return None
    return status


def _has_distributions(state: State, place: Place) -> bool:
    """Whether there is something that an exact sync may take away."""
    library = state.real(place.scheme.purelib) or place.scheme.purelib
    return any(child.endswith(".dist-info") for child, _ in state.files.children(library))


class _Project:
    """The project in the working directory.  Raises :class:`UnknownSetting` and :class:`Unsettled`."""

    def __init__(self, state: State, given: Install) -> None:
        if state.cwd is None or state.python is None or state.prefix is None or not state.everything or state.uid != 0:
            raise Unsettled
        data = read_toml(state, posixpath.join(state.cwd, "pyproject.toml"))
        if data is None or not given.given.keys() <= FOLLOWED or given.wanted:
            raise Unsettled
        self.state = state
        self.directory = state.cwd
        self.data = data
        self.settings = settings_of(state, pip=False)
        self.given = given
        self._check_python(state.python)
        home = state.variables.get("UV_PROJECT_ENVIRONMENT", "") or ".venv"
        self.home = state.path(home) or ""
        if self.home == state.prefix:
            raise Unsettled
        scheme = prefix_scheme(self.home, state.python, environment=True)
        self.place = Place(state.python, scheme, None, (scheme.purelib,), self.home)
        self.packaged = "build-system" in data or self.settings.tool.get("package") is True
        if self.settings.tool.get("package") is False:
            self.packaged = False
        self.arguments = self._arguments()

    def on(self, *names: str) -> bool:
        return self.given.on(*names) or bool(self.settings.switches & set(names))

    def _check_python(self, python: str) -> None:
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        wanted = self._table("project").get("requires-python", "")
        try:
            specifier = SpecifierSet(str(wanted))
        except InvalidSpecifier as error:
            raise Unsettled from error
        pinned = self.state.files.follow(posixpath.join(self.directory, ".python-version"))
        if not isinstance(pinned, Absent) or not all(specifier.contains(f"{python}.{patch}") for patch in range(40)):
            raise Unsettled

    def _table(self, *names: str) -> Mapping[str, Any]:
        found: Any = self.data
        for name in names:
            found = found.get(name, {}) if isinstance(found, Mapping) else {}
        return found if isinstance(found, Mapping) else {}

    def _arguments(self) -> Install:
        """The installation that the project's dependencies, groups and lock file amount to."""
        project = self._table("project")
        if "dependencies" in (project.get("dynamic") or ()):
            raise Unsettled
        found = Install(wanted=list(self._requirements()))
        found.given["--find-links"] = [*self.settings.links, *self.given.given.get("--find-links", [])]
        if self.on("--no-index"):
            found.given["--no-index"] = [""]
        if self.on("--compile-bytecode"):
            found.given["--compile-bytecode"] = [""]
        lock = read_toml(self.state, posixpath.join(self.directory, "uv.lock"))
        if lock is not None:
            self._locked(lock, found)
        elif self.on("--frozen", "--locked"):
            raise Unsettled
        return found

    def _requirements(self) -> Iterator[str]:
        project = self._table("project")
        only = self.on("--only-dev") or self.on("--only-group")
        if not only:
            yield from map(str, project.get("dependencies") or ())
            extras = self._table("project", "optional-dependencies")
            wanted = list(extras) if self.on("--all-extras") else self.given.given.get("--extra", [])
            for name in wanted:
                if name is None or name not in extras:
                    raise Unsettled
                yield from map(str, extras[name])
        for name in self._groups():
            yield from self._group(name)

    def _groups(self) -> list[str]:
        defined = self._table("dependency-groups")
        legacy = ["dev"] if self.settings.tool.get("dev-dependencies") else []
        names = [*defined, *legacy]
        default = self.settings.tool.get("default-groups", ["dev"])
        chosen = names if default == "all" or self.on("--all-groups") else [name for name in names if name in default]
        if self.on("--no-default-groups") or self.on("--only-group"):
            chosen = []
        if self.on("--only-dev"):
            chosen = ["dev"]
        added = [name or "" for option in ("--group", "--only-group") for name in self.given.given.get(option, [])]
        dropped = {name or "" for name in self.given.given.get("--no-group", [])}
        if self.on("--no-dev"):
            dropped.add("dev")
        return [name for name in dict.fromkeys([*chosen, *added]) if name not in dropped]

    def _group(self, name: str, depth: int = 0) -> Iterator[str]:
        defined = self._table("dependency-groups")
        if name == "dev":
            yield from map(str, self.settings.tool.get("dev-dependencies") or ())
        if (name not in defined and name != "dev") or depth > len(defined):
            raise Unsettled
        for item in defined.get(name, ()):
            if isinstance(item, str):
                yield item
            elif isinstance(item, Mapping) and isinstance(item.get("include-group"), str):
                yield from self._group(item["include-group"], depth + 1)
            else:
                raise Unsettled

    def _locked(self, lock: Mapping[str, Any], found: Install) -> None:
        """A lock file fixes the versions; those that come from an index are not in the repository."""
        packages = lock.get("package")
        if not isinstance(packages, list):
            raise Unsettled
        fixed: list[str] = []
        links: list[str | None] = []
        for package in packages:
            source = package.get("source") if isinstance(package, Mapping) else None
            if not isinstance(source, Mapping) or not isinstance(package.get("name"), str):
                raise Unsettled
            if source.keys() & {"virtual", "editable"} and "." in source.values():
                continue
            registry = source.get("registry")
            if not isinstance(registry, str) or "://" in registry or not isinstance(package.get("version"), str):
                raise Unsettled
            links.append(posixpath.join(self.directory, registry))
            fixed.append(f"{package['name']}=={package['version']}")
        found.given["--find-links"] = list(dict.fromkeys(links))
        found.given["--no-index"] = [""]
        found.given["--fixed"] = list(fixed)

    def write_lock(self) -> None:
        """``uv.lock`` is there afterwards, unless uv was told to leave it."""
        path = posixpath.join(self.directory, "uv.lock")
        if isinstance(self.state.files.follow(path), Absent) and not self.on("--frozen"):
            self.state.write(path)


def _doubtful(state: State, command: Command, names: Listed | None) -> None:
    reason = f"what `{short(command.text)}` installs"
    home = state.variables.get("UV_PROJECT_ENVIRONMENT", "")
    if home:
        doubt_at(state, home, command, names)
        path = state.real(home)
        if path is not None and path not in {"/", "/usr", "/usr/local", "/var/lang"}:
            state.files.put(posixpath.join(path, "pyvenv.cfg"), state.new("f"))
    else:
        state.doubt(state.cwd, reason, names=frozenset({"uv.lock"}))
        place = None if state.cwd is None else resolve(state.files, posixpath.join(state.cwd, ".venv"))
        state.installed(place, reason, names)
        if place is not None:
            state.make_dirs(place)
            state.files.put(posixpath.join(place, "pyvenv.cfg"), state.new("f"))
    if state.cwd is not None:
        built_in_place(state, state.cwd, command)
