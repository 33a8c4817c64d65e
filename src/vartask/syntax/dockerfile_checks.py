"""What the builder refuses in one instruction, in its words and in the order in which it looks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from vartask.data.builder_words import unknown_flag
from vartask.data.builders import Dialect
from vartask.patterns import regex
from vartask.syntax.dockerfile_heredocs import HeredocError, heredoc_word
from vartask.syntax.dockerfile_mounts import BOOLEANS, device_refused, refused_when_read
from vartask.syntax.go import quoted, suggestion

STAGE_NAME = regex(r"^[a-z][a-z0-9-_.]*$", re.ASCII)
BOOLEAN_FLAGS = frozenset({"link", "parents", "keep-git-dir", "unpack"})
REPEATED_FLAGS = frozenset({"exclude", "mount", "device"})
NETWORKS = frozenset({"default", "none", "host"})
SECURITY = frozenset({"insecure", "sandbox"})
INTERVALS = ("interval", "timeout", "start-period", "start-interval")

_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = regex(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+")
_PART = regex(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_SHORTEST, _LONGEST = 1e-3, 2**63 / 1e9
_INTEGER = regex(r"[+-]?\d+")
_MOST_RETRIES = 2**31

Flags = Sequence[tuple[str, "str | None"]]


class Refused(Exception):
    """The builder refuses the instruction, in these words."""


class OptionError(Exception):
    """The builder refuses the ``# check=`` directive."""


def check_options(text: str) -> bool:
    """Whether ``# check=`` makes errors of what the builder's checks find.  Raises :class:`OptionError`.

    https://docs.docker.com/build/checks/
    """
    found: dict[str, str] = {}
    # What follows a blank is not read.
    text = text.partition(" ")[0]
    for part in text.split(";", 2) if text else ():
        key, equals, value = part.partition("=")
        key = key.strip()
        if not equals:
            raise OptionError(f"invalid check option {quoted(part)}")
        if key not in {"skip", "experimental", "error"}:
            raise OptionError(f"invalid check option {quoted(key)}")
        found[key] = value.strip()
        if key == "error" and found[key] not in BOOLEANS:
            problem = f"strconv.ParseBool: parsing {quoted(found[key])}: invalid syntax"
            raise OptionError(f"failed to parse check option {quoted(part)}: {problem}")
    return found.get("error", "0").lower() in {"1", "t", "true"} and found.get("skip") != "all"


class Check:
    """One instruction as it is written: its keyword, flags, arguments and the names that it sets."""

    def __init__(
        self, keyword: str, flags: Flags, words: Sequence[str], names: Sequence[str], builder: Dialect
    ) -> None:
        self.keyword = keyword
        self.flags = flags
        self.words = words
        self.names = names
        self.builder = builder
        self.exec_form = False

    def run(self, *, exec_form: bool) -> None:
        """Raises :class:`Refused`."""
        self.exec_form = exec_form
        check: Callable[[], None] = getattr(self, f"_{self.keyword.lower()}")
        check()

    def _value(self, name: str) -> str:
        return next((value or "" for key, value in reversed(self.flags) if key == name), "")

    def _at_least_one(self) -> None:
        if not self.words and not self.names:
            raise Refused(f"{self.keyword} requires at least one argument")

    def _exactly_one(self) -> None:
        if len(self.words) != 1:
            raise Refused(f"{self.keyword} requires exactly one argument")

    def _no_blank_names(self) -> None:
        if "" in self.names:
            raise Refused(f"{self.keyword} names can not be blank")

    # -- flags ------------------------------------------------------------------------------------

    def _flags(self) -> None:
        known = self.builder.flags(self.keyword)
        used: set[str] = set()
        for name, value in self.flags:
            if name not in known:
                message = unknown_flag(self.builder, self.keyword, name)
                raise Refused(message + suggestion(name, known) if self.builder.suggests else message)
            if name in used and name not in REPEATED_FLAGS:
                raise Refused(f"duplicate flag specified: --{name}")
            used.add(name)
            if name in BOOLEAN_FLAGS:
                self._boolean(name, value)
            elif value is None:
                raise Refused(f"missing a value on flag: --{name}")

    def _boolean(self, name: str, value: str | None) -> None:
        if value == "":
            raise Refused(f"missing a value on flag: --{name}")
        if value is not None and value.lower() not in {"true", "false"}:
            raise Refused(f"expecting boolean value for flag --{name}, not: {value}")

    # -- by keyword -------------------------------------------------------------------------------

    def _env(self) -> None:
        self._flags()
        self._at_least_one()
        self._no_blank_names()

    _label = _env

    def _arg(self) -> None:
        self._at_least_one()
        self._no_blank_names()

    def _maintainer(self) -> None:
        self._exactly_one()
        self._flags()

    _workdir = _user = _maintainer

    def _stopsignal(self) -> None:
        self._exactly_one()

    def _cmd(self) -> None:
        self._flags()

    _entrypoint = _cmd

    def _expose(self) -> None:
        self._at_least_one()
        self._flags()

    def _volume(self) -> None:
        self._expose()
        if not all(word.strip() for word in self.words):
            raise Refused("VOLUME specified can not be an empty string")

    def _copy(self) -> None:
        if len(self.words) < 2:  # noqa: PLR2004 - a source and a destination
            raise Refused(
                f"{self.keyword} requires at least two arguments, but only one was provided."
                " Destination could not be determined"
            )
        self._flags()
        try:
            is_heredoc = self.builder.heredocs and heredoc_word(self.words[-1]) is not None
        except HeredocError:
            is_heredoc = False
        if is_heredoc:
            raise Refused(f"{self.keyword} cannot accept a heredoc as a destination")

    _add = _copy

    def _from(self) -> None:
        words = self.words
        if len(words) != 1:
            if len(words) != 3 or words[1].lower() != "as":  # noqa: PLR2004 - image AS name
                raise Refused("FROM requires either one or three arguments")
            if not STAGE_NAME.match(words[2].lower()):
                raise Refused(
                    f"invalid name for build stage: {quoted(words[2])},"
                    " name can't start with a number or contain symbols"
                )
        self._flags()

    def _run(self) -> None:
        self._flags()
        for name, value in self.flags:
            problem = device_refused(value or "") if name == "device" else None
            if problem is not None:
                raise Refused(problem)
        for name, value in self.flags:
            problem = refused_when_read(value or "") if name == "mount" else None
            if problem is not None:
                raise Refused(problem)
        given = dict(self.flags)
        if given.get("network", "default") not in NETWORKS:
            raise Refused(f"invalid network mode {quoted(self._value('network'))}")
        if given.get("security", "sandbox") not in SECURITY:
            raise Refused(f"security {quoted(self._value('security'))} is not valid")

    def _shell(self) -> None:
        self._flags()
        self._at_least_one()
        if not self.exec_form:
            raise Refused("SHELL requires the arguments to be in JSON form")

    def _onbuild(self) -> None:
        self._at_least_one()
        self._flags()
        trigger = self.words[0].upper()
        if trigger == "ONBUILD":
            raise Refused("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed")
        if trigger in {"MAINTAINER", "FROM"}:
            raise Refused(f"{trigger} isn't allowed as an ONBUILD trigger")

    # -- HEALTHCHECK ------------------------------------------------------------------------------

    def _healthcheck(self) -> None:
        self._at_least_one()
        kind, command = self.words[0].upper(), self.words[1:]
        if kind == "NONE":
            if command:
                raise Refused("HEALTHCHECK NONE takes no arguments")
            return
        self._flags()
        if kind != "CMD":
            raise Refused(f"Unknown type {quoted(kind)} in HEALTHCHECK (try CMD)")
        if not command:
            raise Refused("Missing command after HEALTHCHECK CMD")
        for name in INTERVALS:
            self._interval(name, self._value(name))
        self._retries(self._value("retries"))

    def _interval(self, name: str, value: str) -> None:
        if value in {"", "0", "+0", "-0"}:
            return
        if not _DURATION.fullmatch(value):
            raise Refused(_bad_duration(value))
        seconds = sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(value))
        if seconds >= _LONGEST:
            raise Refused(f"time: invalid duration {quoted(value)}")
        if seconds and (seconds < _SHORTEST or value.startswith("-")):
            raise Refused(f"Interval {quoted(name)} cannot be less than 1ms")

    def _retries(self, value: str) -> None:
        if value and not _INTEGER.fullmatch(value):
            raise Refused(f"strconv.ParseInt: parsing {quoted(value)}: invalid syntax")
        if value and not -_MOST_RETRIES <= int(value) < _MOST_RETRIES:
            raise Refused(f"strconv.ParseInt: parsing {quoted(value)}: value out of range")
        if value and int(value) < 0:
            raise Refused(f"--retries cannot be negative ({int(value)})")


def _bad_duration(value: str) -> str:
    """What https://pkg.go.dev/time#ParseDuration says of it."""
    rest = value[1:] if value[:1] in {"+", "-"} else value
    while rest:
        number = re.match(r"\d*\.?\d*", rest)
        digits = number[0] if number else ""
        if digits in {"", "."}:
            break
        rest = rest[len(digits) :]
        unit = re.match(r"[^.\d]*", rest)
        name = unit[0] if unit else ""
        if not name:
            return f"time: missing unit in duration {quoted(value)}"
        if name not in _UNITS:
            return f"time: unknown unit {quoted(name)} in duration {quoted(value)}"
        rest = rest[len(name) :]
    return f"time: invalid duration {quoted(value)}"
