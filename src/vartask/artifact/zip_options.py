"""The command line of Info-ZIP's ``zip`` (https://infozip.sourceforge.net/Zip.html, its manual page)."""

from __future__ import annotations

import re

from vartask.artifact.shell_fields import Field, glob_regex
from vartask.records import dataclass, field

_VALUED = frozenset({"-b", "-t", "-tt", "-n", "-P", "-s", "-Z", "-O", "-UN", "-lf", "-ds", "-TT"})
_LONG_VALUED = frozenset(
    f"--{name}"
    for name in (
        *("temp-path", "from-date", "before-date", "suffixes", "password", "split-size", "compression-method"),
        *("output-file", "out", "unicode", "logfile-path", "dot-size", "unzip-command"),
    )
)
_LETTERS = {
    "--recurse-paths": "r",
    "--recurse-patterns": "R",
    "--junk-paths": "j",
    "--symlinks": "y",
    "--no-dir-entries": "D",
    "--delete": "d",
    "--move": "m",
    "--freshen": "f",
    "--filesync": "FS",
    "--update": "u",
    "--grow": "g",
    "--names-stdin": "@",
}
_LISTS = {"-x": "exclude", "--exclude": "exclude", "-i": "include", "--include": "include"}
_PAIRS = ("FS", "DF", "la", "li", "lu", "ll", "sf", "sp", "sb", "sc", "sd", "so", "su", "sU", "ws", "db", "dc", "dd")
"""Options of two letters that take no value: they must not be read as two options."""


@dataclass(slots=True)
class ZipOptions:
    """``letters`` are the options without a value, ``operands`` the archive and then what goes into it.

    ``exclude`` and ``include`` are patterns; ``unclear`` says that something on the command line is not known.
    """

    letters: set[str] = field(default_factory=set)
    operands: list[Field] = field(default_factory=list)
    exclude: list[str] = field(default_factory=list)
    include: list[str] = field(default_factory=list)
    unclear: bool = False

    def takes(self, name: str, *, plain: bool = True) -> bool:
        """Whether a name in the archive passes the patterns; ``*`` stands for slashes too.

        A name is asked for without what ``.`` and ``/`` at its beginning would add, and a directory's ends in a slash.
        """
        if plain and self.include and not any(_matches(name, one) for one in self.include):
            return False
        return not any(_matches(name, one) for one in self.exclude)


def _matches(name: str, pattern: str) -> bool:
    return glob_regex(pattern.removeprefix("./")).fullmatch(name) is not None


def read_options(words: list[Field]) -> ZipOptions:
    """Options and operands; a list of patterns ends at the next option, or at ``@``."""
    found = ZipOptions()
    items = list(words[1:])
    taking: list[str] | None = None
    only_operands = False
    while items:
        item = items.pop(0)
        text = item.text
        if text == "@" and taking is not None:
            taking = None
        elif text is not None and len(text) > 1 and text[0] == "-" and not only_operands:
            taking = None
            if text == "--":
                only_operands = True
            else:
                taking = _option(found, text, items)
        elif taking is not None:
            if text is None:
                found.unclear = True
            else:
                taking.append(text)
        else:
            found.operands.append(item)
    return found


def _option(found: ZipOptions, text: str, items: list[Field]) -> list[str] | None:
    """Take in one option word; the list that the words behind it go to, for one that begins a list."""
    if text.startswith("--"):
        name, equals, value = text.partition("=")
        if name in _LISTS:
            return _list(found, _LISTS[name], value)
        if name in _LONG_VALUED and not equals and items:
            items.pop(0)
        if name in _LETTERS:
            found.letters.add(_LETTERS[name])
        return None
    rest = text[1:]
    while rest:
        letter = rest[:2] if rest[:2] in _PAIRS or f"-{rest[:2]}" in _VALUED else rest[0]
        rest = rest[len(letter) :]
        if f"-{letter}" in _LISTS:
            return _list(found, _LISTS[f"-{letter}"], rest.removeprefix("="))
        if f"-{letter}" in _VALUED:
            if not rest and items:
                items.pop(0)
            return None
        found.letters.add(letter)
    return None


def _list(found: ZipOptions, name: str, attached: str) -> list[str]:
    patterns = found.exclude if name == "exclude" else found.include
    if re.match(r"@.", attached):
        # The patterns stand in a file of their own.
        found.unclear = True
    elif attached:
        patterns.append(attached)
    return patterns
