"""Image builds that the repository declares: in scripts, Makefiles, pipelines, Compose, Bake and Terraform files.

They tell the build context and the target of a Dockerfile, which the Dockerfile itself does not know.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from weakref import WeakKeyDictionary

from vartask.artifact.build_commands import DockerBuild, Place, builds_in
from vartask.artifact.build_files import bake_builds, compose_builds, terraform_builds
from vartask.artifact.build_words import UNKNOWN
from vartask.model import Span
from vartask.project import Project, Unreadable
from vartask.syntax.nodes import Mapping as MappingNode
from vartask.syntax.nodes import Node, Scalar, Sequence
from vartask.syntax.yaml import YamlError, read_yaml

__all__ = ["DockerBuild", "find_builds", "repository_of"]

_BUILD = re.compile(
    rb"\b(?:docker|podman|finch|nerdctl|buildah)\b[^\n]*\bbuild\b|\bbuild-push-action@|\bbuild\b.*\\\n", re.DOTALL
)
_WORKFLOW = re.compile(r"(?:^|/)\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml$")
_COMPOSE = re.compile(r"(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
_MAKE_VARIABLE = re.compile(r"^(?:export\s+)?([A-Za-z_]\w*)\s*(?:::?|\?)?=\s*(.*?)\s*$", re.MULTILINE)

_found: WeakKeyDictionary[Project, tuple[DockerBuild, ...]] = WeakKeyDictionary()


def find_builds(project: Project) -> tuple[DockerBuild, ...]:
    """Every image build whose Dockerfile exists in the project, in the order of the files that declare them.

    Pipelines and scripts stand where they like, so the whole project is looked at, whatever its scopes are.
    """
    found = _found.get(project)
    if found is None:
        whole = project if project.scopes == (".",) else Project(project.root, exclude=project.exclude)
        builds = [build for path in whole.files for build in _read(whole, path)]
        builds += terraform_builds(whole)
        found = tuple(dict.fromkeys(build for build in builds if whole.is_file(build.dockerfile)))
        _found[project] = found
    return found


def repository_of(reference: str) -> str | None:
    """The repository's name in an image reference, without registry, tag and digest; ``None`` when it is computed.

    >>> repository_of("123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/api:latest")
    'team/api'
    """
    name = reference.partition("@")[0]
    registry, slash, rest = name.partition("/")
    if slash and ("." in registry or ":" in registry or "$" in registry or registry == "localhost"):
        name = rest
    name = name.partition(":")[0] if not name.startswith("$") else name
    return name if name and "$" not in name and UNKNOWN not in name else None


def _read(project: Project, path: str) -> Iterator[DockerBuild]:
    reader = _reader(path)
    if reader is None:
        return
    try:
        data = project.read_bytes(path)
        if reader is _script and not _is_shell(path, data):
            return
        if reader not in {compose_builds, bake_builds} and not _BUILD.search(data):
            return
        text = project.read_text(path)
    except Unreadable:
        return
    yield from reader(project, path, text)


def _is_shell(path: str, data: bytes) -> bool:
    return path.endswith((".sh", ".bash", ".zsh")) or re.match(rb"#!.*\b(?:ba|z|da|k)?sh\b", data) is not None


Reader = Callable[[Project, str, str], Iterable[DockerBuild]]


def _reader(path: str) -> Reader | None:
    """Which reader a file is for, by its name."""
    name = posixpath.basename(path)
    if _COMPOSE.search(path):
        return compose_builds
    if name.startswith("docker-bake") and name.endswith(".hcl"):
        return bake_builds
    if _WORKFLOW.search(path) or name in {"action.yml", "action.yaml"}:
        return _workflow
    if name.lower() in {"makefile", "gnumakefile"} or name.endswith((".mk", ".make")):
        return _makefile
    if name == "package.json":
        return _package_json
    if re.search(
        r"(?:^\.gitlab-ci|buildspec|bitbucket-pipelines|azure-pipelines|^\.?taskfile).*\.ya?ml$", name, re.IGNORECASE
    ):
        return _pipeline
    if re.search(r"(?:^|/)\.(?:circleci|gitlab)/.*\.ya?ml$", path):
        return _pipeline
    if name.lower() in {"justfile", ".justfile"} or name.startswith("Jenkinsfile"):
        return _recipes
    return _script if path.endswith((".sh", ".bash", ".zsh")) or "." not in name else None


def _from_either(project: Project, text: str, place: Place, starts: Iterable[str]) -> Iterator[DockerBuild]:
    """Builds of commands that may be started from several directories: those whose Dockerfile only one start finds.

    When more than one start leads to a Dockerfile, and not to the same build, nothing tells which was meant.
    """
    variants: dict[tuple[int, int], list[DockerBuild]] = {}
    for start in dict.fromkeys(starts):
        counts: dict[int, int] = {}
        for build in builds_in(text, replace(place, start=start)):
            line = build.span.line
            counts[line] = counts.get(line, 0) + 1
            if project.is_file(build.dockerfile):
                variants.setdefault((line, counts[line]), []).append(build)
    for builds in variants.values():
        first = builds[0]
        if all(build == first for build in builds):
            yield first
        elif all(build.dockerfile == first.dockerfile for build in builds):
            yield replace(first, context=None)


def _script(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """A shell script is run from the repository's root or from its own directory; its name tells neither."""
    here = posixpath.dirname(path) or "."
    starts = [here]
    while starts[-1] != ".":
        starts.append(posixpath.dirname(starts[-1]) or ".")
    yield from _from_either(project, text, Place(project, path, here, here), starts)


def _recipes(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """Each line of a justfile or a Jenkinsfile runs for itself, in the file's directory."""
    here = posixpath.dirname(path) or "."
    text = re.sub(r"\b(?:sh|bat)\b\s*(?:\(\s*)?(?:script:\s*)?(\"{1,3}|'{1,3})", " ", text)
    for number, line in _logical_lines(text):
        place = Place(project, path, here, here, number)
        yield from _from_either(project, line.strip().lstrip("@-").rstrip("\"')"), place, [here])


def _makefile(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """``make`` starts each recipe line in its own shell (https://www.gnu.org/software/make/manual/make.html#Execution)."""
    here = posixpath.dirname(path) or "."
    variables: dict[str, str] = {}
    for name, value in _MAKE_VARIABLE.findall(text):
        plain = _make(value, variables)
        variables[name] = plain if "$" not in plain else UNKNOWN
    for number, line in _logical_lines(text):
        if not line.startswith(("\t", " ")):
            continue
        recipe = _make(line.strip().lstrip("@-+"), variables)
        place = Place(project, path, here, here, number, variables)
        yield from _from_either(project, recipe, place, [here, "."])


def _make(text: str, variables: Mapping[str, str]) -> str:
    """Make's own variables put in; ``$$`` becomes the shell's ``$``."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        name = match[1] or match[2] or ""
        if name in {"CURDIR", "PWD"}:
            return "."
        return variables.get(name, UNKNOWN)

    return re.sub(r"\$\$|\$[({]([^(){}]*)[)}]|\$([@<^?*\w])", value, text)


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines with those joined that end in a backslash, numbered from 1 by their first."""
    start, joined = 1, ""
    for number, line in enumerate(text.splitlines(), 1):
        if not joined:
            start = number
        joined += line
        if line.endswith("\\"):
            joined += "\n"
            continue
        yield start, joined
        joined = ""
    if joined:
        yield start, joined


def _documents(text: str, path: str) -> list[Node]:
    try:
        return [document.root for document in read_yaml(text, path) if document.root is not None]
    except YamlError:
        return []


def _package_json(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """Scripts run in the directory of ``package.json``."""
    here = posixpath.dirname(path) or "."
    for root in _documents(text, path):
        scripts = root.get("scripts") if isinstance(root, MappingNode) else None
        for _, node in scripts.items() if isinstance(scripts, MappingNode) else ():
            if isinstance(node, Scalar):
                yield from builds_in(node.value, Place(project, path, here, here, node.span.line))


def _workflow(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
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


def _pipeline(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
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
            for build in _from_either(project, joined, Place(project, path, directory, here, 0), starts):
                yield replace(build, span=Span(path, lines[build.span.line]))
            pending += [(item, directory) for item in reversed(node.items) if not isinstance(item, Scalar)]
        elif isinstance(node, MappingNode):
            given = node.get("dir") or node.get("working_directory")
            inner = given.value if isinstance(given, Scalar) and "{" not in given.value else directory
            pending += [(value, inner) for _, value in reversed(list(node.items()))]
        elif "build" in node.value:
            place = Place(project, path, directory, here, node.span.line)
            yield from _from_either(project, node.value, place, starts)


def _rows(scalar: Scalar) -> list[str]:
    """The lines of a command; the first of a block scalar stands below its ``|``."""
    rows = scalar.value.splitlines()
    return ["", *rows] if len(rows) > 1 else rows
