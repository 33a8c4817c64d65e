"""Image builds that the repository declares: in scripts, Makefiles, pipelines, Compose, Bake and Terraform files.

They tell the build context and the target of a Dockerfile, which the Dockerfile itself does not know.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from vartask.artifact.build_commands import DockerBuild, Place, builds_from_either, builds_in
from vartask.artifact.build_files import bake_builds, terraform_builds
from vartask.artifact.build_pipelines import package_json_builds, pipeline_builds, workflow_builds
from vartask.artifact.build_words import UNKNOWN
from vartask.artifact.compose import compose_builds
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import replace

__all__ = ["DockerBuild", "find_builds", "repository_of"]

_BUILDER = regex(rb"\b(?:docker|podman|finch|nerdctl|buildah)\b")
_WORKFLOW = regex(r"(?:^|/)\.(?:github|gitea|forgejo)/(?:workflows|actions)/.*\.ya?ml$")
_COMPOSE = regex(r"(?:^|/)(?:docker-)?compose[^/]*\.ya?ml$")
_MAKE_VARIABLE = regex(r"^(?:export\s+)?([A-Za-z_]\w*)\s*(?:::?|\?)?=\s*(.*?)\s*$", re.MULTILINE)

_GROOVY = regex(
    r"""(?:\b(?:sh|bat)\b\s*\(?\s*(?:script\s*:\s*)?|(?P<build>\bdocker\.build\s*\(\s*[^,()]+,\s*))"""
    r"""(?P<string>\"{3}.*?\"{3}|'{3}.*?'{3}|\"(?:[^"\\\n]|\\.)*\"|'(?:[^'\\\n]|\\.)*')""",
    re.DOTALL,
)


def find_builds(project: Project) -> tuple[DockerBuild, ...]:
    """Every image build whose Dockerfile exists in the project, in the order of the files that declare them.

    Pipelines and scripts stand where they like, so the whole project is looked at, whatever its scopes are.
    """
    found: tuple[DockerBuild, ...] = project.made.get("image builds", lambda: _all(project.whole))
    return found


def _all(project: Project) -> tuple[DockerBuild, ...]:
    builds = [build for path in project.files for build in _read(project, path)]
    builds += terraform_builds(project)
    existing = (build for build in builds if project.is_file(build.dockerfile))
    return tuple(dict.fromkeys(_checked(project, build) for build in existing))


def _checked(project: Project, build: DockerBuild) -> DockerBuild:
    """A context that does not exist was not understood, or is made by an earlier step."""
    known = build.context is not None and project.is_dir(build.context)
    return build if known else replace(build, context=None)


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
        if reader not in {compose_builds, bake_builds} and not (b"build" in data and _BUILDER.search(data)):
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
        return workflow_builds
    if name.lower() in {"makefile", "gnumakefile"} or name.endswith((".mk", ".make")):
        return _makefile
    if name == "package.json":
        return package_json_builds
    if re.search(
        r"(?:^\.gitlab-ci|buildspec|bitbucket-pipelines|azure-pipelines|^\.?taskfile).*\.ya?ml$", name, re.IGNORECASE
    ):
        return pipeline_builds
    if re.search(r"(?:^|/)\.(?:circleci|gitlab)/.*\.ya?ml$", path):
        return pipeline_builds
    if name.lower() in {"justfile", ".justfile"}:
        return _recipes
    if name.startswith("Jenkinsfile"):
        return _jenkinsfile
    return _script if path.endswith((".sh", ".bash", ".zsh")) or "." not in name else None


def _script(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """A shell script is run from the repository's root or from its own directory; its name tells neither."""
    here = posixpath.dirname(path) or "."
    starts = [here]
    while starts[-1] != ".":
        starts.append(posixpath.dirname(starts[-1]) or ".")
    yield from builds_from_either(project, text, Place(project, path, here, here), starts)


def _recipes(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """Each line of a justfile runs for itself, in the file's directory."""
    here = posixpath.dirname(path) or "."
    for number, line in _logical_lines(text):
        place = Place(project, path, here, here, number)
        # What stands between double braces is just's own.
        recipe = re.sub(r"\{\{.*?\}\}", UNKNOWN, line.strip().lstrip("@-"))
        yield from builds_from_either(project, recipe, place, [here])


def _jenkinsfile(project: Project, path: str, text: str) -> Iterator[DockerBuild]:
    """``sh`` steps, and ``docker.build(name, arguments)`` of the Docker Pipeline plugin, in the workspace's root."""
    if re.search(r"\bdir\s*\(", text):
        # Steps inside a `dir` block start elsewhere.
        return
    for found in _GROOVY.finditer(text):
        string = found["string"]
        width = 3 if string[:3] in {'"""', "'''"} else 1
        body = string[width:-width] if string[0] == "'" else re.sub(r"\$\{[^{}]*\}", UNKNOWN, string[width:-width])
        line = text.count("\n", 0, found.start("string")) + 1
        command = f"docker build {body}" if found["build"] else body
        yield from builds_in(command, Place(project, path, ".", ".", line))


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
        yield from builds_from_either(project, recipe, place, [here, "."])


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
