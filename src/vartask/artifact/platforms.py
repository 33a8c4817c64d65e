"""Platforms as ``--platform`` names them: ``linux/arm64``, ``linux/arm/v7``, ``amd64``.

The grammar and the names: https://pkg.go.dev/github.com/containerd/platforms.
"""

from __future__ import annotations

from vartask.patterns import regex

_SYSTEM = regex(r"([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?")
_COMPONENT = regex(r"[A-Za-z0-9_.-]+")
_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows"  # noqa: SIM905
    " zos".split()
)
_ARCHITECTURES = frozenset(
    "386 amd64 amd64p32 arm arm64 arm64be armbe loong64 mips mips64 mips64le mips64p32 mips64p32le mipsle ppc ppc64"  # noqa: SIM905
    " ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split()
)
_SPELLINGS = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_FIXED = {"i386": ("386", ""), "armhf": ("arm", "v7"), "armel": ("arm", "v6")}
_VARIANTS = {
    "amd64": {"v1": ""},
    "arm64": {"8": "", "v8": "", "v8.0": "", "9": "v9", "9.0": "v9", "v9.0": "v9"},
    "arm": {"": "v7", "5": "v5", "6": "v6", "7": "v7", "8": "v8"},
}
_MOST_PARTS = 3


class PlatformError(ValueError):
    """The text is no platform; the message is the builder's."""


def normalized(text: str) -> str:
    """``os/arch`` or ``os/arch/variant`` in the names that TARGETPLATFORM has; a system alone stays alone.

    An architecture alone is Linux's, where builders run.  Raises :class:`PlatformError`.
    """
    if "*" in text:
        raise PlatformError(f'"{text}": wildcards not yet supported: invalid argument')
    system, *others = text.split("/")
    match = _SYSTEM.fullmatch(system)
    if match is None:
        raise PlatformError(
            f'"{system}" is an invalid OS component of "{text}": OSAndVersion specifier component must match'
            r' "^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$": invalid argument'
        )
    for part in others:
        if not _COMPONENT.fullmatch(part):
            raise PlatformError(
                f'"{part}" is an invalid component of "{text}":'
                ' platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument'
            )
    if len(others) >= _MOST_PARTS:
        raise PlatformError(f'"{text}": cannot parse platform specifier: invalid argument')
    name = "darwin" if match[1].lower() == "macos" else match[1].lower()
    if others:
        return _joined(name, *_architecture(others[0], others[1] if others[1:] else ""))
    if name in _SYSTEMS:
        return name
    architecture, variant = _architecture(system, "")
    if architecture not in _ARCHITECTURES:
        raise PlatformError(f'"{text}": unknown operating system or architecture: invalid argument')
    return _joined("linux", architecture, variant)


def _joined(*parts: str) -> str:
    return "/".join(part for part in parts if part)


def _architecture(name: str, variant: str) -> tuple[str, str]:
    """One spelling for each, without a variant that is the default."""
    architecture = _SPELLINGS.get(name.lower(), name.lower())
    if architecture in _FIXED:
        return _FIXED[architecture]
    return architecture, _VARIANTS.get(architecture, {}).get(variant.lower(), variant.lower())
