"""What a shell script is made of: commands, and what decides which of them run."""

from __future__ import annotations

from vartask.records import dataclass
from vartask.syntax.shell_words import Word


@dataclass(frozen=True, slots=True)
class Redirect:
    """``operator`` is ``>``, ``>>``, ``<``, ``<<``, ``>&`` or ``&>``; ``fd`` the number before it, if any.

    ``target`` is the file; for ``<<`` and ``<<<`` it is the text itself.
    """

    operator: str
    target: Word | None
    fd: int | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command.  ``line`` counts from 1 in the script; ``text`` is the command as written."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...]
    redirects: tuple[Redirect, ...]
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class AndOr:
    """``left && right`` or ``left || right``."""

    left: Statement
    operator: str
    right: Statement


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands that run at once, each in a shell of its own."""

    commands: tuple[Statement, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """``{ ...; }``, or ``( ... )`` when ``subshell``."""

    body: tuple[Statement, ...]
    subshell: bool
    redirects: tuple[Redirect, ...] = ()


@dataclass(frozen=True, slots=True)
class Negation:
    """``! body``."""

    body: Statement


@dataclass(frozen=True, slots=True)
class If:
    """``branches`` are pairs of condition and body, the last body is ``otherwise``."""

    branches: tuple[tuple[tuple[Statement, ...], tuple[Statement, ...]], ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For:
    """``for name in words``."""

    name: str
    words: tuple[Word, ...]
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class While:
    """``while condition; do body; done``, or ``until``."""

    condition: tuple[Statement, ...]
    body: tuple[Statement, ...]
    until: bool
    text: str


@dataclass(frozen=True, slots=True)
class Case:
    """``case word in``: the patterns of each item with its body and what ends it (``;;``, ``;&``, ``;;&``)."""

    word: Word
    items: tuple[tuple[tuple[Word, ...], tuple[Statement, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Function:
    """``name() body``."""

    name: str
    body: Statement


@dataclass(frozen=True, slots=True)
class Opaque:
    """Something whose effect is not read here."""

    text: str
    line: int


Statement = Command | AndOr | Pipeline | Group | Negation | If | For | While | Case | Function | Opaque
