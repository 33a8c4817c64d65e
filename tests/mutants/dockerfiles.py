"""Builds the Dockerfiles of the bench's projects in memory: FROM, ARG, ENV, WORKDIR, COPY, RUN pip install, CMD, ENTRYPOINT.

The prediction of images has its own oracle, a real engine; this one is only to have the bench's images without one.
"""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

Install = Callable[[str], Mapping[str, str]]
"""From the text of a requirements file to files."""

_BASE = re.compile(r"public\.ecr\.aws/lambda/python:(3\.\d+)\Z")


@dataclass(frozen=True)
class BuiltImage:
    """A stage while it is built, and the image in the end."""

    version: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    directories: frozenset[str] = frozenset()
    workdir: str = "/var/task"
    environment: dict[str, str] = field(default_factory=dict)
    command: list[str] = field(default_factory=list)


def build(dockerfile: str, context: Mapping[str, str], install: Install) -> BuiltImage | None:
    """The image; ``None`` when a step would fail.  Raises ``ValueError`` for an instruction that is not known here."""
    builder = _Builder(_sent(context), install)
    if not all(builder.step(word, rest) for word, rest in _instructions(dockerfile)):
        return None
    return builder.image


class _Builder:
    """The stages while they are built."""

    def __init__(self, sent: Mapping[str, str], install: Install) -> None:
        self.sent = sent
        self.install = install
        self.image = BuiltImage()
        self.stage = ""
        self.stages: dict[str, BuiltImage] = {}
        self.arguments: dict[str, str] = {}

    def step(self, word: str, rest: str) -> bool:
        """One instruction; whether the build goes on."""
        values = {"LAMBDA_TASK_ROOT": "/var/task", **self.arguments, **self.image.environment}
        if word == "COPY":
            return _copy(self.image, shlex.split(_expand(rest, values)), self.sent, self.stages)
        if word == "RUN":
            return _run(self.image, _expand(rest, values), self.install)
        if word == "FROM":
            self._from(_expand(rest, self.arguments))
        elif word == "ARG":
            name, _, value = rest.partition("=")
            self.arguments[name] = value
        elif word == "ENV":
            pairs = (part.partition("=") for part in shlex.split(_expand(rest, values)))
            self.image.environment.update({name: value for name, _, value in pairs})
        elif word == "WORKDIR":
            place = posixpath.normpath(posixpath.join(self.image.workdir, _expand(rest, values)))
            self.image = replace(self.image, workdir=place)
        elif word == "CMD":
            self.image = replace(self.image, command=_command(rest))
        else:
            raise ValueError(word)
        self.stages[self.stage] = self.image
        return True

    def _from(self, rest: str) -> None:
        base, _, name = rest.partition(" AS ")
        known = self.stages.get(base.strip().lower())
        match = _BASE.match(base.strip())
        if known is not None:
            self.image = replace(known, files=dict(known.files), environment=dict(known.environment))
        elif match is not None:
            self.image = BuiltImage(match.group(1))
        else:
            raise ValueError(rest)
        self.stage = name.strip().lower() or f"stage {len(self.stages)}"


def _command(rest: str) -> list[str]:
    try:
        return list(json.loads(rest))
    except ValueError:
        return ["/bin/sh", "-c", rest]


def _instructions(text: str) -> Iterable[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#")))
    for line in joined.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word:
            yield word.upper(), re.sub(r" (?i:as) ", " AS ", rest.strip())


def _expand(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"\$(?:\{(\w+)\}|(\w+))", lambda match: values.get(match[1] or match[2], ""), text)


def _sent(context: Mapping[str, str]) -> dict[str, str]:
    """The context without what ``.dockerignore`` keeps out: names, ``**/`` and single stars, and exceptions."""
    patterns = [line.strip().rstrip("/") for line in context.get(".dockerignore", "").splitlines()]
    kept = {}
    for path, text in context.items():
        out = False
        for pattern in patterns:
            if pattern and not pattern.startswith("#") and _ignores(pattern.lstrip("!").removeprefix("/"), path):
                out = not pattern.startswith("!")
        if not out:
            kept[path] = text
    return kept


def _ignores(pattern: str, path: str) -> bool:
    """Whether a pattern matches a path or a directory above it."""
    parts = path.split("/")
    regex = "/".join(
        "@@"
        if part == "**"
        else fnmatch.translate(part).removeprefix("(?s:").removesuffix(")\\Z").replace(".*", "[^/]*")
        for part in pattern.split("/")
    )
    regex = regex.replace("@@/", "(?:.*/)?").replace("/@@", "/.*")
    return any(re.fullmatch(regex, "/".join(parts[:depth])) for depth in range(1, len(parts) + 1))


def _copy(image: BuiltImage, words: list[str], sent: Mapping[str, str], stages: Mapping[str, BuiltImage]) -> bool:
    flags = [word for word in words if word.startswith("--")]
    *sources, target = [word for word in words if not word.startswith("--")]
    available: Mapping[str, str | bytes] = {"/" + path: text for path, text in sent.items()}
    for flag in flags:
        if not flag.startswith("--from="):
            raise ValueError(flag)
        available = stages[flag.removeprefix("--from=").lower()].files
    place = posixpath.normpath(posixpath.join(image.workdir, target))
    into = target.endswith(("/", "/.")) or target == "." or len(sources) > 1
    into = (
        into or place in {"/", "/var", "/var/task", "/opt"} or any(path.startswith(place + "/") for path in image.files)
    )
    taken: dict[str, bytes] = {}
    for source in sources:
        found = list(_named(posixpath.normpath("/" + source.lstrip("/")), available))
        if not found and not any(char in source for char in "*?["):
            return False
        for path, below in found:
            content = available[path]
            end = below or (posixpath.basename(path) if into else "")
            taken[posixpath.join(place, end) if end else place] = (
                content if isinstance(content, bytes) else content.encode()
            )
    image.files.update(taken)
    return True


def _named(source: str, available: Mapping[str, str | bytes]) -> Iterable[tuple[str, str]]:
    """Paths that a source means, with what of each stands below a directory that it names."""
    depth = source.count("/") if source != "/" else 0
    for path in available:
        parts = path.split("/")
        head = "/".join(parts[: depth + 1])
        matches = head == source or (head.count("/") == depth and fnmatch.fnmatchcase(head, source))
        if source == "/" or matches:
            yield path, "/".join(parts[depth + 1 :])


def _run(image: BuiltImage, command: str, install: Install) -> bool:
    for single in command.split("&&"):
        words = shlex.split(single)
        if words[:2] != ["pip", "install"]:
            raise ValueError(single)
        target = f"/var/lang/lib/python{image.version}/site-packages"
        wanted: list[str] = []
        position = 2
        while position < len(words):
            word = words[position]
            if word in {"-r", "-t", "--target"}:
                position += 1
                value = posixpath.normpath(posixpath.join(image.workdir, words[position]))
                if word == "-r":
                    if value not in image.files:
                        return False
                    wanted.append(image.files[value].decode())
                else:
                    target = value
            elif not word.startswith("-"):
                wanted.append(word)
            position += 1
        for path, text in install("\n".join(wanted)).items():
            image.files[f"{target}/{path}"] = text.encode()
    return True
