"""Small readings of instructions that both evaluating and carrying out a stage need."""

from __future__ import annotations

import json
import posixpath

from vartask.syntax.dockerfile import Instruction

PLATFORM_ARGS = ("PLATFORM", "OS", "ARCH", "VARIANT")
PROXY_ARGS = ("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY")
"""https://docs.docker.com/reference/dockerfile/#predefined-args"""


def platform_args(platform: str | None) -> dict[str, str | None]:
    """TARGETPLATFORM and its like; the build machine's own values are never known."""
    args: dict[str, str | None] = {f"BUILD{name}": None for name in PLATFORM_ARGS}
    parts = platform.split("/") if platform else []
    values = [platform, *parts, *[""] * 3] if platform else [None] * 4
    args.update({f"TARGET{name}": value for name, value in zip(PLATFORM_ARGS, values, strict=False)})
    return args


def quoted(word: str) -> str:
    """The word as builders show it."""
    return json.dumps(word, ensure_ascii=False)


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


def stage_references(instruction: Instruction) -> list[str]:
    """The names that ``COPY --from`` or ``RUN --mount=from=`` give."""
    if instruction.keyword == "COPY":
        name = instruction.flag("from")
        return [name] if name else []
    if instruction.keyword != "RUN":
        return []
    mounts = [mount_options(value) for value in instruction.flag_values("mount")]
    return [options["from"] for options in mounts if options.get("from")]


def mount_options(value: str) -> dict[str, str]:
    """``type=bind,source=x,target=/y,rw`` by name; an option without a value maps to ``""``."""
    options = (part.partition("=") for part in value.split(","))
    return {name.strip().lower(): text for name, _, text in options}
