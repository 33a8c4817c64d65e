"""zip and unzip as Info-ZIP's programs do them (https://infozip.sourceforge.net/Zip.html).

What goes into an archive is kept beside the predicted files, so that whoever deploys the archive knows its contents.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from vartask.artifact import ready_made
from vartask.artifact.commands_archive import download_into, unpack
from vartask.artifact.commands_options import both, doubt_everything, operand, split_options
from vartask.artifact.filesystem import MAX_LINKS, resolve
from vartask.artifact.interpreter import Interpreter, may_have_changed
from vartask.artifact.moved import moved_regions
from vartask.artifact.shell_fields import Field
from vartask.artifact.shell_state import State, Status, Zipped
from vartask.artifact.zip_options import ZipOptions, read_options
from vartask.model import Absent, Present, Unknown, UnknownRegion
from vartask.records import replace
from vartask.syntax.shell import Command

STDOUT = "-"


def zip_(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``zip [options] archive path...``."""
    state = interpreter.state
    options = read_options(words)
    if not options.operands:
        return None
    archive, *operands = options.operands
    if archive.text is None:
        doubt_everything(state, command)
        return None
    if archive.text == STDOUT:
        return None
    if options.letters & {"sf", "sp"}:
        # It only shows which files it would take.
        return None
    path = state.real(_with_suffix(archive.text))
    if path is None:
        doubt_everything(state, command)
        return None
    if "@" in options.letters:
        operands += _named_on_stdin(state)
    packer = _Packer(state, options, path, command)
    if "R" in options.letters:
        options.include += [item.text for item in operands if item.text is not None]
        options.unclear = options.unclear or any(item.text is None for item in operands)
        operands = [Field(".")]
    return packer.run(operands)


def _with_suffix(name: str) -> str:
    """``zip`` adds ``.zip`` to a name that has no extension."""
    return name if "." in posixpath.basename(name) else f"{name}.zip"


def _named_on_stdin(state: State) -> list[Field]:
    if state.piped is not None:
        found = [Field(path) for path in state.piped.paths]
        return [*found, Field(None, state.piped.more)] if state.piped.more is not None else found
    return [Field(None)] if state.stdin is None else [Field(line) for line in state.stdin.splitlines() if line]


class _Packer:
    """Adds to one archive."""

    def __init__(self, state: State, options: ZipOptions, path: str, command: Command) -> None:
        self.state = state
        self.options = options
        self.path = path
        self.reason = may_have_changed(command)
        self.entries: dict[str, Present] = {}
        self.regions: list[UnknownRegion] = []
        self.taken: list[str] = []

    def run(self, operands: list[Field]) -> Status:
        """Read what is there already, add or delete, and write the archive."""
        state, letters = self.state, self.options.letters
        existing = state.files.get(self.path)
        base = existing.archive if isinstance(existing, Present) else None
        before = self._before(existing)
        if before is None and not letters & {"d"}:
            before = Zipped({}, (UnknownRegion("/", f"`{self.path}` was there before", state.at),))
        if self.options.unclear:
            self.unknown("/")
        if "d" in letters:
            held = (before or Zipped({})).entries
            kept = {name: one for name, one in held.items() if not self._named(f"{name}/" if one.kind == "d" else name)}
            return self.write(Zipped(kept, (before or Zipped({})).regions, base))
        status: Status = None
        for item in operands:
            status = self.add(item) and status
        if not self.entries and not self.regions:
            # "Nothing to do!"
            return False
        old = before or Zipped({})
        merged = self.entries if "FS" in letters else {**old.entries, **self.entries}
        if "f" in letters:
            merged = {**old.entries, **{name: one for name, one in self.entries.items() if name in old.entries}}
        regions = () if "FS" in letters else old.regions
        status = self.write(Zipped(merged, tuple(dict.fromkeys((*regions, *self.regions))), base))
        if "m" in letters:
            for path in self.taken:
                state.files.remove(path, state.at)
        return status

    def _before(self, existing: object) -> Zipped | None:
        """What the archive holds; ``None`` when that is not known."""
        if not isinstance(existing, Present):
            return Zipped({})
        return contents(self.state, existing)

    def _named(self, name: str) -> bool:
        patterns = [item.text for item in self.options.operands[1:]]
        return any(text is not None and ZipOptions(include=[text]).takes(name) for text in patterns)

    def write(self, zipped: Zipped) -> Status:
        state = self.state
        status = state.write(self.path)
        made = state.files.get(self.path)
        if status is not False and isinstance(made, Present):
            number = len(state.zips) + 1
            state.zips[number] = zipped
            state.files.put(self.path, replace(made, archive=number))
        return status

    # -- what goes in ---------------------------------------------------------------------------------

    def unknown(self, path: str, found: Unknown | None = None) -> None:
        """Something may be in the archive at a place of it."""
        reason, at = (found.reason, found.at) if found is not None else (self.reason, None)
        distributions = found.distributions if found is not None else None
        self.regions.append(UnknownRegion(path, reason, at or self.state.at, distributions=distributions))

    def add(self, item: Field) -> Status:
        """One operand with everything below it."""
        if item.text is None:
            self._pattern(item)
            return None
        real, found = operand(self.state, item.text)
        if isinstance(found, Absent):
            return True
        name = _stored(item.text)
        if real is None or isinstance(found, Unknown) or name is None:
            known = found if isinstance(found, Unknown) else None
            self.unknown("/" if name is None or "j" in self.options.letters else posixpath.join("/", name), known)
            return None
        if "y" in self.options.letters:
            real, found = operand(self.state, item.text, last=False)
        if real is not None and isinstance(found, Present):
            self.visit(real, found, name, 0)
            for region in self.state.files.doubts(real) if "r" in self.options.letters else ():
                self._doubt(region, real, posixpath.join("/", name))
        return None

    def _pattern(self, item: Field) -> None:
        """What a pattern may match besides the names that are known."""
        cwd = self.state.cwd
        if item.within is None or cwd is None or "j" in self.options.letters:
            self.unknown("/")
            return
        place = posixpath.relpath(item.within, cwd)
        if place.startswith(".."):
            self.unknown("/")
            return
        for region in self.state.files.doubts(item.within):
            self._doubt(region, item.within, posixpath.normpath(posixpath.join("/", place)))

    def _doubt(self, region: UnknownRegion, real: str, place: str) -> None:
        if "j" in self.options.letters:
            self.unknown("/")
            return
        self.regions.extend(moved_regions(region, real, place))

    def visit(self, real: str, entry: Present, name: str, depth: int) -> None:
        """An entry, and below a directory what is in it; links are followed unless they are stored."""
        letters = self.options.letters
        if real == self.path or depth > MAX_LINKS:
            return
        if entry.kind == "l" and "y" not in letters:
            target = resolve(self.state.files, real)
            found = Absent() if target is None else self.state.files.get(target)
            if isinstance(found, Unknown):
                self.unknown(posixpath.join("/", name), found)
            elif isinstance(found, Present) and target is not None:
                self.visit(target, found, name, depth + 1)
                for region in self.state.files.doubts(target) if found.kind == "d" else ():
                    self._doubt(region, target, posixpath.join("/", name))
            return
        if entry.kind != "d":
            self._store(real, entry, name)
            return
        if name and "D" not in letters and "j" not in letters and self.options.takes(f"{name}/"):
            self.entries[name] = entry
        if "r" in letters or "R" in letters:
            for child, one in self.state.files.children(real):
                self.visit(child, one, posixpath.join(name, posixpath.basename(child)), depth + (depth > 0))

    def _store(self, real: str, entry: Present, name: str) -> None:
        shown = posixpath.basename(name) if "j" in self.options.letters else name
        if self.options.takes(shown):
            self.entries[shown] = entry
            self.taken.append(real)


def _stored(text: str) -> str | None:
    """The name in the archive of a path as written; ``None`` for one that would leave it."""
    name = posixpath.normpath(text).lstrip("/")
    return None if name.startswith("..") else ("" if name == "." else name)


def contents(state: State, entry: Present) -> Zipped | None:
    """What a zip archive holds, made by this script or ready-made; ``None`` when that is not known."""
    if entry.archive is not None:
        return state.zips.get(entry.archive)
    if entry.source is None or not ready_made.is_archive(entry.source):
        return None
    try:
        return Zipped(dict(ready_made.members(state.project, entry.source, state.at)))
    except ready_made.ArchiveError:
        return None


# -- unzip -----------------------------------------------------------------------------------------------


def unzip(interpreter: Interpreter, words: list[Field], command: Command) -> Status:
    """``unzip archive [member...] [-x member...] [-d directory]``."""
    state = interpreter.state
    options, rest = split_options(words, {"-d", "-x"})
    directory = options.get("-d", ".")
    path, found = operand(state, rest[0].text) if rest and rest[0].text is not None else (None, Unknown(""))
    zipped = contents(state, found) if path is not None and isinstance(found, Present) else None
    where = None if directory is None else state.path(directory)
    followed = not set(options) - {"-d", "-q", "-o", "-qq"} and len(rest) == 1
    if zipped is None or where is None or not followed:
        download_into(state, directory, command)
        return None
    made = state.make_dirs(where)
    if made is None:
        return False
    status: Status = True
    for name, entry in _parents_first(zipped):
        status = both(status, unpack(state, posixpath.join(made, name), entry))
    for region in zipped.regions:
        for moved in moved_regions(region, "/", made):
            state.files.doubt(moved)
    return status


def _parents_first(zipped: Zipped) -> Iterator[tuple[str, Present]]:
    yield from sorted(zipped.entries.items())
