"""Write ``src/vartask/data/stdlib.txt``: modules and public names of the standard library, per Python version.

Sources: CPython 3.6 to 3.13 themselves, each asked by ``_stdlib_snapshot.py``; for 3.14, for names of other platforms
and for names that a later patch release may have brought, typeshed as mypy ships it; for top-level modules of other
platforms ``stdlib-list``.

    pip install mypy stdlib-list && python scripts/refresh_stdlib.py [DIRECTORY]

DIRECTORY has the interpreters as ``3.X.Y/bin/python`` (pyenv's layout); the default is ``~/.pyenv/versions``.

A name is written for a version when it is there, or when it may be there: only the absence has to be certain.
"""

from __future__ import annotations

import importlib.util
import json
import keyword
import subprocess
import sys
from pathlib import Path

from _typeshed import VERSIONS, Stub, Version, lifetimes, stubs
from stdlib_list import stdlib_list

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "src" / "vartask" / "data" / "stdlib.txt"
NEWEST: Version = (3, 14)
ASKED = tuple(version for version in VERSIONS if version != NEWEST)
SETTLED: Version = (3, 10)
"""From here on typeshed tells since when a name exists; older versions get no more patch releases with new names."""

SYSTEM = frozenset(
    "builtins ctypes ctypes.util curses errno fcntl locale mmap nt ntpath os posix pwd readline resource select "  # noqa: SIM905
    "selectors signal site socket sqlite3 sqlite3.dbapi2 ssl stat subprocess sys sysconfig syslog termios time "
    "tkinter tkinter.constants tty asyncio multiprocessing crypt grp dbm zlib hashlib uuid xml.parsers.expat".split()
)
"""Modules whose names depend on the machine: a name that no version is known to have may be there all the same."""

NOT_MODULES = (
    "test.",
    "idlelib.",
    "lib.",
    "_typeshed",
    "typing_extensions",
    "mypy_extensions",
    "_test",
    "_sysconfigdata",
)
"""Tests and programs, what a build makes for itself, and what only type checkers know."""

NAMELESS = frozenset({"distutils", "idlelib", "lib2to3", "tkinter", "turtle", "turtledemo"})
"""Modules whose names nobody imports in a function: the table has the modules alone, as of those with an underscore."""

PROGRAMS = frozenset({"__main__", "antigravity", "idlelib", "test", "this", "turtledemo"})
"""Modules that every version has and that are not imported to be asked."""

NO_MODULES = frozenset({"lib", "__hello__", "__phello__", "xxlimited", "xxlimited_35", "xxsubtype"})
"""What tests and examples of CPython's own import, and a mistake of ``stdlib-list``."""

Snapshot = dict[str, "dict[str, object] | None"]


def ask(python: Path, candidates: dict[str, list[str]]) -> tuple[Snapshot, set[str]]:
    """What one interpreter has, and the modules that it lists although they cannot be imported on this machine."""
    command = [str(python), "-I", "-S", "-W", "ignore", str(ROOT / "scripts" / "_stdlib_snapshot.py")]
    text = json.dumps(candidates)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd="/", timeout=600)
    answer = json.loads(done.stdout)
    return answer["modules"], set(answer["listed"])


def interpreters(directory: Path) -> dict[Version, Path]:
    """The newest patch release of each version asked for."""
    found: dict[Version, Path] = {}
    order = sorted(directory.glob("3.*/bin/python"), key=lambda path: [int(x) for x in path.parts[-3].split(".")])
    for path in order:
        major, minor = path.parts[-3].split(".")[:2]
        if (int(major), int(minor)) in ASKED:
            found[int(major), int(minor)] = path
    return found


class Table:
    """Joins the sources; ``modules`` and ``names`` say in which versions each may exist."""

    def __init__(self, snapshots: dict[Version, Snapshot], listed: dict[Version, set[str]], typeshed: Path) -> None:
        self.snapshots = snapshots
        self.listed = listed
        self.stubs = stubs(typeshed)
        self.lifetimes = lifetimes(typeshed)
        self.top = {version: set(stdlib_list("{}.{}".format(*version))) for version in VERSIONS}

    def modules(self) -> list[str]:
        """Every public module of any version, and private ones of the top level."""
        every = {name for snapshot in self.snapshots.values() for name in snapshot} | set(self.stubs) | PROGRAMS
        every |= {name for listing in self.listed.values() for name in listing}
        every |= {name for listing in self.top.values() for name in listing}
        wanted = {name for name in every if not any(part.startswith("_") for part in name.split(".")[1:])}
        wanted = {name for name in wanted if not {"test", "tests"} & set(name.split(".")[1:])}
        return sorted(
            name for name in wanted if not name.startswith(NOT_MODULES) and name.split(".")[0] not in NO_MODULES
        )

    def module(self, name: str) -> set[Version]:
        """The versions in which a module may be imported."""
        found = {version for version in ASKED if name in self.listed[version] or self.snapshots[version].get(name)}
        found |= {version for version in VERSIONS if name in self.top[version] or name in PROGRAMS}
        life = self._lifetime(name)
        if name in self.stubs and life is not None:
            first, last = life
            # typeshed also has the modules of other platforms; what an interpreter has been asked for is settled.
            other = not any(self.snapshots[version].get(name) for version in ASKED)
            found |= {v for v in VERSIONS if v >= first and (last is None or v <= last) and (other or v == NEWEST)}
        elif ASKED[-1] in found and (life is None or life[1] is None):
            found.add(NEWEST)
        return found

    def _lifetime(self, name: str) -> tuple[Version, Version | None] | None:
        while name:
            if name in self.lifetimes:
                return self.lifetimes[name]
            name = name.rpartition(".")[0]
        return None

    def names(self, module: str) -> dict[str, set[Version]]:
        """Public name -> versions in which the module may have it."""
        stub = self.stubs.get(module, Stub())
        there = {version: self._asked(version, module) for version in ASKED}
        every = {name for names in there.values() for name in names} | set(stub.names)
        return {
            name: self._name({version: names.get(name) for version, names in there.items()}, stub.names.get(name))
            for name in sorted(every)
            if not (name.startswith("_") or keyword.iskeyword(name) or self.module(f"{module}.{name}"))
        }

    def _asked(self, version: Version, module: str) -> dict[str, bool]:
        entry = self.snapshots[version].get(module)
        return entry["names"] if entry else {}  # type: ignore[return-value]

    def _name(self, there: dict[Version, bool | None], typed: set[Version] | None) -> set[Version]:
        present = {version for version, own in there.items() if own is not None}
        own = any(there.values())
        known = set(present)
        for version in ASKED:
            if version in present:
                continue
            later = [other for other in present if other > version]
            if typed is not None and version in typed and version >= SETTLED:
                known.add(version)  # another platform's, or of a later patch release
            elif typed is None and (later or not own):
                known.add(version)  # nobody documents it, so its coming and going says nothing
            elif typed is not None and not present and version in typed:
                known.add(version)
        if typed is not None:
            known |= {NEWEST} & typed
        elif ASKED[-1] in known:
            known.add(NEWEST)
        return known

    def origins(self, module: str) -> dict[Version, str]:
        """Version -> what ``_stdlib_snapshot.origin`` says."""
        found = {v: str(entry["origin"]) for v in ASKED if (entry := self.snapshots[v].get(module))}
        if ASKED[-1] in found:
            found[NEWEST] = found[ASKED[-1]]
        return found


def ranges(versions: set[Version]) -> str:
    """``""`` for every version, else ``9-11,13`` (minor versions)."""
    if versions == set(VERSIONS):
        return ""
    minors = sorted(minor for _, minor in versions)
    runs: list[list[int]] = []
    for minor in minors:
        if runs and runs[-1][-1] == minor - 1:
            runs[-1].append(minor)
        else:
            runs.append([minor])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def marked(text: str, versions: set[Version]) -> str:
    """A word with its versions behind it."""
    bounds = ranges(versions)
    return f"{text}@{bounds}" if bounds else text


def line(table: Table, module: str) -> str | None:
    """``module origin name name ...``, each word with the versions it is for where those are not all."""
    versions = table.module(module)
    if not versions:
        return None
    origins = table.origins(module)
    kinds: dict[str, set[Version]] = {}
    for version in versions:
        kind = "unknown" if module.startswith("_") else origins.get(version, "unknown")
        kinds.setdefault(kind, set()).add(version)
    words = [marked(module, versions)]
    words.append(";".join(marked(kind, set(VERSIONS) if len(kinds) == 1 else kinds[kind]) for kind in sorted(kinds)))
    nameless = module.startswith("_") or module.split(".", maxsplit=1)[0] in NAMELESS or set(kinds) == {"unknown"}
    if module in SYSTEM or "unknown" in kinds or nameless:
        words.append("*")
    if not nameless:
        # A name that is there as long as its module needs no versions of its own.
        names = table.names(module).items()
        words += [name if versions <= known else marked(name, known) for name, known in names if known]
    return " ".join(words)


def main() -> None:
    """Ask every interpreter twice: for its own names, then for those that the others and typeshed know."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else Path.home() / ".pyenv" / "versions"
    pythons = interpreters(directory)
    missing = set(ASKED) - set(pythons)
    if missing:
        sys.exit(f"no interpreter for {sorted(missing)} below {directory}")
    spec = importlib.util.find_spec("mypy")
    if spec is None or spec.origin is None:
        sys.exit("mypy is not installed")
    typeshed = Path(spec.origin).parent / "typeshed" / "stdlib"
    candidates: dict[str, set[str]] = {name: set(stub.names) for name, stub in stubs(typeshed).items()}
    for python in pythons.values():
        for module, entry in ask(python, {})[0].items():
            names = set(entry["names"]) if entry else set()  # type: ignore[call-overload]
            candidates.setdefault(module, set()).update(names)
            # ``collections.Mapping`` was given by a ``__getattr__`` that looked in ``collections.abc``.
            candidates.setdefault(module.rpartition(".")[0] or module, set()).update(names)
    listing = {name: sorted(names) for name, names in candidates.items() if name and "_typeshed" not in name}
    answers = {version: ask(python, listing) for version, python in pythons.items()}
    table = Table({v: a[0] for v, a in answers.items()}, {v: a[1] for v, a in answers.items()}, typeshed)
    lines = [text for module in table.modules() if (text := line(table, module)) is not None]
    head = "# Generated by scripts/refresh_stdlib.py; do not edit.  Read by stdlib.py beside it.\n"
    TARGET.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
