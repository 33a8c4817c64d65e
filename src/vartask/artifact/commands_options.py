"""The words of a command as options and operands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from vartask.artifact.interpreter import may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Lookup, Present, Unknown
from vartask.syntax.shell import Command


def split_options(
    words: list[Field], valued: Iterable[str], *, stop: bool = False
) -> tuple[dict[str, str | None], list[Field]]:
    """Options (with the value of those in ``valued``) and the other arguments.

    Letters behind one dash are an option each, as getopt(3) reads them.  ``stop`` ends options at the first other
    argument.
    """
    takes = frozenset(valued)
    options: dict[str, str | None] = {}
    rest: list[Field] = []
    items = list(words[1:])
    while items:
        item = items.pop(0)
        text = item.text
        if text == "--":
            rest.extend(items)
            break
        if text is None or not text.startswith("-") or text == "-":
            rest.append(item)
            if stop:
                rest.extend(items)
                break
        elif text.startswith("--"):
            name, equals, value = text.partition("=")
            options[name] = value if equals else (_next(items) if name in takes else "")
        else:
            _letters(text, takes, items, options)
    return options, rest


def _next(items: list[Field]) -> str | None:
    return items.pop(0).text if items else None


def _letters(text: str, takes: frozenset[str], items: list[Field], options: dict[str, str | None]) -> None:
    if re.match(r"^-\d+$", text):
        options[text] = ""
        return
    for index, letter in enumerate(text[1:], 1):
        name = f"-{letter}"
        if name in takes:
            options[name] = text[index + 1 :] or _next(items)
            return
        options[name] = ""


def has(options: dict[str, str | None], letters: str, *names: str) -> bool:
    """Whether one of the short or long options is given."""
    return any(
        name in names if name.startswith("--") else any(letter in name[1:] for letter in letters) for name in options
    )


def doubt_everything(state: State, command: Command) -> None:
    """An argument is not known, so neither is where this command writes."""
    state.doubt("/", may_have_changed(command))


def sources_and_target(options: dict[str, str | None], rest: list[Field]) -> tuple[list[Field], Field | None]:
    """The sources and the target."""
    given = options.get("-t") or options.get("--target-directory")
    if given is not None:
        return rest, Field(given)
    if len(rest) < 2:  # noqa: PLR2004 - a source and a target
        return [], None
    return rest[:-1], rest[-1]


def both(one: Status, other: Status) -> Status:
    """The status of a command that does two things."""
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def operand(state: State, text: str, *, last: bool = True) -> tuple[str | None, Lookup]:
    """An operand's real path and what is there; a slash at its end asks for a directory.

    The path is ``None`` when the working directory is not known, or when there is no such path for certain.
    """
    if text == "":
        return None, Absent()
    slash = state.asks_directory(text)
    real = state.real(text, last=last or slash)
    if real is None:
        return None, Unknown("the working directory is not known") if state.path(text) is None else Absent()
    up = _before_parent(state, text)
    if not isinstance(up, Present):
        return None, up
    found = state.files.get(real)
    if isinstance(found, Present) and found.kind != "d" and slash:
        return None, Absent()
    return real, found


def _before_parent(state: State, text: str) -> Lookup:
    """What ``..`` is asked of: the directory before it has to be there."""
    parts = text.split("/")
    found: Lookup = Present("d")
    for number, part in enumerate(parts):
        if part == ".." and isinstance(found, Present):
            real = state.real("/".join(parts[:number]) or "/") if number else "/"
            there = state.files.get(real) if real is not None else Absent()
            found = there if not isinstance(there, Present) or there.kind == "d" else Absent()
    return found


def is_dir(found: object) -> bool:
    """Whether a lookup's answer is a directory."""
    return isinstance(found, Present) and found.kind == "d"
