"""Functions that a Dockerfile declares by itself: an image for Lambda whose ``CMD`` names the handler.

https://docs.aws.amazon.com/lambda/latest/dg/python-image.html
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

from vartask.config import Settings
from vartask.model import Declared, Function, Gap, Image, Problem, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable

if TYPE_CHECKING:
    from vartask.artifact.describe import ImageDescription

_NAME = regex(r"^(?:(?:Dock|Contain)erfile(?:[._-].+)?|.+\.(?:docker|container)file)$", re.IGNORECASE)
_NOT_ONE = regex(r"\.(?:dockerignore|containerignore|md|txt|py|ya?ml|json|sh|bak|orig|j2|jinja2?|tmpl|tpl|mustache)$")
_TEMPLATE = regex(rb"\{\{.*?\}\}|\{%.*?%\}|<%.*?%>|\{\{cookiecutter")
_HANDLER = regex(r"^[\w./-]+\.\w+$")
_TASK_ROOT = regex(rb"LAMBDA_TASK_ROOT|/var/task\b|LAMBDA_RUNTIME_DIR")
_TOOLS = frozenset(
    {"bash", "sh", "python", "python3", "zip", "pip", "make", "pytest", "cp", "ls", "uvicorn", "gunicorn"}
)


def find(project: Project, settings: Settings) -> Declared:
    """One function for every Dockerfile whose last stage is an image for Lambda's Python."""
    del settings
    functions: list[Function] = []
    problems: list[Problem] = []
    gaps: list[Gap] = []
    for path in project.files:
        if not is_dockerfile(path):
            continue
        found = _read(project, path)
        match found:
            case Function():
                functions.append(found)
            case Problem():
                problems.append(found)
            case Gap():
                gaps.append(found)
            case None:
                pass
    return Declared(tuple(functions), tuple(problems), tuple(gaps))


def is_dockerfile(path: str) -> bool:
    """Whether the name says so: ``Dockerfile``, ``Dockerfile.api``, ``api.Dockerfile``, ``Containerfile``."""
    name = posixpath.basename(path)
    return _NAME.match(name) is not None and _NOT_ONE.search(name) is None


def _read(project: Project, path: str) -> Function | Problem | Gap | None:
    try:
        data = project.read_bytes(path)
    except Unreadable as error:
        # A directory entry that says "lambda" is the only hint left.
        return Gap(Span(path), f"not read: {error}") if "lambda" in path.lower() else None
    # Whatever starts in Lambda names it: the base image, the runtime client, or the directory of the code.
    if b"lambda" not in data.lower() and b"/var/task" not in data:
        return None
    if _TEMPLATE.search(data):
        return Gap(Span(path), "the Dockerfile is a template: what fills it in is not known")
    # Few repositories have an image, and reading Dockerfiles takes long to import.
    from vartask.artifact.describe import describe

    described = describe(project, path)
    if described.error is not None:
        return Problem("definition", f"the Dockerfile cannot be read: {described.error.message}", described.error.span)
    if described.build_error is not None:
        return Problem("build", described.build_error.message, described.build_error.at)
    return _judge(path, data, described)


def _judge(path: str, data: bytes, described: ImageDescription) -> Function | Gap | None:
    config = described.config
    place = config.cmd_at or config.base_at or Span(path)
    if described.web_adapter:
        return Gap(place, "Lambda Web Adapter: the command is a web server, not a Python handler")
    lambda_base = config.aws_base or described.runs_awslambdaric
    if not lambda_base and not (_TASK_ROOT.search(data) and config.cmd and _HANDLER.match(config.cmd[-1])):
        return _not_ours(place, config.base)
    if config.aws_base and _replaces_entrypoint(described):
        return Gap(
            place, "the ENTRYPOINT does not start Lambda's runtime: an image for building or for another service"
        )
    if config.cmd is not None and _is_tool(config.cmd):
        return Gap(place, "the CMD starts a program, not a handler: an image for building or for another service")
    if config.cmd is None and not described.sources:
        return Gap(place, "an image without code and without CMD: used for building, or as a base")
    return Function(_function_name(path), place, Image(path, None, place), "dockerfile")


def _not_ours(place: Span, base: str | None) -> Gap | None:
    if base is not None and "sam/build-" in base:
        return Gap(place, "an image that builds packages: not a function")
    return None


def _replaces_entrypoint(described: ImageDescription) -> bool:
    """Whether the entrypoint is certainly not one that ends up in Lambda's runtime for Python."""
    entrypoint = described.config.entrypoint
    if described.runs_awslambdaric:
        return False
    if not entrypoint:
        # AWS's images have one, so that it was taken away: ENTRYPOINT [] is how build containers are made of them.
        return True
    return posixpath.basename(entrypoint[0]) in _TOOLS and not any("lambda" in word for word in entrypoint)


def _is_tool(cmd: tuple[str, ...]) -> bool:
    """``CMD ["bash"]``, ``CMD ["python", "job.py"]``; a shell form of a handler is a handler, wrongly written."""
    if not cmd:
        return True
    words = cmd
    if cmd[:2] == ("/bin/sh", "-c") and len(cmd) > 2:  # noqa: PLR2004 -- the shell, its flag, and the command
        words = tuple(cmd[2].split()) or ("sh",)
    return posixpath.basename(words[0]) in _TOOLS and not any("awslambdaric" in word for word in words)


def _function_name(path: str) -> str:
    """``api`` for ``Dockerfile.api``, ``api.Dockerfile`` and ``services/api/Dockerfile``."""
    name = posixpath.basename(path)
    suffix = re.sub(r"^(?:dock|contain)erfile[._-]?|\.?(?:dock|contain)erfile$", "", name, flags=re.IGNORECASE)
    directory = posixpath.basename(posixpath.dirname(path))
    generic = {"", "lambda", "aws-lambda", "aws", "prod", "awslambda"}
    if suffix.lower() not in generic:
        return suffix
    # "lambda" alone says nothing, the directory says more; at the root there is only the suffix.
    return directory or suffix or "image"
