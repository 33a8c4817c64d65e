"""The sources of one COPY or ADD: whether they are there, and what each of them brings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Sequence

from vartask.artifact.archives import ArchiveError, members
from vartask.artifact.context import ContextTree
from vartask.artifact.copy import Copier, Origin, check_patterns, parent_patterns
from vartask.artifact.describe import URL, context_path
from vartask.artifact.filesystem import DIRECTORY, FileSystem, Tree, resolve
from vartask.artifact.gomatch import has_wildcards, match
from vartask.artifact.matching import plain_directory, split_pattern
from vartask.artifact.stages import StageError, Step
from vartask.data.builder_words import nothing_matched, source_missing
from vartask.model import Absent, Present, Unknown
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import replace

DOWNLOAD = regex(r"^https?://")
HEREDOC = regex(r"\d*<<-?([^<]+)")


class Sources:
    """The sources of one COPY or ADD."""

    def __init__(self, project: Project, copier: Copier, origin: Origin) -> None:
        self.project = project
        self.copier = copier
        self.origin = origin
        self.step = copier.step
        self.item = copier.step.instruction
        self.builder = copier.builder
        self.bodies = dict(zip((heredoc.name for heredoc in self.item.heredocs), self.step.bodies, strict=True))
        self.dest = copier.destination()
        many = len(self.step.words) > 2 and self.builder.several_sources_make_directory  # noqa: PLR2004 - the last is not a source
        if many and self.dest is not None and not self.dest.endswith("/"):
            self.dest += "/"

    def run(self) -> None:
        """Copy every source.  Raises :class:`StageError`."""
        words = self.step.words[:-1]
        paths = [word for word in words if word is not None and not self._is_special(word)]
        if self.builder.bad_patterns_fail or self.origin.foreign:
            check_patterns(["/" + context_path(path) for path in paths], self.step.span)
        for word in words:
            if word is not None:
                self._check_there(word)
        self._check_together(words)
        for word in words:
            self._source(word)

    def _is_special(self, word: str) -> bool:
        return self._heredoc_name(word) is not None or self._is_remote(word)

    def _is_remote(self, word: str) -> bool:
        return (URL if self.builder.add_git else DOWNLOAD).search(word) is not None

    def _heredoc_name(self, word: str | None) -> str | None:
        """The name of the file that a word stands for: in a JSON form it is empty."""
        if word is None or not self.builder.heredocs:
            return None
        match = HEREDOC.fullmatch(word)
        return match[1] if match else None

    def _source(self, word: str | None) -> None:
        heredoc = self._heredoc_name(word)
        if word is None:
            self.copier.unknown(self.dest, not_known(self.step))
        elif heredoc is not None:
            self._heredoc(heredoc, self.bodies.get(heredoc, ""))
        elif self._is_remote(word):
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

    def _check_there(self, word: str) -> None:
        if self._is_special(word) or self.origin.tree is None:
            if self._is_remote(word) and self.item.keyword == "COPY":
                raise StageError("source can't be a URL for COPY", self.step.span)
            return
        outside = posixpath.normpath(word.lstrip("/")).startswith("..") and not has_wildcards(word)
        if outside and not self.builder.sources_stay_in_context:
            text = f"{self.item.keyword} failed: forbidden path outside the build context: {word.lstrip('/')} ()"
            raise StageError(text, self.step.span)
        for link in self._links_to_check(self.origin.tree, word):
            if isinstance(self._look(self.origin.tree, link), Absent):
                raise StageError(self._missing(word, link, Absent()), self.step.span)
        path = self._path(word)
        if has_wildcards(path) or self._may_be_made(path):
            return
        found = self._look(self.origin.tree, path)
        if self.item.is_set("parents"):
            # Only a path that is taken as it is counts; a link's target does not.
            found = Absent(self.step.span) if self.copier.left_out(path[1:]) else self.origin.tree.get(path)
        if isinstance(found, Absent):
            raise StageError(self._missing(word, path, found), self.step.span)

    def _check_together(self, words: Sequence[str | None]) -> None:
        """What a builder refuses when it sees all that its patterns matched."""
        if not (self.builder.several_sources_need_slash or self.builder.empty_copy_is_error):
            return
        counts = [self._count(word) for word in words]
        there, dest = sum(count or 0 for count in counts), self.step.words[-1]
        if self.builder.several_sources_need_slash and there > 1 and dest is not None and not dest.endswith("/"):
            raise StageError(
                f"When using {self.item.keyword} with more than one source file, the destination must be a directory"
                " and end with a /",
                self.step.span,
            )
        if self.builder.empty_copy_is_error and not there and None not in counts:
            path = self._path(words[0] or "")
            tree = self.origin.tree
            ignored = self.copier.sources(tree.unfiltered(), path, None) if isinstance(tree, ContextTree) else []
            raise StageError(nothing_matched(self.builder, self.item.keyword, path, len(ignored)), self.step.span)

    def _count(self, word: str | None) -> int | None:
        """How many sources a word stands for; ``None`` when that is not known."""
        tree = self.origin.tree
        if word is None or (tree is None and has_wildcards(word)):
            return None
        if tree is None or self._is_special(word) or not has_wildcards(self._path(word)):
            return 1
        plain = plain_directory(self._path(word))
        if self._may_be_made(plain) or any(True for _ in tree.doubts(plain)):
            return None
        return len(self.copier.sources(tree, self._path(word), None))

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
        for found in matches:
            entry = tree.get(found)
            if isinstance(entry, Present) and entry.kind == "l" and (wanted is None or wanted.decide(found[1:])):
                yield found

    def _path(self, word: str) -> str:
        if self.item.is_set("parents"):
            word = word.replace("/./", "/")
        if has_wildcards(word) and not self.builder.patterns_are_cleaned:
            return "/" + word.removeprefix("/").removeprefix("./")
        return "/" + context_path(word) if context_path(word) != "." else "/"

    def _look(self, tree: Tree, path: str) -> Present | Absent | Unknown:
        real = resolve(tree, path)
        return tree.get(real) if real is not None else Absent()

    def _missing(self, word: str, path: str, found: Absent) -> str:
        tree = self.origin.tree
        if self.builder.checks_words_first and isinstance(tree, FileSystem) and tree.is_empty:
            # Nothing to look through: the copy itself finds out.
            return f"lstat {path}: no such file or directory"
        if self.builder.checks_words_first and tree is not None and resolve(tree, path) is None:
            return "failed to calculate checksum of ref: too many links"
        text = source_missing(self.builder, self.item.keyword, word, path)
        return f"{text} ({found.removed_by} leaves it out)" if found.removed_by is not None else text

    def _may_be_made(self, path: str) -> bool:
        """Whether git ignores a path that is not there: a build step makes such files before the image is built."""
        tree = self.origin.tree
        if not isinstance(tree, ContextTree) or tree.complete:
            return False
        found = self._look(tree, path)
        gone = isinstance(found, Absent) and found.removed_by is None
        return gone and tree.left_out_by(path, is_dir=False) is None and self.project.ignored(tree.source(path))

    # -- the kinds of source ----------------------------------------------------------------------

    def _paths(self, tree: Tree, word: str, dest: str) -> None:
        path = self._path(word)
        plain = plain_directory(path)
        if self._may_be_made(plain):
            name = posixpath.basename(path) if plain == path and self.item.keyword == "COPY" else None
            self.copier.unknown(dest, f"`{plain.lstrip('/')}` is not in the repository and git ignores it", name)
            return
        if has_wildcards(path):
            self._perhaps_matched(tree, path, dest)
            if isinstance(self._look(tree, plain), Unknown):
                return
        matches = self.copier.sources(tree, path, None)
        if not matches:
            self._check_sent(tree, plain, dest)
        for found in matches:
            if not self._unpacked(tree, found, dest):
                self.copier.place(tree, found, dest)

    def _perhaps_matched(self, tree: Tree, path: str, dest: str) -> None:
        """What may be there and match the pattern; then the destination itself is as doubtful."""
        plain, pattern = split_pattern(path)
        first = pattern.partition("/")[0]
        for region in tree.doubts(plain):
            if (
                region.path == plain
                and region.names is not None
                and not any(match(first, name) for name in region.names)
            ):
                continue
            found = Unknown(region.reason, region.at, region.distributions)
            self.copier.unknown(self.copier.missing_top(dest), region.reason, None, found)

    def _check_sent(self, tree: Tree, directory: str, dest: str) -> None:
        """A pattern without a match: its directory has to be there, and BuildKit gets only what sources name."""
        if self.builder.empty_copy_is_error or not isinstance(tree, ContextTree) or directory == "/":
            return
        sent = self.origin.sent.has(directory) if self.origin.sent is not None else None
        if sent is None:
            self.copier.unknown(dest, f"whether the builder gets `{directory[1:]}` is not known")
        elif not sent:
            raise StageError(f"lstat {directory}: no such file or directory", self.step.span)

    def _with_parents(self, tree: Tree, word: str, dest: str) -> None:
        """Like copying the directory before the pivot, but of its contents only what the rest of the word matches."""
        base, wanted = parent_patterns(word)
        for region in tree.doubts(base):
            found = Unknown(region.reason, region.at, region.distributions)
            self.copier.unknown(self.copier.missing_top(dest), region.reason, None, found)
        for path in self.copier.sources(tree, base, None):
            # A file that a pattern before the pivot matches is not even sent to the builder.
            if path == base or not isinstance(tree, ContextTree) or self._is_dir(tree, path):
                self.copier.place(tree, path, dest, wanted)

    def _is_dir(self, tree: Tree, path: str) -> bool:
        found = self._look(tree, path)
        return isinstance(found, Present) and found.kind == "d"

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
        is_git = self.builder.add_git and (url.startswith(("git@", "git://", "ssh://")) or ".git" in url)
        if is_git or self.item.is_set("unpack") or self.dest is None or not name:
            self.copier.unknown(self.dest, f"contents of {url} are not known")
            return
        target = self.copier.target(self.dest)
        mode, self.copier.chmod = self.copier.chmod, self.copier.chmod if self.builder.chmod_downloads else None
        self.copier.file(Present("f", mode=0o600), name, target)
        self.copier.chmod = mode

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
        # Directories that the archive does not list itself.
        between = replace(DIRECTORY, put_by=self.step.span)
        for name, entry in listed:
            place = posixpath.join(target, name)
            parent = self.copier.make_dirs(posixpath.dirname(place), between)
            uid, gid = (self.builder.unpacked_take_chown and self.copier.chown) or (entry.uid, entry.gid)
            final = posixpath.join(parent, posixpath.basename(place))
            self.copier.files.put(final, replace(entry, put_by=self.step.span, uid=uid, gid=gid))
        return True


def not_known(step: Step) -> str:
    """Why an instruction's words or working directory are not known."""
    return f"the value of `{step.unknown}` is not known" if step.unknown else "the working directory is not known"
