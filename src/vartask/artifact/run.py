"""RUN: which script runs where, with which mounts, and whether it certainly fails."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

from vartask.artifact.commands import handler_of, unknown
from vartask.artifact.context import ContextTree
from vartask.artifact.copy import Copier, Origin
from vartask.artifact.describe import context_path
from vartask.artifact.filesystem import DIRECTORY, FileSystem, Tree, is_below, is_in, resolve
from vartask.artifact.interpreter import Finished, Interpreter, short
from vartask.artifact.modes import numeric_owner
from vartask.artifact.shell_state import State, Status
from vartask.artifact.stage_words import mount_options
from vartask.artifact.stages import PlannedStage, StageError, Step
from vartask.data.base_images import BaseImage
from vartask.data.builder_words import needs_buildkit, run_failed
from vartask.model import Absent, Present, UnknownRegion
from vartask.project import Project
from vartask.records import replace
from vartask.syntax.shell import Command
from vartask.syntax.shell_words import Literal, Word

SHELL_NAMES = frozenset({"sh", "bash", "dash", "ash", "zsh"})


def flavour(shell: str, base: BaseImage | None) -> str:
    """Which shell a name means: ``/bin/sh`` is dash on Debian and busybox's ash on Alpine.

    On Amazon Linux it is bash, which images that stand in for AWS's need not have: there both are kept in mind.
    """
    name = posixpath.basename(shell)
    if name in {"bash", "dash", "ash"}:
        return name
    if name == "zsh":
        return "bash"
    if base is None or base.kind != "python":
        return "?"
    return "dash" if base.merged_usr else "ash"


class Runner:
    """Carries out one RUN on ``files``."""

    def __init__(
        self,
        project: Project,
        files: FileSystem,
        step: Step,
        root: PlannedStage,
        origin: Callable[[str | None], Origin],
    ) -> None:
        self.project = project
        self.files = files
        self.step = step
        self.builder = step.builder
        self.root = root
        self.origin = origin

    def run(self) -> None:
        """Follow the script.  Raises :class:`StageError` when it certainly fails."""
        mounts = [mount_options(value) for value in self.step.instruction.flag_values("mount")]
        if mounts and "mount" in self.builder.refused_flags:
            raise StageError(needs_buildkit("mount"), self.step.span)
        targets = [path for path in (self._target(options) for options in mounts) if path is not None]
        for path in self.step.volumes:
            self.files.make_dirs(path, self._stub())
        before = self.files.copy() if targets or self.step.volumes else None
        for options in mounts:
            self._mount(options)
        self.files.mounts = self._mounted(mounts)
        self._check_program()
        state = self._state()
        status = self._follow(Interpreter(state, handler_of, unknown))
        self.files.mounts = {}
        for path in state.temporary:
            # The name was a stand-in: something may be left beside it under the real one.
            parent = posixpath.dirname(path)
            for made in [path, *(child for child, _ in self.files.children(parent) if child.startswith(path))]:
                self.files.remove(made, self.step.span)
                self.files.removed.pop(made, None)
            self.files.doubt(UnknownRegion(parent, "a name that `mktemp` made up", self.step.span))
        if before is not None:
            self._unmount(targets, before)
            for path in self.step.volumes:
                self._restore(path, before)
        if status is False:
            raise StageError(self._failure(state.exit_code), self.step.span)

    def _check_program(self) -> None:
        """The shell, or the program of the exec form, where it is certainly not there."""
        process = self._process()
        if not process or not process[0].startswith("/") or self._script().startswith("#!"):
            return
        real = resolve(self.files, process[0])
        if real is None or isinstance(self.files.get(real), Absent):
            raise StageError(self._failure(1), self.step.span)

    def _failure(self, code: int) -> str:
        return run_failed(self.builder, " ".join(self._process()), code)

    # -- the script -------------------------------------------------------------------------------

    def _process(self) -> tuple[str, ...]:
        item = self.step.instruction
        return item.words if item.exec_form else (*self.step.shell, self._script())

    def _script(self) -> str:
        item = self.step.instruction
        if not item.heredocs:
            return item.value
        if re.fullmatch(r"\d*<<-?\S+", item.value):
            return self.step.bodies[0] or ""
        bodies = zip(item.heredocs, self.step.bodies, strict=True)
        return item.value + "\n" + "".join(f"{body or ''}{heredoc.name}\n" for heredoc, body in bodies)

    def _follow(self, interpreter: Interpreter) -> Status:
        item = self.step.instruction
        if item.exec_form:
            words = tuple(Word((Literal(word, quoted=True),), word) for word in item.words)
            return self._ended(lambda: interpreter.run(Command(words, (), (), " ".join(item.words), 1)))
        script = self._script()
        shell = posixpath.basename(self.step.shell[0])
        if script.startswith("#!") and not re.match(r"#!\s*\S*\b(?:env\s+)?(?:ba|da|a)?sh\b", script):
            first = script.split("\n", 1)[0]
            return interpreter.opaque(first)
        if shell not in SHELL_NAMES:
            return interpreter.opaque(short(f"{shell} {script}"))
        return interpreter.script(script)

    @staticmethod
    def _ended(run: Callable[[], Status]) -> Status:
        try:
            return run()
        except Finished as end:
            return end.status

    def _state(self) -> State:
        step = self.step
        name = step.user.partition(":")[0]
        uid, gid = numeric_owner(step.user)
        known_user = name in {"", "root"} or name.isdigit()
        base = self.root.base if isinstance(self.root.base, BaseImage) else None
        options = " ".join(step.shell[1:])
        return State(
            self.project,
            self.files,
            step.span,
            step.workdir,
            {"HOME": "/root" if uid == 0 and known_user else None, **step.variables},
            step.everything,
            flavour=flavour(step.shell[0], base),
            errexit=re.search(r"(?:^| )-[a-z]*e", options) is not None or "errexit" in options,
            pipefail="pipefail" in options,
            uid=uid if known_user else None,
            gid=gid,
            python=base.python if base is not None else None,
            prefix=base.prefix if base is not None and base.kind != "scratch" else None,
            stdin="",
            whole=self._script() if not step.instruction.exec_form else step.instruction.value,
        )

    # -- mounts -----------------------------------------------------------------------------------

    def _target(self, options: dict[str, str]) -> str | None:
        target = options.get("target") or options.get("dst") or options.get("destination")
        if target is None or "$" in target:
            return None
        path = posixpath.normpath("/" + posixpath.join(self.step.workdir or "/", target).lstrip("/"))
        return resolve(self.files, path)

    def _mounted(self, mounts: list[dict[str, str]]) -> dict[str, bool]:
        """Where something is mounted, and whether it may be written: a bind mount may only when it says so."""
        found: dict[str, bool] = {}
        for options in mounts:
            target, kind = self._target(options), options.get("type", "bind")
            if target is not None and kind not in {"secret", "ssh"}:
                read_only = _flag(options, ("ro", "readonly"))
                writable = _flag(options, ("rw", "readwrite"))
                if writable is None:
                    writable = not read_only if read_only is not None else kind != "bind"
                found[target] = writable
        return found

    def _mount(self, options: dict[str, str]) -> None:
        target = self._target(options)
        kind = options.get("type", "bind")
        if target is None or kind in {"secret", "ssh"}:
            return
        self._clear(target)
        if kind == "tmpfs":
            return
        if kind == "cache":
            self.files.doubt(UnknownRegion(target, "contents of a cache mount are not known", self.step.span))
            return
        origin = self.origin(options.get("from"))
        if origin.tree is None:
            self.files.doubt(UnknownRegion(target, origin.reason, self.step.span))
            return
        tree = origin.tree
        if isinstance(tree, ContextTree) and not self.builder.ignore_file_filters_mounts:
            tree = tree.unfiltered()
        self._bind(options, target, origin, tree)

    def _bind(self, options: dict[str, str], target: str, origin: Origin, tree: Tree) -> None:
        source = "/" + context_path(options.get("source") or options.get("src") or "/").removeprefix(".")
        real = resolve(tree, source)
        found = tree.get(real) if real is not None else Absent()
        if isinstance(found, Absent):
            if isinstance(tree, ContextTree) and not tree.complete and self.project.ignored(tree.source(source)):
                self.files.doubt(UnknownRegion(target, "a file that a build step makes", self.step.span))
                return
            raise StageError(f'failed to calculate checksum of ref: "{source}": not found', self.step.span)
        copier = Copier(self.files, replace(self.step, chown=None, chmod=None), origin)
        if isinstance(found, Present) and found.kind != "d":
            self.files.put(target, copier.entry(found))
        else:
            copier.place(tree, source, target)

    def _clear(self, target: str) -> None:
        """An empty directory where something is mounted, parents as far as they are missing."""
        existing = self.files.get(target)
        if isinstance(existing, Present):
            self.files.remove(target, self.step.span)
        self.files.clear_doubts(target)
        parent = posixpath.dirname(target)
        if not isinstance(self.files.get(parent), Present):
            self.files.make_dirs(parent, self._stub())
        self.files.put(target, self._stub())

    def _stub(self) -> Present:
        """A directory that the builder makes to mount something on."""
        return replace(DIRECTORY, put_by=self.step.span)

    def _unmount(self, targets: list[str], before: FileSystem) -> None:
        """What was written below a mount is gone, and so are mount points that were made for it."""
        for target in targets:
            was_file = isinstance(found := self.files.get(target), Present) and found.kind != "d"
            self._restore(target, before)
            if self.builder.mount_points_stay and not was_file and not isinstance(before.get(target), Present):
                self.files.put(target, self._stub())
            if self.builder.mount_parents_stay:
                continue
            parent = posixpath.dirname(target)
            while parent != "/" and not isinstance(before.get(parent), Present):
                if any(True for _ in self.files.children(parent)):
                    break
                self.files.remove(parent, self.step.span)
                self.files.removed.pop(parent, None)
                parent = posixpath.dirname(parent)

    def _restore(self, target: str, before: FileSystem) -> None:
        for gone in [target, *self.files.below(target)]:
            self.files.removed.pop(gone, None)
        self.files.remove(target, self.step.span)
        self.files.removed = {
            path: span for path, span in self.files.removed.items() if path != target and not is_below(path, target)
        }
        for path in [target, *before.below(target)]:
            if path in before.entries:
                self.files.put(path, before.entries[path])
        for path, span in before.hidden(target).items():
            self.files.removed[path] = span
        # Regions that were there before speak about the place again; those of this RUN do not reach into a mount.
        kept = [region for region in self.files.regions if not is_in(region.path, target)]
        kept += [region for region in before.regions if region not in kept]
        self.files.regions = kept


def _flag(options: dict[str, str], names: tuple[str, ...]) -> bool | None:
    """An option that is on when it is named; ``None`` when it is not."""
    for name in names:
        if name in options:
            return options[name].lower() not in {"false", "0", "f"}
    return None
