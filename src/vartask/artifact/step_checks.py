"""What BuildKit refuses in an instruction once its variables are put in, before it builds anything.

A word that is not known passes: only what certainly fails is told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from vartask.artifact.expand import UnknownValue
from vartask.artifact.modes import is_octal, is_symbolic
from vartask.artifact.stage_words import join_workdir, mount_options
from vartask.patterns import regex
from vartask.syntax import dockerfile_mounts
from vartask.syntax.go import quoted

SIGNALS = frozenset(
    "ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP"  # noqa: SIM905
    " TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX".split()
) | {*(f"RTMIN+{number}" for number in range(1, 16)), *(f"RTMAX-{number}" for number in range(1, 15))}
"""signal(7), as Docker names them."""

_INTEGER = regex(r"[+-]?[0-9]+")
_PROTOCOLS = frozenset({"tcp", "udp", "sctp"})
_MOST_PORTS = 65535
_LAST_INT, _LAST_ID = 2**63, 2**31
_GIT = regex(r"(?:git|ssh)://|[\w-]+@[\w.-]+:|https?://[^?#]*\.git(?:[?#]|$)", re.ASCII)
_HTTP = regex(r"https?://")
_DIGESTS = {"sha256": 64, "sha384": 96, "sha512": 128}

Words = Sequence["str | None"]


class Refused(Exception):
    """The builder refuses the instruction, in these words."""


def check_stop_signal(word: str | None) -> None:
    """Raises :class:`Refused` for a word that names no signal."""
    if word is None:
        return
    is_number = _INTEGER.fullmatch(word) is not None and -_LAST_INT <= int(word) < _LAST_INT
    known = int(word) != 0 if is_number else word.upper().removeprefix("SIG") in SIGNALS
    if not known:
        raise Refused(f"invalid signal: {word}")


def check_volumes(words: Words) -> None:
    """Raises :class:`Refused` for a volume without a name."""
    if "" in words:
        raise Refused("VOLUME specified can not be an empty string")


def check_owner(text: str | None) -> None:
    """Raises :class:`Refused` for a name where there is no file system that could know it."""
    if text is None or all(_is_id(name) for name in text.split(":", 1)):
        return
    raise Refused("invalid user index: -1")


def _is_id(name: str) -> bool:
    return name in {"", "root"} or (_INTEGER.fullmatch(name) is not None and -_LAST_ID <= int(name) < _LAST_ID)


# -- EXPOSE ---------------------------------------------------------------------------------------


def check_ports(words: Iterable[str]) -> None:
    """Raises :class:`Refused` for the first word that is no port."""
    for word in words:
        _check_port(word)


def _check_port(word: str) -> None:
    *others, container = word.split(":")
    host = others.pop() if others else ""
    address = ":".join(others)
    port, _, protocol = container.partition("/")
    if not port:
        raise Refused(f"invalid port: {quoted(word)}: no port specified")
    if protocol and protocol.lower() not in _PROTOCOLS:
        raise Refused(f"invalid port: {quoted(word)}: invalid proto: {protocol}")
    if address and _address(address) is None:
        raise Refused(f"invalid IP address: {address.removeprefix('[').removesuffix(']')}")
    ports = _range(port)
    if ports is None:
        raise Refused(f"invalid containerPort: {port}")
    if not host:
        return
    hosts = _range(host)
    if hosts is None:
        raise Refused(f"invalid hostPort: {host}")
    if ports[1] - ports[0] not in {hosts[1] - hosts[0], 0}:
        raise Refused(f"invalid ranges specified for container and host Ports: {port} and {host}")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None


def _range(text: str) -> tuple[int, int] | None:
    start, dash, end = text.partition("-")
    first = _number(start)
    last = _number(end) if dash and end != start else first
    return (first, last) if first is not None and last is not None and first <= last else None


def _number(text: str) -> int | None:
    return int(text) if _INTEGER.fullmatch(text) and 0 <= int(text) <= _MOST_PORTS else None


# -- RUN ------------------------------------------------------------------------------------------


def check_mount(value: str, expand: Callable[[str], str], workdir: str | None) -> None:
    """Raises :class:`Refused` for a mount that cannot be made, and whatever ``expand`` raises but a doubt."""
    try:
        problem = dockerfile_mounts.refused(value, expand)
        if problem is not None:
            raise Refused(problem)
        options = {key: expand(text) for key, text in mount_options(value).items()}
    except UnknownValue:
        return
    if options.get("type", "bind") in {"secret", "ssh"} or workdir is None:
        return
    target = next((options[key] for key in ("target", "dst", "destination") if key in options), "")
    if join_workdir(workdir, target) == "/":
        raise Refused('invalid mount target "/"')


# -- COPY and ADD ---------------------------------------------------------------------------------


def check_chmod(text: str | None) -> None:
    """Raises :class:`Refused` for what is neither a mode in digits nor one such as ``u=rwX,go-w``."""
    if not text or is_octal(text) or is_symbolic(text):
        return
    if (re.fullmatch(r"[0-7]+", text) and int(text, 8) < 2**32) or _is_bad_number(text):
        raise Refused(f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777")
    raise Refused("invalid syntax")


def _is_bad_number(text: str) -> bool:
    """Whether the text starts like a number and cannot be read as an octal one of 16 bits."""
    return text[0].isdigit() and not (re.fullmatch(r"[0-7]+", text) and int(text, 8) < 2**15)


def check_checksum(keyword: str, checksum: str | None, sources: Words) -> None:
    """Raises :class:`Refused` for a checksum that is of nothing that is fetched."""
    if not checksum:
        return
    if keyword != "ADD":
        raise Refused("checksum can't be specified for COPY")
    if len(sources) != 1:
        raise Refused("checksum can't be specified for multiple sources")
    source = sources[0]
    if source is None:
        return
    if not is_git(source) and not _HTTP.match(source):
        raise Refused("checksum requires HTTP(S) or Git sources")
    if not is_git(source):
        _check_digest(checksum)


def _check_digest(text: str) -> None:
    algorithm, colon, value = text.partition(":")
    if not colon or not re.fullmatch(r"[a-z0-9]+(?:[.+_-][a-z0-9]+)*", algorithm) or not value:
        raise Refused("invalid checksum digest format")
    if algorithm not in _DIGESTS:
        raise Refused("unsupported digest algorithm")
    if len(value) != _DIGESTS[algorithm]:
        raise Refused("invalid checksum digest length")
    if not re.fullmatch(r"[0-9a-f]+", value):
        raise Refused("invalid checksum digest format")


def check_sources(keyword: str, sources: Words) -> None:
    """Raises :class:`Refused` for what only ADD can fetch."""
    for source in sources:
        if source is None or keyword != "COPY":
            continue
        if is_git(source):
            raise Refused("source can't be a git ref for COPY")
        if _HTTP.match(source):
            raise Refused("source can't be a URL for COPY")


def is_git(source: str) -> bool:
    """Whether a source is a git repository (https://docs.docker.com/reference/dockerfile/#add)."""
    return _GIT.match(source) is not None
