"""The words of one Dockerfile instruction, before any variable is expanded.

Follows BuildKit's ``frontend/dockerfile/parser/line_parsers.go`` and ``split_command.go``.  Quotes and escapes stay
in the words: they are removed by expansion, which also needs to see them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

BLANKS = " \t\n\v\f\r"


class WordError(Exception):
    """The words do not have the form that the instruction needs."""


def shell_words(text: str, escape: str) -> tuple[str, ...]:
    """Words apart from blanks outside quotes, quotes and escapes kept."""
    return tuple(_words(text, escape))


def _words(text: str, escape: str) -> Iterator[str]:
    word, quote, index = "", "", 0
    while index < len(text):
        char = text[index]
        if char == escape and quote != "'" and index + 1 < len(text):
            word += text[index : index + 2]
            index += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in BLANKS:
            if word:
                yield word
            word = ""
            index += 1
            continue
        word += char
        index += 1
    if word:
        yield word


def split_flags(text: str, escape: str) -> tuple[tuple[tuple[str, str | None], ...], str]:
    """The flags before the first other word as ``(name, value)``, and the rest of the line."""
    flags = []
    rest = text.lstrip(BLANKS)
    while rest.startswith("--"):
        word = next(_words(rest, escape))
        rest = rest[len(word) :].lstrip(BLANKS)
        if word == "--":
            break
        name, equals, value = word[2:].partition("=")
        flags.append((name, _unquote(value, escape) if equals else None))
    return tuple(flags), rest


def _unquote(text: str, escape: str) -> str:
    """BuildKit's flag reader drops quotes and takes an escaped character as it is."""
    out, quote, index = "", "", 0
    while index < len(text):
        char = text[index]
        if char == escape and index + 1 < len(text) and quote != "'":
            out += text[index + 1] if text[index + 1] in "'\"\\" + BLANKS else text[index : index + 2]
            index += 2
            continue
        if quote:
            if char == quote:
                quote = ""
            else:
                out += char
        elif char in "'\"":
            quote = char
        else:
            out += char
        index += 1
    return out


def json_words(text: str, *, with_rest: bool = False) -> tuple[str, ...] | None:
    """The words of the JSON (exec) form; ``None`` when the text is not a JSON array, which makes it shell form.

    ``with_rest``: what follows the array is dropped.  Raises :class:`WordError` for an array that holds anything but
    strings.
    """
    stripped = text.strip()
    if not stripped.startswith("["):
        return None
    try:
        value = json.JSONDecoder().raw_decode(stripped)[0] if with_rest else json.loads(stripped)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        return None
    if not all(isinstance(item, str) for item in value):
        raise WordError(
            "when using JSON array syntax, arrays must be comprised of strings only: put every item in double quotes"
        )
    return tuple(value)


def pairs(text: str, escape: str, keyword: str) -> tuple[tuple[str, str | None], ...]:
    """``name=value`` words of ENV and LABEL; the old form ``name value with blanks`` is one pair.

    Raises :class:`WordError`.
    """
    words = shell_words(text, escape)
    if not words:
        raise WordError(f"{keyword} requires at least one argument: write {keyword} name=value")
    if "=" not in words[0]:
        name, *rest = text.strip().split(None, 1)
        if not rest:
            raise WordError(f"{keyword} must have two arguments: write {keyword} {name}=value")
        return ((name, rest[0]),)
    for word in words:
        if "=" not in word:
            raise WordError(f"can't find = in {word!r}. Must be of the form: name=value")
    return tuple((name, value) for name, _, value in (word.partition("=") for word in words))


def names_or_pairs(text: str, escape: str) -> tuple[tuple[str, str | None], ...]:
    """``name`` and ``name=value`` words of ARG.  Raises :class:`WordError`."""
    found: list[tuple[str, str | None]] = []
    for word in shell_words(text, escape):
        name, equals, value = word.partition("=")
        if not name:
            raise WordError(f"ARG names can not be blank: {word!r}")
        found.append((name, value if equals else None))
    if not found:
        raise WordError("ARG requires at least one argument: write ARG name or ARG name=default")
    return tuple(found)
