"""tar, unzip, curl and wget: archives whose contents are known, and downloads, whose contents are not."""

from __future__ import annotations

import posixpath
import re
from dataclasses import replace

from vartask.artifact.archives import ArchiveError, members
from vartask.artifact.commands_copy import doubt_everything, split_options
from vartask.artifact.copy import moved_path
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Present
from vartask.syntax.shell import Command

PIPE = "-"
"""The archive that goes through a pipe."""

TAR_VALUED = {"-C", "--directory", "-f", "--file", "--strip-components", "--exclude", "-X", "-T", "--transform", "-I"}


COMBINED_O = re.compile(r"^-[a-zA-Z]+O(?P<file>.*)$")
"""``wget -qO file``, ``wget -qO-``."""


def tar(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``tar c``, ``tar x``."""
    state = interpreter.state
    options, rest = _tar_options(words)
    letters = "".join(name.lstrip("-") for name in options if not name.startswith("--"))
    directory = options.get("-C", options.get("--directory", "."))
    archive = options.get("-f", options.get("--file", PIPE))
    path = archive if archive == PIPE or archive is None else state.path(archive)
    where = None if directory is None else state.real(directory)
    if where is None or path is None:
        doubt_everything(state, command)
        return None
    if "c" in letters or "--create" in options:
        return _create(state, path, where, rest)
    if "x" in letters or "--extract" in options or "--get" in options:
        strip = options.get("--strip-components") or "0"
        return _extract(state, path, where, (strip, rest, command))
    return None


def _tar_options(words: list[Field]) -> tuple[dict[str, str | None], list[Field]]:
    """Options; the old style ``tar xzf file`` has no dash, and letters stand before the archive's name."""
    items = list(words)
    if len(items) > 1 and re.match(r"^-?[a-zA-Z]*f[a-zA-Z]*$", items[1].text or ""):
        letters = (items[1].text or "").lstrip("-").replace("f", "")
        items[1:2] = [Field(f"-{letters}"), Field("-f")] if letters else [Field("-f")]
    elif len(items) > 1 and re.match(r"^[a-zA-Z]+$", items[1].text or ""):
        items[1] = Field(f"-{items[1].text}")
    return split_options(items, TAR_VALUED)


def _create(state: State, path: str, where: str, rest: list[Field]) -> Status:
    listed: list[tuple[str, Present]] = []
    for item in rest:
        top = None if item.text is None else posixpath.normpath(posixpath.join(where, item.text))
        entry = None if top is None else state.files.get(top)
        if item.text is None or top is None or not isinstance(entry, Present):
            listed.clear()
            break
        listed.append((item.text.lstrip("/"), entry))
        name = item.text.lstrip("/")
        listed.extend((moved_path(below, top, name), state.files.entries[below]) for below in state.files.below(top))
        if list(state.files.doubts(top)):
            listed.clear()
            break
    state.archives.pop(path, None)
    if listed:
        state.archives[path] = listed
    return True if path == PIPE else state.write(path)


def _extract(state: State, path: str, where: str, how: tuple[str, list[Field], Command]) -> Status:
    strip, only, command = how
    listed = state.archives.get(path)
    if listed is None and path != PIPE:
        listed = _archive(state, path)
    if listed is None or not strip.isdigit() or only:
        state.doubt(where, may_have_changed(command))
        return None
    for name, entry in listed:
        kept = posixpath.normpath("/" + name).lstrip("/").split("/")[int(strip) :]
        if not kept or kept == [""]:
            continue
        target = posixpath.join(where, *kept)
        state.make_dirs(posixpath.dirname(target))
        existing = state.files.get(target)
        if not (entry.kind == "d" and isinstance(existing, Present) and existing.kind == "d"):
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


def unzip(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``unzip archive -d directory``: what comes out is not known."""
    options, _ = split_options(words, {"-d", "-x"})
    directory = options.get("-d", ".")
    _download_into(interpreter.state, directory, command)
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
    combined = next((match for match in map(COMBINED_O.match, options) if match), None)
    if combined is not None:
        target = combined["file"] or (rest[0].text if rest else None)
    directory = options.get("-P", options.get("--directory-prefix"))
    if directory is not None:
        _download_into(state, directory, command)
    elif target is not None:
        _written(state, target, command)
    elif combined is None:
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
        _download_into(state, ".", command)
        return
    for name in names:
        _written(state, name, command)


def _download_into(state: State, directory: str | None, command: Command) -> None:
    path = None if directory is None else state.path(directory)
    if path is None:
        doubt_everything(state, command)
        return
    state.make_dirs(path)
    state.doubt(path, may_have_changed(command))
