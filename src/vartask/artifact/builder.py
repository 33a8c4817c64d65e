"""Carry out a Dockerfile's stages, instruction by instruction, on predicted file trees."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator

from vartask.artifact.base import base_files
from vartask.artifact.context import ContextTree, excluding, read_ignore_file
from vartask.artifact.copy import Copier, Origin
from vartask.artifact.copy_sources import Sources, not_known
from vartask.artifact.describe import context_sources
from vartask.artifact.filesystem import DIRECTORY, FileSystem, NotADirectory, same_directory
from vartask.artifact.modes import owner
from vartask.artifact.run import Runner
from vartask.artifact.sent import Sent
from vartask.artifact.stage_words import join_workdir
from vartask.artifact.stages import Plan, PlannedStage, StageError, Step
from vartask.artifact.step_checks import Refused, check_owner
from vartask.data.base_images import BaseImage
from vartask.model import BuildError, Image, NamedContext, Present, Span, UnknownRegion
from vartask.project import Project
from vartask.records import replace


class Builder:
    """Builds the stages of one image; each stage's files are kept, for ``COPY --from``."""

    def __init__(self, project: Project, image: Image, plan: Plan) -> None:
        self.project = project
        self.plan = plan
        self.builder = plan.dockerfile.builder
        self.complete = image.complete
        self.context: ContextTree | None = None
        self.missing: BuildError | None = None
        if image.context is not None and not project.is_dir(image.context):
            # A directory that git ignores is made by a build step: what it will hold is not known.
            if image.complete or not project.ignored(image.context):
                self.missing = BuildError(f'unable to prepare context: path "{image.context}" not found', image.span)
        elif image.context is not None:
            ignore = read_ignore_file(project, image.context, image.dockerfile, self.builder)
            ignore = excluding(ignore, image.excluded, self.builder)
            self.context = ContextTree(project, image.context, ignore, self.builder, complete=image.complete)
        self.sent = Sent(self.context, _named_sources(plan)) if self.context is not None else None
        self.named: dict[str, ContextTree] = {}
        self.untouched: dict[int, bool] = {}
        """Stages that nothing was put into since ``FROM scratch``: there, no name of a user can be looked up."""
        self.built: dict[int, FileSystem] = {}
        self.current = FileSystem()

    def build(self) -> FileSystem:
        """The target's files.  Raises :class:`StageError`; ``current`` then holds what was there before."""
        if self.missing is not None:
            raise StageError(self.missing.message, self.missing.at)
        if self.context is not None and self.context.ignore.error is not None:
            at = self.plan.stages[self.plan.target].stage.span
            raise StageError(self.context.ignore.error, self.context.ignore.at or at)
        for index, stage in self.plan.stages.items():
            self.current = self._start(stage)
            self.untouched[index] = self._is_empty(stage)
            for step in stage.steps:
                self._carry_out(stage, step)
                self.untouched[index] &= not self._puts(step)
            self.built[index] = self.current
        return self.built[self.plan.target]

    def _start(self, stage: PlannedStage) -> FileSystem:
        if isinstance(stage.base, int):
            return self.built[stage.base].copy()
        if isinstance(stage.base, NamedContext):
            return self._from_context(stage.base, stage.reference, stage.stage.span)
        return base_files(stage.base, stage.reference, stage.stage.span)

    def _is_empty(self, stage: PlannedStage) -> bool:
        if isinstance(stage.base, int):
            return self.untouched[stage.base]
        return isinstance(stage.base, BaseImage) and stage.base.kind == "scratch"

    def _puts(self, step: Step) -> bool:
        keyword = step.instruction.keyword
        return keyword in {"ADD", "COPY", "RUN"} or (keyword == "WORKDIR" and step.words[0] != "/")

    def _check_owner(self, text: str | None, step: Step, *, empty: bool) -> None:
        if not (empty and self.builder.checks_words_first):
            return
        try:
            check_owner(text)
        except Refused as error:
            raise StageError(str(error), step.span) from error

    def _from_context(self, context: NamedContext, name: str | None, at: Span) -> FileSystem:
        """``FROM name`` with a directory of that name: its files, and nothing else."""
        tree = self._named(context)
        files = FileSystem()
        if tree is None:
            files.doubt(UnknownRegion("/", context.reason or f"contents of build context `{name}` are not known", at))
            return files
        pending = ["/"]
        while pending:
            for path, entry in tree.children(pending.pop()):
                files.put(path, replace(entry, put_by=at))
                if entry.kind == "d":
                    pending.append(path)
        files.removed.update(tree.hidden("/"))
        return files

    def _carry_out(self, stage: PlannedStage, step: Step) -> None:
        actions: dict[str, Callable[[PlannedStage, Step], None]] = {
            "ADD": self._copy,
            "COPY": self._copy,
            "RUN": self._run,
            "VOLUME": self._volume,
            "WORKDIR": self._workdir,
        }
        if step.instruction.refused is not None:
            raise StageError(step.instruction.refused, step.span)
        action = actions.get(step.instruction.keyword)
        if action is not None:
            action(stage, step)

    def _workdir(self, stage: PlannedStage, step: Step) -> None:
        path = join_workdir(step.workdir, step.words[0])
        if path != "/":
            self._check_owner(step.user or None, step, empty=self.untouched[stage.stage.index])
        if path is None:
            self.current.doubt(UnknownRegion("/", not_known(step), step.span))
            return
        uid, gid = owner(step.user) if self.builder.workdir_owned_by_user else (0, 0)
        self._make_dir(path, replace(DIRECTORY, put_by=step.span, uid=uid, gid=gid), step)

    def _volume(self, _stage: PlannedStage, step: Step) -> None:
        for word in step.words if self.builder.volumes_are_made else ():
            if word is not None:
                self._make_dir(posixpath.join("/", word), replace(DIRECTORY, put_by=step.span), step)

    def _make_dir(self, path: str, made: Present, step: Step) -> None:
        try:
            self.current.make_dirs(path, made)
        except NotADirectory as error:
            raise StageError(str(error), step.span) from error

    def _run(self, stage: PlannedStage, step: Step) -> None:
        Runner(self.project, self.current, step, self._root_base(stage), lambda name: self._origin(step, name)).run()

    def _root_base(self, stage: PlannedStage) -> PlannedStage:
        while isinstance(stage.base, int):
            stage = self.plan.stages[stage.base]
        return stage

    # -- where copies come from -------------------------------------------------------------------

    def _origin(self, step: Step, name: str | None) -> Origin:
        if name is None:
            return Origin(self.context, "the build context is not known", sent=self.sent)
        base = self.plan.bases.source(step.instruction, name)
        if isinstance(base.origin, int):
            return Origin(self.built[base.origin], foreign=True)
        if isinstance(base.origin, NamedContext):
            return Origin(self._named(base.origin), base.origin.reason or "")
        known = base_files(base.origin, base.reference, step.span) if base.origin is not None else None
        return Origin(known, f"contents of image `{base.reference or name}` are not known", foreign=True)

    def _named(self, context: NamedContext) -> ContextTree | None:
        """A named context's files; its own .dockerignore counts, the Dockerfile's does not."""
        directory = context.directory
        if directory is None:
            return None
        if directory not in self.named:
            ignore = read_ignore_file(self.project, directory, None, self.builder)
            self.named[directory] = ContextTree(self.project, directory, ignore, self.builder, complete=self.complete)
        return self.named[directory]

    # -- COPY and ADD -----------------------------------------------------------------------------

    def _copy(self, stage: PlannedStage, step: Step) -> None:
        item = step.instruction
        origin = self._origin(step, item.flag("from") or None)
        # With --chmod, BuildKit makes no layer of its own of it (dockerfile2llb, dispatchCopy).
        linked = item.is_set("link") and not step.chmod and self.builder.link_is_layer
        self._check_owner(step.chown, step, empty=linked or self.untouched[stage.stage.index])
        files = FileSystem() if linked else self.current
        Sources(self.project, Copier(files, step, origin), origin).run()
        if linked:
            self._lay_over(files)

    def _lay_over(self, layer: FileSystem) -> None:
        """``--link``: the copy is a layer of its own, laid over the files without following their links.

        Its directories bring their own mode and owner along.
        """
        for path in layer.below("/"):
            entry = layer.entries[path]
            existing = self.current.get(path)
            if not (isinstance(existing, Present) and entry.kind == "d" and same_directory(existing, entry)):
                self.current.put(path, entry)
        for region in layer.regions:
            self.current.doubt(region)
        for path, span in layer.removed.items():
            if path not in self.current.entries:
                self.current.removed[path] = span


def _named_sources(plan: Plan) -> Iterator[str | None]:
    """The sources in the build context, ``None`` for one that is not known."""
    for source in context_sources(plan):
        yield source.path
    for stage in plan.stages.values():
        for step in stage.steps:
            if step.instruction.keyword in {"ADD", "COPY"} and None in step.words[:-1]:
                yield None
