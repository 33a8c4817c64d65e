"""What a wheel holds: its names, its files and what it says about itself; file contents are not read.

The format: https://packaging.python.org/en/latest/specifications/binary-distribution-format/ (PEP 427) and
https://packaging.python.org/en/latest/specifications/entry-points/.
"""

from __future__ import annotations

import posixpath
import re
import stat
from typing import TYPE_CHECKING

from vartask.model.distribution import normalise
from vartask.patterns import regex
from vartask.project import MEMBER, Project, Unreadable
from vartask.records import dataclass

if TYPE_CHECKING:
    from email.message import Message
    from zipfile import ZipInfo

_NAME = regex(
    r"(?P<name>[^-]+)-(?P<version>[^-]+)(?:-(?P<build>\d[^-]*))?-(?P<python>[^-]+)-(?P<abi>[^-]+)-(?P<platform>[^-]+)\.whl"
)
MAX_MEMBERS = 50_000


class WheelError(Exception):
    """The wheel cannot be read as one; the text says why."""


@dataclass(frozen=True, slots=True)
class WheelName:
    """A wheel's file name, taken apart.

    ``distribution`` is normalised, ``version`` as the name spells it, ``tags`` all combinations as the name compresses
    them, and ``build`` the build tag as pip compares it.
    """

    distribution: str
    version: str
    build: tuple[int, str] | tuple[()]
    tags: tuple[tuple[str, str, str], ...]


def wheel_name(filename: str) -> WheelName | None:
    """Read a wheel's name; ``None`` for a name that no installer takes for a wheel's."""
    match = _NAME.fullmatch(filename)
    if match is None:
        return None
    build = re.match(r"(\d+)(.*)", match["build"] or "")
    tags = tuple(
        (python, abi, platform)
        for python in match["python"].split(".")
        for abi in match["abi"].split(".")
        for platform in match["platform"].split(".")
    )
    number: tuple[int, str] | tuple[()] = (int(build[1]), build[2]) if build else ()
    return WheelName(normalise(match["name"]), match["version"].replace("_", "-"), number, tags)


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the wheel.

    ``name`` is as in the archive; ``executable`` as pip decides it (a regular file with an execute bit), ``runnable``
    as uv does (any execute bit).  ``size`` is in bytes, unpacked.
    """

    name: str
    executable: bool
    runnable: bool
    size: int


@dataclass(frozen=True, slots=True)
class Wheel:
    """An opened wheel.

    ``source`` is its path in the project, ``info`` the name of its ``.dist-info`` directory, ``requires`` its
    ``Requires-Dist`` lines.  ``scripts`` are the entry points that become programs, by name and reference.
    """

    source: str
    name: str
    version: str
    info: str
    members: tuple[Member, ...]
    purelib: bool
    requires: tuple[str, ...]
    requires_python: str | None
    console_scripts: tuple[str, ...]
    gui_scripts: tuple[str, ...]

    def address(self, member: str) -> str:
        """The project's name for one file of the wheel."""
        return f"{self.source}{MEMBER}{member}"


def read_wheel(project: Project, source: str) -> Wheel:
    """Open a wheel of the project.  Raises :class:`WheelError`."""
    # Imported here, as are the readers below: few projects hold wheels.
    import zipfile

    try:
        with project.open(source) as stream, zipfile.ZipFile(stream) as archive:
            members = tuple(_member(info) for info in archive.infolist() if not info.filename.endswith("/"))
    except (Unreadable, zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WheelError(f"`{source}`: {error}") from error
    if any(name.startswith("/") or ".." in name.split("/") for name in (member.name for member in members)):
        raise WheelError(f"`{source}` has files that lie outside of it")
    if len(members) > MAX_MEMBERS:
        raise WheelError(f"`{source}` holds more than {MAX_MEMBERS} files")
    tops = {member.name.partition("/")[0] for member in members if "/" in member.name}
    infos = [top for top in tops if top.endswith(".dist-info")]
    if len(infos) != 1:
        raise WheelError(f"`{source}` has not exactly one .dist-info directory")
    reader = _Metadata(project, source, infos[0])
    about, root = reader.headers("METADATA"), reader.headers("WHEEL")
    if "Name" not in about or "Version" not in about or not root.get("Wheel-Version", "").startswith("1."):
        raise WheelError(f"`{source}` lacks its name, its version or its format")
    points = reader.entry_points({member.name for member in members})
    return Wheel(
        source,
        about["Name"].strip(),
        about["Version"].strip(),
        infos[0],
        members,
        root.get("Root-Is-Purelib", "").strip().lower() == "true",
        tuple(str(line) for line in about.get_all("Requires-Dist", [])),
        about.get("Requires-Python"),
        points[0],
        points[1],
    )


def _member(info: ZipInfo) -> Member:
    mode = info.external_attr >> 16
    executable = bool(mode & 0o111)
    return Member(info.filename, executable and stat.S_ISREG(mode), executable, info.file_size)


class _Metadata:
    """The few files of a wheel that say what it is."""

    def __init__(self, project: Project, source: str, info: str) -> None:
        self.project = project
        self.source = source
        self.info = info

    def text(self, name: str) -> str:
        try:
            return self.project.read_text(f"{self.source}{MEMBER}{self.info}/{name}")
        except Unreadable as error:
            raise WheelError(f"`{self.source}`: {name}: {error}") from error

    def headers(self, name: str) -> Message:
        from email.parser import HeaderParser

        return HeaderParser().parsestr(self.text(name))

    def entry_points(self, names: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of console and GUI scripts; a name may have blanks in it, as setuptools allows."""
        if f"{self.info}/entry_points.txt" not in names:
            return (), ()
        import configparser

        parser = configparser.ConfigParser(delimiters=("=",), interpolation=None)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        try:
            parser.read_string(self.text("entry_points.txt"))
        except configparser.Error as error:
            raise WheelError(f"`{self.source}`: entry_points.txt: {error}") from error
        console, gui = (
            tuple(parser[group]) if parser.has_section(group) else () for group in ("console_scripts", "gui_scripts")
        )
        return console, gui


def is_wheel(path: str) -> bool:
    """Whether a path is named like a wheel."""
    return posixpath.basename(path).endswith(".whl")
