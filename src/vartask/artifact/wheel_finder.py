"""Which distributions lie where an installer looks, and which of their wheels fit an interpreter.

Compatibility tags: https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/ (PEP 425, 600).
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from vartask.artifact.shell_state import State
from vartask.artifact.wheels import WheelName, wheel_name
from vartask.model import Present, Unknown
from vartask.model.distribution import normalise
from vartask.patterns import regex
from vartask.records import dataclass

if TYPE_CHECKING:
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

PATCHES = range(40)
"""Patch releases that an interpreter may be; CPython has not come that far with any minor version."""

MACHINES = ("x86_64", "aarch64")
SOURCE_ARCHIVES = (".tar.gz", ".zip", ".tar.bz2", ".tgz", ".tar.xz", ".tar")
_GLIBC = regex(r"manylinux_2_(\d+)_(\w+)")
_OLD_GLIBC = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What packages are installed for.

    ``python`` is the running version as ``3.12``, ``tagged`` the one that wheels are chosen for; ``machine`` is as
    ``platform.machine()`` says it, ``None`` when not known.  ``glibc`` is the minor version of glibc 2 that is at least
    there, ``platforms`` the platform tags that ``--platform`` asks for instead.
    """

    python: str
    tagged: str
    machine: str | None = None
    glibc: int = 17
    platforms: tuple[str, ...] = ()

    def environments(self, *, exact: bool) -> Iterator[dict[str, str]]:
        """Marker variables (PEP 508), once for every value that they may have; patch releases if ``exact``."""
        for machine in [self.machine] if self.machine else MACHINES:
            for patch in PATCHES if exact else (0,):
                yield {
                    "implementation_name": "cpython",
                    "implementation_version": f"{self.python}.{patch}",
                    "os_name": "posix",
                    "platform_machine": machine,
                    "platform_python_implementation": "CPython",
                    "platform_release": "",
                    "platform_system": "Linux",
                    "platform_version": "",
                    "python_full_version": f"{self.python}.{patch}",
                    "python_version": self.python,
                    "sys_platform": "linux",
                }

    def accepts(self, specifier: SpecifierSet) -> bool | None:
        """Whether ``Requires-Python`` allows this version; ``None`` when the patch release decides."""
        answers = {specifier.contains(f"{self.tagged}.{patch}", prereleases=True) for patch in PATCHES}
        return answers.pop() if len(answers) == 1 else None

    def supports(self, name: WheelName) -> tuple[int, ...] | bool | None:
        """How well a wheel fits, as a rank (more is better); ``False`` for not at all, ``None`` for perhaps."""
        ranks = [self._rank(tag) for tag in name.tags]
        good = [rank for rank in ranks if isinstance(rank, tuple)]
        if good:
            return max(good)
        return None if None in ranks else False

    def _rank(self, tag: tuple[str, str, str]) -> tuple[int, ...] | bool | None:
        python, abi, platform = tag
        code = self._code(python, abi)
        if code is None:
            return False
        if platform == "any":
            return (0, *code) if abi == "none" else False
        fits = self._platform(platform)
        return (1, *code) if fits else fits

    def _code(self, python: str, abi: str) -> tuple[int, int] | None:
        """The order of interpreter and ABI: this CPython's own, the stable ABI, this version, any Python 3, older."""
        minor = int(self.tagged.split(".")[1])
        match = re.fullmatch(r"(cp|py)3(\d*)", python)
        if match is None or (match[2] and int(match[2]) > minor):
            return None
        wanted = int(match[2]) if match[2] else None
        if match[1] == "cp":
            if wanted == minor:
                order = {f"cp3{minor}": 1003, "abi3": 1002, "none": 1001}.get(abi)
                return None if order is None else (order, 0)
            return (900, wanted) if abi == "abi3" and wanted is not None else None
        if abi != "none":
            return None
        return (800, 0) if wanted == minor else (700, 0) if wanted is None else (600, wanted)

    def _platform(self, platform: str) -> bool | None:
        if self.platforms:
            return True if platform in self.platforms else None
        if not platform.startswith(("linux_", "manylinux")):
            return None if platform.startswith("musllinux") else False
        match = _GLIBC.fullmatch(platform)
        old, _, machine = platform.partition("_")
        needs = int(match[1]) if match else _OLD_GLIBC.get(old, 0)
        machine = match[2] if match else machine
        if self.machine is not None and machine != self.machine:
            return False
        if self.machine is None:
            return None if machine in MACHINES else False
        return True if needs <= self.glibc else None


@dataclass(frozen=True, slots=True)
class Candidate:
    """An archive that may be installed: ``source`` is its path in the project, ``None`` when the build makes it.

    ``wheel`` is ``None`` for a source archive.
    """

    distribution: str
    version: Version
    path: str
    source: str | None
    wheel: WheelName | None


class Finder:
    """The archives in ``--find-links`` directories.

    ``open`` says that there may be others: an index is asked too, a directory is not fully known, or version control
    ignores wheels in it.
    ``may_miss_files`` says that a directory holds nothing, so that something before the build may well fill it.
    """

    def __init__(self, state: State, links: Iterable[str | None], *, index: bool) -> None:
        self.state = state
        self.open = index
        self.may_miss_files = False
        self._found: dict[str, list[Candidate]] = {}
        for link in links:
            self._look(link)

    def of(self, distribution: str) -> list[Candidate]:
        """The archives of one distribution (normalised name)."""
        return self._found.get(distribution, [])

    def _look(self, link: str | None) -> None:
        place = None if link is None else local_path(link)
        path = None if place is None else self.state.real(place)
        if path is None:
            self.open = True
            return
        found = self.state.files.get(path)
        if isinstance(found, Unknown) or not isinstance(found, Present):
            # An installer only warns of a place that is not there.
            self.open = self.open or isinstance(found, Unknown)
            self.may_miss_files = True
            return
        if any(region.path == path or region.covers(f"{path}/x") for region in self.state.files.doubts(path)):
            self.open = True
        entries = [(path, found)] if found.kind == "f" else list(self.state.files.children(path))
        sources = {posixpath.dirname(entry.source) for _, entry in entries if entry.source is not None}
        if any(self.state.project.ignored(posixpath.join(source, "x-1-py3-none-any.whl")) for source in sources):
            self.open = True
        self.may_miss_files = self.may_miss_files or not sources
        for child, entry in entries:
            candidate = candidate_at(child, entry)
            if candidate is not None:
                self._found.setdefault(candidate.distribution, []).append(candidate)
            elif found.kind == "f":
                # A page with links.
                self.open = True


def local_path(link: str) -> str | None:
    """The path that a path or a ``file:`` URL means; ``None`` for any other URL."""
    if link.lower().startswith("file:"):
        return unquote(re.sub(r"^file:(?://(?:localhost)?(?=/))?", "", re.split(r"[#?]", link)[0], flags=re.IGNORECASE))
    return None if "://" in link else link


def candidate_at(path: str, entry: Present) -> Candidate | None:
    """The candidate that a file is by its name; ``None`` for any other file."""
    # Imported here: it takes 15 ms, and most checks install nothing that they can read.
    from packaging.version import InvalidVersion, Version

    base = posixpath.basename(path)
    name = wheel_name(base)
    if name is not None:
        distribution, version = name.distribution, name.version
    else:
        ending = next((ending for ending in SOURCE_ARCHIVES if base.endswith(ending)), None)
        match = re.fullmatch(r"(.+?)-(\d[^-]*(?:-.*)?)", base[: -len(ending)]) if ending else None
        if match is None:
            return None
        distribution, version = normalise(match[1]), match[2]
    try:
        return Candidate(distribution, Version(version), path, entry.source if entry.kind == "f" else None, name)
    except InvalidVersion:
        return None
