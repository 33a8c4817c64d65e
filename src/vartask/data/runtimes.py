"""What each Lambda Python runtime brings before a function's own files: names, places, order.

Written by hand; the sources are named beside each table.
"""

from __future__ import annotations

SUPPORTED = ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14")
"""Python versions with a Lambda runtime identifier ``python3.X`` (AWS, lambda-runtimes.html, 2026-10)."""


GLIBC = {**dict.fromkeys(("3.9", "3.10", "3.11"), (2, 26)), **dict.fromkeys(("3.12", "3.13", "3.14"), (2, 34))}
"""The C library of each runtime's system: Amazon Linux 2 up to 3.11, Amazon Linux 2023 since 3.12 (AWS,
lambda-runtimes.html; https://docs.aws.amazon.com/linux/al2023/ug/compare-with-al2.html)."""

_BUILTIN = frozenset(
    "_abc _ast _codecs _collections _functools _imp _io _locale _operator _signal _sre _stat _string "  # noqa: SIM905
    "_symtable _thread _tracemalloc _warnings _weakref atexit builtins errno faulthandler gc itertools marshal "
    "posix pwd sys time".split()
)

BUILTIN: dict[str, frozenset[str]] = {
    "3.9": _BUILTIN | {"_peg_parser", "xxsubtype"},
    "3.10": _BUILTIN | {"xxsubtype"},
    "3.11": _BUILTIN | {"_tokenize", "xxsubtype"},
    "3.12": _BUILTIN | {"_tokenize", "_typing"},
    "3.13": _BUILTIN | {"_tokenize", "_typing", "_suggestions", "_sysconfig"},
    "3.14": _BUILTIN
    | {"_tokenize", "_typing", "_suggestions", "_sysconfig", "_contextvars", "_datetime", "_opcode", "_types"},
}
"""``sys.builtin_module_names`` of a default CPython build: no file ever shadows these, and
``awslambdaric`` refuses them as handler modules (``Runtime.BuiltInModuleConflict``)."""

_PRELOADED = frozenset(
    "abc atexit awslambdaric builtins codecs collections copyreg decimal encodings enum functools genericpath "  # noqa: SIM905
    "importlib io itertools json keyword linecache logging marshal math numbers operator os posix posixpath re "
    "reprlib runtime_client simplejson site stat string sys threading time traceback types warnings weakref "
    "zipimport __main__".split()
)
_SRE = {"sre_compile", "sre_constants", "sre_parse"}

PRELOADED: dict[str, frozenset[str]] = {
    "3.9": _PRELOADED | _SRE | {"heapq", "token", "tokenize", "_distutils_hack"},
    "3.10": _PRELOADED | _SRE | {"token", "tokenize", "_distutils_hack"},
    "3.11": _PRELOADED | {"contextlib", "textwrap", "token", "tokenize", "_distutils_hack"},
    "3.12": _PRELOADED | {"contextlib", "textwrap", "token", "tokenize"},
    "3.13": _PRELOADED | {"contextlib", "textwrap"},
    "3.14": _PRELOADED
    | {"annotationlib", "ast", "codeop", "contextlib", "copy", "dataclasses", "dis", "inspect", "opcode"}
    | {"textwrap", "token", "tokenize"},
}
"""Top-level modules that are in ``sys.modules`` before ``/var/task`` is put on the search path, observed with
awslambdaric 4.2.2 (4.0.4 on 3.9): a file of that name in the package is never imported."""

_BUNDLED = frozenset(
    "awslambdaric runtime_client boto3 botocore s3transfer jmespath dateutil six urllib3 simplejson "  # noqa: SIM905
    "snapshot_restore_py pip".split()
)

_DURABLE = {"3.13", "3.14"}
"""Runtimes with the SDK for durable functions (AWS, durable-supported-runtimes.html, 2025-12)."""

BUNDLED: dict[str, frozenset[str]] = {
    version: _BUNDLED
    | ({"setuptools", "pkg_resources", "_distutils_hack"} if version in SUPPORTED[:3] else set())
    | ({"aws_durable_execution_sdk_python"} if version in _DURABLE else set())
    for version in SUPPORTED
}
"""Top-level modules of the distributions that AWS preinstalls in the managed runtime and in its base images
(AWS, python-image.html and python-package.html; listed inside a real 3.11 function, 2025-06)."""

IMAGE_BUNDLED: dict[str, frozenset[str]] = {
    version: frozenset(
        {"pip"} | ({"setuptools", "pkg_resources", "_distutils_hack"} if version in SUPPORTED[:3] else set())
    )
    for version in SUPPORTED
}
"""Top-level modules in the official ``python`` image: pip, and setuptools where ensurepip still brings it (<= 3.11)."""


def version_tuple(version: str) -> tuple[int, int]:
    """``3.12`` -> ``(3, 12)``, which compares as versions do."""
    major, minor = version.split(".")
    return int(major), int(minor)


def version_of(runtime: str | None) -> str | None:
    """``python3.12`` -> ``3.12``; ``None`` for anything that is not a supported Python runtime."""
    if runtime is None or not runtime.startswith("python"):
        return None
    version = runtime[len("python") :]
    return version if version in SUPPORTED else None
