"""Pipelines as units: GitLab CI, CodeBuild, Bitbucket and CircleCI.

https://docs.gitlab.com/ci/yaml/, https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from vartask.artifact.scripts.steps import Step, Unit
from vartask.artifact.scripts.yaml_values import child, commands_of, mappings, root_of, scalars, text_of
from vartask.project import Project
from vartask.records import replace
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence


def gitlab_units(project: Project, path: str) -> Iterator[Unit]:
    """``before_script`` and ``script`` of each job are one shell; ``extends`` takes over what a job does not say."""
    root = root_of(project, path)
    if root is None:
        return
    variables = {name: value for name, value in scalars(root.get("variables")) if "$" not in value}
    for name, job in mappings(root):
        before = _inherited(root, job, "before_script")
        if before is None:
            before = child(root, "before_script") or child(root, "default", "before_script")
        script = _inherited(root, job, "script")
        if script is None:
            continue
        own: dict[str, str | None] = {**variables, **dict(scalars(_inherited(root, job, "variables")))}
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
            text, line = commands_of(item)
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
    variables: dict[str, str | None] = dict(scalars(child(root, "env", "variables")))
    lists = [child(root, "phases", name, "commands") for name in ("install", "pre_build", "build", "post_build")]
    steps = tuple(_listed(path, tuple(lists), variables, "."))
    if steps:
        here = posixpath.dirname(path) or "."
        steps = tuple(replace(one, directory=None) for one in steps)
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
        text, line = commands_of(command)
        own = text_of(run, "working_directory")
        yield Step(text, path, line, own if own and not own.startswith(("~", "/")) else directory, {}, "eP")
