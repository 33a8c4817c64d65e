"""What is known of modules that are not the project's: which names the standard library's have."""

from __future__ import annotations

import posixpath
from functools import cache

from vartask.data.runtimes import SUPPORTED
from vartask.data.stdlib import NOT_LISTED, minor_of, stdlib_module
from vartask.data.stdlib_classes import made_by, stdlib_class
from vartask.imports.rehearsal_values import Foreign, Known, StdlibObject, Value
from vartask.model import FileTree, Present, Unknown

SAME = frozenset(
    {
        "abc.abstractmethod",
        "atexit.register",
        "enum.unique",
        "functools.total_ordering",
        "functools.wraps()",
        "typing.final",
        "typing.no_type_check",
        "typing.overload",
        "typing.runtime_checkable",
    }
)
"""Decorators that give back what they are given (their documentation in the standard library)."""

DATACLASS = frozenset({"dataclasses.dataclass", "dataclasses.dataclass()"})

NEEDS_TEXT = {
    "base64.b64decode": "argument should be a bytes-like object or ASCII string, not 'NoneType'",
    "json.loads": "the JSON object must be str, bytes or bytearray, not NoneType",
    "os.path.join": "expected str, bytes or os.PathLike object, not NoneType",
}
"""Functions that are often given a variable, and the words with which they refuse ``None`` in every version."""

EXITS = frozenset({"sys.exit", "os._exit"})


@cache
def member(path: str, name: str, version: str | None) -> bool | str | None:
    """What a name of a module of the runtime is: ``True`` a module, ``False`` anything else, ``None`` not known.

    A text is Python's for a name that certainly is not there.
    """
    module = stdlib_module(path)
    if version is None or module is None or path.partition(".")[0] in NOT_LISTED or name.startswith("_"):
        return None
    minor = minor_of(version)
    if minor not in module.minors or version not in SUPPORTED:
        return None
    inner = stdlib_module(f"{path}.{name}")
    if inner is not None:
        # A sub-module is an attribute once somebody has imported it.
        return True if minor in inner.minors else None
    if minor in module.names.get(name, frozenset()):
        return False
    if name in module.names or not module.tells(name) or stdlib_module(name) is not None:
        return None
    origin = module.origins.get(minor, "unknown")
    called = origin[1:].partition(":")[0] if origin.startswith("=") else path
    return None if origin == "unknown" else f"module {called!r} has no attribute {name!r}"


@cache
def of_module(path: str, name: str, version: str | None) -> Foreign:
    """What ``from path import name`` gives of a module of the runtime."""
    return Foreign(f"{path}.{name}", module=member(path, name, version) is True)


def made(path: str, arguments: list[Value]) -> StdlibObject | None:
    """The object that a class or function of the standard library makes; ``None`` when it is not known."""
    kind = made_by(path)
    if path == "logging.getLogger":
        name = arguments[0] if arguments else Known(None)
        if isinstance(name, Known) and name.value in {None, "", "root"}:
            kind = stdlib_class("logging.RootLogger")
    return None if kind is None else StdlibObject(kind)


def in_no_version(path: str, name: str) -> bool:
    """Whether a module that may have more names than the table says has a name in no version that the table knows."""
    module = stdlib_module(path)
    if module is None or module.tells(name) or not module.names or path.partition(".")[0] in NOT_LISTED:
        return False
    return name not in module.names and not name.startswith("_") and stdlib_module(f"{path}.{name}") is None


def exit_text(arguments: list[Value]) -> str | None:
    """The status that a process ends with after ``SystemExit`` with these arguments, ``None`` where it is not known."""
    first = arguments[0] if arguments else Known(None)
    if not isinstance(first, Known):
        return None
    if first.value is None:
        return "0"
    return str(int(first.value)) if isinstance(first.value, int) else "1"


def modules_in(tree: FileTree, directory: str) -> list[tuple[str, bool]] | None:
    """The modules in a directory of the artifact and whether each is a package; ``None`` where there may be others.

    Source: ``pkgutil._iter_file_finder_modules``.
    """
    if isinstance(tree.lookup(f"{directory}/-"), Unknown):
        return None
    found: dict[str, bool] = {}
    for path, entry in sorted(tree.children(directory), key=lambda item: item[0]):
        name = posixpath.basename(path)
        if entry.kind == "d" and "." not in name and isinstance(tree.lookup(f"{path}/__init__.py"), Present):
            found.setdefault(name, True)
        elif entry.kind == "f" and name.endswith((".py", ".pyc", ".so")):
            found.setdefault(name.partition(".")[0], False)
    return [(name, package) for name, package in found.items() if name != "__init__"]
