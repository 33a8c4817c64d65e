"""``[tool.vartask]`` in pyproject.toml, or ``vartask.toml``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

from vartask.patterns import regex
from vartask.records import dataclass, field

# Not typing's: a remembered result is shown without it.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FILES = ("vartask.toml", "pyproject.toml")
"""Where settings may stand in a directory; the first one that has any wins."""

MAX_BYTES = 8 * 1024 * 1024
"""A configuration file larger than this is something else."""


class ConfigError(Exception):
    """The configuration cannot be used; the text names the file and the mend, in one line."""

    def __init__(self, text: str) -> None:
        # A TOML key may hold a newline or an escape sequence.
        super().__init__(re.sub(r"[\x00-\x1f\x7f]", lambda match: repr(match[0])[1:-1], text))


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """One ``[[tool.vartask.function]]``: a function that no definition in the repository declares.

    Exactly one of ``source`` (directory or file, relative to the configuration file, that becomes ``/var/task``) and
    ``dockerfile`` is set.  ``line`` is where the table starts in the configuration file.
    ``memory`` and ``storage`` (the size of ``/tmp``) are in MiB, ``timeout`` in seconds.
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
    memory: int | None = None
    timeout: int | None = None
    storage: int | None = None


@dataclass(frozen=True, slots=True)
class VerifySettings:
    """``[tool.vartask.verify]``: ``startup_check`` is called in every function, unless ``startup_checks`` has its name.

    A check is written ``package.module:function``; ``None`` is none.
    """

    startup_check: str | None = None
    startup_checks: Mapping[str, str | None] = field(default_factory=dict)

    def check(self, function: str) -> str | None:
        """The check of one function."""
        return self.startup_checks.get(function, self.startup_check)


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
    verify: VerifySettings = field(default_factory=VerifySettings)
    path: str | None = None


KEYS = ("select", "ignore", "per-file-ignores", "exclude", "function", "strict", "verify")
VERIFY_KEYS = ("startup-check", "startup-checks")
CHECK = regex(r"[^\W\d]\w*(\.[^\W\d]\w*)*[:.][^\W\d]\w*(\.[^\W\d]\w*)*")
"""A startup check: the last dot stands for the colon where there is none."""
FUNCTION_TEXTS = ("name", "handler", "runtime", "source", "requirements", "dockerfile", "context", "target")
FUNCTION_NUMBERS = ("memory", "timeout", "storage")
FUNCTION_TABLES = ("build-args", "environment")


def load(start: str | os.PathLike[str], stop: str | os.PathLike[str]) -> Settings:
    """The settings of the nearest configuration file from ``start`` upwards to ``stop``, else the defaults.

    Both are directories and ``stop`` is ``start`` or above it.  Raises :class:`ConfigError`.
    """
    directory, last = os.fspath(start), os.fspath(stop)
    while True:
        for name in FILES:
            found = _in_directory(os.path.join(directory, name), last)
            if found is not None:
                return found
        above = os.path.dirname(directory)
        if directory in {last, above}:
            return Settings()
        directory = above


def _in_directory(path: str, stop: str) -> Settings | None:
    # A link may lead out of the project, and nothing outside is read.
    if not os.path.isfile(path) or not _is_in(os.path.realpath(path), os.path.realpath(stop)):
        return None
    return _read(path, required=False)


def _is_in(path: str, directory: str) -> bool:
    return path.startswith(os.path.join(directory, ""))


def read(path: str | os.PathLike[str]) -> Settings:
    """The settings in one file, which must be there and hold some.  Raises :class:`ConfigError`."""
    settings = _read(os.fspath(path), required=True)
    if settings is None:
        raise ConfigError(f"{path}: no [tool.vartask] table")
    return settings


def _read(path: str, *, required: bool) -> Settings | None:
    """``None`` when the file has no settings; ``required`` reads it even if it never mentions vartask."""
    text = _text(path)
    own = os.path.basename(path) != "pyproject.toml"
    # A pyproject.toml that never says the word has no such table, and need not be valid TOML (a template, say).
    if not own and not required and "vartask" not in text:
        return None
    document = _parse(path, text)
    if own:
        if "tool" in document:
            raise ConfigError(f"{path}: the keys stand at the top level here, without [tool.vartask]")
        return _Table(path, text, "").settings(document)
    tool = document.get("tool", {})
    table = tool.get("vartask") if isinstance(tool, dict) else None
    if table is None:
        return None
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: tool.vartask must be a table, not {_kind(table)}")
    return _Table(path, text, "tool.vartask").settings(table)


def _text(path: str) -> str:
    try:
        if os.stat(path).st_size > MAX_BYTES:
            raise ConfigError(f"{path}: larger than {MAX_BYTES // 1_048_576} MiB, so it is no configuration file")
        with open(path, "rb") as stream:
            return stream.read().decode("utf-8-sig")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{path}:{line}: not UTF-8: save the file as UTF-8") from error


def _parse(path: str, text: str) -> dict[str, Any]:
    import tomli

    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise ConfigError(f"{path}:{error.lineno}: not valid TOML: {error.msg}") from error
    except RecursionError as error:
        raise ConfigError(f"{path}: nested too deeply to be a configuration file") from error


@dataclass(frozen=True, slots=True)
class _Table:
    """Turns a parsed table into settings.  ``section`` is its dotted name, ``""`` for a whole file."""

    path: str
    text: str
    section: str

    def settings(self, table: Mapping[str, Any]) -> Settings:
        self.known(table, KEYS)
        selectors = table.get("per-file-ignores", {})
        if not isinstance(selectors, dict):
            raise self.wrong("per-file-ignores", "a table of patterns and lists of rules", selectors)
        return Settings(
            select=self.strings(table, "select") if "select" in table else None,
            ignore=self.strings(table, "ignore"),
            per_file_ignores={pattern: self.strings(selectors, pattern) for pattern in selectors},
            exclude=self.strings(table, "exclude"),
            functions=self.functions(table.get("function", [])),
            strict=self.boolean(table, "strict"),
            verify=self.verify(table.get("verify", {})),
            path=os.path.realpath(self.path),
        )

    def functions(self, tables: Any) -> tuple[FunctionSettings, ...]:
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise self.wrong("function", f"an array of tables, each written [[{self.dotted('function')}]]", tables)
        lines = self.headers("function")
        if len(lines) != len(tables):
            # Written as one inline array: all of them stand where its key does.
            lines = [self.line("function")] * len(tables)
        return tuple(self.function(table, line) for table, line in zip(tables, lines, strict=True))

    def function(self, table: Mapping[str, Any], line: int) -> FunctionSettings:
        here = f"{self.path}:{line}: [[{self.dotted('function')}]]"
        self.known(table, (*FUNCTION_TEXTS, *FUNCTION_NUMBERS, *FUNCTION_TABLES), line)
        texts = {key: table[key] for key in FUNCTION_TEXTS if key in table}
        for key, value in texts.items():
            if not isinstance(value, str) or not value:
                raise ConfigError(f'{here}: "{key}" must be a non-empty string, not {_kind(value)}')
        if "name" not in texts:
            raise ConfigError(f'{here} needs a "name"')
        if ("source" in texts) == ("dockerfile" in texts):
            raise ConfigError(
                f'{here} needs exactly one of "source" (the directory that becomes /var/task) and "dockerfile"'
            )
        if "source" in texts and "handler" not in texts:
            raise ConfigError(f'{here} needs a "handler": only an image can name its own')
        numbers = {key: table[key] for key in FUNCTION_NUMBERS if key in table}
        for key, value in numbers.items():
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                what = (
                    f"not {value}"
                    if isinstance(value, int | float) and not isinstance(value, bool)
                    else f"not {_kind(value)}"
                )
                raise ConfigError(f'{here}: "{key}" must be a positive whole number, {what}')
        build_args, environment = (self.pairs(table.get(key, {}), key, here) for key in FUNCTION_TABLES)
        return FunctionSettings(line=line, **texts, **numbers, build_args=build_args, environment=environment)

    def verify(self, table: Any) -> VerifySettings:
        if not isinstance(table, dict):
            raise self.wrong("verify", "a table", table)
        inner = _Table(self.path, self.text, self.dotted("verify"))
        inner.known(table, VERIFY_KEYS)
        checks = table.get("startup-checks", {})
        if not isinstance(checks, dict):
            raise inner.wrong("startup-checks", "a table of functions and their checks", checks)
        own = {
            name: inner.check(name, value, " or false") if value is not False else None
            for name, value in checks.items()
        }
        check = table.get("startup-check")
        return VerifySettings(None if check is None else inner.check("startup-check", check), own)

    def check(self, key: str, value: Any, alternative: str = "") -> str:
        if not isinstance(value, str) or not CHECK.fullmatch(value):
            found = f'"{value}"' if isinstance(value, str) else _kind(value)
            raise ConfigError(
                f'{self.path}:{self.line(key)}: "{key}" must be "package.module:function"{alternative}, not {found}'
            )
        return value

    @staticmethod
    def pairs(value: Any, key: str, here: str) -> dict[str, str]:
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise ConfigError(f'{here}: "{key}" must be a table of strings')
        return dict(value)

    def known(self, table: Mapping[str, Any], keys: Iterable[str], line: int = 0) -> None:
        for key in table:
            if key not in keys:
                place = f"{self.path}:{max(line, self.line(key))}"
                raise ConfigError(f'{place}: unknown key "{key}"{nearest(key.replace("_", "-"), keys)}')

    def strings(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.wrong(key, "a list of strings", value)
        return tuple(value)

    def boolean(self, table: Mapping[str, Any], key: str) -> bool:
        value = table.get(key, False)
        if not isinstance(value, bool):
            raise self.wrong(key, "true or false", value)
        return value

    def wrong(self, key: str, expected: str, value: Any) -> ConfigError:
        return ConfigError(f'{self.path}:{self.line(key)}: "{key}" must be {expected}, not {_kind(value)}')

    def dotted(self, key: str) -> str:
        return f"{self.section}.{key}" if self.section else key

    def headers(self, key: str) -> list[int]:
        """Lines of the ``[[section.key]]`` headers: tomli keeps no positions."""
        name = r"\s*\.\s*".join(re.escape(part) for part in self.dotted(key).split("."))
        header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]")
        return [number for number, line in enumerate(self.text.split("\n"), 1) if header.match(line)]

    def line(self, key: str) -> int:
        """The line of a key of this table, or of its header; the start of the section when it is not to be seen."""
        start = 1
        written = re.compile(rf"""\s*(?:\[+[\w\s.-]*\.?\s*)?["']?{re.escape(key)}["']?\s*(?:[.=]|\]+)""")
        inside = not self.section
        for number, line in enumerate(self.text.split("\n"), 1):
            if self.section and re.match(r"\s*\[", line):
                was, inside = inside, re.sub(r"[\s\[\]]", "", line).startswith(self.section)
                start = number if inside and not was else start
            if inside and written.match(line):
                return number
        return start


def validate(settings: Settings, known: Iterable[tuple[str, str]]) -> None:
    """Refuse selectors that select nothing: ``known`` are the (code, name) pairs of all rules.

    Raises :class:`ConfigError` that names the nearest right one.
    """
    rules = tuple(known)
    place = f"{settings.path}: " if settings.path else ""
    lists = {"select": settings.select or (), "ignore": settings.ignore}
    lists.update({f'per-file-ignores "{pattern}"': rest for pattern, rest in settings.per_file_ignores.items()})
    for where, selectors in lists.items():
        for selector in selectors:
            if not any(selector == name or (selector and code.startswith(selector)) for code, name in rules):
                words = [word for pair in rules for word in pair]
                raise ConfigError(f'{place}{where}: no rule "{selector}"{nearest(selector, words)}')


def rebase(pattern: str, directory: str) -> str:
    """A gitignore-style pattern written in ``directory`` as one that means the same at the root above it.

    ``directory`` is POSIX style and relative to the root (``.`` for the root itself).
    """
    if directory == ".":
        return pattern
    negated = pattern.startswith("!")
    body = pattern[1:] if negated else pattern
    # gitignore(5): a slash at the beginning or in the middle ties the pattern to the directory of its file.
    anchored = "/" in body.rstrip("/")
    plain = re.sub(r"([\\*?\[\]#! ])", r"\\\1", directory)
    return ("!" if negated else "") + f"/{plain}/" + (body.lstrip("/") if anchored else f"**/{body}")


def directory_of(settings: Settings, root: str | os.PathLike[str]) -> str:
    """The directory, relative to ``root``, that paths and patterns of the settings are relative to.

    It is the configuration file's; the root itself without one, or when it was given from outside the root.
    """
    if settings.path is None:
        return "."
    inside = os.path.relpath(os.path.dirname(settings.path), root).replace(os.sep, "/")
    return "." if inside == ".." or inside.startswith("../") else inside


def excluded(settings: Settings, root: str | os.PathLike[str]) -> tuple[str, ...]:
    """The patterns of ``exclude``, relative to ``root``."""
    return tuple(rebase(pattern, directory_of(settings, root)) for pattern in settings.exclude)


def file_ignores(settings: Settings, root: str | os.PathLike[str], path: str) -> tuple[str, ...]:
    """The selectors that ``per-file-ignores`` lists for ``path``, which is relative to ``root``.

    Patterns are relative to the configuration file, as those of a ``.gitignore`` are.
    """
    if not settings.per_file_ignores:
        return ()
    from pathspec import GitIgnoreSpec

    base = directory_of(settings, root)
    inside = os.path.relpath(path, base).replace(os.sep, "/")
    if inside.startswith("../"):
        return ()
    return tuple(
        selector
        for pattern, selectors in settings.per_file_ignores.items()
        if GitIgnoreSpec.from_lines([pattern]).match_file(inside)
        for selector in selectors
    )


def nearest(word: str, words: Iterable[str]) -> str:
    """What to add to the refusal of a word: the right one that is nearest to it, or all of them."""
    from difflib import get_close_matches

    near = get_close_matches(word, list(words), 1, 0.5) or get_close_matches(word.upper(), list(words), 1, 0.5)
    return f', did you mean "{near[0]}"?' if near else f" (there are: {', '.join(sorted(words))})"


def _kind(value: Any) -> str:
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "a table"}
    return "a list of other things" if isinstance(value, list) and value else names.get(type(value), "that")
