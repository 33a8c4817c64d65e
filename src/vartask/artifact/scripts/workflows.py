"""GitHub Actions as units: each job of each workflow, once for every combination of its matrix.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from vartask.artifact.scripts.actions import as_commands
from vartask.artifact.scripts.expressions import Context, combinations_of, environment_of, put, shown
from vartask.artifact.scripts.steps import MOUNT, Step, Unit
from vartask.artifact.scripts.yaml_values import child, commands_of, mappings, root_of, scalars, text_of
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import dataclass, field, replace
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Scalar, Sequence

MAX_NESTING = 4
_FAILING = regex(r"\bfailure\(\)|\bcancelled\(\)")


@dataclass(frozen=True, slots=True)
class _Scope:
    """Where a step stands: its file, what expressions know, its environment, and the defaults of its job."""

    path: str
    known: Context
    variables: Mapping[str, str | None]
    directory: str
    shell: str | None
    depth: int = 0


@dataclass
class Workflows:
    """Every workflow of a project, with the values that a caller gives to one that is called."""

    project: Project
    paths: tuple[str, ...]
    _roots: dict[str, MappingNode | None] = field(default_factory=dict)

    def units(self) -> Iterator[Unit]:
        """The jobs of every workflow; one that others call takes the values that they give."""
        called: set[str] = set()
        for path in self.paths:
            for name, job in mappings(self._child(path, "jobs")):
                target = self._local(text_of(job, "uses"), path)
                if target is None:
                    continue
                called.add(target)
                given = job.get("with")
                inputs = {key: put(value, {}) for key, value in scalars(given)}
                yield from self._jobs(target, inputs, name)
        for path in self.paths:
            if path not in called:
                yield from self._jobs(path, {}, None)

    def _child(self, path: str, name: str) -> MappingNode | None:
        if path not in self._roots:
            self._roots[path] = root_of(self.project, path)
        node = child(self._roots[path], name)
        return node if isinstance(node, MappingNode) else None

    def _local(self, uses: str | None, path: str) -> str | None:
        """The file of this repository that ``uses`` names."""
        if uses is None or not uses.startswith("./"):
            return None
        base = path.partition(".github/")[0] or "."
        found = self.project.join(base, uses)
        if found is None:
            return None
        for candidate in (found, f"{found}/action.yml", f"{found}/action.yaml"):
            if self.project.is_file(candidate):
                return candidate
        return None

    def _jobs(self, path: str, inputs: Context, caller: str | None) -> Iterator[Unit]:
        root = self._roots.get(path) or root_of(self.project, path)
        if root is None:
            return
        given: dict[str, str | None] = {f"inputs.{name}": value for name, value in self._inputs(path, inputs).items()}
        given.update({f"github.event.{name}": value for name, value in given.items()})
        given["github.workspace"] = MOUNT
        for name, job in mappings(root.get("jobs")):
            for combination in combinations_of(job):
                context = {**given, **combination}
                steps = tuple(self._steps(path, root, job, context))
                if steps:
                    yield Unit(path, f"{caller}/{name}" if caller else name, steps, complete=True)

    def _inputs(self, path: str, inputs: Context) -> dict[str, str | None]:
        """What the caller gives, else the default; an input that has none and is not given is empty."""
        on = self._child(path, "on") or self._child(path, "true")
        found: dict[str, str | None] = {}
        for trigger in ("workflow_call", "workflow_dispatch"):
            for name, node in mappings(child(on, trigger, "inputs")):
                optional = text_of(node, "required") in {None, "false"}
                default = text_of(node, "default")
                found.setdefault(name, default if default is not None else ("" if optional and inputs else None))
        return {**found, **inputs}

    def _steps(self, path: str, root: MappingNode, job: MappingNode, context: Context) -> Iterator[Step]:
        variables = {**environment_of(root, context), **environment_of(job, context)}
        known = {**context, **{f"env.{name}": value for name, value in variables.items()}}
        directory = _default(job, "working-directory") or _default(root, "working-directory") or "."
        shell = _default(job, "shell") or _default(root, "shell")
        scope = _Scope(path, known, variables, directory, shell)
        steps = job.get("steps")
        for node in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(node, MappingNode) and not _FAILING.search(text_of(node, "if") or ""):
                yield from self._step(node, scope)

    def _step(self, node: MappingNode, scope: _Scope) -> Iterator[Step]:
        own = {**scope.variables, **environment_of(node, scope.known)}
        known = {**scope.known, **{f"env.{name}": value for name, value in own.items()}}
        run, uses = node.get("run"), text_of(node, "uses")
        if isinstance(run, Scalar):
            given = shown(text_of(node, "working-directory") or scope.directory, known)
            directory = posixpath.normpath(given.replace(MOUNT, ".", 1))
            text, line = commands_of(run)
            shell = text_of(node, "shell") or scope.shell
            if shell is not None and not re.match(r"(?:ba|z)?sh\b", shell):
                text = "_files_from_elsewhere ."
            yield Step(shown(text, known), scope.path, line, directory, own, "eP" if shell else "e")
        elif uses is not None:
            local = self._local(uses, scope.path)
            if local is not None and scope.depth < MAX_NESTING:
                yield from self._composite(local, node, replace(scope, known=known, variables=own))
                return
            inputs = {name: shown(value, known) for name, value in scalars(node.get("with"))}
            text = as_commands(uses.partition("@")[0].lower(), inputs) or ""
            if text:
                yield Step(text, scope.path, node.span.line, ".", own, "e")

    def _composite(self, path: str, node: MappingNode, scope: _Scope) -> Iterator[Step]:
        """An action of the repository itself: its steps run as steps of the job."""
        root = root_of(self.project, path)
        steps = child(root, "runs", "steps")
        inputs: dict[str, str | None] = {
            f"inputs.{name}": text_of(one, "default") or "" for name, one in mappings(child(root, "inputs"))
        }
        inputs.update((f"inputs.{name}", put(value, scope.known)) for name, value in scalars(node.get("with")))
        kept = {name: value for name, value in scope.known.items() if not name.startswith("inputs.")}
        action = posixpath.join(MOUNT, posixpath.dirname(path))
        inner = _Scope(
            path,
            {**kept, **inputs, "github.action_path": action},
            {**scope.variables, "GITHUB_ACTION_PATH": action},
            ".",
            "bash",
            scope.depth + 1,
        )
        for one in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(one, MappingNode):
                yield from self._step(one, inner)


def _default(owner: MappingNode, name: str) -> str | None:
    return text_of(owner, "defaults", "run", name)
