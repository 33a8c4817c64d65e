"""The archives of a Pulumi program: what they put into a package.

https://www.pulumi.com/docs/iac/concepts/assets-archives/.  How a directory is read stands in
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/archive/archive.go (``readPath``): everything but
``.pulumi``, with links to files followed and links to directories passed over.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from vartask.artifact.ready_made import is_archive
from vartask.definitions._pulumi_values import is_a, plain
from vartask.model import Filter, Made, Part, Text, Zip
from vartask.project import Project
from vartask.records import dataclass, replace
from vartask.syntax.program_values import Choice, Fields, Missing, Value, nothing, project_path, text, why
from vartask.syntax.program_values import Made as Thing

_BOOKKEEPING: Final = Filter("names", (".pulumi",))
_PACKAGE: Final = "pulumi"
_MAX_DEPTH: Final = 12

Piece = Part | Made
"""An archive has nothing else in it: Pulumi installs nothing."""


@dataclass
class Archives:
    """Reads archives of one program, whose relative paths start at ``base``."""

    project: Project
    base: str

    def package(self, value: Value) -> Zip:
        """What an archive puts into a package; a reason where that is not known, or not all of it."""
        pieces: list[Piece] = []
        doubts: list[str] = []
        for found in self._pieces(plain(value), "", 0):
            if isinstance(found, str):
                doubts.append(found)
            else:
                pieces.append(found)
        return Zip(value.span, tuple(pieces), reason=doubts[0] if doubts else None)

    def _pieces(self, value: Value, into: str, depth: int) -> Iterator[Piece | str]:
        if isinstance(value, Choice):
            known = [one for one in value.options if not isinstance(one, Missing) and not nothing(one)]
            if len(known) == 1:
                yield from self._pieces(plain(known[0]), into, depth)
            yield f"the code is not known: {why(value)}"
        elif is_a(value, _PACKAGE, "FileArchive"):
            yield from self._directory(value, into)
        elif is_a(value, _PACKAGE, "AssetArchive") and depth < _MAX_DEPTH:
            yield from self._entries(value, into, depth)
        elif is_a(value, _PACKAGE, "RemoteArchive"):
            yield "the code is an archive from another place"
        else:
            yield f"the code is not known: {why(value)}"

    def _entries(self, value: Value, into: str, depth: int) -> Iterator[Piece | str]:
        given = _given(value, "assets")
        if not isinstance(given, Fields):
            yield f"the entries of an archive are not known: {why(given)}"
            return
        for name, entry in given.values.items():
            place = posixpath.normpath(posixpath.join(into, name.lstrip("/")))
            yield from self._entry(plain(entry), "" if place == "." else place, depth)
        if given.more is not None:
            yield f"an archive may have more entries: {given.more.reason}"

    def _entry(self, value: Value, place: str, depth: int) -> Iterator[Piece | str]:
        if isinstance(value, Choice):
            yield f"`{place}` in an archive is not known: {why(value)}"
        elif is_a(value, _PACKAGE, "FileAsset"):
            yield self._file(value, place)
        elif is_a(value, _PACKAGE, "StringAsset"):
            written = _given(value, "text")
            content = text(written)
            yield Made(place, value.span, content) if content is not None else f"`{place}` is computed"
        elif is_a(value, _PACKAGE, "RemoteAsset"):
            yield f"`{place}` is a file from another place"
        else:
            yield from self._pieces(value, place, depth + 1)

    def _file(self, value: Value, place: str) -> Piece | str:
        path = self._path(value)
        if isinstance(path, str):
            return path
        if not self.project.is_file(path.value):
            return f"`{path.value}` is not a file of the repository"
        return Part(path.value, value.span, posixpath.dirname(place), posixpath.basename(place))

    def _directory(self, value: Value, into: str) -> Iterator[Piece | str]:
        path = self._path(value)
        if isinstance(path, str):
            yield path
            return
        found = self.project.kind(path.value)
        if found == "d":
            yield self._linked(Part(path.value, value.span, into, filters=(_BOOKKEEPING,)))
        elif found == "f" and is_archive(path.value):
            yield Part(path.value, value.span, into)
        elif found == "f":
            yield f"the archive `{path.value}` is of a kind that is not read"
        else:
            yield f"`{path.value}` does not exist in the repository"

    def _linked(self, part: Part) -> Part:
        """The directory without the links to directories in it."""
        links = tuple(sorted(self._links(part.source)))
        if not links:
            return part
        prefix = "" if part.source == "." else part.source + "/"
        names = tuple(link[len(prefix) :] for link in links)
        return replace(part, filters=(*part.filters, Filter("places", names)))

    def _links(self, directory: str) -> Iterator[str]:
        pending = [directory]
        while pending:
            here = pending.pop()
            for name, entry in self.project.listdir(here).items():
                path = name if here == "." else f"{here}/{name}"
                if entry.kind == "d":
                    pending.append(path)
                elif entry.kind == "l" and self.project.is_dir(path):
                    yield path

    def _path(self, value: Value) -> Text | str:
        """The project's path that an asset or archive names, or why it is not known."""
        given = _given(value, "path")
        written = text(given)
        if written is None or given is None:
            return f"the path of the code is not known: {why(given)}"
        path = project_path(written, self.base)
        return f"`{written}` leads out of the repository" if path is None else Text(path, given.span)


def _given(value: Value, name: str) -> Value | None:
    """The only argument of an asset or archive, however it is given."""
    if not isinstance(value, Thing):
        return None
    given = value.argument(0) or value.keywords.get(name)
    return plain(given) if given is not None else None
