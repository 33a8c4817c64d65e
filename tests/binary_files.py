"""Extension modules in every condition: made from one of the standard library's own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pythons

NAME = "_random"
"""A module that every CPython build has as a shared object."""

_FIND = "import json, _random; print(json.dumps(_random.__file__))"


@cache
def intact(version: str) -> bytes:
    """The extension module of one CPython."""
    return Path(str(pythons.ask(version, _FIND, None))).read_bytes()


def for_arm(data: bytes) -> bytes:
    """The same for the other processor (``e_machine`` 183)."""
    return data[:18] + (183).to_bytes(2, "little") + data[20:]


def for_32_bit(data: bytes) -> bytes:
    """``ELFCLASS32``."""
    return data[:4] + b"\x01" + data[5:]


def for_newer_glibc(data: bytes) -> bytes:
    """One that needs ``GLIBC_2.99``: the name of a version and its hash are replaced."""
    old, new = b"\0GLIBC_2.2.5\0", b"\0GLIBC_2.99\0\0"
    assert data.count(old) == 1
    changed = data.replace(old, new)
    assert changed.count(_hash(b"GLIBC_2.2.5")) == data.count(_hash(b"GLIBC_2.2.5")) >= 1
    return changed.replace(_hash(b"GLIBC_2.2.5"), _hash(b"GLIBC_2.99"))


def _hash(name: bytes) -> bytes:
    """The System V ABI's hash of a name, as ``vna_hash`` has it."""
    value = 0
    for byte in name:
        value = (value << 4) + byte
        high = value & 0xF0000000
        value = (value ^ (high >> 24)) & ~high
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


MACH_O = b"\xcf\xfa\xed\xfe" + bytes(400)
"""What macOS's files begin with."""
