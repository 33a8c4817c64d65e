"""cp, mv, rm, ln and install as GNU coreutils and busybox do them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import replace

from vartask.artifact.copy import moved_path, moved_regions
from vartask.artifact.filesystem import is_below, resolve
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.modes import changed_mode
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status
from vartask.model import Absent, Present, Unknown, UnknownRegion
from vartask.syntax.shell import Command


def split_options(
    words: list[Field], valued: Iterable[str], *, stop: bool = False
) -> tuple[dict[str, str | None], list[Field]]:
    """Options (with the value of those in ``valued``) and the other arguments.

    ``stop`` ends options at the first other argument.  Letters that stand together are kept as one name.
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
            continue
        name, equals, value = text.partition("=") if text.startswith("--") else (text, "", "")
        if equals:
            options[name] = value
        elif text in takes:
            options[text] = items.pop(0).text if items else None
        elif not text.startswith("--") and text[:2] in takes and len(text) > 2:  # noqa: PLR2004 - -mVALUE
            options[text[:2]] = text[2:]
        else:
            options[text] = ""
    return options, rest


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


def cp(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``cp [-r] source... target``."""
    state = interpreter.state
    options, rest = split_options(words, {"-t", "--target-directory", "-S", "--suffix"})
    sources, target = sources_and_target(options, rest)
    if target is None or target.text is None:
        doubt_everything(state, command)
        return None
    copier = _Cp(state, command, options)
    status: Status = True
    for source in sources:
        done = copier.copy(source, target.text, many=len(sources) > 1)
        status = False if done is False or status is False else (None if done is None or status is None else True)
    return status


class _Cp:
    def __init__(self, state: State, command: Command, options: dict[str, str | None]) -> None:
        self.state = state
        self.reason = may_have_changed(command)
        self.recursive = has(options, "raR", "--recursive", "--archive")
        self.preserve = has(options, "ap", "--archive", "--preserve")
        self.keep_links = has(options, "adPrR", "--archive", "--no-dereference", "--recursive") and not has(
            options, "L", "--dereference"
        )
        self.parents = has(options, "", "--parents")
        self.not_into = has(options, "T", "--no-target-directory")
        self.no_clobber = has(options, "nu", "--no-clobber", "--update")

    def copy(self, source: Field, target: str, *, many: bool) -> Status:
        state = self.state
        into = state.real(target)
        if into is None:
            state.doubt("/", self.reason)
            return None
        if source.text is None:
            self.unknown(source, into)
            return None
        path = state.real(source.text, last=not self.keep_links or source.text.endswith("/"))
        found = state.files.get(path) if path is not None else Unknown(self.reason)
        if isinstance(found, Absent) or path is None:
            return False if path is not None else None
        if isinstance(found, Unknown):
            self.unknown_source(found, source.text, into, target)
            return None
        if found.kind == "d" and not self.recursive:
            return False
        return self.known(path, found, source.text, (into, target, many))

    def known(self, path: str, found: Present, written: str, goal: tuple[str, str, bool]) -> Status:
        into, target, many = goal
        existing = self.state.files.get(into)
        if self.parents:
            place = posixpath.join(into, written.lstrip("/"))
            self.state.make_dirs(posixpath.dirname(place))
        elif isinstance(existing, Present) and existing.kind == "d" and not self.not_into:
            name = posixpath.basename(posixpath.normpath(written))
            place = into if name in {".", "..", ""} else posixpath.join(into, name)
        elif isinstance(existing, Unknown):
            self.state.doubt(into, self.reason)
            return None
        elif many or (target.endswith("/") and found.kind != "d"):
            return False
        else:
            place = into
        if isinstance(self.state.files.get(posixpath.dirname(place)), Absent):
            return False
        return self.put(path, found, place)

    def put(self, path: str, found: Present, place: str) -> Status:
        if found.kind == "d":
            return self.put_directory(path, found, place)
        files = self.state.files
        existing = files.get(place)
        entry = self.entry(found)
        if isinstance(existing, Present):
            if existing.kind == "d":
                return False
            if self.no_clobber:
                return True
            if existing.kind == "l" and found.kind == "f":
                place = resolve(files, place) or place
            elif existing.kind == found.kind == "f" and not self.preserve:
                entry = replace(entry, mode=existing.mode)
        if self.state.writable(posixpath.dirname(place)) is False:
            return False
        files.put(place, entry)
        return True

    def put_directory(self, path: str, found: Present, place: str) -> Status:
        files = self.state.files
        existing = files.get(place)
        if is_below(place, path) or (isinstance(existing, Present) and existing.kind != "d"):
            return False
        if not isinstance(existing, Present):
            files.put(place, self.entry(found))
        for child, entry in list(files.children(path)):
            self.put(child, entry, moved_path(child, path, place))
        for region in list(files.doubts(path)):
            for moved in moved_regions(region, path, place):
                files.doubt(moved)
        return True

    def entry(self, found: Present) -> Present:
        state = self.state
        uid, gid = (found.uid, found.gid) if self.preserve else (state.uid or 0, state.gid)
        mode = found.mode if self.preserve or found.kind == "l" else found.mode & ~state.umask
        return replace(found, put_by=state.at, uid=uid, gid=gid, mode=mode)

    def unknown(self, source: Field, into: str) -> None:
        """A pattern that may match more than is known, or an argument that is not known."""
        distributions = _distributions(self.state, source.within) if source.within else None
        self.state.doubt(into, self.reason, distributions=distributions)

    def unknown_source(self, found: Unknown, written: str, into: str, target: str) -> None:
        existing = self.state.files.get(into)
        name = posixpath.basename(posixpath.normpath(written))
        path = into
        inside = isinstance(existing, Present) and existing.kind == "d"
        if inside and name not in {".", "..", ""}:
            path = posixpath.join(into, name)
        elif not inside and target.endswith("/"):
            path = into
        self.state.files.doubt(UnknownRegion(path, found.reason, found.at, distributions=found.distributions))


def _distributions(state: State, directory: str) -> frozenset[str] | None:
    """The distributions that may be behind what is not known in a directory; ``None`` when anything may."""
    found: frozenset[str] = frozenset()
    for region in state.files.doubts(directory):
        if region.path == directory or region.covers(directory):
            if region.distributions is None:
                return None
            found |= region.distributions
    return found or None


def install(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``install -d dir...`` makes directories, anything else copies."""
    state = interpreter.state
    options, rest = split_options(words, {"-m", "--mode", "-o", "-g", "--owner", "--group", "-t"})
    mode = options.get("-m") or options.get("--mode")
    if not has(options, "d", "--directory"):
        return cp(
            interpreter, [words[0], *([Field("-t"), Field(options["-t"])] if "-t" in options else []), *rest], command
        )
    for item in rest:
        path = None if item.text is None else state.real(item.text)
        if path is None:
            doubt_everything(state, command)
            continue
        made = state.make_dirs(path)
        if made is not None and mode:
            entry = state.files.entries[made]
            state.files.put(made, replace(entry, mode=changed_mode(0o755, mode, is_dir=True)))
    return True


def mv(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``mv source... target``."""
    state = interpreter.state
    options, rest = split_options(words, {"-t", "--target-directory"})
    sources, target = sources_and_target(options, rest)
    if target is None or target.text is None or any(item.text is None and item.within is None for item in sources):
        doubt_everything(state, command)
        return None
    status: Status = True
    for source in sources:
        done = _move(state, source, target.text, command)
        status = False if done is False or status is False else (None if done is None or status is None else True)
    return status


def _move(state: State, source: Field, target: str, command: Command) -> Status:
    into = state.real(target)
    if into is None or source.text is None:
        state.doubt(into or "/", may_have_changed(command))
        return None
    path = state.real(source.text, last=False)
    if path is None:
        return None
    found = state.files.get(path)
    if isinstance(found, Absent):
        return False
    copier = _Cp(state, command, {"-a": ""})
    if isinstance(found, Unknown):
        copier.unknown_source(found, source.text, into, target)
        return None
    existing = state.files.get(into)
    place = posixpath.join(into, posixpath.basename(path)) if is_dir(existing) else into
    there = state.files.get(place)
    if is_dir(there) and (any(True for _ in state.files.children(place)) or found.kind != "d"):
        return False
    if is_below(place, path) or (place == path):
        return False
    done = copier.known(path, found, posixpath.basename(path), (into, target, False))
    if done is not False:
        state.files.remove(path, state.at)
    return done


def is_dir(found: object) -> bool:
    """Whether a lookup's answer is a directory."""
    return isinstance(found, Present) and found.kind == "d"


def rsync(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``rsync -a source/ target``: where it writes is known, what it filters is not."""
    state = interpreter.state
    _, rest = split_options(
        words, {"--exclude", "--include", "--filter", "-e", "--exclude-from", "--include-from", "-f"}
    )
    target = rest[-1].text if rest else None
    path = None if target is None or re.match(r"^[\w.@-]+:", target) else state.path(target)
    state.doubt(path or "/", may_have_changed(command))
    return None
