"""What each image builder says when it refuses a build."""

from __future__ import annotations

import json

from vartask.data.builders import Dialect

BUILDAH_FLAGS = {
    "ADD": "ADD only supports the --chmod=<permissions> and the --chown=<uid:gid> flag",
    "COPY": "COPY only supports the --chmod=<permissions> --chown=<uid:gid> and the --from=<image|stage> flags",
}


def unknown_flag(builder: Dialect, keyword: str, name: str) -> str:
    """For a flag that the builder does not know."""
    if builder.kind == "buildah":
        return BUILDAH_FLAGS.get(keyword, f"{keyword} does not support the --{name} flag")
    if builder.kind == "classic" or builder.frontend < 3:  # noqa: PLR2004 - frontend 1.3
        return f"Unknown flag: {name}"
    return f"unknown flag: --{name}"


def unknown_instruction(builder: Dialect, written: str) -> str:
    """For a keyword that there is not; older parsers show it in capitals."""
    newer = builder.kind == "buildkit" and builder.frontend >= 3  # noqa: PLR2004 - frontend 1.3
    return f"unknown instruction: {written if newer else written.upper()}"


def in_line(builder: Dialect, line: int, message: str) -> str:
    """What the builder's parser says about a line."""
    if builder.kind == "buildah":
        return message
    on = "on " if builder.kind == "buildkit" and builder.frontend >= 3 else ""  # noqa: PLR2004 - frontend 1.3
    return f"dockerfile parse error {on}line {line}: {message}"


def needs_buildkit(flag: str) -> str:
    """For a flag that the classic builder can read but not carry out."""
    return (
        f"the --{flag} option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build"
        " images with BuildKit enabled"
    )


def unknown_modifier(builder: Dialect, char: str, word: str) -> str:
    """For a character after a variable's name, as in ``${x^}``."""
    if builder.kind == "buildah":
        return f"Missing ':' in substitution: {word}"
    if "-" not in builder.modifiers:
        return "missing ':' in substitution"
    return f"unsupported modifier ({char}) in substitution"


def bad_mode(builder: Dialect, text: str) -> str:
    """For a ``--chmod`` that is no mode."""
    if builder.kind == "buildah":
        return f"Error parsing chmod {text}"
    return f"invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777"


def source_missing(builder: Dialect, keyword: str, word: str, path: str) -> str:
    """For a source that is not there: ``word`` as it is written, ``path`` below the builder's root."""
    if builder.kind == "classic":
        reason = "file not found in build context or excluded by .dockerignore"
        return f"{keyword} failed: {reason}: stat {word.removeprefix('./').lstrip('/')}: file does not exist"
    if builder.kind == "buildah":
        return f'checking on sources under "context": copier: stat: "{path}": no such file or directory'
    if builder.buildkit < 10:  # noqa: PLR2004 - BuildKit 0.10
        return f'failed to compute cache key: "{path}" not found: not found'
    return f'failed to calculate checksum of ref: "{path}": not found'


def nothing_matched(builder: Dialect, keyword: str, pattern: str, ignored: int) -> str:
    """For patterns that match nothing; ``ignored`` is how many files the ignore file hides from them."""
    if builder.kind == "classic":
        return f"{keyword} failed: no source files were specified"
    if ignored:
        reason = f"({ignored} filtered out using .dockerignore)"
        return f'no items matching glob "{pattern}" copied {reason}: no such file or directory'
    place = '"context": Rel: can\'t make relative to "context"; copier: stat'
    return f'checking on sources under {place}: ["{pattern}"]: no such file or directory'


def match_is_no_file(path: str) -> str:
    """For a matched name that buildah takes for a pattern once more."""
    return f'reading "context": copier: get: globs [{path}] matched nothing (0 filtered out): no such file or directory'


def run_failed(builder: Dialect, process: str, code: int) -> str:
    """For a RUN that ends with an exit code other than 0."""
    if builder.kind == "classic":
        return f"The command '{process}' returned a non-zero code: {code}"
    if builder.kind == "buildkit" and builder.buildkit < 9:  # noqa: PLR2004 - BuildKit 0.9
        return f"executor failed running [{process}]: exit code: {code}"
    shown = json.dumps(process, ensure_ascii=False)
    return f"process {shown} did not complete successfully: exit code: {code}"
