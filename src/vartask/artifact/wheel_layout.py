"""Where an installer puts a wheel's files, and what it adds to them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Literal

from vartask.artifact.wheels import Member, Wheel
from vartask.model import Present
from vartask.project import Project, Unreadable
from vartask.records import dataclass, replace

MAX_COMPILED = 2 * 1024 * 1024
"""Bytes of Python that are parsed in one installation, to tell for which files there will be byte code."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """The directories of an installation (https://docs.python.org/3/library/sysconfig.html#installation-paths).

    ``headers`` is the directory below which each distribution has one of its own.
    """

    purelib: str
    platlib: str
    scripts: str
    data: str
    headers: str

    def below(self, root: str) -> Scheme:
        """The same below another root directory (``pip install --root``)."""
        return Scheme(
            *(root.rstrip("/") + path for path in (self.purelib, self.platlib, self.scripts, self.data, self.headers))
        )


def prefix_scheme(prefix: str, python: str, *, environment: bool = False) -> Scheme:
    """``posix_prefix``; a virtual environment keeps headers where its own interpreter does not look."""
    library = posixpath.join(prefix, f"lib/python{python}/site-packages")
    include = posixpath.join(prefix, "include/site" if environment else "include", f"python{python}")
    return Scheme(library, library, posixpath.join(prefix, "bin"), prefix, include)


STAGED = "/.installation"
"""Stands for the temporary directory that pip installs into before it moves everything to ``--target``."""


def staged_scheme(python: str, *, environment: bool) -> Scheme:
    """``posix_home`` in the temporary directory; pip of a virtual environment has its own place for headers."""
    library = posixpath.join(STAGED, "lib/python")
    include = posixpath.join(STAGED, f"include/site/python{python}" if environment else "include/python")
    return Scheme(library, library, posixpath.join(STAGED, "bin"), STAGED, include)


def flat_scheme(target: str) -> Scheme:
    """``uv pip install --target``: modules stand beside ``bin``."""
    return Scheme(target, target, posixpath.join(target, "bin"), target, posixpath.join(target, "include"))


@dataclass(frozen=True, slots=True)
class Manner:
    """How files are written.

    ``file`` is an empty file as this shell makes one, so with its owner and the mode that the umask leaves.
    ``name`` is the distribution's as it was asked for, ``requested`` whether it was asked for at all, ``direct``
    whether it was by its path (PEP 610).  ``python`` is the version whose byte code is written, ``None`` for none.
    """

    installer: Literal["pip", "uv"]
    file: Present
    umask: int
    name: str
    requested: bool
    direct: bool
    python: str


def laid_out(wheel: Wheel, scheme: Scheme, manner: Manner) -> dict[str, Present]:
    """The files that installing the wheel writes, by absolute path; neither directories nor byte code.

    A script whose first line is replaced keeps its source here: see :func:`as_written`.
    """
    found: dict[str, Present] = {}
    library = scheme.purelib if wheel.purelib else scheme.platlib
    scripts: list[Member] = []
    for member in wheel.members:
        top, _, rest = member.name.partition("/")
        if not top.endswith(".data"):
            found[posixpath.normpath(posixpath.join(library, member.name))] = _file(wheel, member, manner)
            continue
        key, _, inner = rest.partition("/")
        if key == "scripts":
            scripts.append(member)
            continue
        place = getattr(scheme, key, None) if key in {"purelib", "platlib", "data", "headers"} else None
        if place is not None and inner:
            if key == "headers":
                place = posixpath.join(place, manner.name)
            found[posixpath.normpath(posixpath.join(place, inner))] = _file(wheel, member, manner)
    for member in scripts:
        name = member.name.split("/", 2)[2]
        if not _is_wrapper(wheel, name) or manner.installer == "uv":
            found[posixpath.normpath(posixpath.join(scheme.scripts, name))] = _script(wheel, member, manner)
    for name in _programs(wheel, manner):
        found[posixpath.join(scheme.scripts, name)] = replace(manner.file, mode=_mode(manner) | 0o555)
    info = posixpath.join(library, wheel.info)
    found.update((posixpath.join(info, name), entry) for name, entry in _records(manner))
    return found


def _mode(manner: Manner) -> int:
    return 0o666 & ~manner.umask


def _file(wheel: Wheel, member: Member, manner: Manner) -> Present:
    runs = member.executable if manner.installer == "pip" else member.runnable
    return replace(
        manner.file,
        source=wheel.address(member.name),
        mode=_mode(manner) | _run_bits(manner) if runs else _mode(manner),
    )


def _run_bits(manner: Manner) -> int:
    return 0o777 & ~manner.umask | 0o111


def _script(wheel: Wheel, member: Member, manner: Manner) -> Present:
    """A script keeps its mode with pip and becomes executable with uv."""
    entry = _file(wheel, member, manner)
    if manner.installer == "uv":
        entry = replace(entry, mode=_mode(manner) | 0o755 & _run_bits(manner))
    return entry


def as_written(project: Project, entry: Present) -> Present:
    """The entry as it ends up: ``#!python`` in the first line of a script is replaced, so it is another text."""
    if entry.source is None or ".data/scripts/" not in entry.source:
        return entry
    try:
        rewritten = project.read_bytes(entry.source).startswith(b"#!python")
    except Unreadable:
        rewritten = True
    return replace(entry, source=None) if rewritten else entry


def _is_wrapper(wheel: Wheel, name: str) -> bool:
    """A script that an old setuptools made for an entry point: pip makes its own instead."""
    base = posixpath.basename(name)
    for ending in (".exe", "-script.py", ".pya"):
        if base.lower().endswith(ending):
            base = base[: -len(ending)]
            break
    return base in wheel.console_scripts or base in wheel.gui_scripts


def _programs(wheel: Wheel, manner: Manner) -> Iterator[str]:
    """The programs made for entry points; pip gives those of pip itself the target's version."""
    console = list(wheel.console_scripts)
    if manner.installer == "pip" and "pip" in console:
        console = [name for name in console if not re.fullmatch(r"pip(\d+(\.\d+)?)?", name)]
        console += ["pip", "pip3", f"pip{manner.python}"]
    if manner.installer == "pip" and "easy_install" in console:
        console = [name for name in console if not re.fullmatch(r"easy_install(-\d+\.\d+)?", name)]
        console += ["easy_install", f"easy_install-{manner.python}"]
    yield from console
    yield from wheel.gui_scripts


def _records(manner: Manner) -> Iterator[tuple[str, Present]]:
    """What an installer notes (https://packaging.python.org/en/latest/specifications/recording-installed-packages/)."""
    yield "INSTALLER", replace(manner.file, content="pip\n" if manner.installer == "pip" else "uv")
    yield "RECORD", manner.file
    if manner.requested or manner.installer == "uv":
        yield "REQUESTED", replace(manner.file, content="")
    if manner.direct:
        yield "direct_url.json", manner.file
    if manner.installer == "uv":
        # What uv remembers of a wheel that it read from a path.
        yield "uv_cache.json", manner.file


# -- byte code -------------------------------------------------------------------------------------


class Compiler:
    """Tells which files a given Python makes byte code for: those whose syntax it accepts."""

    def __init__(self, project: Project, python: str) -> None:
        self.project = project
        self.python = python
        self.left = MAX_COMPILED

    def cached(self, path: str) -> str:
        """Where the byte code of a file goes (PEP 3147)."""
        directory, name = posixpath.split(path)
        return posixpath.join(directory, "__pycache__", f"{name[:-3]}.cpython-{self.python.replace('.', '')}.pyc")

    def compiles(self, entry: Present) -> bool | None:
        """Whether the file compiles; ``None`` when that is not known, or not worth the time."""
        try:
            data = self.project.read_bytes(entry.source) if entry.source is not None else (entry.content or "").encode()
        except Unreadable:
            return None
        if entry.source is None and entry.content is None:
            return None
        self.left -= len(data)
        if self.left < 0:
            return None
        # Imported here: most checks install nothing that they can read.
        from vartask.syntax.python import parse

        parsed = parse(data, entry.source or "")
        if parsed.problem is not None:
            return False if parsed.problem.fatal else None
        return parsed.tree is not None and _at_most(parsed.grammar, self.python)


def _at_most(grammar: tuple[int, int], python: str) -> bool:
    major, minor = python.split(".")
    return grammar <= (int(major), int(minor))
