"""Names of images as a registry's clients read them.

The grammar: https://pkg.go.dev/github.com/distribution/reference (its package comment is the EBNF).
"""

from __future__ import annotations

import re

from vartask.patterns import regex

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = rf"(?:{_HOST}(?:\.{_HOST})*|\[(?:[a-fA-F0-9:]+)\])(?::[0-9]+)?"
_NAME = rf"(?:{_DOMAIN}/)?{_PART}(?:/{_PART})*"
_DIGEST = r"[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}"
_REFERENCE = regex(rf"(?P<name>{_NAME})(?::(?P<tag>[\w][\w.-]{{0,127}}))?(?:@(?P<digest>{_DIGEST}))?", re.ASCII)
_IDENTIFIER = regex(r"[a-f0-9]{64}")
_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_MAX_NAME = 255


class ReferenceError(ValueError):  # noqa: A001 - the term of the field; the built-in of that name is about weak references
    """The text does not name an image; the message is the client's."""


def normalized(text: str) -> str:
    """The whole name: ``python:3.12`` is ``docker.io/library/python:3.12``; no tag means ``latest``.

    Raises :class:`ReferenceError`.
    """
    if _IDENTIFIER.fullmatch(text):
        raise ReferenceError(f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings")
    domain, path = _split_domain(text)
    repository = path.partition(":")[0]
    if repository.lower() != repository:
        raise ReferenceError(f"invalid reference format: repository name ({repository}) must be lowercase")
    match = _REFERENCE.fullmatch(f"{domain}/{path}")
    if match is None:
        raise ReferenceError("invalid reference format")
    if len(match["name"].removeprefix(domain + "/")) > _MAX_NAME:
        raise ReferenceError(f"repository name must not be more than {_MAX_NAME} characters")
    if match["digest"] is not None:
        _check_digest(match["digest"])
    return match[0] if match["tag"] or match["digest"] else f"{match[0]}:latest"


def familiar(text: str) -> str:
    """The short name: without Docker Hub's own prefixes and without ``:latest``.  Raises :class:`ReferenceError`."""
    name = normalized(text).removeprefix("docker.io/")
    first, slash, rest = name.partition("/")
    if slash and first == "library" and "/" not in rest:
        name = rest
    return name.removesuffix(":latest")


def _split_domain(text: str) -> tuple[str, str]:
    first, slash, rest = text.partition("/")
    is_domain = bool(slash) and ("." in first or ":" in first or first == "localhost" or first.lower() != first)
    domain, path = (first, rest) if is_domain else ("docker.io", text)
    if domain == "index.docker.io":
        domain = "docker.io"
    if domain == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return domain, path


def _check_digest(digest: str) -> None:
    """https://github.com/opencontainers/image-spec/blob/main/descriptor.md#registered-algorithms."""
    algorithm, _, value = digest.partition(":")
    if algorithm not in _LENGTHS:
        raise ReferenceError("unsupported digest algorithm")
    if value.lower() != value:
        raise ReferenceError("invalid checksum digest format")
    if len(value) != _LENGTHS[algorithm]:
        raise ReferenceError("invalid checksum digest length")
