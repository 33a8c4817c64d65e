"""What a script is, before it is followed, and what following it shows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from vartask.artifact.shell_state import Zipped
from vartask.model import Span, Text
from vartask.patterns import regex
from vartask.records import dataclass, field

MOUNT = "/repository"
"""Where the repository stands while a script is followed."""

_EXPRESSION = regex(r"\$\{_(?:ci|make|just|task)_[^{}]*\}")
_EXPANSION = regex(r"\$\{([A-Za-z_]\w*)[^{}]*\}|\$([A-Za-z_]\w*)|\$\([^()]*\)|`[^`]*`|\$[\d@*#?]")


def unknown(kind: str, expression: str) -> str:
    """A shell variable that stands for an expression that only the tool ``kind`` (``ci``, ``make``) could settle."""
    return f"${{_{kind}_{re.sub(r'[^A-Za-z0-9_]+', '_', expression)}}}"


def settled(text: str | None) -> str | None:
    """A text of a command; ``None`` for one that still holds an expression, quoted so that no shell would expand it."""
    return None if text is None or _EXPRESSION.search(text) else text


def known_part(raw: str, variables: Mapping[str, str | None]) -> str:
    """A word as far as it is known: values put in, and what cannot be known left out."""
    bare = re.sub(r"^[\"']|[\"']$", "", raw)
    text = _EXPANSION.sub(lambda match: variables.get(match[1] or match[2] or "") or "", bare)
    return text.strip("-_/. \"'")


def filled(raw: str, variables: Mapping[str, str | None]) -> str | None:
    """A word with the values of its variables put in; ``None`` when one is not known, or a part is computed."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[2] or ""
        known = variables.get(name) if match[0] in {f"${name}", f"${{{name}}}"} else None
        return match[0] if known is None else known

    text = _EXPANSION.sub(value, re.sub(r"[\"']", "", raw))
    return None if "$" in text or "`" in text else text


@dataclass(frozen=True, slots=True)
class Step:
    """Commands of one shell: ``line`` is the line of ``path`` that they begin at.

    ``directory`` is where the shell starts, relative to the repository's root, or to where the script is started when
    it is ``None``.  ``variables`` are in its environment; ``options`` are the letters of the shell's own options.
    """

    text: str
    path: str
    line: int
    directory: str | None = None
    variables: Mapping[str, str | None] = field(default_factory=dict)
    options: str = ""
    script: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """Steps that run one after the other in one working copy: a script, a target of a Makefile, a job.

    ``starts`` are the directories that it may be started in, the likeliest first.  ``complete`` says that its steps
    name every variable of their environment that the project itself sets, as a pipeline's do.
    """

    path: str
    name: str
    steps: tuple[Step, ...]
    starts: tuple[str, ...] = (".",)
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that a unit made, or that it found: ``zipped`` is ``None`` for contents that are not known.

    ``path`` is the project's, ``None`` outside of the repository; ``ready`` says that the file stands there ready-made.
    """

    path: str | None
    span: Span
    zipped: Zipped | None = None
    reason: str | None = None
    ready: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """``aws lambda ACTION``: the values of its options, each with the word as it is written.

    A value that is not known is ``None``.  ``package`` is what ``--zip-file`` or ``--s3-key`` names.
    """

    action: str
    options: Mapping[str, tuple[str | None, ...]]
    raw: Mapping[str, str]
    span: Span
    name: Text | None = None
    certain: bool = False
    package: Made | None = None

    def value(self, option: str) -> str | None:
        """The first value of an option."""
        values = self.options.get(option, ())
        return values[0] if values else None


@dataclass(slots=True)
class Outcome:
    """What following a unit shows: the archives it makes, the calls it makes, and the scripts that it ran.

    ``uploads`` are archives with the key that they have in a bucket.  ``failures`` counts commands that certainly fail,
    which tells a wrong directory to start in.  ``given_up`` says that the unit was too long to be followed.
    """

    made: list[Made] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    scripts: set[str] = field(default_factory=set)
    uploads: list[tuple[str, Made]] = field(default_factory=list)
    failures: int = 0
    given_up: bool = False
