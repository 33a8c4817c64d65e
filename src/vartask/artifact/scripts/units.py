"""Which files of a repository hold packaging commands, and the units that they make."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator

from vartask.artifact.scripts.makefile import Makefile
from vartask.artifact.scripts.pipelines import Workflows, buildspec_units, gitlab_units, other_units, root_of, text_of
from vartask.artifact.scripts.steps import Step, Unit, unknown
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence

MAX_UNITS = 400
_LARGEST = 400_000
_WORKFLOW = re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$")
_MAKEFILE = re.compile(r"(?:^|/)(?:GNU)?[Mm]akefile$")
_TASKFILE = re.compile(r"(?:^|/)\.?[Tt]askfile(?:\.dist)?\.ya?ml$")
_JUSTFILE = re.compile(r"(?:^|/)\.?[jJ]ustfile$")
PACKS = re.compile(
    rb"(?<![.\w/-])zip\s+(?!code\b)|make_archive|-m\s+zipfile|aws\s+[^\n]*?\blambda\s+(?:create|update|publish)"
    rb"|lambda-action@|aws-lambda-deploy@|zip-release@|action-zip@"
)
"""Commands that make a zip archive or deploy a function."""


def packs(text: str) -> bool:
    """Whether a text holds such a command."""
    return PACKS.search(text.encode("utf-8", "replace")) is not None


def find_units(project: Project) -> Iterator[Unit]:
    """The units of pipelines first, then of build tools, then of scripts: what calls stands before what is called."""
    files = [path for path in project.files if _kind(path) is not None]
    packing = [path for path in files if _may_pack(project, path)]
    if not packing:
        return
    names = {posixpath.basename(path).encode() for path in packing if _kind(path) in {"shell", "make"}}
    workflows = tuple(path for path in files if _kind(path) == "workflow")
    callers = re.compile(
        b"|".join([PACKS.pattern, rb"\bmake\b" if b"Makefile" in names else rb"\0", *map(re.escape, names)])
    )
    for unit in Workflows(project, workflows).units():
        if any(callers.search(step.text.encode("utf-8", "replace")) for step in unit.steps):
            yield unit
    for kind, reader in _READERS.items():
        for path in files:
            if _kind(path) != kind:
                continue
            data = _bytes(project, path)
            if PACKS.search(data) or (kind != "shell" and callers.search(data)):
                for unit in reader(project, path):
                    if any(callers.search(step.text.encode("utf-8", "replace")) for step in unit.steps):
                        yield unit


def _bytes(project: Project, path: str) -> bytes:
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return b""
    return data if len(data) <= _LARGEST else b""


def _may_pack(project: Project, path: str) -> bool:
    data = _bytes(project, path)
    if PACKS.search(data) is None:
        return False
    return _kind(path) != "shell" or path.endswith((".sh", ".bash")) or _is_shell(data)


def _is_shell(data: bytes) -> bool:
    return re.match(rb"#!.*\b(?:ba|z|da|k)?sh\b", data) is not None


def _kind(path: str) -> str | None:
    name = posixpath.basename(path)
    if _WORKFLOW.search(path):
        return "workflow"
    if _MAKEFILE.search(path):
        return "make"
    if _TASKFILE.search(path):
        return "task"
    if _JUSTFILE.search(path):
        return "just"
    if name == "package.json":
        return "npm"
    if re.search(r"(?:^|/)\.gitlab-ci.*\.ya?ml$|(?:^|/)\.gitlab/.*\.ya?ml$", path):
        return "gitlab"
    if re.search(r"^(?:.*[-_.])?(?:buildspec|deployspec).*\.ya?ml$", name):
        return "codebuild"
    if name == "bitbucket-pipelines.yml" or re.search(r"(?:^|/)\.circleci/.*\.ya?ml$", path):
        return "pipeline"
    return "shell" if name.endswith((".sh", ".bash")) or "." not in name else None


# -- build tools -------------------------------------------------------------------------------------------


def _make_units(project: Project, path: str) -> Iterator[Unit]:
    """Each target whose recipe packs or deploys, as ``make target``."""

    def read(name: str) -> str | None:
        place = project.join(posixpath.dirname(path) or ".", name)
        try:
            return project.read_text(place) if place is not None else None
        except Unreadable:
            return None

    made = Makefile(posixpath.basename(path), read, lambda _script: None, lambda _pattern: None)
    made.load()
    here = posixpath.dirname(path) or "."
    for target, rule in made.rules.items():
        recipe = "\n".join(line for _, line in rule.recipe)
        if not recipe or "%" in target or target.startswith(".") or "$" in target:
            continue
        if not packs(recipe) and not re.search(r"\$[({]MAKE[)}]|\bmake\b|\.sh\b", recipe):
            continue
        text = (
            f"make -f {posixpath.basename(path)} {target}  # {recipe}"
            if "\n" not in recipe
            else (
                f"make -f {posixpath.basename(path)} {target}\n" + "\n".join(f"# {line}" for line in recipe.split("\n"))
            )
        )
        yield Unit(path, target, (Step(text, path, rule.recipe[0][0], here),))


def _script_units(project: Project, path: str) -> Iterator[Unit]:
    """A shell script, started in its own directory or in one above it."""
    data = _bytes(project, path)
    if not (path.endswith((".sh", ".bash")) or _is_shell(data)):
        return
    try:
        text = project.read_text(path)
    except Unreadable:
        return
    starts = [posixpath.dirname(path) or "."]
    while starts[-1] != ".":
        starts.append(posixpath.dirname(starts[-1]) or ".")
    first = text.split("\n", 1)[0]
    letters = "".join(re.findall(r"\s-([a-zA-Z]+)", first)) if first.startswith("#!") else ""
    yield Unit(path, posixpath.basename(path), (Step(text, path, 1, None, {}, letters, path),), tuple(starts))


def _npm_units(project: Project, path: str) -> Iterator[Unit]:
    """The scripts of package.json; those that one runs by ``npm run`` stand in its place."""
    root = root_of(project, path)
    scripts = root.get("scripts") if root is not None else None
    nodes = (
        {key.value: node for key, node in scripts.items() if isinstance(node, Scalar)}
        if isinstance(scripts, MappingNode)
        else {}
    )

    def text(name: str, depth: int) -> str:
        node = nodes.get(name)
        if node is None or depth > 5:  # noqa: PLR2004 -- scripts that run each other in a circle
            return ":"
        around = [nodes[one].value for one in (f"pre{name}",) if one in nodes]
        body = " && ".join([*around, node.value])
        return re.sub(
            r"\b(?:npm run|npm run-script|yarn run|yarn|pnpm run|pnpm)\s+([\w:.-]+)",
            lambda match: f"{{ {text(match[1], depth + 1)}; }}" if match[1] in nodes else match[0],
            body,
        )

    for name, node in nodes.items():
        yield Unit(path, name, (Step(text(name, 0), path, node.span.line, posixpath.dirname(path) or ".", {}, "e"),))


def _task_units(project: Project, path: str) -> Iterator[Unit]:
    """The tasks of a Taskfile (https://taskfile.dev/reference/schema): each command is a shell of its own."""
    root = root_of(project, path)
    tasks = root.get("tasks") if root is not None else None
    if not isinstance(tasks, MappingNode):
        return
    here = posixpath.dirname(path) or "."
    outer = _task_variables(root.get("vars") if root is not None else None, {})
    for key, _ in tasks.items():
        steps = tuple(_task_steps(path, here, tasks, key.value, outer, 0))
        if steps:
            yield Unit(path, key.value, steps)


def _task_variables(node: Node | None, outer: dict[str, str]) -> dict[str, str]:
    found = dict(outer)
    for key, value in node.items() if isinstance(node, MappingNode) else ():
        if isinstance(value, Scalar):
            found[key.value] = _task_text(value.value, found)
    return found


def _task_text(text: str, variables: dict[str, str]) -> str:
    def put(match: re.Match[str]) -> str:
        name = re.fullmatch(r"-?\s*\.(\w+)(?:\s*\|[^}]*)?\s*-?", match[1].strip())
        value = variables.get(name[1]) if name else None
        return unknown("just", match[1]) if value is None else value

    return re.sub(r"\{\{(.*?)\}\}", put, text)


def _task_steps(
    path: str, here: str, tasks: MappingNode, name: str, outer: dict[str, str], depth: int
) -> Iterator[Step]:
    task = tasks.get(name)
    if task is None or depth > 8:  # noqa: PLR2004 -- tasks that call each other in a circle
        return
    variables = _task_variables(task.get("vars") if isinstance(task, MappingNode) else None, outer)
    commands = task if isinstance(task, (Sequence, Scalar)) else task.get("cmds") or task.get("cmd")
    needed = task.get("deps") if isinstance(task, MappingNode) else None
    given = _task_text(text_of(task, "dir") or ".", variables)
    directory = posixpath.normpath(posixpath.join(here, given)) if "${_" not in given else here
    environment: dict[str, str | None] = {
        key: value
        for key, value in _task_variables(task.get("env") if isinstance(task, MappingNode) else None, {}).items()
    }
    for node in (needed, commands):
        items = node.items if isinstance(node, Sequence) else [node]
        for item in items:
            called = text_of(item, "task") if isinstance(item, MappingNode) else None
            if node is needed and isinstance(item, Scalar):
                called = item.value
            if called is not None:
                given_vars = item.get("vars") if isinstance(item, MappingNode) else None
                yield from _task_steps(path, here, tasks, called, _task_variables(given_vars, outer), depth + 1)
                continue
            command = item.get("cmd") if isinstance(item, MappingNode) else item
            if isinstance(command, Scalar):
                line = command.span.line + ("\n" in command.value.strip())
                yield Step(_task_text(command.value, variables), path, line, directory, environment, "e")


def _just_units(project: Project, path: str) -> Iterator[Unit]:
    """The recipes of a justfile (https://just.systems/man/en/): each line is a shell of its own."""
    try:
        lines = project.read_text(path).splitlines()
    except Unreadable:
        return
    here = posixpath.dirname(path) or "."
    variables: dict[str, str] = {}
    recipes: dict[str, tuple[list[str], list[tuple[int, str]]]] = {}
    current: list[tuple[int, str]] | None = None
    for number, line in enumerate(lines, 1):
        assigned = re.match(r"^(?:export\s+)?(\w[\w-]*)\s*:=\s*(?:'([^']*)'|\"([^\"]*)\")\s*$", line)
        head = re.match(r"^@?(\w[\w-]*)((?:\s+[^:]*)?)\s*:(?!=)\s*(.*)$", line)
        if assigned:
            variables[assigned[1]] = assigned[2] or assigned[3] or ""
        elif head:
            current = []
            needed = re.findall(r"(?<![\w(])([A-Za-z][\w-]*)", head[3].partition("#")[0])
            recipes[head[1]] = (needed, current)
        elif line[:1] in {" ", "\t"} and current is not None and line.strip():
            current.append((number, line.strip()))
        elif line.strip() and not line.startswith("#"):
            current = None

    def steps(name: str, depth: int) -> Iterator[Step]:
        needed, body = recipes.get(name, ([], []))
        if depth < 8:  # noqa: PLR2004 -- recipes that need each other in a circle
            for one in needed:
                yield from steps(one, depth + 1)
        shebang = body and body[0][1].startswith("#!")
        rows = [(body[0][0], "\n".join(row for _, row in body))] if shebang else body
        for number, row in rows:
            text = re.sub(
                r"\{\{\s*(.*?)\s*\}\}",
                lambda match: variables.get(match[1]) or unknown("just", match[1]),
                row if shebang else row.lstrip("@-"),
            )
            yield Step(text, path, number, here, {}, "e")

    for name in recipes:
        found = tuple(steps(name, 0))
        if found:
            yield Unit(path, name, found)


_READERS: dict[str, Callable[[Project, str], Iterator[Unit]]] = {
    "gitlab": gitlab_units,
    "codebuild": buildspec_units,
    "pipeline": other_units,
    "make": _make_units,
    "task": _task_units,
    "just": _just_units,
    "npm": _npm_units,
    "shell": _script_units,
}
