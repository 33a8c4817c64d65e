"""Where Lambda's Python looks for modules: the search path of one function."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from functools import cache

from vartask.data.base_images import AWS_ENTRYPOINT, AWS_ENV, known_base
from vartask.data.runtimes import BUILTIN, BUNDLED, IMAGE_BUNDLED, PRELOADED, SUPPORTED, version_of
from vartask.data.stdlib import stdlib_modules
from vartask.data.wrapper_handlers import EXEC_WRAPPER
from vartask.model import Architecture, FileTree, Function, Image, ImageConfig, Span
from vartask.patterns import regex
from vartask.records import dataclass, replace

STDLIB_MARK = "<stdlib>"
"""Stands in the path where the standard library is."""


@dataclass(frozen=True, slots=True)
class SearchPath:
    """The directories in the order they are searched, and what the runtime itself brings.

    ``version`` is the Python as ``3.12``, ``None`` when the declaration does not tell; the tables then hold what any
    supported version has.  ``root`` is the directory the handler is imported from.  ``open_at`` is where something puts
    directories on the path that cannot be known.  ``home`` is where the standard library stands, ``None`` if not known.
    ``architecture`` is the machine's, ``None`` for any.
    ``site`` are the directories whose ``.pth`` files are read.
    """

    root: str
    directories: tuple[str, ...]
    version: str | None
    stdlib: frozenset[str]
    preloaded: frozenset[str]
    builtin: frozenset[str]
    bundled: frozenset[str]
    open_at: Span | None = None
    home: str | None = None
    architecture: Architecture | None = None
    site: tuple[str, ...] = ()

    def with_appended(self, directories: tuple[str, ...], open_at: Span | None) -> SearchPath:
        """The path with what ``.pth`` files bring: directories at its end, or code whose effect cannot be read."""
        return replace(
            self, directories=tuple(dict.fromkeys((*self.directories, *directories))), open_at=self.open_at or open_at
        )


def search_path(function: Function, tree: FileTree) -> SearchPath:
    """The search path as the runtime builds it.

    Order for ``PYTHONPATH`` unset: ``/var/task``, ``/opt/python/lib/python3.X/site-packages``, ``/opt/python``, the
    SDK's place, the standard library, site-packages.  With ``PYTHONPATH`` set, its entries follow ``/var/task`` and
    ``/opt/python`` is not on the path (bootstrap.py of the AWS base images 3.10 and 3.11; observed 3.9 to 3.13).
    ``python -m awslambdaric`` puts its working directory first instead.
    """
    config = tree.config
    version = config.python if config is not None and config.python else version_of(function.runtime)
    known = [version] if version in SUPPORTED and version is not None else list(SUPPORTED)
    # A Python that the tables do not have (3.6 in an old image) still has packages of its own.
    places = known if version is None or version in known else [*known, version]
    aws = config is None or config.aws_base
    root = _root(function, config)
    pythonpath = function.environment.get("PYTHONPATH", config.env.get("PYTHONPATH") if config is not None else None)
    extra = [posixpath.normpath(posixpath.join(root, part)) for part in (pythonpath or "").split(":") if part]
    directories = [root, *extra]
    if aws and not extra:
        directories += [f"/opt/python/lib/python{item}/site-packages" for item in places]
        directories += ["/opt/python"]
    directories += [STDLIB_MARK]
    for prefix in _prefixes(function, config):
        directories += [f"{prefix}/lib/python{item}/site-packages" for item in places]
    bundled = BUNDLED if aws else IMAGE_BUNDLED
    return SearchPath(
        root,
        tuple(dict.fromkeys(directories)),
        known[0] if len(known) == 1 else None,
        _stdlib(tuple(known)),
        frozenset().union(*(PRELOADED[item] for item in known)) if aws else frozenset({"__main__"}),
        frozenset().union(*(BUILTIN[item] for item in known)),
        frozenset().union(*(bundled[item] for item in known)),
        _unknown_pythonpath(function, config),
        _home(config, known[0]) if len(known) == 1 else None,
        function.architecture,
        _site_directories(root, known, aws=aws, pythonpath=bool(extra)),
    )


@cache
def _stdlib(versions: tuple[str, ...]) -> frozenset[str]:
    # Shared by the functions of a run: it has 16 kilobytes.
    return frozenset().union(*(stdlib_modules(item) for item in versions))


def _site_directories(root: str, known: list[str], *, aws: bool, pythonpath: bool) -> tuple[str, ...]:
    """The directories whose ``.pth`` files are processed: the runtime's bootstrap gives its own to ``site.addsitedir``.

    Source: ``add_default_site_directories`` in bootstrap.py of the AWS base images.
    """
    if not aws:
        return ()
    layers = [*(f"/opt/python/lib/python{item}/site-packages" for item in known), "/opt/python"]
    return (root,) if pythonpath else (root, *layers)


def _home(config: ImageConfig | None, version: str) -> str | None:
    """The directory of the standard library; ``None`` for an image whose interpreter's place is not known."""
    base = known_base(config.base) if config is not None and config.base is not None else None
    if config is None or config.aws_base:
        return f"/var/lang/lib/python{version}"
    return f"{base.prefix}/lib/python{version}" if base is not None and base.kind == "python" else None


def _unknown_pythonpath(function: Function, config: ImageConfig | None) -> Span | None:
    """Where ``PYTHONPATH`` is set to a value that is not known; the function's own variables stand over the image's."""
    if "PYTHONPATH" in function.environment:
        return function.span if function.environment["PYTHONPATH"] is None else None
    if config is not None and "PYTHONPATH" in config.unknown_env:
        return config.base_at or function.span
    return None


def _root(function: Function, config: ImageConfig | None) -> str:
    if config is None or config.aws_base:
        return "/var/task"
    artifact = function.artifact
    override = artifact.workdir if isinstance(artifact, Image) else None
    return posixpath.normpath(posixpath.join(config.workdir, override.value if override else ""))


def _prefixes(function: Function, config: ImageConfig | None) -> Iterator[str]:
    """``sys.prefix`` of the interpreters that may run: a virtual environment has its own (PEP 405)."""
    artifact = function.artifact
    if config is not None and isinstance(artifact, Image) and not _starts_its_own(function, config):
        override = artifact.entrypoint
        words = [text.value for text in override] if override else [*(config.entrypoint or ()), *(config.cmd or ())]
        for word in words:
            path = posixpath.normpath(posixpath.join(config.workdir, word))
            if "/" in word and _INTERPRETER.search(path):
                yield posixpath.dirname(posixpath.dirname(path))
        for directory in config.env.get("PATH", "").split(":"):
            if (
                directory.endswith("/bin")
                and directory.count("/") > 1
                and not directory.startswith(("/usr", "/var/lang"))
                and directory not in AWS_ENV["PATH"].split(":")  # for a layer's programs, not an environment
            ):
                yield directory.removesuffix("/bin")
    if config is None or config.aws_base:
        yield "/var/lang"
    else:
        yield "/usr/local"
        yield "/usr"


def _starts_its_own(function: Function, config: ImageConfig) -> bool:
    """Whether AWS's entrypoint starts AWS's Python, by its full name: neither PATH nor an environment changes that.

    Source: ``/var/runtime/bootstrap`` of the AWS base images 3.9 to 3.12.
    """
    override = function.artifact.entrypoint if isinstance(function.artifact, Image) else None
    start = tuple(text.value for text in override) if override else config.entrypoint
    wrapped = EXEC_WRAPPER in function.environment or EXEC_WRAPPER in config.env or EXEC_WRAPPER in config.unknown_env
    return config.aws_base and start in {None, AWS_ENTRYPOINT} and not wrapped


_INTERPRETER = regex(r"/bin/(?:python[\d.]*|awslambdaric)\Z")
