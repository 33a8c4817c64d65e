"""``RUN --mount`` and ``--device``: their options, and what the builder refuses in them.

https://docs.docker.com/reference/dockerfile/#run---mount
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Iterator

from vartask.patterns import regex
from vartask.syntax.go import quoted, suggestion

TYPES = frozenset({"bind", "cache", "secret", "ssh", "tmpfs"})
SHARING = frozenset({"locked", "private", "shared"})
KEYS = (
    *("type", "from", "source", "target", "readonly", "id", "sharing", "required", "size", "mode", "uid", "gid"),
    *("src", "dst", "destination", "ro", "rw", "readwrite", "env"),
)
BOOLEANS = frozenset({"1", "t", "T", "TRUE", "true", "True", "0", "f", "F", "FALSE", "false", "False"})
"""https://pkg.go.dev/strconv#ParseBool"""

_SIZE = regex(r"\d+(?:\.\d*)? ?(?:[kmgtpe]i?b?|b)?", re.IGNORECASE)
_NUMBERS = {"mode": regex(r"[0-7]+"), "uid": regex(r"\d+"), "gid": regex(r"\d+")}
_MOST = 2**32
_WITH_OWNER = frozenset({"cache", "secret", "ssh"})
_WITH_REQUIRED = frozenset({"secret", "ssh"})


class MountError(Exception):
    """The builder refuses the mount, in these words."""


Expand = Callable[[str], str]


def fields(value: str) -> list[str]:
    """The options, comma-separated values of one line.  Raises :class:`MountError`."""
    if not value:
        raise MountError("failed to parse csv mounts: EOF")
    try:
        rows = list(csv.reader([value], strict=True))
    except csv.Error as error:
        raise MountError(f"failed to parse csv mounts: {error}") from error
    return rows[0] if rows else []


def refused_when_read(value: str) -> str | None:
    """What is wrong with a mount before any variable is known; ``None`` when nothing is."""
    try:
        options = fields(value)
    except MountError as error:
        return str(error)
    for option in options:
        key, equals, text = option.partition("=")
        if equals and key.lower() == "from" and "$" in text[:-1]:
            return "'from' doesn't support variable expansion, define alias stage instead"
    return None


def refused(value: str, expand: Expand) -> str | None:
    """What is wrong with a mount once ``expand`` has put its variables in; ``None`` when nothing is."""
    try:
        _Check(expand).mount(fields(value))
    except MountError as error:
        return str(error)
    return None


class _Check:
    def __init__(self, expand: Expand) -> None:
        self.expand = expand
        self.kind = "bind"
        self.given: dict[str, str] = {}

    def mount(self, options: Iterable[str]) -> None:
        for option in options:
            key, equals, text = option.partition("=")
            if equals:
                self.pair(key.lower(), self.expand(text), option)
            else:
                self.alone(key.lower(), option)
        self.whole()

    def alone(self, key: str, option: str) -> None:
        if key in {"readonly", "ro", "readwrite", "rw"}:
            return
        if key != "required":
            raise MountError(f"invalid field '{option}' must be a key=value pair")
        self.only(key, _WITH_REQUIRED)

    def only(self, key: str, kinds: frozenset[str]) -> None:
        if self.kind not in kinds:
            raise MountError(f"unexpected key '{key}' for mount type '{self.kind}'")

    def pair(self, key: str, value: str, option: str) -> None:
        if key not in KEYS:
            raise MountError(f"unexpected key '{key}' in '{option}'{suggestion(key, KEYS)}")
        if key == "type":
            if value.lower() not in TYPES:
                raise MountError(f"unsupported mount type {quoted(value)}{suggestion(value, TYPES)}")
            self.kind = value.lower()
        elif key == "sharing" and value.lower() not in SHARING:
            raise MountError(f"unsupported sharing value {quoted(value)}{suggestion(value, SHARING)}")
        elif key == "required":
            self.only(key, _WITH_REQUIRED)
        elif key == "size":
            self.only(key, frozenset({"tmpfs"}))
        self.value(key, value)
        self.given[key] = value

    def value(self, key: str, value: str) -> None:
        if key in {"readonly", "ro", "readwrite", "rw", "required"} and value not in BOOLEANS:
            raise MountError(f"invalid value for {key}: {value}")
        if key == "size" and not _SIZE.fullmatch(value):
            raise MountError(f"invalid value for {key}: {value}")
        number = _NUMBERS.get(key)
        if number is not None and not (number.fullmatch(value) and int(value, 8 if key == "mode" else 10) < _MOST):
            raise MountError(f"invalid value {value} for {key}")

    def whole(self) -> None:
        if self.kind not in _WITH_OWNER:
            for key in ("mode", "uid", "gid"):
                if key in self.given:
                    raise MountError(f"{key} not allowed for {quoted(self.kind)} type mounts")
        if self.kind == "secret":
            self.secret()
        if self.given.get("sharing") and self.kind != "cache":
            raise MountError(f"invalid cache sharing set for {self.kind} mount")

    def secret(self) -> None:
        source = self.given.get("source") or self.given.get("src")
        target = next(filter(None, (self.given.get(key) for key in ("target", "dst", "destination"))), None)
        if self.given.get("from"):
            raise MountError("secret mount should not have a from")
        if self.given.get("sharing"):
            raise MountError("secret mount should not define sharing")
        if not (source or target or self.given.get("id")):
            raise MountError("invalid secret mount. one of source, target required")
        if source and self.given.get("id"):
            raise MountError("both source and id can't be set")


def device_refused(value: str) -> str | None:
    """What is wrong with a ``--device``; ``None`` when nothing is."""
    try:
        for problem in _device(fields(value)):
            return problem
    except MountError as error:
        return str(error).replace("csv mounts", "csv devices")
    return None


def _device(options: Iterable[str]) -> Iterator[str]:
    name = ""
    for option in options:
        key, equals, value = option.partition("=")
        key = key.lower()
        if key == "required":
            if equals and value not in BOOLEANS:
                yield f"invalid value for {key}: {value}"
        elif key == "name" and equals:
            if name:
                yield f"device name already set to {name}"
            name = value
        elif not name:
            name = option
        elif equals:
            yield f"unexpected key '{key}' in '{option}'{suggestion(key, ('name', 'required'))}"
        else:
            yield f"invalid field '{option}' must be a key=value pair"
