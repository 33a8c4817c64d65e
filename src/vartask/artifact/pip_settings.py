"""What pip is told: its command line, ``PIP_*`` variables and configuration files, in pip's order.

https://pip.pypa.io/en/stable/topics/configuration/ and https://pip.pypa.io/en/stable/cli/pip_install/.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from vartask.artifact.requirements import decode
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State
from vartask.model import Present
from vartask.project import Unreadable
from vartask.records import dataclass, field

VALUED = frozenset(
    "--requirement --constraint --target --prefix --root --index-url --extra-index-url"  # noqa: SIM905
    " --find-links --no-binary --only-binary --platform --python-version --implementation --abi --cache-dir"
    " --trusted-host --proxy --timeout --retries --progress-bar --src --python --report --upgrade-strategy --log"
    " --cert --client-cert --editable --dest --wheel-dir --config-settings --global-option"
    " --default-timeout --exists-action --extra --group --index --default-index --index-strategy --link-mode"
    " --python-platform --override --build-constraint --no-build-package --resolution --use-feature"
    " --keyring-provider --output-file --exclude-newer --uploaded-prior-to --config-setting --fork-strategy"
    " --prerelease --no-binary-package --no-sources-package --allow-insecure-host --directory --project --config-file"
    " --reinstall-package --upgrade-package --torch-backend --python-preference --color --exclude --hash"
    " --root-user-action --no-build-isolation-package --refresh-package --excludes".split()
)
"""Options of ``pip`` and ``uv pip`` that take a value, by their long names."""

LONG = {
    "-r": "--requirement", "--requirements": "--requirement", "-c": "--constraint", "--constraints": "--constraint",
    "-t": "--target", "-i": "--index-url", "-f": "--find-links", "-e": "--editable", "-d": "--dest",
    "-w": "--wheel-dir", "-C": "--config-settings", "-U": "--upgrade", "-I": "--ignore-installed",
    "-o": "--output-file", "-p": "--python", "-y": "--yes", "-q": "--quiet", "-v": "--verbose", "-n": "--no-cache",
    "--pypi-url": "--index-url", "--no-dependencies": "--no-deps", "--overrides": "--override",
    "--build-constraints": "--build-constraint", "--download": "--dest", "-P": "--upgrade-package",
}  # fmt: skip
"""Short and other spellings of options."""

LISTS = frozenset({"--requirement", "--constraint", "--find-links", "--extra-index-url", "--platform", "--no-binary"})
"""Options whose variables and settings hold several values."""

INVERTED = frozenset({"--no-compile", "--no-warn-script-location", "--no-cache-dir"})
"""Switches that a *false* value of their variable turns on (pip's documentation, "Boolean options")."""

TRUE = frozenset({"y", "yes", "t", "true", "on", "1"})
FALSE = frozenset({"n", "no", "f", "false", "off", "0"})


@dataclass(slots=True)
class Install:
    """The arguments of one installation; options by their long names, each with all its values."""

    given: dict[str, list[str | None]] = field(default_factory=dict)
    files: list[str | None] = field(default_factory=list)
    editable: list[str | None] = field(default_factory=list)
    wanted: list[str | None] = field(default_factory=list)

    def last(self, name: str) -> str | None:
        """The value that counts of an option that is given."""
        return self.given[name][-1]

    def on(self, *names: str) -> bool:
        """Whether one of the switches or options is given."""
        return any(name in self.given for name in names)


def arguments_of(words: list[Field]) -> Install:
    """Sort out what stands behind ``pip install``."""
    found = Install()
    items = [item.text for item in words]
    while items:
        text = items.pop(0)
        if text is None or not text.startswith("-") or text == "-":
            found.wanted.append(text)
            continue
        for name, value in _named(text, items):
            _add(found, name, value)
    return found


def _add(found: Install, name: str, value: str | None) -> None:
    if name == "--requirement":
        found.files.append(value)
    elif name == "--editable":
        found.editable.append(value)
    else:
        found.given.setdefault(name, []).append(value)


def _named(text: str, items: list[str | None]) -> Iterator[tuple[str, str | None]]:
    """Options with their values, which may be attached, follow, or close a group of letters (``-qr file``)."""
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        name = LONG.get(name, name)
        yield name, value if equals else (items.pop(0) if items else None) if name in VALUED else ""
        return
    for index, letter in enumerate(text[1:], 1):
        name = LONG.get(f"-{letter}", f"-{letter}")
        if name in VALUED:
            rest = text[index + 1 :].removeprefix("=")
            yield name, rest or (items.pop(0) if items else None)
            return
        yield name, ""


# -- variables and files ---------------------------------------------------------------------------


class UnknownSetting(Exception):
    """A setting has a value that nobody knows."""


def with_environment(state: State, arguments: Install, command: str = "install") -> Install:
    """The arguments with what variables and files say beside them.  Raises :class:`UnknownSetting`."""
    settings = dict(_configured(state, command))
    for name, value in state.variables.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            settings["--" + name[4:].lower().replace("_", "-")] = value
    found = Install(
        {name: list(values) for name, values in arguments.given.items()},
        list(arguments.files),
        list(arguments.editable),
        list(arguments.wanted),
    )
    for name, value in settings.items():
        _set(found, LONG.get(name, name), value)
    return found


def _set(found: Install, name: str, value: str | None) -> None:
    """One setting: the command line's options stand over it, those that may be repeated are added to it."""
    if value is None:
        raise UnknownSetting(name)
    if name in VALUED:
        values: list[str | None] = list(value.split()) if name in LISTS else [value]
        if name == "--requirement":
            found.files[:0] = values
        elif name in LISTS:
            found.given[name] = values + found.given.get(name, [])
        elif value:
            found.given.setdefault(name, values)
        return
    low = value.strip().lower()
    wanted = FALSE if name in INVERTED else TRUE
    if low in wanted:
        found.given.setdefault(name, [""])
    elif low not in TRUE | FALSE and low and not low.isdigit():
        raise UnknownSetting(name)


def _configured(state: State, command: str) -> Iterator[tuple[str, str | None]]:
    """The settings of configuration files, weakest first."""
    for path in config_files(state):
        found = state.files.follow(path)
        if not isinstance(found, Present):
            continue
        text = text_of(state, found)
        if text is None:
            raise UnknownSetting(path)
        # Imported here: images with a configuration of pip's are few.
        import configparser

        parser = configparser.RawConfigParser()
        try:
            parser.read_string(text)
        except configparser.Error as error:
            raise UnknownSetting(path) from error
        for section in ("global", command):
            if parser.has_section(section):
                for name, value in parser.items(section):
                    yield "--" + name.replace("_", "-"), value


def config_files(state: State) -> Iterable[str]:
    """Where pip looks, weakest first."""
    home = state.variables.get("HOME") or ("/root" if state.uid == 0 else None)
    files = ["/etc/xdg/pip/pip.conf", "/etc/pip.conf"]
    if home:
        config = state.variables.get("XDG_CONFIG_HOME") or posixpath.join(home, ".config")
        files += [posixpath.join(home, ".pip/pip.conf"), posixpath.join(config, "pip/pip.conf")]
    if state.prefix:
        files.append(posixpath.join(state.prefix, "pip.conf"))
    extra = state.variables.get("PIP_CONFIG_FILE", "")
    if extra is None:
        raise UnknownSetting("PIP_CONFIG_FILE")
    return [] if extra == "/dev/null" else [*files, extra] if extra else files


def text_of(state: State, entry: Present) -> str | None:
    """A small text file's contents, where they are known."""
    if entry.content is not None or entry.source is None:
        return entry.content
    try:
        return decode(state.project.read_bytes(entry.source))
    except Unreadable:
        return None
