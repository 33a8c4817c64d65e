"""The sources of one COPY or ADD: whether they are there, and what each of them brings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace

from vartask.artifact.archives import ArchiveError, members
from vartask.artifact.context import ContextTree
from vartask.artifact.copy import Copier, Origin, check_patterns, parent_patterns, split_pattern
from vartask.artifact.describe import URL, context_path
from vartask.artifact.filesystem import Tree, resolve
from vartask.artifact.gomatch import has_wildcards
from vartask.artifact.stages import StageError, Step
from vartask.model import Absent, Present, Unknown
from vartask.project import Project


class Sources:
    """The sources of one COPY or ADD."""

    def __init__(self, project: Project, copier: Copier, origin: Origin) -> None:
        self.project = project
        self.copier = copier
        self.origin = origin
        self.step = copier.step
        self.item = copier.step.instruction
        self.dest = copier.destination()

    def run(self) -> None:
        """Copy every source.  Raises :class:`StageError`."""
        bodies = dict(zip((heredoc.name for heredoc in self.item.heredocs), self.step.bodies, strict=True))
        words = self.step.words[:-1]
        paths = [word for word in words if word is not None and not _is_special(word, bodies)]
        check_patterns(["/" + context_path(path) for path in paths], self.step.span)
        for word in words:
            if word is not None and word not in bodies:
                self._check_there(word, bodies)
        for word in words:
            self._source(word, bodies)

    def _source(self, word: str | None, bodies: dict[str, str | None]) -> None:
        heredoc = _heredoc_name(word, bodies)
        if word is None:
            self.copier.unknown(self.dest, not_known(self.step))
        elif heredoc is not None:
            self._heredoc(heredoc, bodies[heredoc])
        elif URL.search(word):
            self._url(word)
        elif self.origin.tree is None:
            name = posixpath.basename(word) if self.item.keyword == "COPY" else None
            self.copier.unknown(self.dest, self.origin.reason, name)
        elif self.dest is None:
            self.copier.unknown(None, not_known(self.step))
        elif self.item.is_set("parents"):
            self._with_parents(self.origin.tree, word, self.dest)
        else:
            self._paths(self.origin.tree, word, self.dest)

    # -- is it there ------------------------------------------------------------------------------

    def _check_there(self, word: str, bodies: dict[str, str | None]) -> None:
        if _is_special(word, bodies) or self.origin.tree is None:
            if URL.search(word) and self.item.keyword == "COPY":
                raise StageError("source can't be a URL for COPY", self.step.span)
            return
        for link in self._links_to_check(self.origin.tree, word):
            if isinstance(self._look(self.origin.tree, link), Absent):
                raise StageError(self._missing(link, Absent()), self.step.span)
        path = self._path(word)
        if has_wildcards(path) or self._may_be_made(path):
            return
        found = self._look(self.origin.tree, path)
        if isinstance(found, Absent):
            raise StageError(self._missing(path, found), self.step.span)

    def _links_to_check(self, tree: Tree, word: str) -> Iterator[str]:
        """Links that the builder follows when it computes the cache key, and then misses their targets.

        What a pattern matches; and the links in the root of the source when --exclude or --parents filters it.
        """
        path = self._path(word)
        filtered = bool(self.copier.excluded.patterns)
        wanted = None
        if self.item.is_set("parents"):
            path, wanted = parent_patterns(word)
            filtered = True
        matches: list[str] = []
        if has_wildcards(path) and isinstance(self._look(tree, split_pattern(path)[0]), Present):
            matches = self.copier.sources(tree, path, None)
        if path == "/" and filtered:
            matches = [child for child, _ in tree.children("/") if not self.copier.left_out(child[1:])]
        for match in matches:
            entry = tree.get(match)
            if isinstance(entry, Present) and entry.kind == "l" and (wanted is None or wanted.decide(match[1:])):
                yield match

    def _path(self, word: str) -> str:
        if self.item.is_set("parents"):
            word = word.replace("/./", "/")
        return "/" + context_path(word) if context_path(word) != "." else "/"

    def _look(self, tree: Tree, path: str) -> Present | Absent | Unknown:
        real = resolve(tree, path)
        return tree.get(real) if real is not None else Absent()

    def _missing(self, path: str, found: Absent) -> str:
        text = f'failed to calculate checksum of ref: "{path}": not found'
        return f"{text} ({found.removed_by} leaves it out)" if found.removed_by is not None else text

    def _may_be_made(self, path: str) -> bool:
        """Whether git ignores a path that is not there: a build step makes such files before the image is built."""
        tree = self.origin.tree
        if not isinstance(tree, ContextTree):
            return False
        found = self._look(tree, path)
        gone = isinstance(found, Absent) and found.removed_by is None
        return gone and tree.left_out_by(path, is_dir=False) is None and self.project.ignored(tree.source(path))

    # -- the kinds of source ----------------------------------------------------------------------

    def _paths(self, tree: Tree, word: str, dest: str) -> None:
        path = self._path(word)
        plain = path if not has_wildcards(path) else posixpath.dirname(path)
        while has_wildcards(plain):
            plain = posixpath.dirname(plain)
        if self._may_be_made(plain):
            name = posixpath.basename(path) if plain == path and self.item.keyword == "COPY" else None
            self.copier.unknown(dest, f"`{plain.lstrip('/')}` is not in the repository and git ignores it", name)
            return
        if has_wildcards(path):
            for region in tree.doubts(plain):
                self.copier.unknown(dest, region.reason, None, Unknown(region.reason, region.at, region.distributions))
            if isinstance(self._look(tree, plain), Unknown):
                return
        for found in self.copier.sources(tree, path, None):
            if not self._unpacked(tree, found, dest):
                self.copier.place(tree, found, dest)

    def _with_parents(self, tree: Tree, word: str, dest: str) -> None:
        """Like copying the directory before the pivot, but of its contents only what the rest of the word matches."""
        base, wanted = parent_patterns(word)
        for region in tree.doubts(base):
            self.copier.unknown(dest, region.reason, None, Unknown(region.reason, region.at, region.distributions))
        for found in self.copier.sources(tree, base, None):
            self.copier.place(tree, found, dest, wanted)

    def _heredoc(self, name: str, body: str | None) -> None:
        if self.dest is None:
            self.copier.unknown(None, not_known(self.step))
            return
        written = Present("f", content=body, mode=0o644)
        self.copier.file(written, name, self.copier.target(self.dest))

    def _url(self, url: str) -> None:
        if self.item.keyword == "COPY":
            raise StageError("source can't be a URL for COPY", self.step.span)
        name = posixpath.basename(re.split(r"[?#]", url, maxsplit=1)[0])
        is_git = url.startswith(("git@", "git://", "ssh://")) or ".git" in url
        if is_git or self.item.is_set("unpack") or self.dest is None or not name:
            self.copier.unknown(self.dest, f"contents of {url} are not known")
            return
        self.copier.file(Present("f", mode=0o600), name, self.copier.target(self.dest))

    def _unpacked(self, tree: Tree, path: str, dest: str) -> bool:
        """ADD extracts a local tar, whatever its name, into ``dest`` as a directory."""
        if self.item.keyword != "ADD" or self.item.flag("unpack") == "false":
            return False
        found = self._look(tree, path)
        if not isinstance(found, Present) or found.kind != "f" or found.source is None:
            return False
        try:
            listed = members(self.project, found.source)
        except ArchiveError as error:
            self.copier.unknown(dest, str(error))
            return True
        if listed is None:
            return False
        target = self.copier.make_dirs(dest, replace(self.copier.made(), mode=0o755))
        for name, entry in listed:
            place = posixpath.join(target, name)
            parent = self.copier.make_dirs(posixpath.dirname(place))
            uid, gid = self.copier.chown or (entry.uid, entry.gid)
            final = posixpath.join(parent, posixpath.basename(place))
            existing = self.copier.files.get(final)
            if not (entry.kind == "d" and isinstance(existing, Present) and existing.kind == "d"):
                self.copier.files.put(final, replace(entry, put_by=self.step.span, uid=uid, gid=gid))
        return True


def _heredoc_name(word: str | None, bodies: dict[str, str | None]) -> str | None:
    if word is None or not word.startswith("<<"):
        return None
    name = word[2:].removeprefix("-")
    return name if name in bodies else None


def _is_special(word: str, bodies: dict[str, str | None]) -> bool:
    return _heredoc_name(word, bodies) is not None or URL.search(word) is not None


def not_known(step: Step) -> str:
    """Why an instruction's words or working directory are not known."""
    return f"the value of `{step.unknown}` is not known" if step.unknown else "the working directory is not known"
