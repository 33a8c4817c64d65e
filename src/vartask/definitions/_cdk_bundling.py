"""``bundling`` of a CDK asset: commands in a container that fill ``/asset-output`` from ``/asset-input``.

https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.BundlingOptions.html: the asset's directory is mounted at
``/asset-input``, which is also where the commands start; only what they put into ``/asset-output`` is packaged, and
``exclude`` has no part in it.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from typing import Final

from vartask.artifact.build_words import SINGLE, UNKNOWN, lines_of
from vartask.artifact.local_project import modules
from vartask.definitions._cdk_values import Properties, from_value, texts_of
from vartask.model import Filter, Install, Part, Span, Text, Zip
from vartask.project import Project
from vartask.syntax.program_machine import Machine
from vartask.syntax.program_values import Computed, External, Items, Value, options, project_path

INPUT: Final = "/asset-input"
OUTPUT: Final = "/asset-output"

_SHELLS: Final = frozenset({"bash", "sh", "/bin/bash", "/bin/sh"})
_HARMLESS: Final = frozenset({"echo", "set", "ls", "pwd", "true", "export", "chmod", "printf", "which", "mkdir"})
_REMOVABLE: Final = ("__pycache__", ".pyc", ".dist-info", ".egg-info", "/tests", "/test", "bin", ".so")
_RSYNC_VALUES: Final = frozenset({"--exclude", "--include", "--filter"})
_PIP_VALUES: Final = frozenset(
    {
        "--platform",
        "--implementation",
        "--python-version",
        "--python",
        "--abi",
        "--index-url",
        "-i",
        "--extra-index-url",
    }
    | {"--cache-dir", "--only-binary", "--no-binary", "--trusted-host", "--progress-bar", "--retries", "--timeout"}
    | {"--python-platform", "--root-user-action", "-f", "--find-links"}
)


class NotFollowed(Exception):
    """A command whose effect is not known; the text is the command."""


def bundled(machine: Machine, source: str, asked: Properties, span: Span) -> Zip:
    """The package that the bundling of a directory makes."""
    command = texts_of(asked.get("command"))
    if isinstance(command, Computed) or not command:
        reason = (
            "it has no command"
            if not isinstance(command, Computed)
            else f"its command cannot be known: {command.reason}"
        )
        return Zip(span, reason=f"a bundling makes the package: {reason}")
    directory = asked.text("workingDirectory")
    mounts = _mounts(machine, asked.get("volumes"))
    if asked.get("entrypoint") is not None or isinstance(directory, Computed) or mounts is None:
        return Zip(span, reason="a bundling with its own entrypoint, directory or volumes makes the package")
    start = directory.value if isinstance(directory, Text) else INPUT
    bundle = Bundle(machine.project, source, command[-1].span, posixpath.normpath(start), mounts)
    try:
        parts = tuple(bundle.run(_script(command)))
    except NotFollowed as error:
        return Zip(span, reason=f"a bundling makes the package by a command that is not followed: `{error}`")
    output = asked.get("outputType")
    kind = output.name.rpartition(".")[2] if isinstance(output, External) else "AUTO_DISCOVER" if output is None else ""
    if kind not in {"AUTO_DISCOVER", "ARCHIVED" if bundle.archived else "NOT_ARCHIVED"}:
        return Zip(span, reason="the bundling's output is an archive or a single file")
    return Zip(span, parts, reason=_local(asked.get("local")))


def _mounts(machine: Machine, value: Value | None) -> dict[str, str] | None:
    """``volumes``: container paths with the project's directories that are mounted there."""
    if value is None:
        return {}
    if not isinstance(value, Items) or value.more is not None:
        return None
    found: dict[str, str] = {}
    for one in value.values:
        volume = from_value(one, value.span)
        host, container = volume.text("hostPath"), volume.text("containerPath")
        path = project_path(host.value, machine.base) if isinstance(host, Text) else None
        if path is None or not isinstance(container, Text) or not machine.project.is_dir(path):
            return None
        found[posixpath.normpath(container.value)] = path
    return found


def _local(value: Value | None) -> str | None:
    """Local bundling takes the place of the commands where it can; nothing tells that it does the same."""
    if value is None or not options(value):
        return None
    return "the bundling is first tried locally, in a way of its own"


def _script(command: tuple[Text, ...]) -> str:
    words = [one.value for one in command]
    if words[0] in _SHELLS and len(words) > 1 and words[1].startswith("-") and words[1].endswith("c"):
        return "\n".join(words[2:3])
    return " ".join(words)


class Bundle:
    """Follows the commands of one bundling, which start in ``directory`` of the container."""

    def __init__(
        self, project: Project, source: str, span: Span, directory: str = INPUT, mounts: Mapping[str, str] | None = None
    ) -> None:
        self.project = project
        self.span = span
        self.directory = directory
        self.mounts = {INPUT: source, **(mounts or {})}
        self.archived = False
        self.parts: list[Part | Install] = []

    def run(self, script: str) -> list[Part | Install]:
        """The parts that the commands put into the output.  Raises :class:`NotFollowed`."""
        if "|" in script.replace("||", ""):
            raise NotFollowed(_short(script))
        for line in lines_of(script):
            words = line.words
            if words and not self._command(words):
                raise NotFollowed(_short(" ".join(words)))
        return self.parts

    def _command(self, words: list[str]) -> bool:
        if any(UNKNOWN in word or SINGLE in word or "$" in word or "`" in word for word in words):
            return False
        name, rest = words[0], words[1:]
        if name == "cd":
            self.directory = posixpath.normpath(posixpath.join(self.directory, rest[0] if rest else "/"))
            return True
        if name in {"python", "python3"} and rest[:2] == ["-m", "pip"]:
            name, rest = "pip", rest[2:]
        if name == "uv" and rest[:2] == ["pip", "install"]:
            name, rest = "pip", rest[1:]
        if name in {"pip", "pip3"}:
            return self._pip(rest)
        if name == "cp":
            return self._copy(rest)
        if name in {"rsync", "zip"}:
            return self._rsync(rest) if name == "rsync" else self._zip(rest)
        if name in {"rm", "find"}:
            return self._remove(name, rest)
        return name in _HARMLESS

    def _inside(self, path: str) -> str | None:
        """The project's path of one below the input; ``None`` for any other."""
        whole = posixpath.normpath(posixpath.join(self.directory, path))
        for mount in sorted(self.mounts, key=len, reverse=True):
            if whole == mount or whole.startswith(mount + "/"):
                return self.project.join(self.mounts[mount], whole[len(mount) + 1 :] or ".")
        return None

    def _whole(self, directory: str, into: str) -> None:
        """A directory with what is mounted below it."""
        source = self._inside(directory)
        if source is not None:
            self.parts.append(Part(source, self.span, into))
        here = posixpath.normpath(posixpath.join(self.directory, directory))
        for mount, path in self.mounts.items():
            if mount.startswith(here + "/"):
                self.parts.append(Part(path, self.span, posixpath.join(into, mount[len(here) + 1 :])))

    def _zip(self, words: list[str]) -> bool:
        """``zip -r /asset-output/NAME.zip .``: the archive is the package."""
        named = [word for word in words if not word.startswith("-")]
        flags = "".join(word for word in words if word.startswith("-") and not word.startswith("--"))
        if len(named) != 2 or named[1] not in {".", "./"} or "r" not in flags or "x" in flags:  # noqa: PLR2004 - archive, what
            return False
        self.archived = (self._target(named[0]) or "").endswith(".zip")
        self._whole(".", "")
        return self.archived

    def _target(self, path: str) -> str | None:
        """Where a path of the output is in the package."""
        whole = posixpath.normpath(posixpath.join(self.directory, path))
        if whole == OUTPUT:
            return ""
        return whole[len(OUTPUT) + 1 :] if whole.startswith(OUTPUT + "/") else None

    def _pip(self, words: list[str]) -> bool:
        if words[:1] != ["install"]:
            return words[:1] in ([], ["--version"])
        files, names, target = _pip_words(words[1:])
        if target is None:
            # Installed into the container itself: a tool, or what is upgraded first.
            return all(name in {"pip", "poetry", "uv", "pipenv", "setuptools", "wheel"} for name in names) and not files
        into = self._target(target)
        local = [name for name in names if name.startswith((".", "/"))]
        names = [name for name in names if name not in local]
        if into is None or not all(self._project(name, into) for name in local):
            return False
        for file in files:
            path = self._inside(file)
            if path is None or not self.project.is_file(path):
                return False
            self.parts.append(Install(path, self.span, into))
        if names:
            self.parts.append(Install(None, self.span, into, tuple(names)))
        return bool(files or names or local)

    def _project(self, written: str, into: str) -> bool:
        """``pip install DIRECTORY``: a project of the repository with what it needs."""
        directory = self._inside(written)
        own = modules(self.project, directory) if directory is not None else None
        if own is None or directory is None:
            return False
        for source, below in own:
            # A directory's contents go into a directory of its name.
            name = posixpath.basename(source) if self.project.is_dir(source) else ""
            self.parts.append(Part(source, self.span, posixpath.join(into, below, name)))
        settings = posixpath.normpath(posixpath.join(directory, "pyproject.toml"))
        self.parts.append(Install(settings, self.span, into))
        return True

    def _copy(self, words: list[str]) -> bool:
        flags = "".join(word.lstrip("-") for word in words if word.startswith("-"))
        *sources, target = [word for word in words if not word.startswith("-")] or [""]
        recursive = any(flag in flags for flag in "raR")
        return bool(sources) and all(self._copied(source, target, recursive=recursive) for source in sources)

    def _copied(self, written: str, target: str, *, recursive: bool) -> bool:
        into = self._target(target)
        if into is None:
            return False
        contents = written in {".", "./"} or written.endswith(("/.", "/./"))
        bare = written.rstrip("/")
        starred = bare == "*" or bare.endswith("/*")
        source = self._inside(bare[:-1].rstrip("/") or "." if starred else written)
        if source is None or any(char in (bare[:-1] if starred else bare) for char in "*?[{"):
            return False
        if self.project.is_file(source):
            return self._one_file(source, target, into)
        if not self.project.is_dir(source) or not recursive:
            return False
        if starred:
            # The shell's `*` leaves out names that begin with a dot.
            self.parts.append(Part(source, self.span, into, filters=(Filter("rsync", ("/.*",)),)))
        elif contents:
            self._whole(written, into)
        else:
            self.parts.append(Part(source, self.span, posixpath.join(into, posixpath.basename(source))))
        return True

    def _one_file(self, source: str, target: str, into: str) -> bool:
        if target.endswith("/") or into == "" or not posixpath.splitext(into)[1]:
            self.parts.append(Part(source, self.span, into))
        else:
            self.parts.append(Part(source, self.span, posixpath.dirname(into), posixpath.basename(into)))
        return True

    def _rsync(self, words: list[str]) -> bool:
        patterns: list[str] = []
        paths: list[str] = []
        at = 0
        while at < len(words):
            word, equals, value = words[at].partition("=")
            if word in _RSYNC_VALUES:
                if word != "--exclude":
                    return False
                patterns.append(value if equals else (words[at + 1 : at + 2] or [""])[0])
                at += 1 if equals else 2
                continue
            if not word.startswith("-"):
                paths.append(words[at])
            at += 1
        into = self._target(paths[-1]) if len(paths) == 2 else None  # noqa: PLR2004 - from, to
        source = self._inside(paths[0]) if paths else None
        if into is None or source is None or not self.project.is_dir(source):
            return False
        if not paths[0].endswith("/") and paths[0] != ".":
            into = posixpath.join(into, posixpath.basename(source))
        filters = (Filter("rsync", tuple(patterns)),) if patterns else ()
        self.parts.append(Part(source, self.span, into, filters=filters))
        return True

    def _remove(self, name: str, words: list[str]) -> bool:
        """What only takes away caches, metadata and tests of what is installed."""
        if name == "rm":
            return all(removable(word) for word in words if not word.startswith("-"))
        return all(
            removable(after) for word, after in zip(words, [*words[1:], ""], strict=True) if word in {"-name", "-iname"}
        ) and any(word in {"-name", "-iname"} for word in words)


def _pip_words(words: list[str]) -> tuple[list[str], list[str], str | None]:
    """Requirements files, what is named outright, and the target of ``pip install``."""
    files: list[str] = []
    names: list[str] = []
    target: str | None = None
    at = 0
    while at < len(words):
        word, equals, value = words[at].partition("=")
        long = bool(equals) and word.startswith("--")
        given = value if long else words[at + 1] if at + 1 < len(words) else ""
        if word in {"-t", "--target"}:
            target = given
        elif word in {"-r", "--requirement"}:
            files.append(given)
        elif word not in _PIP_VALUES:
            if not words[at].startswith("-"):
                names.append(words[at])
            at += 1
            continue
        at += 1 if long else 2
    return files, names, target


def removable(path: str) -> bool:
    """Whether a path that a command takes away is none that a function's start could need."""
    return path.rstrip("/*").endswith(_REMOVABLE) or path.startswith(("/tmp/", "/root/"))  # noqa: S108 - in the container


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 70 else line[:67] + "..."  # noqa: PLR2004 - fits a line of the report
