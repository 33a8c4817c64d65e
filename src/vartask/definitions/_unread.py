"""Deployment tools that are recognised and not read: what they declare is said to be missing, never passed over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from vartask.artifact.scripts.actions import KNOWN
from vartask.artifact.scripts.files import kind_of, read_bytes
from vartask.definitions._cdk_apps import apps
from vartask.definitions._cdk_freshness import CONFIG, counts_for
from vartask.model import Gap, Span
from vartask.patterns import regex
from vartask.project import Project, Unreadable

_SERVERLESS = regex(r"serverless\.toml\Z")
"""Services in YAML, JSON, JavaScript and TypeScript are read."""


_RENDERED = (".j2", ".jinja", ".jinja2", ".tmpl", ".tpl", ".erb", ".mustache", ".hbs", ".ejs", ".gotmpl", ".liquid")
"""Endings of files that a template engine makes a definition of."""

_DECLARATION = regex(
    rb"AWS::(?:Lambda|Serverless)::Function|resource\s+\"aws_lambda_function\"|\bhandler\s*:\s*[\w./-]+\.\w+"
)


_PYTHON_LAMBDA = (
    "python-lambda",
    (regex(rb"^function_name\s*:", re.MULTILINE), regex(rb"^runtime\s*:\s*[\"']?python", re.MULTILINE)),
)
_TOOLS = {
    # https://docs.travis-ci.com/user/deployment-v2/providers/lambda
    ".travis.yml": (
        "Travis CI's deployment to Lambda",
        (regex(rb"^[\s-]*provider\s*:\s*[\"']?lambda\b", re.MULTILINE), regex(rb"python")),
    ),
    # https://github.com/nficano/python-lambda
    "config.yaml": _PYTHON_LAMBDA,
    "config.yml": _PYTHON_LAMBDA,
}
"""The name of a tool's file: the tool, and what stands in it where it declares functions in Python."""

_SST = regex(r"sst\.config\.[cm]?[jt]s\Z")
_CODE = (".ts", ".mts", ".js", ".mjs")
_SST_PYTHON = regex(rb"\bruntime\s*:\s*[\"'`]python")
"""https://sst.dev/docs/component/aws/function: the application's modules may make functions too."""

_ACTION = regex(rb"^[\s-]*uses\s*:\s*[\"']?([\w.-]+/[\w./-]*lambda(?!-?test)[\w./-]*)@", re.IGNORECASE | re.MULTILINE)
"""An action that has to do with Lambda, by its name, and not with LambdaTest."""


def unread(project: Project) -> tuple[Gap, ...]:
    """One gap for each application of a tool that is not read."""
    found = [(Span(path), tool) for path, tool in _applications(project)]
    return tuple(
        Gap(span, f"{tool} is not read: functions that only it declares are not checked")
        for span, tool in (*found, *_actions(project))
    )


_READ = frozenset({"javascript", "python"})
"""Languages of CDK programs that are read from their source."""


def _applications(project: Project) -> Iterator[tuple[str, str]]:
    for app in apps(project):
        if app.language not in _READ and counts_for(project, app.directory) is None:
            yield posixpath.normpath(posixpath.join(app.directory, CONFIG)), "AWS CDK"
    for path in project.files:
        name = posixpath.basename(path)
        if name == "terragrunt.hcl" and _calls_lambda(project, path):
            yield path, "Terragrunt"
        elif _SERVERLESS.match(name) and _mentions_python(project, path):
            yield path, "Serverless Framework"
        elif name.endswith((".tf", ".tofu")) and _says(project, path, b'"awscc_lambda_function"'):
            yield path, "awscc_lambda_function"
        elif name.endswith(_RENDERED) and _declares_functions(project, path):
            yield path, "a template that another program renders first"
        yield from ((path, tool) for tool in _named_tools(project, path, name))


def _named_tools(project: Project, path: str, name: str) -> Iterator[str]:
    """The tool that a file is for by its name, where it declares functions in Python."""
    tool, words = _TOOLS.get(name, ("", ()))
    if tool and all(_says(project, path, word) for word in words):
        yield tool
    if _SST.match(name) and any(_says(project, one, _SST_PYTHON) for one in project.files if one.endswith(_CODE)):
        yield "SST"


def _actions(project: Project) -> Iterator[tuple[Span, str]]:
    """Actions of others in workflows, which deploy functions by their names; those that only call one do not."""
    if not any(path.endswith(".py") for path in project.files):
        return
    for path in project.files:
        if kind_of(path) not in {"workflow", "action"} or not _says(project, path, _ACTION):
            continue
        data = read_bytes(project, path)
        for match in _ACTION.finditer(data):
            action = match[1].decode()
            if action.lower() not in KNOWN and "invoke" not in action.lower():
                yield Span(path, data.count(b"\n", 0, match.start()) + 1), f"the action `{action}`"


def _declares_functions(project: Project, path: str) -> bool:
    """Whether a file that is still to be rendered declares functions that may be Python's."""
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return True
    return _DECLARATION.search(data) is not None and re.search(rb"(?i)python|image|\.lambda_handler", data) is not None


def _says(project: Project, path: str, word: bytes | re.Pattern[bytes]) -> bool:
    try:
        return project.mentions(path, word)
    except Unreadable:
        return False  # whoever reads it says so


def _calls_lambda(project: Project, path: str) -> bool:
    """Whether a unit of Terragrunt runs a module that has to do with Lambda."""
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return True
    return b"lambda" in data.lower() and b"source" in data


def _mentions_python(project: Project, path: str) -> bool:
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return True
    return b"python" in data or b"image" in data
