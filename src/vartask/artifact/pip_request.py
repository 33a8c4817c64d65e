"""What an installation asks for: requirements, the files they stand in, and where archives are looked for."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from vartask.artifact.pip_settings import LONG, VALUED, Install, text_of
from vartask.artifact.requirements import PER_LINE_OPTION, is_path, logical_lines, option_of
from vartask.artifact.resolution import Root
from vartask.artifact.shell_state import State
from vartask.artifact.wheel_finder import candidate_at, local_path
from vartask.model import Present
from vartask.patterns import regex
from vartask.records import dataclass, field

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet

MAX_FILES = 100
_VARIABLE = regex(r"\$\{([A-Z0-9_]+)\}")
_HASH = regex(r"--hash[=\s]+(\S+)")
_HARMLESS = frozenset({"--trusted-host", "--prefer-binary", "--use-feature"})


@dataclass(slots=True)
class Request:
    """All that is asked for.

    ``index`` says that an index is asked too.  ``anything`` is set when something is asked for that nobody can name (a
    project that is built, a variable).  ``projects`` are directories that are built.  ``hashes`` are the allowed ones
    by normalised name, ``hashed`` whether there must be one for everything.
    """

    roots: list[Root] = field(default_factory=list)
    links: list[str | None] = field(default_factory=list)
    constraints: dict[str, SpecifierSet] = field(default_factory=dict)
    hashes: dict[str, set[str]] = field(default_factory=dict)
    projects: list[str] = field(default_factory=list)
    index: bool = True
    hashed: bool = False
    prereleases: bool = False
    wheels_only: bool = False
    anything: bool = False


def read_request(state: State, arguments: Install, *, links: Iterable[str | None] = ()) -> Request:
    """Take in the command line with every file that it names."""
    reader = _Reader(state)
    request = reader.request
    request.links = [*arguments.given.get("--find-links", ()), *links]
    request.index = not arguments.on("--no-index")
    request.prereleases = arguments.on("--pre")
    request.wheels_only = ":all:" in (arguments.given.get("--only-binary") or ())
    request.hashed = arguments.on("--require-hashes")
    request.anything = arguments.on("--no-binary", "--group", "--override")
    for text in arguments.given.get("--fixed", ()):
        reader.requirement(text, constraint=True)
    for path in arguments.given.get("--constraint", ()):
        reader.file(path, constraint=True)
    for path in arguments.files:
        reader.file(path)
    for text in arguments.wanted:
        reader.requirement(text)
    for text in arguments.editable:
        reader.editable(text)
    return request


class _Reader:
    def __init__(self, state: State) -> None:
        self.state = state
        self.request = Request()
        self.files: list[tuple[str, bool]] = []

    # -- files ------------------------------------------------------------------------------------

    def file(self, path: str | None, *, constraint: bool = False) -> None:
        """One requirements or constraints file."""
        real = None if path is None or "://" in path else self.state.real(path)
        found = self.state.files.get(real) if real is not None else None
        text = text_of(self.state, found) if isinstance(found, Present) and found.kind == "f" else None
        if text is None or real is None or len(self.files) > MAX_FILES or real.endswith((".toml", ".py", ".cfg")):
            self.request.anything = True
            return
        if (real, constraint) in self.files:
            return
        self.files.append((real, constraint))
        for _, line in logical_lines(text):
            self.line(self.expanded(line), posixpath.dirname(real), constraint=constraint)

    def expanded(self, line: str) -> str | None:
        """``${NAME}`` as pip replaces it: only where the variable has a value."""
        variables = self.state.variables
        names = _VARIABLE.findall(line)
        if any(name in variables and variables[name] is None for name in names):
            return None
        return _VARIABLE.sub(lambda match: variables.get(match[1]) or match[0], line)

    def line(self, line: str | None, directory: str, *, constraint: bool) -> None:
        if line is None:
            self.request.anything = True
            return
        name, value = option_of(line)
        if name is None:
            hashes = _HASH.findall(line)
            self.requirement(PER_LINE_OPTION.sub("", line), hashes=hashes, constraint=constraint)
            return
        name = LONG.get(name, name)
        if name in VALUED and not value:
            self.request.anything = True
        elif name in {"--requirement", "--constraint"}:
            where = value if "://" in value else posixpath.join(directory, value)
            self.file(where, constraint=constraint or name == "--constraint")
        else:
            self.option(name, value, directory)

    def option(self, name: str, value: str, directory: str) -> None:
        request = self.request
        if name == "--editable":
            self.editable(value)
        elif name == "--find-links":
            place = local_path(value)
            beside = None if place is None else self.state.real(posixpath.join(directory, place))
            there = beside is not None and isinstance(self.state.files.get(beside), Present)
            request.links.append(beside if there else value)
        elif name == "--no-index":
            request.index = False
        elif name in {"--index-url", "--extra-index-url"}:
            request.index = True
        elif name == "--pre":
            request.prereleases = True
        elif name == "--require-hashes":
            request.hashed = True
        elif name == "--only-binary" and value == ":all:":
            request.wheels_only = True
        elif name not in _HARMLESS:
            request.anything = True

    # -- requirements -----------------------------------------------------------------------------

    def editable(self, text: str | None) -> None:
        """A project that is built in place."""
        self.request.anything = True
        if text is not None and "://" not in text:
            self.request.projects.append(text.split("[")[0])

    def requirement(self, text: str | None, *, hashes: Iterable[str] = (), constraint: bool = False) -> None:
        """One requirement, as written on the command line or in a file."""
        from packaging.requirements import InvalidRequirement, Requirement

        if text is None:
            self.request.anything = True
            return
        if text.lower().startswith("file:") or (is_path(text) and " @ " not in text and "://" not in text):
            self.local(text, hashes)
            return
        try:
            parsed = Requirement(text)
        except InvalidRequirement:
            self.request.anything = True
            return
        self.noted(parsed.name, hashes)
        if parsed.url is not None:
            place = local_path(parsed.url)
            if place is None or parsed.marker is not None or constraint:
                self.request.anything = True
            else:
                self.archive(place, frozenset(parsed.extras), hashes)
        elif constraint:
            self.constrain(text)
        else:
            self.request.roots.append(Root(parsed))

    def constrain(self, text: str) -> None:
        from packaging.requirements import Requirement

        from vartask.model.distribution import normalise

        parsed = Requirement(text)
        if parsed.marker is not None:
            self.request.anything = True
            return
        name = normalise(parsed.name)
        known = self.request.constraints.get(name)
        self.request.constraints[name] = parsed.specifier if known is None else known & parsed.specifier

    def noted(self, name: str, hashes: Iterable[str]) -> None:
        from vartask.model.distribution import normalise

        allowed = set(hashes)
        if allowed:
            self.request.hashed = True
            self.request.hashes.setdefault(normalise(name), set()).update(allowed)

    def local(self, text: str, hashes: Iterable[str]) -> None:
        """A path: of an archive, or of a project that is built."""
        match = re.fullmatch(r"(?P<path>[^;#\[]+?)\s*(?:\[(?P<extras>[^\]]*)\])?\s*(?:#.*)?", text)
        place = local_path(match["path"]) if match else None
        if match is None or place is None:
            self.request.anything = True
            return
        extras = frozenset(extra.strip() for extra in (match["extras"] or "").split(",") if extra.strip())
        self.archive(place, extras, hashes)

    def archive(self, place: str, extras: frozenset[str], hashes: Iterable[str]) -> None:
        real = self.state.real(place)
        found = self.state.files.get(real) if real is not None else None
        candidate = candidate_at(real, found) if real is not None and isinstance(found, Present) else None
        if isinstance(found, Present) and found.kind == "d":
            self.request.projects.append(place)
        if candidate is None or candidate.wheel is None or candidate.source is None:
            self.request.anything = True
            return
        self.noted(candidate.distribution, hashes)
        self.request.roots.append(Root(None, candidate, extras))
