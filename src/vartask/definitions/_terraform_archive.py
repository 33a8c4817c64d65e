"""What ``archive_file`` puts into a zip.

https://registry.terraform.io/providers/hashicorp/archive/latest/docs/data-sources/file, and the provider's source
(hashicorp/terraform-provider-archive, ``internal/provider/zip_archiver.go`` of 2.8.0): symbolic links are followed,
directories are no entries of their own, a file goes in under its own name.
"""

from __future__ import annotations

import posixpath
import re
from typing import Final

from vartask.artifact.filters import Filters, Unsure
from vartask.artifact.scripts.session import Session
from vartask.model import Filter, Made, Part, Text, Zip
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.doublestar import BadPattern, match
from vartask.syntax.hcl_values import Contents, Items, Known, Value, brief, plain, string, text_of
from vartask.syntax.terraform_blocks import Instance, value_of
from vartask.syntax.terraform_module import Module

_GLOBS_SINCE: Final = (2, 5)
"""The version of the provider that takes ``excludes`` for patterns; before, they were paths."""

_LOCKED: Final = regex(r'provider\s+"[^"]*/hashicorp/archive"\s*\{[^}]*?\bversion\s*=\s*"(\d+)\.(\d+)', re.DOTALL)


@dataclass(frozen=True)
class Archive:
    """One ``archive_file``, data source or resource, of a module."""

    module: Module
    instance: Instance

    @property
    def project(self) -> Project:
        return self.module.configuration.project

    @property
    def _source(self) -> Value | None:
        return self.instance.get("source_dir") or self.instance.get("source_file")

    @property
    def path(self) -> str | None:
        """The directory or file that it packs, when that is known."""
        path = string(self._source)
        return None if path is None else self.module.path(path)

    def after(self, session: Session) -> Zip:
        """Its contents after commands have run."""
        span = self.instance.block.span if self._source is None else self._source.span
        filters, reason = self._filters() if self.instance.get("source_dir") is not None else ((), None)
        try:
            kept = Filters(filters, span)
        except Unsure as error:
            return Zip(span, reason=str(error))
        path = self.path or "."
        packed = session.packed(path, span, skip=lambda one, is_dir: kept.left_out(one, directory=is_dir) is not None)
        if packed is None:
            return Zip(span, reason=f"{path} does not exist: a build step makes it")
        return Zip(span, (packed,), reason=reason)

    def package(self) -> Zip:
        """Its contents as they stand in the repository."""
        for name in ("source_dir", "source_file"):
            value = self.instance.get(name)
            if value is not None:
                return self._path(name, value)
        content = self.instance.get("source_content")
        if content is not None:
            return self._members([(self.instance.get("source_content_filename"), content)])
        blocks = [
            (value_of(body, "filename", evaluate), value_of(body, "content", evaluate))
            for body, evaluate in self.instance.blocks("source")
        ]
        return self._members(blocks)

    # -- a path -----------------------------------------------------------------------------------

    def _path(self, name: str, value: Value) -> Zip:
        path = string(value)
        inside = None if path is None else self.module.path(path)
        if inside is None:
            return Zip(value.span, reason=f"the {name} {brief(value)} cannot be known")
        reason = absence(self.project, inside)
        if reason is not None:
            return Zip(value.span, reason=reason)
        if name == "source_file":
            # Another archive is a file like any other.
            return Zip(value.span, (Part(inside, value.span, name=posixpath.basename(inside), mode=self._mode),))
        filters, reason = self._filters()
        if reason is None and self._skips_links(inside):
            reason = f"{inside} has symbolic links to directories, which exclude_symlink_directories leaves out"
        return Zip(value.span, (Part(inside, value.span, filters=filters, mode=self._mode),), reason=reason)

    @property
    def _mode(self) -> int | None:
        text = string(self.instance.get("output_file_mode"))
        try:
            return None if text is None else int(text, 8 if text.startswith("0") else 10) & 0o777
        except ValueError:
            return None

    def _filters(self) -> tuple[tuple[Filter, ...], str | None]:
        value = self.instance.get("excludes")
        if value is None:
            return (), None
        items = value.values if isinstance(value, Items) else ()
        texts = tuple(Text(text_of(item), item.span) for item in items if isinstance(item, Known))
        reason = None
        if not isinstance(value, Items) or len(texts) < len(items):
            reason = f"the archive leaves out files by patterns that are computed: {brief(value)}"
        if self._dialect == "doublestar" and any(_is_everything(text.value) for text in texts):
            reason = "a pattern leaves out the directory itself, so that the archive would be empty"
        return ((Filter(self._dialect, texts),) if texts else ()), reason

    @property
    def _dialect(self) -> str:
        version = _locked_version(self.project, self.module.root)
        return "paths" if version is not None and version < _GLOBS_SINCE else "doublestar"

    def _skips_links(self, directory: str) -> bool:
        """Whether links to directories are left out: the walk then also skips what follows one in its directory."""
        value = self.instance.get("exclude_symlink_directories")
        if value is None or plain(value) is False:
            return False
        pending = [directory]
        while pending:
            here = pending.pop()
            for name, entry in self.project.listdir(here).items():
                path = posixpath.normpath(posixpath.join(here, name))
                if entry.kind == "l" and self.project.is_dir(path):
                    return True
                if entry.kind == "d":
                    pending.append(path)
        return False

    # -- members ----------------------------------------------------------------------------------

    def _members(self, members: list[tuple[Value | None, Value | None]]) -> Zip:
        """Files that are named one by one: the contents of others, or text that stands in the configuration."""
        span = self.instance.block.span
        parts: dict[str, Part | Made] = {}
        reason = None
        for name, content in members:
            path = string(name)
            if path is None or content is None or path.startswith(("/", "../")):
                shown = "" if name is None else f": {brief(name)}"
                reason = f"the archive is put together from computed contents{shown}"
                continue
            place = posixpath.normpath(path)
            parts[place] = self._member(place, content)
        if not parts and reason is None:
            reason = "nothing says what the archive holds"
        # The provider writes them in the order of their names.
        return Zip(span, tuple(parts[place] for place in sorted(parts)), reason=reason)

    def _member(self, place: str, content: Value) -> Part | Made:
        directory, name = posixpath.split(place)
        if isinstance(content, Contents):
            return Part(content.source, content.span, directory, name)
        return Made(place, content.span, string(content))


def _is_everything(pattern: str) -> bool:
    """Whether a pattern (``*``, ``.*``) matches the directory that is packed, which the provider calls ``.``."""
    try:
        return pattern != "" and match(pattern, ".")
    except BadPattern:
        return False


def absence(project: Project, path: str) -> str | None:
    """Why the contents of a path are not those that the repository holds."""
    if project.kind(path) is None:
        return f"{path} does not exist: a build step makes it"
    if project.ignored(path):
        return f"{path} is ignored by git: a build step makes it"
    return None


def _locked_version(project: Project, root: str) -> tuple[int, int] | None:
    """The version of the provider that the lock file of a root module pins."""
    try:
        text = project.read_text(posixpath.normpath(posixpath.join(root, ".terraform.lock.hcl")))
    except Unreadable:
        return None
    found = _LOCKED.search(text)
    return None if found is None else (int(found[1]), int(found[2]))
