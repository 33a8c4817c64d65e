"""Carry out a Dockerfile's stages, instruction by instruction, on predicted file trees."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from dataclasses import replace

from vartask.artifact.archives import ArchiveError, members
from vartask.artifact.base import base_files
from vartask.artifact.context import ContextTree, read_ignore_file
from vartask.artifact.copy import Copier, Origin, check_patterns, moved_path, parent_patterns
from vartask.artifact.describe import URL, context_path
from vartask.artifact.filesystem import DIRECTORY, FileSystem, NotADirectory, Tree, resolve
from vartask.artifact.gomatch import has_wildcards
from vartask.artifact.modes import numeric_owner
from vartask.artifact.run import Runner
from vartask.artifact.stage_words import join_workdir
from vartask.artifact.stages import Plan, PlannedStage, StageError, Step
from vartask.data.base_images import known_base
from vartask.model import Absent, BuildError, Image, Present, Unknown, UnknownRegion
from vartask.project import Project


class Builder:
    """Builds the stages of one image; each stage's files are kept, for ``COPY --from``."""

    def __init__(self, project: Project, image: Image, plan: Plan) -> None:
        self.project = project
        self.plan = plan
        self.context: ContextTree | None = None
        self.missing: BuildError | None = None
        if image.context is not None and not project.is_dir(image.context):
            # A directory that git ignores is made by a build step: what it will hold is not known.
            if not project.ignored(image.context):
                self.missing = BuildError(f'unable to prepare context: path "{image.context}" not found', image.span)
        elif image.context is not None:
            ignore = read_ignore_file(project, image.context, image.dockerfile)
            self.context = ContextTree(project, image.context, ignore)
        self.built: dict[int, FileSystem] = {}
        self.current = FileSystem()

    def build(self) -> FileSystem:
        """The target's files.  Raises :class:`StageError`; ``current`` then holds what was there before."""
        if self.missing is not None:
            raise StageError(self.missing.message, self.missing.at)
        if self.context is not None and self.context.ignore.error is not None:
            at = self.plan.stages[self.plan.target].stage.span
            raise StageError(f"{self.context.ignore.path}: {self.context.ignore.error}", at)
        for index, stage in self.plan.stages.items():
            self.current = self._start(stage)
            for step in stage.steps:
                self._carry_out(stage, step)
            self.built[index] = self.current
        return self.built[self.plan.target]

    def _start(self, stage: PlannedStage) -> FileSystem:
        if isinstance(stage.base, int):
            return self.built[stage.base].copy()
        return base_files(stage.base, stage.reference, stage.stage.span)

    def _carry_out(self, stage: PlannedStage, step: Step) -> None:
        actions: dict[str, Callable[[PlannedStage, Step], None]] = {
            "ADD": self._copy,
            "COPY": self._copy,
            "RUN": self._run,
            "WORKDIR": self._workdir,
        }
        action = actions.get(step.instruction.keyword)
        if action is not None:
            action(stage, step)

    def _workdir(self, _stage: PlannedStage, step: Step) -> None:
        path = join_workdir(step.workdir, step.words[0])
        if path is None:
            self.current.doubt(UnknownRegion("/", _not_known(step), step.span))
            return
        uid, gid = numeric_owner(step.user)
        try:
            self.current.make_dirs(path, replace(DIRECTORY, put_by=step.span, uid=uid, gid=gid))
        except NotADirectory as error:
            raise StageError(f"mkdir {error.path}: not a directory", step.span) from error

    def _run(self, stage: PlannedStage, step: Step) -> None:
        Runner(self.project, self.current, step, self._root_base(stage), self._mount_origin(stage, step)).run()

    def _root_base(self, stage: PlannedStage) -> PlannedStage:
        while isinstance(stage.base, int):
            stage = self.plan.stages[stage.base]
        return stage

    def _mount_origin(self, stage: PlannedStage, step: Step) -> Callable[[str | None], Origin]:
        return lambda name: self._origin(stage, step, name)

    # -- where copies come from -------------------------------------------------------------------

    def _origin(self, stage: PlannedStage, step: Step, name: str | None) -> Origin:
        if name is None:
            reason = "the build context is not known"
            return Origin(self.context, reason)
        index = self._stage_index(stage, name)
        if index is not None:
            return Origin(self.built[index], foreign=True)
        if "$" in name:
            raise StageError(
                f"failed to parse stage name {name!r}: invalid reference format: no variables here", step.span
            )
        known = known_base(name)
        reason = f"contents of image `{name}` are not known"
        return Origin(base_files(known, name, step.span) if known else None, reason, foreign=True)

    def _stage_index(self, stage: PlannedStage, name: str) -> int | None:
        for earlier in sorted(self.built, reverse=True):
            if earlier < stage.stage.index and self.plan.dockerfile.stages[earlier].name == name.lower():
                return earlier
        return int(name) if name.isdigit() and int(name) in self.built else None

    # -- COPY and ADD -----------------------------------------------------------------------------

    def _copy(self, stage: PlannedStage, step: Step) -> None:
        item = step.instruction
        origin = self._origin(stage, step, item.flag("from") or None)
        linked = item.is_set("link")
        files = FileSystem() if linked else self.current
        _Copy(self.project, Copier(files, step, origin), origin).run()
        if linked:
            self._lay_over(files)

    def _lay_over(self, layer: FileSystem) -> None:
        """``--link``: the copy is a layer of its own, laid over the files without following their links."""
        for path in ["/", *layer.below("/")]:
            entry = layer.entries[path]
            existing = self.current.get(path)
            keep = isinstance(existing, Present) and existing.kind == entry.kind == "d"
            unknown_dir = isinstance(existing, Unknown) and entry.kind == "d"
            if not keep and path != "/":
                self.current.put(path, replace(entry, mode=0o755) if unknown_dir else entry)
        for region in layer.regions:
            self.current.doubt(region)
        for path, span in layer.removed.items():
            if path not in self.current.entries:
                self.current.removed[path] = span


class _Copy:
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
            self.copier.unknown(self.dest, _not_known(self.step))
        elif heredoc is not None:
            self._heredoc(heredoc, bodies[heredoc])
        elif URL.search(word):
            self._url(word)
        elif self.origin.tree is None:
            name = posixpath.basename(word) if self.item.keyword == "COPY" else None
            self.copier.unknown(self.dest, self.origin.reason, name)
        elif self.dest is None:
            self.copier.unknown(None, _not_known(self.step))
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
        path = self._path(word)
        if has_wildcards(path) or self._may_be_made(path):
            return
        found = self._look(self.origin.tree, path)
        if isinstance(found, Absent):
            raise StageError(self._missing(path, found), self.step.span)

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
        base, wanted = parent_patterns(word if word.startswith("/") else "/" + word)
        for region in tree.doubts(base):
            self.copier.unknown(dest, region.reason, None, Unknown(region.reason, region.at, region.distributions))
        pending = [base]
        while pending:
            here = pending.pop()
            for child, entry in tree.children(here):
                relative = moved_path(child, base, "/").lstrip("/")
                if entry.kind == "d":
                    pending.append(child)
                if wanted.decide(relative) is not None:
                    self._keep_parents(tree, base, child, entry, dest)

    def _keep_parents(self, tree: Tree, base: str, path: str, entry: Present, dest: str) -> None:
        target = self.copier.make_dirs(dest if dest.endswith("/") else dest + "/")
        parts = moved_path(path, base, "/").lstrip("/").split("/")
        for depth in range(1, len(parts)):
            below = posixpath.join(target, *parts[:depth])
            if isinstance(self.copier.files.get(below), Present):
                continue
            source = tree.get(posixpath.join(base, *parts[:depth]))
            made = source if isinstance(source, Present) and source.kind == "d" else DIRECTORY
            self.copier.files.put(below, self.copier.entry(made))
        place = posixpath.join(target, *parts)
        existing = self.copier.files.get(place)
        if not (entry.kind == "d" and isinstance(existing, Present)):
            self.copier.files.put(place, self.copier.entry(entry))

    def _heredoc(self, name: str, body: str | None) -> None:
        if self.dest is None:
            self.copier.unknown(None, _not_known(self.step))
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
        target = self.copier.make_dirs(dest)
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


def _not_known(step: Step) -> str:
    return f"the value of `{step.unknown}` is not known" if step.unknown else "the working directory is not known"
