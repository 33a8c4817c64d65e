"""Image builds in pipelines and in package.json: shell commands inside YAML and JSON."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from vartask.artifact.build_commands import DockerBuild, Place, builds_from_either, builds_in
from vartask.artifact.build_words import UNKNOWN
from vartask.model import Span
from vartask.patterns import regex
from vartask.project import Project
from vartask.records import replace
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError, read_yaml

_EXPRESSION = regex(r"\$\{\{\s*(.*?)\s*\}\}")


def _documents(text: str, path: str) -> list[Node]:
    try:
        return [document.root for document in read_yaml(text, path) if document.root is not None]
    except YamlError:
        return []


def package_json_builds(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """Scripts run in the directory of ``package.json``."""
    here = posixpath.dirname(path) or "."
    for root in _documents(text, path):
        scripts = root.get("scripts") if isinstance(root, MappingNode) else None
        for _, node in scripts.items() if isinstance(scripts, MappingNode) else ():
            if isinstance(node, Scalar):
                yield from builds_in(node.value, Place(project, path, here, here, node.span.line))


def workflow_builds(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """GitHub Actions: steps start in the repository's root unless ``working-directory`` says otherwise."""
    for root in _documents(text, path):
        if not isinstance(root, MappingNode):
            continue
        jobs = root.get("jobs")
        owners = [node for _, node in jobs.items()] if isinstance(jobs, MappingNode) else [root.get("runs")]
        for job in owners:
            steps = job.get("steps") if isinstance(job, MappingNode) else None
            if not (isinstance(job, MappingNode) and isinstance(steps, Sequence)):
                continue
            default = _directory(job) or _directory(root) or "."
            known = {**_environment(root), **_environment(job)}
            for combination in _matrix(job):
                for step in steps.items:
                    if isinstance(step, MappingNode):
                        yield from _step(project, path, step, default, {**known, **combination})


def _directory(owner: MappingNode) -> str | None:
    node: Node | None = owner
    for name in ("defaults", "run", "working-directory"):
        node = node.get(name) if isinstance(node, MappingNode) else None
    return node.value if isinstance(node, Scalar) else None


def _environment(owner: MappingNode) -> dict[str, str]:
    """Literal ``env`` values under the names that expressions use."""
    node = owner.get("env")
    items = node.items() if isinstance(node, MappingNode) else ()
    return {f"env.{k.value}": v.value for k, v in items if isinstance(v, Scalar) and "${{" not in v.value}


def _matrix(job: MappingNode) -> list[dict[str, str]]:
    """The combinations of ``strategy.matrix``: of one list of scalars or mappings; others are left unknown."""
    strategy = job.get("strategy")
    matrix = strategy.get("matrix") if isinstance(strategy, MappingNode) else None
    if not isinstance(matrix, MappingNode):
        return [{}]
    combinations: list[dict[str, str]] = [{}]
    for name, node in matrix.items():
        if not isinstance(node, Sequence) or name.value == "exclude":
            continue
        choices: list[dict[str, str]] = []
        for item in node.items:
            prefix = "" if name.value == "include" else f"{name.value}"
            if isinstance(item, Scalar):
                choices.append({f"matrix.{prefix}": item.value})
            elif isinstance(item, MappingNode):
                dotted = f"{prefix}." if prefix else ""
                choices.append({f"matrix.{dotted}{k.value}": v.value for k, v in item.items() if isinstance(v, Scalar)})
        combinations = [{**one, **choice} for one in combinations for choice in choices or [{}]][:60]
    return combinations


def _step(
    project: Project, path: str, step: MappingNode, default: str, matrix: Mapping[str, str]
) -> Iterator[DockerBuild]:
    run, uses, given = step.get("run"), step.get("uses"), step.get("working-directory")
    directory = _put(given.value if isinstance(given, Scalar) else default, matrix)
    if isinstance(run, Scalar):
        start = project.join(".", directory)
        if UNKNOWN not in directory and start is not None:
            line = run.span.line if run.plain else run.span.line + 1
            variables = {
                name[4:]: value for name, value in {**matrix, **_environment(step)}.items() if name[:4] == "env."
            }
            place = Place(project, path, start, start, line, variables)
            yield from builds_in(_put(run.value, matrix), place)
    elif isinstance(uses, Scalar) and uses.value.startswith("docker/build-push-action@"):
        inputs = step.get("with")
        build = _action(project, step, inputs if isinstance(inputs, MappingNode) else None, matrix)
        if build is not None:
            yield build


def _put(text: str, matrix: Mapping[str, str]) -> str:
    """``${{ matrix.x }}`` put in; the workspace is the root; other expressions are unknown."""

    def value(match: re.Match[str]) -> str:
        return "." if match[1] == "github.workspace" else matrix.get(match[1], UNKNOWN)

    return _EXPRESSION.sub(value, text)


def _action(
    project: Project, step: MappingNode, inputs: MappingNode | None, matrix: Mapping[str, str]
) -> DockerBuild | None:
    """https://github.com/docker/build-push-action#inputs: the file defaults to ``{context}/Dockerfile``."""

    def get(name: str) -> str | None:
        node = inputs.get(name) if inputs is not None else None
        return _put(node.value, matrix) if isinstance(node, Scalar) and node.value else None

    context = get("context") or "."
    root = None if UNKNOWN in context or "://" in context else project.join(".", context)
    file = get("file") or (f"{root}/Dockerfile" if root is not None else None)
    dockerfile = None if file is None or UNKNOWN in file else project.join(".", file)
    if dockerfile is None:
        return None
    pairs = [line.partition("=") for line in (get("build-args") or "").splitlines() if line.strip()]
    target, platforms = get("target"), get("platforms")
    return DockerBuild(
        dockerfile,
        root,
        step.span,
        None if target and UNKNOWN in target else target,
        {name.strip(): value for name, _, value in pairs if UNKNOWN not in value},
        tuple(name.strip() for name, _, value in pairs if UNKNOWN in value),
        platforms if platforms and "," not in platforms and UNKNOWN not in platforms else None,
        tuple(tag.strip().replace(UNKNOWN, "${...}") for tag in re.split(r"[,\n]", get("tags") or "") if tag.strip()),
    )


def pipeline_builds(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """Other pipelines: each list of commands is one shell that starts in the repository's root, or in ``dir``.

    GitLab joins ``before_script`` and ``script``, CodeBuild runs its phases one after the other; a ``cd`` in the
    earlier one is rare enough to be told by the Dockerfile that it leads to.
    """
    here = posixpath.dirname(path) or "."
    seen: set[int] = set()
    pending: list[tuple[Node, str]] = [(root, ".") for root in _documents(text, path)]
    while pending:
        node, directory = pending.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        starts = [directory, here]
        if isinstance(node, Sequence):
            scalars = [item for item in node.items if isinstance(item, Scalar)]
            lines = [scalar.span.line + number for scalar in scalars for number, _ in enumerate(_rows(scalar))]
            joined = "\n".join(row for scalar in scalars for row in _rows(scalar))
            for build in builds_from_either(project, joined, Place(project, path, directory, here, 0), starts):
                yield replace(build, span=Span(path, lines[build.span.line]))
            pending += [(item, directory) for item in reversed(node.items) if not isinstance(item, Scalar)]
        elif isinstance(node, MappingNode):
            given = node.get("dir") or node.get("working_directory")
            inner = given.value if isinstance(given, Scalar) and "{" not in given.value else directory
            pending += [(value, inner) for _, value in reversed(list(node.items()))]
        elif "build" in node.value:
            place = Place(project, path, directory, here, node.span.line)
            yield from builds_from_either(project, node.value, place, starts)


def _rows(scalar: Scalar) -> list[str]:
    """The lines of a command; the first of a block scalar stands below its ``|``."""
    rows = scalar.value.splitlines()
    return ["", *rows] if len(rows) > 1 else rows
