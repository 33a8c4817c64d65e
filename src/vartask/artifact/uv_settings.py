"""What uv is told by variables and configuration (https://docs.astral.sh/uv/concepts/configuration-files/)."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import Any

from vartask.artifact.pip_settings import TRUE, Install, UnknownSetting, text_of
from vartask.artifact.shell_state import State
from vartask.model import Present, Unknown
from vartask.records import dataclass, field

HARMLESS = frozenset(
    "package managed dev-dependencies default-groups link-mode cache-dir no-cache offline python-downloads"  # noqa: SIM905
    " python-preference native-tls system-certs required-version build-backend preview concurrent-downloads"
    " concurrent-builds concurrent-installs allow-insecure-host trusted-host keyring-provider publish-url check-url"
    " cache-keys no-progress http-proxy https-proxy no-build-isolation no-build-isolation-package add-bounds"
    " config-settings generate-hashes output-file no-header no-annotate annotation-style break-system-packages"
    " allow-existing strict pip".split()
)
"""Settings that decide nothing about what is installed from given directories, or are read here."""

INDEXES = frozenset({"index", "index-url", "extra-index-url", "index-strategy"})
VARIABLES = {
    "UV_NO_INDEX": "--no-index",
    "UV_SYSTEM_PYTHON": "--system",
    "UV_COMPILE_BYTECODE": "--compile-bytecode",
    "UV_REQUIRE_HASHES": "--require-hashes",
    "UV_NO_DEV": "--no-dev",
    "UV_FROZEN": "--frozen",
    "UV_LOCKED": "--locked",
}
"""Switches by their variables (https://docs.astral.sh/uv/reference/environment/)."""

DECIDING = frozenset(
    "UV_PRERELEASE UV_RESOLUTION UV_CONSTRAINT UV_OVERRIDE UV_EXCLUDE UV_EXCLUDE_NEWER UV_NO_BINARY UV_CONFIG_FILE"  # noqa: SIM905
    " UV_PYTHON UV_FORK_STRATEGY UV_WORKING_DIR UV_WORKING_DIRECTORY UV_PROJECT UV_BUILD_CONSTRAINT UV_NO_SYNC"
    " UV_NO_BINARY_PACKAGE UV_MANAGED_PYTHON UV_EXTRA UV_NO_GROUP UV_NO_SOURCES UV_ISOLATED UV_TORCH_BACKEND".split()
)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that count.  ``links`` are as paths in the image."""

    switches: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    tool: Mapping[str, Any] = field(default_factory=dict)


def settings_of(state: State, *, pip: bool) -> Settings:
    """Variables and the nearest configuration file.  Raises :class:`UnknownSetting` where one cannot be followed."""
    switches: set[str] = set()
    links: list[str] = []
    for name, value in state.variables.items():
        if name in DECIDING and value != "":
            raise UnknownSetting(name)
        if name in {"UV_FIND_LINKS", *VARIABLES}:
            if value is None:
                raise UnknownSetting(name)
            if name == "UV_FIND_LINKS":
                links += [link for link in value.split(",") if link]
            elif value.lower() in TRUE:
                switches.add(VARIABLES[name])
    tool, directory = _configuration(state)
    own = tool.get("pip", {}) if pip else {}
    if not isinstance(own, Mapping):
        raise UnknownSetting("tool.uv.pip")
    for key, value in (*tool.items(), *own.items()):
        _apply(key, value, directory, switches, links)
    return Settings(frozenset(switches), tuple(links), tool)


def _apply(key: str, value: object, directory: str, switches: set[str], links: list[str]) -> None:
    if key == "find-links" and isinstance(value, list):
        links += [str(item) if "://" in str(item) else posixpath.join(directory, str(item)) for item in value]
    elif key in {"no-index", "system", "compile-bytecode", "require-hashes", "no-deps"}:
        if value is True:
            switches.add(f"--{key}")
    elif key not in HARMLESS and key not in INDEXES:
        raise UnknownSetting(key)


def with_settings(arguments: Install, settings: Settings) -> Install:
    """A command's arguments with the settings beside them."""
    given = {name: list(values) for name, values in arguments.given.items()}
    for name in settings.switches:
        given.setdefault(name, [""])
    if settings.links:
        given["--find-links"] = [*given.get("--find-links", []), *settings.links]
    return Install(given, list(arguments.files), list(arguments.editable), list(arguments.wanted))


def _configuration(state: State) -> tuple[Mapping[str, Any], str]:
    """``uv.toml``, or the ``[tool.uv]`` of ``pyproject.toml``, of the working directory or the nearest above it."""
    if state.cwd is None or state.variables.get("UV_NO_CONFIG") in TRUE:
        return {}, "/"
    for directory in upwards(state.cwd):
        for name in ("uv.toml", "pyproject.toml"):
            data = read_toml(state, posixpath.join(directory, name))
            if data is None:
                continue
            table = data if name == "uv.toml" else _table(data, "tool", "uv")
            if name == "uv.toml" or table is not None:
                return table or {}, directory
    return {}, "/"


def _table(data: Mapping[str, Any], *names: str) -> Mapping[str, Any] | None:
    found: Any = data
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def upwards(directory: str) -> Iterator[str]:
    """A directory and those above it."""
    while True:
        yield directory
        if directory == "/":
            return
        directory = posixpath.dirname(directory)


def read_toml(state: State, path: str) -> Mapping[str, Any] | None:
    """A TOML file; ``None`` when there is none.  Raises :class:`UnknownSetting` when it cannot be read."""
    found = state.files.follow(path)
    if isinstance(found, Unknown) and not _only_base(state, path):
        raise UnknownSetting(path)
    if not isinstance(found, Present) or found.kind != "f":
        return None
    text = text_of(state, found)
    if text is None:
        raise UnknownSetting(path)
    import tomli

    try:
        return tomli.loads(text)
    except (tomli.TOMLDecodeError, RecursionError) as error:
        raise UnknownSetting(path) from error


def _only_base(state: State, path: str) -> bool:
    """Whether only a base image that is known by name could have put something there: it has no such files."""
    real = state.real(path)
    return real is not None and all(region.runtime for region in state.files.regions if region.covers(real))
