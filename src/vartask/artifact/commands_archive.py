"""tar, curl and wget: archives whose contents are known, and downloads, whose contents are not."""

from __future__ import annotations

import posixpath
import re

from vartask.artifact.archives import ArchiveError, members
from vartask.artifact.commands_options import both, doubt_everything, operand, split_options
from vartask.artifact.filesystem import is_below
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.moved import moved_path
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import Packed, State, Status
from vartask.model import Absent, Present, Unknown
from vartask.records import replace
from vartask.syntax.shell import Command

PIPE = "-"
"""The archive that goes through a pipe."""

TAR_VALUED = {"-C", "--directory", "-f", "--file", "--strip-components", "--exclude", "-X", "-T", "--transform", "-I"}

PLAIN_TAR = frozenset(
    "-c -x -z -j -J -v -p -f -C -a --create --extract --get --gzip --gunzip --xz --bzip2 --file --directory --verbose"  # noqa: SIM905
    " --strip-components --no-same-owner --same-permissions --preserve-permissions --auto-compress".split()
)
"""Options that leave the members as they are."""


def tar(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``tar c``, ``tar x``."""
    state = interpreter.state
    options, rest = _tar_options(words)
    letters = "".join(name.lstrip("-") for name in options if not name.startswith("--"))
    directory = options.get("-C", options.get("--directory", "."))
    archive = options.get("-f", options.get("--file", PIPE))
    path = archive if archive == PIPE or archive is None else state.real(archive)
    where, there = (None, Unknown("")) if directory is None else operand(state, directory)
    creates = "c" in letters or "--create" in options
    if creates and rest and isinstance(path, str) and path != PIPE and not isinstance(there, Present):
        # The archive is opened before the directory is entered, though not for nothing.
        state.write(path)
    if isinstance(there, Absent) or (isinstance(there, Present) and there.kind != "d"):
        return False
    if where is None or path is None:
        doubt_everything(state, command)
        return None
    followed = not set(options) - PLAIN_TAR
    if creates:
        if archive is not None and state.asks_directory(archive):
            return False
        return _create(state, path, where, rest if followed else [*rest, Field(None)])
    if "x" in letters or "--extract" in options or "--get" in options:
        strip = options.get("--strip-components") or "0"
        return _extract(state, path, where, (strip if followed else "?", rest, command))
    return None


def _tar_options(words: list[Field]) -> tuple[dict[str, str | None], list[Field]]:
    """Options; in the old style, ``tar xzf file``, the values of the letters stand behind them in order."""
    items = list(words)
    if len(items) > 1 and re.match(r"^[a-zA-Z]+$", items[1].text or ""):
        letters, values = items[1].text or "", items[2:]
        options: list[Field] = []
        for letter in letters:
            options.append(Field(f"-{letter}"))
            if f"-{letter}" in TAR_VALUED and values:
                options.append(values.pop(0))
        items = [items[0], *options, *values]
    return split_options(items, TAR_VALUED)


def _create(state: State, path: str, where: str, rest: list[Field]) -> Status:
    """The archive, and what is known to be in it; ``None`` among the operands is one that is not followed."""
    if not rest:
        return False
    listed: list[tuple[str, Present]] = []
    status: Status = path == PIPE or state.write(path)
    known = True
    for item in rest:
        top, entry = (
            (None, Unknown("")) if item.text is None else operand(state, posixpath.join(where, item.text), last=False)
        )
        if isinstance(entry, Absent):
            status = False
        itself = top == path or (top is not None and is_below(path, top))
        if (
            itself
            or item.text is None
            or top is None
            or not isinstance(entry, Present)
            or list(state.files.doubts(top))
        ):
            known = False
            status = both(status, None)
            continue
        name = posixpath.normpath(item.text).lstrip("/")
        listed.append((name, entry))
        listed.extend((moved_path(below, top, name), state.files.entries[below]) for below in state.files.below(top))
    state.archives.pop(path, None)
    made = state.files.get(path) if path != PIPE else None
    if known and (path == PIPE or isinstance(made, Present)):
        inside = [(name, entry) for name, entry in listed if not name.startswith("..")]
        state.archives[path] = Packed(inside, made if isinstance(made, Present) else None)
    return status


def _extract(state: State, path: str, where: str, how: tuple[str, list[Field], Command]) -> Status:
    strip, only, command = how
    found = state.files.get(path) if path != PIPE else None
    if isinstance(found, Absent) or (isinstance(found, Present) and (found.kind == "d" or found.content is not None)):
        # A text that a Dockerfile writes is no archive.
        return False
    packed = state.archives.get(path)
    listed = packed.members if packed is not None and packed.file is found else None
    if listed is None and path != PIPE:
        listed = _archive(state, path)
    if listed is None or not strip.isdigit() or only:
        state.doubt(where, may_have_changed(command))
        return None
    status: Status = True
    for name, entry in listed:
        kept = posixpath.normpath("/" + name).lstrip("/").split("/")[int(strip) :]
        if kept and kept != [""]:
            status = both(status, unpack(state, posixpath.join(where, *kept), entry))
        elif name == "." and strip == "0" and where in state.files.entries:
            here = state.files.entries[where]
            state.files.put(where, replace(here, mode=entry.mode, uid=entry.uid, gid=entry.gid))
    return status


def unpack(state: State, target: str, entry: Present) -> Status:
    """Put one member of an archive where it belongs."""
    made = state.make_dirs(posixpath.dirname(target))
    if made is None:
        return False
    target = posixpath.join(made, posixpath.basename(target))
    existing = state.files.get(target)
    if isinstance(existing, Present) and existing.kind == "d" and entry.kind != "d":
        return None if not any(True for _ in state.files.children(target)) else False
    if entry.kind == "d" and isinstance(existing, Present) and existing.kind == "l" and state.files.is_dir(target):
        return None
    state.files.put(target, replace(entry, put_by=state.at))
    return True


def _archive(state: State, path: str) -> list[tuple[str, Present]] | None:
    found = state.files.follow(path)
    if not isinstance(found, Present) or found.source is None:
        return None
    try:
        return members(state.project, found.source)
    except ArchiveError:
        return None


def curl(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``curl -o file``, ``curl -O``; without either it only prints."""
    state = interpreter.state
    text = [item.text for item in words[1:]]
    for index, word in enumerate(text):
        if word is None:
            continue
        following = text[index + 1] if index + 1 < len(text) else None
        attached = re.match(r"^-[a-zA-Z]*o(?P<file>.+)$", word) if not word.startswith("--") else None
        if word in {"--output", "--output-dir"} or re.match(r"^-[a-zA-Z]*o$", word):
            _written(state, following, command)
        elif attached:
            _written(state, attached["file"], command)
        elif word.startswith("--output="):
            _written(state, word.partition("=")[2], command)
        elif word in {"--remote-name", "--remote-name-all", "-J"} or re.match(r"^-[a-zA-Z]*O[a-zA-Z]*$", word):
            _named_by_url(state, text, command)
    return None


def wget(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``wget URL``, ``wget -O file``, ``wget -P directory``."""
    state = interpreter.state
    options, rest = split_options(words, {"-O", "--output-document", "-P", "--directory-prefix", "-o", "--header"})
    target = options.get("-O", options.get("--output-document"))
    directory = options.get("-P", options.get("--directory-prefix"))
    if directory is not None:
        download_into(state, directory, command)
    elif target is not None:
        _written(state, target, command)
    else:
        _named_by_url(state, [item.text for item in rest], command)
    return None


def _written(state: State, target: str | None, command: Command) -> None:
    path = None if target is None else state.path(target)
    if path is None:
        doubt_everything(state, command)
    elif target != PIPE and not path.startswith("/dev/"):
        parent = posixpath.dirname(path)
        if isinstance(state.files.follow(parent), Present):
            state.write(path)
        else:
            state.doubt(path, may_have_changed(command))


def _named_by_url(state: State, words: list[str | None], command: Command) -> None:
    urls = [word for word in words if word is None or "://" in word]
    names = [posixpath.basename(url.split("?")[0]) for url in urls if url is not None]
    if not urls or len(names) != len(urls) or not all(names):
        download_into(state, ".", command)
        return
    for name in names:
        _written(state, name, command)


def download_into(state: State, directory: str | None, command: Command) -> None:
    """Something may come to be in a directory, which is made if it is missing."""
    path = None if directory is None else state.path(directory)
    if path is None:
        doubt_everything(state, command)
        return
    state.make_dirs(path)
    state.doubt(path, may_have_changed(command))
