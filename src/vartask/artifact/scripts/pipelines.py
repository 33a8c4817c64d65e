"""Pipelines as units: the jobs of GitHub Actions, GitLab CI, CodeBuild, Bitbucket and CircleCI.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax,
https://docs.gitlab.com/ci/yaml/, https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from vartask.artifact.scripts.actions import as_commands
from vartask.artifact.scripts.steps import MOUNT, Step, Unit, unknown
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError, read_yaml

MAX_COMBINATIONS = 40
MAX_NESTING = 4
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_FAILING = re.compile(r"\bfailure\(\)|\bcancelled\(\)")
Context = Mapping[str, str | None]


def root_of(project: Project, path: str) -> MappingNode | None:
    """The document of a YAML file; ``None`` when it is not one, or no mapping."""
    try:
        documents = read_yaml(project.read_text(path), path)
    except (Unreadable, YamlError):
        return None
    root = documents[0].root if documents else None
    return root if isinstance(root, MappingNode) else None


def text_of(owner: Node | None, name: str) -> str | None:
    """A scalar's value under a name."""
    node = owner.get(name) if isinstance(owner, MappingNode) else None
    return node.value if isinstance(node, Scalar) and not node.is_null else None


def _block(node: Scalar) -> tuple[str, int]:
    """A scalar's commands and the line that they begin at: those of a block stand below its ``|``."""
    return node.value, node.span.line + (0 if node.plain and "\n" not in node.value.strip() else 1)


# -- GitHub Actions ----------------------------------------------------------------------------------------


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
            for name, job in _mappings(self._child(path, "jobs")):
                target = self._local(text_of(job, "uses"), path)
                if target is None:
                    continue
                called.add(target)
                given = job.get("with")
                inputs = {key: _put(value, {}) for key, value in _scalars(given)}
                yield from self._jobs(target, inputs, name)
        for path in self.paths:
            if path not in called:
                yield from self._jobs(path, {}, None)

    def _child(self, path: str, name: str) -> MappingNode | None:
        if path not in self._roots:
            self._roots[path] = root_of(self.project, path)
        root = self._roots[path]
        node = root.get(name) if root is not None else None
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
        for name, job in _mappings(root.get("jobs")):
            for combination in _combinations(job):
                context = {**given, **combination}
                steps = tuple(self._steps(path, root, job, context))
                if steps:
                    yield Unit(path, f"{caller}/{name}" if caller else name, steps, complete=True)

    def _inputs(self, path: str, inputs: Context) -> dict[str, str | None]:
        """What the caller gives, else the default; an input that has none and is not given is empty."""
        on = self._child(path, "on") or self._child(path, "true")
        found: dict[str, str | None] = {}
        for trigger in ("workflow_call", "workflow_dispatch"):
            declared = on.get(trigger) if on is not None else None
            declared = declared.get("inputs") if isinstance(declared, MappingNode) else None
            for name, node in _mappings(declared):
                optional = text_of(node, "required") in {None, "false"}
                default = text_of(node, "default")
                found.setdefault(name, default if default is not None else ("" if optional and inputs else None))
        return {**found, **inputs}

    def _steps(self, path: str, root: MappingNode, job: MappingNode, context: Context) -> Iterator[Step]:
        variables = {**_environment(root, context), **_environment(job, context)}
        known = {**context, **{f"env.{name}": value for name, value in variables.items()}}
        directory = _default(job, "working-directory") or _default(root, "working-directory") or "."
        shell = _default(job, "shell") or _default(root, "shell")
        steps = job.get("steps")
        for node in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(node, MappingNode) and not _FAILING.search(text_of(node, "if") or ""):
                yield from self._step(path, node, (known, variables), (directory, shell), 0)

    def _step(
        self,
        path: str,
        node: MappingNode,
        scope: tuple[Context, Mapping[str, str | None]],
        defaults: tuple[str, str | None],
        depth: int,
    ) -> Iterator[Step]:
        known, variables = scope
        own = {**variables, **_environment(node, known)}
        known = {**known, **{f"env.{name}": value for name, value in own.items()}}
        given = _put(text_of(node, "working-directory") or defaults[0], known)
        directory = None if given is None else posixpath.normpath(given.replace(MOUNT, ".", 1))
        run = node.get("run")
        uses = text_of(node, "uses")
        if isinstance(run, Scalar) and directory is not None:
            text, line = _block(run)
            shell = text_of(node, "shell") or defaults[1]
            if shell is not None and not re.match(r"(?:ba|z)?sh\b", shell):
                text = "_files_from_elsewhere ."
            yield Step(_shown(text, known), path, line, directory, own, "eP" if shell else "e")
        elif uses is not None:
            local = self._local(uses, path)
            if local is not None and depth < MAX_NESTING:
                yield from self._composite(local, node, (known, own), depth)
                return
            inputs = {name: _shown(value, known) for name, value in _scalars(node.get("with"))}
            text = as_commands(uses.partition("@")[0].lower(), inputs)
            if text:
                yield Step(text, path, node.span.line, ".", own, "e")

    def _composite(
        self, path: str, node: MappingNode, scope: tuple[Context, Mapping[str, str | None]], depth: int
    ) -> Iterator[Step]:
        """An action of the repository itself: its steps run as steps of the job."""
        root = root_of(self.project, path)
        runs = root.get("runs") if root is not None else None
        steps = runs.get("steps") if isinstance(runs, MappingNode) else None
        known, variables = scope
        inputs: dict[str, str | None] = {}
        for name, one in _mappings(root.get("inputs") if root is not None else None):
            inputs[f"inputs.{name}"] = text_of(one, "default") or ""
        for name, value in _scalars(node.get("with")):
            inputs[f"inputs.{name}"] = _put(value, known)
        kept = {name: value for name, value in known.items() if not name.startswith("inputs.")}
        action = posixpath.join(MOUNT, posixpath.dirname(path))
        for one in steps.items if isinstance(steps, Sequence) else ():
            if isinstance(one, MappingNode):
                inner = {**kept, **inputs, "github.action_path": action}
                own = {**variables, "GITHUB_ACTION_PATH": action}
                yield from self._step(path, one, (inner, own), (".", "bash"), depth + 1)


def _mappings(node: Node | None) -> Iterator[tuple[str, MappingNode]]:
    for key, value in node.items() if isinstance(node, MappingNode) else ():
        if isinstance(value, MappingNode):
            yield key.value, value


def _scalars(node: Node | None) -> Iterator[tuple[str, str]]:
    for key, value in node.items() if isinstance(node, MappingNode) else ():
        if isinstance(value, Scalar):
            yield key.value, "" if value.is_null else value.value


def _default(owner: MappingNode, name: str) -> str | None:
    defaults = owner.get("defaults")
    return text_of(defaults.get("run") if isinstance(defaults, MappingNode) else None, name)


def _environment(owner: MappingNode, context: Context) -> dict[str, str | None]:
    return {name: _put(value, context) for name, value in _scalars(owner.get("env"))}


def _value(expression: str, context: Context) -> str | None:
    """The value of an expression that is a name or a literal, or ``a || b`` of such; ``None`` when not known."""
    for part in expression.split("||"):
        one = part.strip()
        literal = re.fullmatch(r"'([^']*)'", one)
        value = literal[1] if literal else context.get(one)
        if value is None:
            return None
        if value:
            return value
    return ""


def _put(text: str, context: Context) -> str | None:
    """A text with its expressions; ``None`` when one of them is not known."""
    values = [_value(match[1], context) for match in _EXPRESSION.finditer(text)]
    if None in values:
        return None
    rest = iter(values)
    return _EXPRESSION.sub(lambda _match: next(rest) or "", text)


def _shown(text: str, context: Context) -> str:
    """A text with its expressions; one that is not known becomes a variable that the shell cannot know either."""

    def put(match: re.Match[str]) -> str:
        value = _value(match[1], context)
        return unknown("ci", match[1]) if value is None else value

    return _EXPRESSION.sub(put, text)


def _combinations(job: MappingNode) -> list[dict[str, str | None]]:
    """The combinations of ``strategy.matrix``; a matrix that is computed leaves its values unknown."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, MappingNode) else None
    if not isinstance(matrix, MappingNode):
        return [{}]
    combinations: list[dict[str, str | None]] = [{}]
    included: list[dict[str, str | None]] = []
    for name, node in matrix.items():
        if not isinstance(node, Sequence) or name.value == "exclude":
            continue
        prefix = "" if name.value == "include" else f"{name.value}"
        choices: list[dict[str, str | None]] = []
        for item in node.items:
            if isinstance(item, Scalar):
                choices.append({f"matrix.{prefix}": item.value})
            elif isinstance(item, MappingNode):
                dotted = f"{prefix}." if prefix else ""
                choices.append({f"matrix.{dotted}{key}": value for key, value in _scalars(item)})
        if prefix:
            combinations = [{**one, **choice} for one in combinations for choice in choices or [{}]][:MAX_COMBINATIONS]
        else:
            included = choices
    if included and combinations == [{}]:
        return included[:MAX_COMBINATIONS]
    return [{**one, **choice} for one in combinations for choice in included or [{}]][:MAX_COMBINATIONS]


# -- other pipelines ---------------------------------------------------------------------------------------


def gitlab_units(project: Project, path: str) -> Iterator[Unit]:
    """``before_script`` and ``script`` of each job are one shell; ``extends`` takes over what a job does not say."""
    root = root_of(project, path)
    if root is None:
        return
    variables = {name: value for name, value in _scalars(root.get("variables")) if "$" not in value}
    default = root.get("default")
    for name, job in _mappings(root):
        before = _inherited(root, job, "before_script")
        if before is None:
            before = root.get("before_script") or (
                default.get("before_script") if isinstance(default, MappingNode) else None
            )
        script = _inherited(root, job, "script")
        if script is None:
            continue
        own: dict[str, str | None] = {**variables, **dict(_scalars(_inherited(root, job, "variables")))}
        steps = tuple(_listed(path, (before, script), own, "."))
        if steps:
            yield Unit(path, name, steps, complete=True)


def _inherited(root: MappingNode, job: MappingNode, name: str) -> Node | None:
    """A key of a job, or of those that it extends."""
    pending = [job]
    for _ in range(10):
        if not pending:
            return None
        here = pending.pop(0)
        found = here.get(name)
        if found is not None:
            return found
        extends = here.get("extends")
        names = extends.items if isinstance(extends, Sequence) else [extends]
        parents = [root.get(one.value) for one in names if isinstance(one, Scalar)]
        pending += [one for one in reversed(parents) if isinstance(one, MappingNode)]
    return None


def _listed(
    path: str, nodes: tuple[Node | None, ...], variables: Mapping[str, str | None], directory: str
) -> Iterator[Step]:
    """Lists of commands as one shell; each command keeps its line by the empty lines before it."""
    rows: list[str] = []
    first = 0
    for node in nodes:
        for item in _flat(node):
            text, line = _block(item)
            first = first or line
            rows += [""] * (line - first - len(rows))
            rows += text.rstrip("\n").split("\n")
    if rows:
        yield Step("\n".join(rows), path, first, directory, variables, "e")


def _flat(node: Node | None) -> Iterator[Scalar]:
    if isinstance(node, Scalar):
        yield node
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, (Scalar, Sequence)):
            yield from _flat(item)


def buildspec_units(project: Project, path: str) -> Iterator[Unit]:
    """The phases of CodeBuild run one after the other in one shell."""
    root = root_of(project, path)
    phases = root.get("phases") if root is not None else None
    env = root.get("env") if root is not None else None
    variables = dict(_scalars(env.get("variables") if isinstance(env, MappingNode) else None))
    lists = [
        phase.get("commands") if isinstance(phase, MappingNode) else None
        for phase in (
            phases.get(name) if isinstance(phases, MappingNode) else None
            for name in ("install", "pre_build", "build", "post_build")
        )
    ]
    steps = tuple(_listed(path, tuple(lists), dict(variables), "."))
    if steps:
        here = posixpath.dirname(path) or "."
        steps = tuple(Step(one.text, one.path, one.line, None, one.variables, one.options) for one in steps)
        yield Unit(path, "phases", steps, tuple(dict.fromkeys((".", here))), complete=True)


def other_units(project: Project, path: str) -> Iterator[Unit]:
    """Bitbucket's ``script`` and CircleCI's ``run`` steps: each list of commands is a unit."""
    root = root_of(project, path)
    pending: list[tuple[Node | None, str]] = [(root, ".")]
    seen: set[int] = set()
    while pending:
        node, name = pending.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, MappingNode):
            steps = node.get("steps")
            directory = (text_of(node, "working_directory") or ".").replace("~/project", ".")
            found = tuple(_listed(path, (node.get("script"),), {}, "."))
            if isinstance(steps, Sequence):
                found += tuple(step for item in steps.items for step in _circle(path, item, directory))
            if found:
                yield Unit(path, name, found, complete=True)
            pending += [(value, key.value) for key, value in reversed(list(node.items()))]
        elif isinstance(node, Sequence):
            pending += [(item, name) for item in reversed(node.items)]


def _circle(path: str, item: Node, directory: str) -> Iterator[Step]:
    run = item.get("run") if isinstance(item, MappingNode) else None
    command = run.get("command") if isinstance(run, MappingNode) else run
    if isinstance(command, Scalar) and not directory.startswith(("~", "/")):
        text, line = _block(command)
        own = text_of(run, "working_directory")
        yield Step(text, path, line, own if own and not own.startswith(("~", "/")) else directory, {}, "eP")
