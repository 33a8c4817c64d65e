"""Zip archives that stand in the repository and are deployed as they are."""

from __future__ import annotations

import posixpath
import stat
from collections.abc import Iterator

from vartask.model import Present, Span
from vartask.patterns import regex
from vartask.project import MEMBER, Project, Unreadable

MAX_MEMBERS = 50_000
"""Entries of one archive; Lambda itself takes no package that large (250 MB unpacked)."""

_MAKERS = regex(
    r"(?:\A|/)(?:[^/]*\.(?:sh|bash|mk|ps1|bat|cmd|md|rst|txt|adoc|ya?ml|toml|json|py|ts|js|tf|groovy|go)"
    r"|[Mm]akefile|justfile|[Jj]enkinsfile|README)\Z"
)
_PIPELINES = (".github", ".circleci", "scripts")
_LARGEST = 400_000
_PROSE = (".md", ".rst", ".txt", ".adoc")
_COMMENT = regex(rb"(?:^|\s)(?:#|//).*$")
_ZIPS = regex(rb"(?<![.\w])(?:zip|7z|make_archive|ZipFile|Compress-Archive|bestzip|output_path|curl|wget|mv|cp)\b")


class ArchiveError(Exception):
    """The archive's contents cannot be listed; the text says why."""


def is_archive(path: str) -> bool:
    """Whether a path is taken for a zip archive, by its name as AWS's tools do."""
    return path.lower().endswith(".zip")


def made_anew(project: Project, path: str) -> str | None:
    """Why an archive in the working tree may not be the one that is deployed; ``None`` for one that is checked in.

    Whoever keeps the commands that make it beside it runs them before deploying.
    """
    if not project.is_file(path):
        return "is not in the repository"
    if project.ignored(path):
        return "is ignored by git, so a step before deployment makes it"
    line = next(_mentions(project, path), None)
    return None if line is None else f"may be made anew ({line.path}:{line.line})"


def _mentions(project: Project, archive: str) -> Iterator[Span]:
    """Lines with the archive's name and a command that makes files, in its project or a pipeline."""
    name, base = posixpath.basename(archive).encode(), posixpath.dirname(archive)
    makers: list[tuple[str, str]] = project.made.get("makers of archives", lambda: _makers(project))
    for path, directory in makers:
        try:
            data = project.read_bytes(path) if _concerns(directory, base) and project.mentions(path, name) else b""
        except Unreadable:
            continue
        if len(data) > _LARGEST:
            continue
        for number, text in enumerate(data.splitlines(), 1):
            line = text if path.endswith(_PROSE) else _COMMENT.sub(b"", text)
            if name in text and _ZIPS.search(line.replace(name, b"")):
                yield Span(path, number)


def _makers(project: Project) -> list[tuple[str, str]]:
    """The files that may have commands which make archives, each with its directory."""
    return [(path, posixpath.dirname(path)) for path in project.files if _MAKERS.search(path)]


def _concerns(directory: str, base: str) -> bool:
    """Whether a file's directory is above another one, is it or below it, or is a pipeline's."""
    inside = not base or f"{directory}/".startswith(f"{base}/")
    return not directory or inside or f"{base}/".startswith(f"{directory}/") or directory.startswith(_PIPELINES)


def members(project: Project, path: str, put_by: Span) -> Iterator[tuple[str, Present]]:
    """The files and directories of an archive by place.  Raises :class:`ArchiveError` where it cannot be read."""
    # Imported here: few projects hold archives.
    import zipfile

    try:
        with project.open(path) as stream, zipfile.ZipFile(stream) as archive:
            infos = archive.infolist()
    except (Unreadable, zipfile.BadZipFile, OSError, ValueError) as error:
        raise ArchiveError(f"the archive `{path}` cannot be read: {error}") from error
    if len(infos) > MAX_MEMBERS:
        raise ArchiveError(f"the archive `{path}` holds more than {MAX_MEMBERS} files")
    for info in infos:
        place = posixpath.normpath(info.filename)
        mode = info.external_attr >> 16
        if stat.S_ISLNK(mode) or place.startswith(("/", "..")):
            raise ArchiveError(f"the archive `{path}` holds `{place}`, a link or a path that leads out of it")
        if info.is_dir():
            if place != ".":
                yield place, Present("d", put_by=put_by, mode=stat.S_IMODE(mode) or 0o755)
        else:
            permissions = stat.S_IMODE(mode) or 0o644
            yield place, Present(source=f"{path}{MEMBER}{info.filename}", put_by=put_by, mode=permissions)
