"""Which rules are wanted, and which findings a comment allows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from vartask.model.finding import Finding
from vartask.patterns import regex

_ALLOW = r"vartask:\s*allow\[(?P<which>[^\]\n]*)\]"
_AT_END = regex(rf"(?:#|//)\s*{_ALLOW}")
_ALONE = regex(rf"\s*(?:#|//)\s*{_ALLOW}")
# As flake8 reads it (flake8.defaults.NOQA_INLINE_REGEX), and rule names beside codes.
_NOQA = regex(r"#\s*noqa(?!\w)(?::\s?(?P<which>[A-Z][A-Z0-9-]*(?:[,\s]+[A-Z][A-Z0-9-]*)*))?", re.IGNORECASE)


def matches(selector: str, code: str, name: str) -> bool:
    """Whether a selector (a rule's name, its code, or the beginning of codes) means this rule."""
    return selector == name or (selector != "" and code.startswith(selector))


def selected(code: str, name: str, select: Iterable[str] | None, ignore: Iterable[str]) -> bool:
    """Whether a rule is to run: the more exact selector decides, and of two alike ``ignore`` does.

    ``select`` is ``None`` for every rule.  So ``select = ["VT101"]`` with ``ignore = ["VT1"]`` runs VT101.
    """
    wanted = 0 if select is None else _exactness(code, name, select)
    return wanted is not None and wanted > (_exactness(code, name, ignore) or -1)


def _exactness(code: str, name: str, selectors: Iterable[str]) -> int | None:
    """The length of the longest code prefix that means the rule (a name is as exact as the code); ``None``: none."""
    lengths = [min(len(one), len(code)) for one in selectors if matches(one, code, name)]
    return max(lengths, default=None)


def allowed(line: str, previous: str, code: str, name: str) -> bool:
    """Whether ``# vartask: allow[...]`` at the end of ``line``, or alone on the line above, names the rule.

    Dockerfiles have no comments at a line's end, so there it can only stand above.  ``//`` is HCL's other mark.
    """
    comments = (_AT_END.search(line), _ALONE.match(previous))
    return any(_names(comment["which"], code, name) for comment in comments if comment)


def silenced(line: str, code: str, name: str) -> bool:
    """Whether flake8's ``# noqa`` or ``# noqa: VT101,VT2`` on a line of Python means the rule."""
    comment = _NOQA.search(line)
    return comment is not None and (comment["which"] is None or _names(comment["which"], code, name))


def suppressed(finding: Finding, lines: Sequence[str]) -> bool:
    """Whether a comment in the finding's file, given as its lines, allows the finding."""
    number = finding.span.line
    if not 1 <= number <= len(lines):
        return False
    line, previous = lines[number - 1], lines[number - 2] if number > 1 else ""
    if finding.span.path.endswith((".py", ".pyi")) and silenced(line, finding.code, finding.name):
        return True
    return allowed(line, previous, finding.code, finding.name)


def _names(which: str, code: str, name: str) -> bool:
    words = re.split(r"[,\s]+", which)
    return any(matches(word.upper(), code, name) or word.lower() == name for word in words)
