"""``[tool.vartask]`` in pyproject.toml, or ``vartask.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file and the mend."""


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """One ``[[tool.vartask.function]]``: a function that no definition in the repository declares.

    Exactly one of ``source`` (directory or file, relative to the configuration file, that becomes ``/var/task``) and
    ``dockerfile`` is set.  ``line`` is where the table starts in the configuration file.
    """

    name: str
    line: int
    handler: str | None = None
    runtime: str | None = None
    source: str | None = None
    requirements: str | None = None
    dockerfile: str | None = None
    context: str | None = None
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a run.  ``select`` and ``ignore`` hold rule names, codes or code prefixes.

    ``per_file_ignores`` maps gitignore-style patterns to such lists, ``exclude`` holds patterns of paths in
    which no definitions are looked for.  ``path`` is the file they come from, absolute; ``None`` for the defaults.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()
    per_file_ignores: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    functions: tuple[FunctionSettings, ...] = ()
    strict: bool = False
    path: str | None = None
