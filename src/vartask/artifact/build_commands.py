"""``docker build`` and its kin in a run of shell commands, with the directory that each starts in.

This is no shell: it follows ``cd``, assignments of literal text, loops over literal words and subshells, and knows the
usual ways to say "the directory of this script".  A word that needs anything else is unknown, and what depends on it
is left open.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping

from vartask.artifact.build_words import SINGLE, UNKNOWN, Line, lines_of
from vartask.model import NamedContext, Span
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, field, replace

BUILDERS = frozenset({"docker", "podman", "finch", "nerdctl", "buildah"})
MAX_VARIANTS = 60

# Flags of `docker build` and `docker buildx build` that take a value as the next word
# (https://docs.docker.com/reference/cli/docker/buildx/build/).
VALUED = frozenset(
    f"--{name}"
    for name in (
        *("add-host", "allow", "annotation", "attest", "build-arg", "build-context", "builder", "cache-from"),
        *("cache-to", "call", "cgroup-parent", "cpu-period", "cpu-quota", "cpu-shares", "cpuset-cpus", "cpuset-mems"),
        *("file", "iidfile", "isolation", "label", "memory", "memory-swap", "metadata-file", "network"),
        *("no-cache-filter", "output", "platform", "policy", "progress", "sbom", "secret", "security-opt"),
        *("shm-size", "ssh", "tag", "target", "ulimit", "format", "layers", "jobs"),
    )
) | {"-c", "-f", "-m", "-o", "-t"}
GLOBAL_VALUED = frozenset({"--context", "-c", "--host", "-H", "--log-level", "-l", "--config", "--namespace", "-n"})

_ASSIGNMENT = regex(r"^([A-Za-z_]\w*)=(.*)$", re.DOTALL)
_KEYWORDS = frozenset(
    {"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "sudo", "exec", "command"}
)


@dataclass(frozen=True, slots=True)
class DockerBuild:
    """An image build that something in the repository declares.

    ``dockerfile`` and ``context`` are the project's paths; ``context`` is ``None`` when it cannot be told.
    ``unknown_args`` are build arguments whose value is computed, ``contexts`` the named contexts.
    """

    dockerfile: str
    context: str | None
    span: Span
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict, hash=False)
    unknown_args: tuple[str, ...] = ()
    platform: str | None = None
    tags: tuple[str, ...] = ()
    contexts: Mapping[str, NamedContext] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where commands run: ``start`` is the directory they begin in, ``script`` the one of the script itself."""

    project: Project
    path: str
    start: str
    script: str
    line: int = 1
    variables: Mapping[str, str] = field(default_factory=dict)


def builds_in(text: str, place: Place) -> Iterator[DockerBuild]:
    """The image builds among the shell commands of ``text``; ``place.line`` is the line that it starts at."""
    runner = _Runner(place)
    for line in lines_of(text):
        yield from runner.take(line)


def builds_from_either(project: Project, text: str, place: Place, starts: Iterable[str]) -> Iterator[DockerBuild]:
    """Builds of commands that may be started from several directories: those whose Dockerfile only one start finds.

    When more than one start leads to a Dockerfile, and not to the same build, nothing tells which was meant.
    """
    variants: dict[tuple[int, int], list[DockerBuild]] = {}
    for start in dict.fromkeys(starts):
        counts: dict[int, int] = {}
        for build in builds_in(text, replace(place, start=start)):
            line = build.span.line
            counts[line] = counts.get(line, 0) + 1
            if project.is_file(build.dockerfile):
                variants.setdefault((line, counts[line]), []).append(build)
    for builds in variants.values():
        first = builds[0]
        if all(build == first for build in builds):
            yield first
        elif all(build.dockerfile == first.dockerfile for build in builds):
            yield replace(first, context=None)


class _Runner:
    """The state of a shell as far as it decides where a build happens."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.directory: str | None = place.start
        self.saved: list[str | None] = []
        self.pushed: list[str | None] = []
        self.variables: dict[str, str] = dict(place.variables)
        self.loops: list[tuple[str, tuple[str, ...]]] = []

    def take(self, line: Line) -> Iterator[DockerBuild]:
        for _ in range(line.opens):
            self.saved.append(self.directory)
        yield from self.command(line)
        for _ in range(line.closes):
            if self.saved:
                self.directory = self.saved.pop()

    def command(self, line: Line) -> Iterator[DockerBuild]:
        words = list(line.words)
        while words and words[0] in _KEYWORDS:
            words.pop(0)
        if words[:1] == ["for"]:
            self.loop(words)
            return
        if words[:1] == ["done"] and self.loops:
            self.loops.pop()
            return
        while words and (assigned := _ASSIGNMENT.match(words[0])):
            self.variables[assigned[1]] = self.expand(assigned[2])
            words.pop(0)
        if words[:1] and words[0] in {"export", "local", "readonly", "declare"}:
            for word in words[1:]:
                if assigned := _ASSIGNMENT.match(word):
                    self.variables[assigned[1]] = self.expand(assigned[2])
        elif words[:1] and words[0] in {"cd", "pushd", "popd"}:
            self.move(words)
        elif words:
            yield from self.program(words, line)

    def loop(self, words: list[str]) -> None:
        """``for name in words``: each word is tried in turn for the commands of the body."""
        values: tuple[str, ...] = ()
        if len(words) > 3 and words[2] == "in":  # noqa: PLR2004 -- for NAME in WORD...
            values = tuple(part for word in words[3:] for part in self.expand(word).split())
        self.variables.pop(words[1] if len(words) > 1 else "", None)
        self.loops.append((words[1] if len(words) > 1 else "", values))

    def move(self, words: list[str]) -> None:
        if words[0] == "popd":
            self.directory = self.pushed.pop() if self.pushed else None
            return
        if words[0] == "pushd":
            self.pushed.append(self.directory)
        targets = [word for word in words[1:] if word not in {"--", "-P", "-L", "-e"}]
        self.directory = self.located(self.expand(targets[0])) if len(targets) == 1 else None

    def program(self, words: list[str], line: Line) -> Iterator[DockerBuild]:
        text = " ".join(words)
        if not any(builder in text for builder in BUILDERS):
            return
        used = [(name, values) for name, values in self.loops if re.search(rf"\$\{{?{re.escape(name)}\b", text)]
        variants: list[dict[str, str]] = [{}]
        for name, values in used:
            # A loop over something unknown leaves its variable unknown.
            variants = [{**variant, name: value} for variant in variants for value in values or (UNKNOWN,)]
        for variant in variants[:MAX_VARIANTS]:
            outer, self.variables = self.variables, {**self.variables, **variant}
            expanded = [self.expand(word) for word in words]
            self.variables = outer
            build = self.build(expanded, line.number)
            if build is not None:
                yield build

    def expand(self, word: str) -> str:
        """The word with the variables that are known; what is not becomes :data:`UNKNOWN`."""
        return _VARIABLE.sub(self.value, word).replace(SINGLE, "$")

    def value(self, match: re.Match[str]) -> str:
        if match["command"] is not None:
            return self.substitution(match["command"])
        name = match["braced"] or match["name"]
        if name == "PWD":
            return UNKNOWN if self.directory is None else _anchored(self.directory)
        if name in {"0", "BASH_SOURCE"}:
            return _anchored(f"{self.place.script}/{posixpath.basename(self.place.path)}")
        if name in _ROOTS:
            return _anchored(".")
        if name in self.variables:
            return self.variables[name]
        default = match["default"]
        return default if default and "$" not in default else UNKNOWN

    def substitution(self, command: str) -> str:
        """``$(...)``: only what names a directory, such as ``$(cd "$(dirname "$0")/.." && pwd)``."""
        directory, output = self.directory, UNKNOWN
        for line in lines_of(command):
            words = [self.expand(word) for word in line.words]
            if words[:1] == ["cd"]:
                self.move(line.words)
            elif words in (["pwd"], ["pwd", "-P"]):
                output = UNKNOWN if self.directory is None else _anchored(self.directory)
            elif words == ["git", "rev-parse", "--show-toplevel"]:
                output = _anchored(".")
            elif len(words) > 1 and words[0] in {"dirname", "realpath", "readlink", "basename"}:
                output = _path_tool(words[0], words[-1])
            else:
                output = UNKNOWN
        self.directory = directory
        return output

    def located(self, path: str) -> str | None:
        """The project's path for a path in a command; ``None`` when it cannot be told or lies outside."""
        if UNKNOWN in path:
            return None
        if path.startswith(_ANCHOR):
            return self.place.project.join(".", path[len(_ANCHOR) :].lstrip("/") or ".")
        if self.directory is None or "://" in path or path.startswith(("~", "git@")):
            return None
        return self.place.project.join(self.directory, path)

    def build(self, words: list[str], number: int) -> DockerBuild | None:
        arguments = _build_arguments(words)
        if arguments is None:
            return None
        flags, rest = _flags(arguments)
        if len(rest) != 1 or "-" in {rest[0], *flags.get("--file", ())} or "://" in rest[0]:
            return None
        context = self.located(rest[0])
        files = flags.get("--file", ())
        if files:
            dockerfile = self.located(files[-1])
        else:
            dockerfile = None if context is None else self.place.project.join(context, "Dockerfile")
        if dockerfile is None:
            return None
        args = dict(arg.split("=", 1) for arg in flags.get("--build-arg", ()) if "=" in arg)
        open_args = [name for name, value in args.items() if UNKNOWN in value]
        open_args += [arg for arg in flags.get("--build-arg", ()) if "=" not in arg]
        return DockerBuild(
            dockerfile,
            context,
            Span(self.place.path, self.place.line + number),
            _plain(flags.get("--target", ())),
            {name: value for name, value in args.items() if UNKNOWN not in value},
            tuple(open_args),
            _plain(flags.get("--platform", ())),
            tuple(tag.replace(UNKNOWN, "${...}") for tag in flags.get("--tag", ())),
        )


_ANCHOR = "\x01"
"""Stands for the project's root at the start of an absolute path."""

_ROOTS = frozenset(
    {
        "GITHUB_WORKSPACE",
        "CI_PROJECT_DIR",
        "CODEBUILD_SRC_DIR",
        "BITBUCKET_CLONE_DIR",
        "WORKSPACE",
        "BUILD_SOURCESDIRECTORY",
    }
)

_VARIABLE = regex(
    r"""
      \$\((?P<command>(?:[^()]|\((?:[^()]|\([^()]*\))*\))*)\)
    | \$\{(?P<braced>\w+)(?:\[0\])?(?::?[-=](?P<default>[^{}]*))?\}
    | \$(?P<name>\w+|[@*\#?!$-])
    | \$\{[^{}]*\}
    | `[^`]*`
    """,
    re.VERBOSE,
)


def _path_tool(program: str, path: str) -> str:
    if UNKNOWN in path:
        return UNKNOWN
    if program == "dirname":
        return posixpath.dirname(path) or "."
    return posixpath.basename(path) if program == "basename" else path


def _anchored(path: str) -> str:
    return f"{_ANCHOR}/{path}"


def _plain(values: tuple[str, ...]) -> str | None:
    return values[-1] if values and UNKNOWN not in values[-1] else None


def _build_arguments(words: list[str]) -> list[str] | None:
    """What follows ``docker build``, ``docker buildx build`` and their kin; ``None`` if it is no build."""
    at = next((at for at, word in enumerate(words) if word.rpartition("/")[2] in BUILDERS), None)
    if at is None or (at > 0 and words[0] in {"echo", "printf", "which", "#"}):
        return None
    rest = words[at + 1 :]
    commands: list[str] = []
    while rest:
        word = rest.pop(0)
        if word in GLOBAL_VALUED and rest:
            rest.pop(0)
        elif not word.startswith("-"):
            commands.append(word)
            if commands[-1] in {"build", "b", "bud", "build-using-dockerfile"}:
                return rest if commands[:-1] in ([], ["buildx"], ["image"], ["builder"]) else None
            if commands not in (["buildx"], ["image"], ["builder"]):
                return None
    return None


def _flags(arguments: list[str]) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Flags with their values (short names made long), and the other arguments."""
    long_names = {"-f": "--file", "-t": "--tag", "-o": "--output"}
    flags: dict[str, tuple[str, ...]] = {}
    rest: list[str] = []
    words = list(arguments)
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "-":
            rest.append(word)
            continue
        name, equals, value = word.partition("=")
        if not equals and not name.startswith("--") and name[:2] in long_names and len(name) > 2:  # noqa: PLR2004 -- -fNAME
            name, equals, value = name[:2], "=", name[2:]
        if not equals and name in VALUED:
            value = words.pop(0) if words else ""
        name = long_names.get(name, name)
        flags[name] = (*flags.get(name, ()), value)
    return flags, rest
