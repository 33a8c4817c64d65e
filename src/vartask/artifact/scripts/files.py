"""Which files of a repository hold packaging commands."""

from __future__ import annotations

import posixpath
import re
from functools import lru_cache

from vartask.patterns import regex
from vartask.project import Project, Unreadable

_LARGEST = 400_000
_WORKFLOW = regex(r"(?:^|/)\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml$")
_MAKEFILE = regex(r"(?:^|/)(?:GNU)?[Mm]akefile$")
_TASKFILE = regex(r"(?:^|/)\.?[Tt]askfile(?:\.dist)?\.ya?ml$")
_JUSTFILE = regex(r"(?:^|/)\.?[jJ]ustfile$")
PACKS = regex(
    rb"(?<![.\w/-])zip\s+(?!code\b)|make_archive|-m\s+zipfile|aws\s+[^\n]*?\blambda\s+(?:create|update|publish)"
    rb"|lambda-action@|aws-lambda-deploy@|zip-release@|action-zip@"
)
"""Commands that make a zip archive or deploy a function."""


def packs(text: str) -> bool:
    """Whether a text holds such a command."""
    return PACKS.search(text.encode("utf-8", "replace")) is not None


def packing(project: Project) -> list[str]:
    """The files that may pack or deploy something."""
    return [path for path in project.files if kind_of(path) is not None and _may_pack(project, path)]


def read_bytes(project: Project, path: str) -> bytes:
    """The contents of a script; nothing of one that cannot be read, or is too large to be one."""
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return b""
    return data if len(data) <= _LARGEST else b""


def _may_pack(project: Project, path: str) -> bool:
    data = read_bytes(project, path)
    if PACKS.search(data) is None:
        return False
    return kind_of(path) != "shell" or path.endswith((".sh", ".bash")) or is_shell(data)


def is_shell(data: bytes) -> bool:
    """Whether a file says in its first line that a shell runs it."""
    return re.match(rb"#!.*\b(?:ba|z|da|k)?sh\b", data) is not None


@lru_cache(maxsize=1 << 17)
def kind_of(path: str) -> str | None:
    """What a file holds commands for; ``None`` for one that holds none."""
    name = posixpath.basename(path)
    if _WORKFLOW.search(path):
        return "workflow"
    if name in {"action.yml", "action.yaml"}:
        return "action"
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
