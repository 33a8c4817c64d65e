"""``patterns`` of terraform-aws-modules/lambda: regular expressions of paths in the package, ``!`` leaves out.

Every pattern that matches the whole path decides, the last one finally; what none matches goes in.  A directory is a
path with a slash at its end, and is only an entry of its own: what becomes of the files in it, their own paths decide
(``ZipContentFilter`` of the module's ``package.py``).
"""

from __future__ import annotations

import re

from vartask.artifact.filters import Decide, Unsure
from vartask.patterns import regex

MAX_LENGTH = 1000
"""Characters of a pattern: nobody writes longer ones."""

_NESTED = regex(r"\((?:[^()\\]|\\.)*[*+](?:[^()\\]|\\.)*\)[*+{]")
"""A repetition of a repetition may take for ever to fail."""


def compiled(patterns: tuple[str, ...]) -> list[tuple[bool, re.Pattern[str]]]:
    """Whether each pattern leaves out, and its expression.  Raises :class:`Unsure`."""
    rules: list[tuple[bool, re.Pattern[str]]] = []
    for pattern in patterns:
        text = pattern.removeprefix("!")
        if len(text) > MAX_LENGTH or _NESTED.search(text):
            raise Unsure(f"the pattern `{text[:40]}` is too costly to try")
        try:
            rules.append((pattern.startswith("!"), re.compile(text)))
        except (re.error, OverflowError, RecursionError) as error:
            raise Unsure(f"`{text}` is not a regular expression: {error}") from error
    return rules


def matcher(patterns: tuple[str, ...]) -> Decide:
    """The pattern with the last word, if it leaves the path out.  Raises :class:`Unsure`."""
    rules = compiled(patterns)

    def decide(path: str, directory: bool) -> int | None:
        if directory:
            return None
        last = next((at for at in reversed(range(len(rules))) if rules[at][1].fullmatch(path)), None)
        return last if last is not None and rules[last][0] else None

    return decide
