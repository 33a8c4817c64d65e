"""package.json, Taskfiles and justfiles as units."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vartask.artifact.scripts.steps import Step, Unit, unknown
from vartask.artifact.scripts.yaml_values import child, commands_of, root_of, scalars, text_of
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence

MAX_NESTING = 8
"""Tasks that run each other deeper than this run in a circle."""

_OTHER_SCRIPT = regex(r"\b(?:npm run|npm run-script|yarn run|yarn|pnpm run|pnpm)\s+([\w:.-]+)")


def npm_units(project: Project, path: str) -> Iterator[Unit]:
    """The scripts of package.json; those that one runs by ``npm run`` stand in its place."""
    scripts = child(root_of(project, path), "scripts")
    nodes: dict[str, Scalar] = {}
    for key, node in scripts.items() if isinstance(scripts, MappingNode) else ():
        if isinstance(node, Scalar):
            nodes[key.value] = node

    def text(name: str, depth: int) -> str:
        if name not in nodes or depth > MAX_NESTING:
            return ":"
        before = [nodes[f"pre{name}"].value] if f"pre{name}" in nodes else []
        return _OTHER_SCRIPT.sub(
            lambda match: f"{{ {text(match[1], depth + 1)}; }}" if match[1] in nodes else match[0],
            " && ".join([*before, nodes[name].value]),
        )

    for name, node in nodes.items():
        step = Step(text(name, 0), path, node.span.line, posixpath.dirname(path) or ".", {}, "e")
        yield Unit(path, name, (step,))


# -- Taskfile ----------------------------------------------------------------------------------------------


def task_units(project: Project, path: str) -> Iterator[Unit]:
    """The tasks of a Taskfile (https://taskfile.dev/reference/schema): each command is a shell of its own."""
    root = root_of(project, path)
    tasks = child(root, "tasks")
    if not isinstance(tasks, MappingNode):
        return
    reader = _Tasks(path, tasks)
    outer = _task_variables(child(root, "vars"), {})
    for key, _ in list(tasks.items()):
        steps = tuple(reader.steps(key.value, outer, 0))
        if steps:
            yield Unit(path, key.value, steps)


def _task_variables(node: Node | None, outer: dict[str, str]) -> dict[str, str]:
    found = dict(outer)
    for name, value in scalars(node):
        found[name] = _task_text(value, found)
    return found


def _task_text(text: str, variables: dict[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = re.fullmatch(r"-?\s*\.(\w+)(?:\s*\|[^}]*)?\s*-?", match[1].strip())
        value = variables.get(name[1]) if name else None
        return unknown("task", match[1]) if value is None else value

    return re.sub(r"\{\{(.*?)\}\}", put, text)


def _items(node: Node | None) -> list[Node]:
    if node is None:
        return []
    return node.items if isinstance(node, Sequence) else [node]


@dataclass(frozen=True, slots=True)
class _Tasks:
    path: str
    tasks: MappingNode

    def steps(self, name: str, outer: dict[str, str], depth: int) -> Iterator[Step]:
        """The commands of a task behind those of the tasks that it needs."""
        task = self.tasks.get(name)
        if task is None or depth > MAX_NESTING:
            return
        variables = _task_variables(child(task, "vars"), outer)
        for item in _items(child(task, "deps")):
            called = item.value if isinstance(item, Scalar) else text_of(item, "task")
            yield from self.steps(called or "", _task_variables(child(item, "vars"), outer), depth + 1)
        here = posixpath.dirname(self.path) or "."
        given = _task_text(text_of(task, "dir") or ".", variables)
        directory = posixpath.normpath(posixpath.join(here, given)) if "${_" not in given else here
        environment: dict[str, str | None] = {**_task_variables(child(task, "env"), {})}
        listed = task if not isinstance(task, MappingNode) else child(task, "cmds") or child(task, "cmd")
        for item in _items(listed):
            called = text_of(item, "task")
            command = child(item, "cmd") if isinstance(item, MappingNode) else item
            if called is not None:
                yield from self.steps(called, _task_variables(child(item, "vars"), outer), depth + 1)
            elif isinstance(command, Scalar):
                text, line = commands_of(command)
                yield Step(_task_text(text, variables), self.path, line, directory, environment, "e")


# -- just --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Recipe:
    needed: list[str]
    rows: list[tuple[int, str]] = field(default_factory=list)


def just_units(project: Project, path: str) -> Iterator[Unit]:
    """The recipes of a justfile (https://just.systems/man/en/): each line is a shell of its own."""
    try:
        text = project.read_text(path)
    except Unreadable:
        return
    variables, recipes = _read_justfile(text)
    for name in recipes:
        found = tuple(_just_steps(path, name, recipes, variables, 0))
        if found:
            yield Unit(path, name, found)


def _read_justfile(text: str) -> tuple[dict[str, str], dict[str, _Recipe]]:
    variables: dict[str, str] = {}
    recipes: dict[str, _Recipe] = {}
    current: _Recipe | None = None
    for number, line in enumerate(text.splitlines(), 1):
        assigned = re.match(r"^(?:export\s+)?(\w[\w-]*)\s*:=\s*(?:'([^']*)'|\"([^\"]*)\")\s*$", line)
        head = re.match(r"^@?(\w[\w-]*)(?:\s+[^:]*)?\s*:(?!=)\s*(.*)$", line)
        if assigned:
            variables[assigned[1]] = assigned[2] or assigned[3] or ""
        elif head:
            needed = re.findall(r"(?<![\w(])([A-Za-z][\w-]*)", head[2].partition("#")[0])
            current = recipes[head[1]] = _Recipe(needed)
        elif line[:1] in {" ", "\t"} and current is not None and line.strip():
            current.rows.append((number, line.strip()))
        elif line.strip() and not line.startswith("#"):
            current = None
    return variables, recipes


def _just_steps(
    path: str, name: str, recipes: dict[str, _Recipe], variables: dict[str, str], depth: int
) -> Iterator[Step]:
    recipe = recipes.get(name)
    if recipe is None or depth > MAX_NESTING:
        return
    for one in recipe.needed:
        yield from _just_steps(path, one, recipes, variables, depth + 1)
    rows = recipe.rows
    whole = bool(rows) and rows[0][1].startswith("#!")
    if whole:
        rows = [(rows[0][0], "\n".join(row for _, row in rows))]
    for number, row in rows:
        text = re.sub(
            r"\{\{\s*(.*?)\s*\}\}",
            lambda match: variables.get(match[1]) or unknown("just", match[1]),
            row if whole else row.lstrip("@-"),
        )
        yield Step(text, path, number, posixpath.dirname(path) or ".", {}, "e")
