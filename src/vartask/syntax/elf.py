"""What an ELF file's headers say of the machine and the glibc that it was made for.

Sources: the System V ABI's "Object Files" and "Dynamic Linking", and "Symbol Versioning" of the Linux Standard Base
(``Elf64_Verneed``, ``Elf64_Vernaux``).  Only headers and the version table are read, however large the file is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

from vartask.patterns import regex
from vartask.records import dataclass

MACHINES = {62: "x86_64", 183: "arm64"}
"""``e_machine`` of the machines that Lambda has."""

_HEADER = 64
_PT_LOAD, _PT_DYNAMIC = 1, 2
_DT_STRTAB, _DT_VERNEED, _DT_VERNEEDNUM = 5, 0x6FFFFFFE, 0x6FFFFFFF
_MANY = 1000
_GLIBC = regex(rb"GLIBC_(\d+)\.(\d+)(?:\.\d+)?\Z")


@dataclass(frozen=True, slots=True)
class Needed:
    """A version of a library's symbols that the file needs: ``libc.so.6``, ``GLIBC_2.28``, ``(2, 28)``."""

    library: str
    symbol: str
    version: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Elf:
    """``bits`` is 32 or 64, ``machine`` the value of ``e_machine``.

    ``glibc`` is what is needed of the C library, in the file's order, ``None`` where that cannot be read.
    """

    bits: int
    machine: int
    glibc: tuple[Needed, ...] | None = None


def read_elf(stream: BinaryIO) -> Elf | None:
    """The headers of a file that is open for reading; ``None`` for what is no little-endian ELF file, or cut short."""
    header = stream.read(_HEADER)
    if not header.startswith(b"\x7fELF") or len(header) < _HEADER or header[5] != 1:
        return None
    bits = {1: 32, 2: 64}.get(header[4], 0)
    machine = int.from_bytes(header[18:20], "little")
    if bits != 64:  # noqa: PLR2004
        return Elf(bits, machine)
    try:
        return Elf(bits, machine, tuple(_needed(stream, header)))
    except (struct.error, ValueError, OverflowError):
        return Elf(bits, machine)


def _needed(stream: BinaryIO, header: bytes) -> Iterator[Needed]:
    offset, size, count = struct.unpack_from("<Q", header, 32)[0], *struct.unpack_from("<HH", header, 54)
    segments = [_segment(stream, offset + index * size) for index in range(min(count, _MANY))]
    tags = dict(_dynamic(stream, next((item for item in segments if item[0] == _PT_DYNAMIC), None)))
    if _DT_VERNEED not in tags:
        return
    loads = [item for item in segments if item[0] == _PT_LOAD]
    strings, place = _file_offset(loads, tags[_DT_STRTAB]), _file_offset(loads, tags[_DT_VERNEED])
    for _ in range(min(tags.get(_DT_VERNEEDNUM, 0), _MANY)):
        _, entries, library, inner, following = struct.unpack("<HHIII", _at(stream, place, 16))
        inner += place
        for _ in range(min(entries, _MANY)):
            _, _, _, name, after = struct.unpack("<IHHII", _at(stream, inner, 16))
            symbol = _string(stream, strings + name)
            found = _GLIBC.match(symbol)
            if found is not None:
                version = (int(found[1]), int(found[2]))
                yield Needed(_string(stream, strings + library).decode(), symbol.decode(), version)
            inner += after
        place += following


def _segment(stream: BinaryIO, offset: int) -> tuple[int, int, int, int]:
    """Type, file offset, virtual address and size in the file of one program header."""
    kind, _, at, address, _, size = struct.unpack("<IIQQQQ", _at(stream, offset, 40))
    return kind, at, address, size


def _dynamic(stream: BinaryIO, segment: tuple[int, int, int, int] | None) -> Iterator[tuple[int, int]]:
    for index in range(min(segment[3] // 16, _MANY) if segment is not None else 0):
        tag, value = struct.unpack("<QQ", _at(stream, segment[1] + index * 16, 16))  # type: ignore[index]
        if not tag:
            return
        yield tag, value


def _file_offset(loads: list[tuple[int, int, int, int]], address: int) -> int:
    for _, at, start, size in loads:
        if start <= address < start + size:
            return at + address - start
    raise ValueError(address)


def _at(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _string(stream: BinaryIO, offset: int) -> bytes:
    return _at(stream, offset, 256).partition(b"\0")[0]
