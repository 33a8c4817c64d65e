"""Small readings of instructions that both evaluating and carrying out a stage need."""

from __future__ import annotations

import posixpath

from vartask.syntax.dockerfile import Instruction

PLATFORM_ARGS = ("PLATFORM", "OS", "ARCH", "VARIANT")
PROXY_ARGS = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
"""https://docs.docker.com/reference/dockerfile/#predefined-args"""


def platform_args(platform: str | None) -> dict[str, str | None]:
    """TARGETPLATFORM and its like; the build machine's own values are never known."""
    args: dict[str, str | None] = {f"BUILD{name}": None for name in PLATFORM_ARGS}
    parts = platform.split("/") if platform else []
    # A system alone leaves the architecture to the builder's machine.
    values = [platform, *parts, *[""] * 3] if len(parts) > 1 else [None] * 4
    args.update({f"TARGET{name}": value for name, value in zip(PLATFORM_ARGS, values, strict=False)})
    return args


def join_workdir(workdir: str | None, path: str | None) -> str | None:
    """``path`` seen from ``workdir``; ``None`` when that cannot be known."""
    if path is None or (workdir is None and not path.startswith("/")):
        return None
    return posixpath.normpath("/" + posixpath.join(workdir or "/", path).lstrip("/"))


def command_words(instruction: Instruction, shell: tuple[str, ...]) -> tuple[str, ...] | None:
    """CMD or ENTRYPOINT as the image's configuration keeps it; an empty one resets it."""
    if instruction.exec_form:
        return instruction.words or None
    return (*shell, instruction.value) if instruction.value else None


def mount_options(value: str) -> dict[str, str]:
    """``type=bind,source=x,target=/y,rw`` by name; an option without a value maps to ``""``."""
    options = (part.partition("=") for part in value.split(","))
    return {name.strip().lower(): text for name, _, text in options}
