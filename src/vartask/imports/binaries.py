"""Extension modules in the artifact: those that the target's Python passes over, and those that it cannot load.

Sources: PEP 3149 and ``importlib.machinery.EXTENSION_SUFFIXES`` for names; glibc's ``open_verify`` and
``_dl_check_map_versions`` (elf/dl-load.c, elf/dl-version.c) for what loading says.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable
from functools import cached_property

from vartask.data.runtimes import GLIBC
from vartask.imports.resolve import Found, Missing, Resolver
from vartask.imports.search import STDLIB_MARK
from vartask.model import Cause, Function, ModuleAt, Present, Span, Unknown
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.elf import MACHINES, Needed, read_elf

_BINARY = regex(r"\.(?P<tag>[^/.]+)\.(?P<kind>so|pyd)\Z|\.(?P<plain>pyd)\Z")
_CPYTHON = regex(r"(?:cpython-|cp)(?P<major>\d)(?P<minor>\d+)(?P<abi>[a-z]*)(?:-(?P<platform>.+))?\Z")
_SHORTEST = 64
_LFS = b"version https://git-lfs"
_NAMES = {"x86_64": "x86_64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Misfit:
    """A file that is an extension module, but not for the target.

    ``made_for`` is what it is for (``CPython 3.9``, ``macOS``); ``error`` is what loading it says, ``None`` for a file
    that Python does not even try.  ``other_python`` is false where the platform is what differs.
    """

    path: str
    made_for: str
    other_python: bool
    error: str | None = None


@dataclass
class Binaries:
    """The extension modules of one function's tree."""

    function: Function
    resolver: Resolver
    project: Project
    _loadable: dict[str, Misfit | None] = field(default_factory=dict)

    @cached_property
    def any_misfit(self) -> bool:
        """Whether the artifact has an extension module that is not for the target."""
        for path, entry in self.resolver.tree.entries.items():
            if entry.kind != "f" or not path.endswith((".so", ".pyd")):
                continue
            if self._named_otherwise(path) is not None or self.refused(path, entry) is not None:
                return True
        return False

    # -- files that Python does not look at -------------------------------------------------------

    def passed_over(self, missing: Missing) -> Misfit | None:
        """The file that would be the missing module, were it for the target; ``None`` where something else may be."""
        package, _, name = missing.component.rpartition(".")
        parent = self.resolver.find(package) if package else None
        if package and not (isinstance(parent, Found) and parent.package):
            return None
        directories = parent.package if isinstance(parent, Found) and parent.package else self.resolver.path.directories
        return self._beside([item for item in directories if item != STDLIB_MARK], name)

    def _beside(self, directories: Iterable[str], name: str) -> Misfit | None:
        found: Misfit | None = None
        for directory in directories:
            if any(self._may_be(directory, f"{name}{suffix}") for suffix in (*self.resolver.suffixes, ".py")):
                return None
            for path, entry in self.resolver.tree.children(directory):
                base = posixpath.basename(path)
                if found is None and entry.kind == "f" and base.startswith(f"{name}."):
                    found = self._named_otherwise(path)
        return found

    def _may_be(self, directory: str, name: str) -> bool:
        """Whether a build may put the file there: it may install over what the repository holds."""
        answer = self.resolver.look(posixpath.join(directory, name))
        return isinstance(answer, Present) or (isinstance(answer, Unknown) and not answer.runtime)

    def _named_otherwise(self, path: str) -> Misfit | None:
        """What a file's name says it is for, if that is not the target."""
        match = _BINARY.search(posixpath.basename(path))
        if match is None or (match["tag"] == "abi3" and match["kind"] == "so"):
            return None
        if match["plain"]:
            return Misfit(path, "Windows", other_python=False)
        tag, version = match["tag"], self.resolver.path.version
        known = _CPYTHON.match(tag)
        if known is None:
            return None
        platform = known["platform"] or ("win" if match["kind"] == "pyd" else "")
        python = f"{known['major']}.{known['minor']}"
        where = self._other_platform(platform)
        if where is not None:
            return Misfit(path, where, other_python=False)
        if version is None or (python == version and not known["abi"]):
            return None
        build = " (free-threaded)" if known["abi"].startswith("t") else ""
        return Misfit(path, f"CPython {python}{build}", other_python=True)

    def _other_platform(self, platform: str) -> str | None:
        if "darwin" in platform:
            return "macOS"
        if platform.startswith("win"):
            return "Windows"
        if platform.endswith("musl"):
            return "Linux with musl (Alpine)"
        machine = platform.partition("-")[0]
        wanted = self.function.architecture
        if wanted is not None and _NAMES.get(machine, wanted) != wanted:
            return f"Linux on {_NAMES[machine]}"
        return "another machine than Lambda's" if machine and machine not in _NAMES else None

    # -- files that cannot be loaded --------------------------------------------------------------

    def refused(self, path: str, entry: Present) -> Misfit | None:
        """What loading the extension module says, if it certainly fails."""
        if path not in self._loadable:
            self._loadable[path] = self._load(path, entry)
        return self._loadable[path]

    def _load(self, path: str, entry: Present) -> Misfit | None:
        if entry.source is None or not path.endswith(".so"):
            return None
        try:
            with self.project.open(entry.source) as stream:
                head = stream.read(_SHORTEST)
                if head.startswith(_LFS):
                    return None  # what git checks out elsewhere is the file itself
                if len(head) < _SHORTEST:
                    return Misfit(
                        path, "nothing: the file is cut short", other_python=False, error=f"{path}: file too short"
                    )
                stream.seek(0)
                elf = read_elf(stream)
        except Unreadable:
            return None
        if not head.startswith(b"\x7fELF"):
            system = "macOS" if head[:4] in _MACH_O else "another system"
            return Misfit(path, system, other_python=False, error=f"{path}: invalid ELF header")
        if elf is None:
            return None
        if elf.bits != 64:  # noqa: PLR2004
            return Misfit(path, "32-bit machines", other_python=False, error=f"{path}: wrong ELF class: ELFCLASS32")
        wanted = self.function.architecture
        if wanted is not None and MACHINES.get(elf.machine) != wanted:
            made_for = f"Linux on {MACHINES.get(elf.machine, 'another machine')}"
            error = f"{path}: cannot open shared object file: No such file or directory"
            return Misfit(path, made_for, other_python=False, error=error)
        return None if elf.glibc is None else self._needs(path, elf.glibc)

    def _needs(self, path: str, needed: Iterable[Needed]) -> Misfit | None:
        level = self._glibc
        for item in needed:
            if level is not None and item.version > level:
                made_for = f"glibc {item.version[0]}.{item.version[1]}"
                # Lambda's loader finds them in /lib64, as everybody's logs have it.
                error = f"/lib64/{item.library}: version `{item.symbol}' not found (required by {path})"
                return Misfit(path, made_for, other_python=False, error=error)
        return None

    @cached_property
    def _glibc(self) -> tuple[int, int] | None:
        """The version of glibc that the target has; ``None`` for an image of another base than AWS's."""
        config, version = self.resolver.tree.config, self.resolver.path.version
        if version is None or (config is not None and not config.aws_base):
            return None
        return GLIBC.get(version)

    # -- where the file came from -----------------------------------------------------------------

    def origin(self, module: ModuleAt, misfit: Misfit) -> tuple[Cause, ...]:
        """The wheel that the file came in, as its metadata tells (``WHEEL`` in ``*.dist-info``, PEP 427)."""
        depth = module.name.count(".") + 1
        directory = misfit.path
        for _ in range(depth):
            directory = posixpath.dirname(directory)
        inner = misfit.path.removeprefix(directory + "/")
        for path, entry in self.resolver.tree.children(directory):
            if entry.kind == "d" and path.endswith(".dist-info") and self._lists(f"{path}/RECORD", inner):
                wheel = self.resolver.tree.entries.get(f"{path}/WHEEL")
                lines = self._lines(f"{path}/WHEEL")
                tag = next((number for number, line in enumerate(lines, 1) if line.startswith("Tag:")), None)
                if tag is not None and wheel is not None and wheel.source is not None:
                    text = f"it came in a wheel for `{lines[tag - 1].partition(':')[2].strip()}`"
                    return (Cause(text, Span(wheel.source, tag)),)
        return ()

    def _lists(self, path: str, wanted: str) -> bool:
        return any(line.split(",")[0] == wanted for line in self._lines(path))

    def _lines(self, path: str) -> list[str]:
        entry = self.resolver.tree.entries.get(path)
        if entry is None or entry.source is None:
            return []
        try:
            return self.project.read_text(entry.source).splitlines()
        except Unreadable:
            return []


_MACH_O = frozenset({b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"})
"""The first bytes of macOS's files (mach-o/loader.h, mach-o/fat.h)."""
