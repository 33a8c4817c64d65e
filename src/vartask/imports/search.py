"""Where Lambda's Python looks for modules: the search path of one function."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from vartask.data.runtimes import BUILTIN, BUNDLED, IMAGE_BUNDLED, PRELOADED, SUPPORTED, version_of
from vartask.data.stdlib import STDLIB
from vartask.model import FileTree, Function

STDLIB_MARK = "<stdlib>"
"""Stands in the path where the standard library is."""


@dataclass(frozen=True, slots=True)
class SearchPath:
    """The directories in the order they are searched, and what the runtime itself brings.

    ``version`` is the Python as ``3.12``, ``None`` when the declaration does not tell; the tables then hold what any
    supported version has.  ``root`` is the directory the handler is imported from.
    """

    root: str
    directories: tuple[str, ...]
    version: str | None
    stdlib: frozenset[str]
    preloaded: frozenset[str]
    builtin: frozenset[str]
    bundled: frozenset[str]


def search_path(function: Function, tree: FileTree) -> SearchPath:
    """The search path as the runtime builds it.

    Order for ``PYTHONPATH`` unset: ``/var/task``, ``/opt/python/lib/python3.X/site-packages``, ``/opt/python``, the
    SDK's place, the standard library, site-packages.  With ``PYTHONPATH`` set, its entries follow ``/var/task`` and
    ``/opt/python`` is not on the path (bootstrap.py of the AWS base images 3.10 and 3.11; observed 3.9 to 3.13).
    ``python -m awslambdaric`` puts its working directory first instead.
    """
    config = tree.config
    version = config.python if config is not None and config.python else version_of(function.runtime)
    version = version if version in SUPPORTED else None
    aws = config is None or config.aws_base
    root = "/var/task" if aws else config.workdir if config is not None else "/var/task"
    pythonpath = function.environment.get("PYTHONPATH", config.env.get("PYTHONPATH") if config is not None else None)
    extra = [posixpath.normpath(posixpath.join(root, part)) for part in (pythonpath or "").split(":") if part]
    name = f"python{version or SUPPORTED[-1]}"
    directories = [root, *extra]
    if aws and not extra:
        directories += [f"/opt/python/lib/{name}/site-packages", "/opt/python"]
    directories += [STDLIB_MARK]
    prefix = "/var/lang" if aws else "/usr/local"
    directories += [f"{prefix}/lib/{name}/site-packages", f"{prefix}/lib/{name}/dist-packages"]
    known = [version] if version is not None else list(SUPPORTED)
    bundled = BUNDLED if aws else IMAGE_BUNDLED
    return SearchPath(
        root,
        tuple(dict.fromkeys(directories)),
        version,
        frozenset().union(*(STDLIB[item] for item in known)),
        frozenset().union(*(PRELOADED[item] for item in known)) if aws else frozenset({"__main__"}),
        frozenset().union(*(BUILTIN[item] for item in known)),
        frozenset().union(*(bundled[item] for item in known)),
    )
