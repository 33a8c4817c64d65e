"""The words of one Dockerfile instruction, before any variable is expanded.

Follows BuildKit's ``frontend/dockerfile/parser/line_parsers.go`` and ``split_command.go``.  Quotes and escapes stay
in the words: they are removed by expansion, which also needs to see them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from vartask.syntax.go import quoted


class WordError(Exception):
    """The words do not have the form that the instruction needs."""


def shell_words(text: str, escape: str) -> tuple[str, ...]:
    """Words apart from blanks outside quotes, quotes and escapes kept."""
    return tuple(_words(text, escape))


def _words(text: str, escape: str) -> Iterator[str]:
    word, quote, index = "", "", 0
    while index < len(text):
        char = text[index]
        if char == escape and quote != "'":
            # One at the very end is dropped.
            word += text[index : index + 2] if index + 1 < len(text) else ""
            index += 2
            continue
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char.isspace():
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
    rest = text.lstrip()
    while rest.startswith("--"):
        word, length = _flag(rest, escape)
        rest = rest[length:].lstrip()
        if word == "--":
            break
        name, equals, value = word[2:].partition("=")
        flags.append((name, value if equals else None))
    return tuple(flags), rest.strip()


def _flag(text: str, escape: str) -> tuple[str, int]:
    """The first word without quotes and escapes, and how much of the text it takes."""
    out, quote, index = "", "", 0
    while index < len(text):
        char = text[index]
        index += 1
        if quote and char == quote:
            quote = ""
        elif not quote and char.isspace():
            return out, index - 1
        elif not quote and char in "'\"":
            quote = char
        elif char == escape:
            out += text[index : index + 1]
            index += 1
        else:
            out += char
    return out, len(text)


def split_blanks(text: str) -> tuple[str, ...]:
    """Words apart from blanks: quotes do not hold them together."""
    return tuple(re.split(r"[\t\v\f\r ]+", text)) if text else ()


def json_words(text: str, *, with_rest: bool = False) -> tuple[str, ...] | None:
    """The words of the JSON (exec) form; ``None`` when the text is not a JSON array, which makes it shell form.

    ``with_rest``: what follows the array is dropped.  Raises :class:`WordError` for an array that holds anything but
    strings.
    """
    stripped = text.strip()
    if not stripped.startswith("["):
        return None
    decoder = json.JSONDecoder(parse_constant=_no_constant)
    try:
        value = decoder.raw_decode(stripped)[0] if with_rest else decoder.decode(stripped)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list):
        return None
    if not all(isinstance(item, str) for item in value):
        raise WordError("when using JSON array syntax, arrays must be comprised of strings only")
    return tuple(value)


def _no_constant(name: str) -> None:
    """NaN and Infinity are Python's own: RFC 8259 has none."""
    raise ValueError(name)


def pairs(text: str, escape: str, keyword: str) -> tuple[tuple[str, str | None], ...]:
    """``name=value`` words of ENV and LABEL; the old form ``name value with blanks`` is one pair.

    Raises :class:`WordError`.
    """
    words = shell_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        parts = re.split(r"[\t\v\f\r ]+", text, maxsplit=1)
        if len(parts) == 1:
            raise WordError(f"{keyword} must have two arguments")
        return ((parts[0], parts[1]),)
    for word in words:
        if "=" not in word:
            raise WordError(f"Syntax error - can't find = in {quoted(word)}. Must be of the form: name=value")
    return tuple((name, value) for name, _, value in (word.partition("=") for word in words))


def names_or_pairs(text: str, escape: str) -> tuple[tuple[str, str | None], ...]:
    """``name`` and ``name=value`` words of ARG."""
    parts = (word.partition("=") for word in shell_words(text, escape))
    return tuple((name, value if equals else None) for name, equals, value in parts)
