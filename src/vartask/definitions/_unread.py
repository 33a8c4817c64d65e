"""Deployment tools that are recognised and not read: what they declare is said to be missing, never passed over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

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


def unread(project: Project) -> tuple[Gap, ...]:
    """One gap for each application of a tool that is not read."""
    return tuple(
        Gap(Span(path), f"{tool} is not read: functions that only it declares are not checked")
        for path, tool in _applications(project)
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
        elif name.endswith((".tf", ".tofu")) and _mentions(project, path, b'"awscc_lambda_function"'):
            yield path, "awscc_lambda_function"
        elif name.endswith(_RENDERED) and _declares_functions(project, path):
            yield path, "a template that another program renders first"


def _declares_functions(project: Project, path: str) -> bool:
    """Whether a file that is still to be rendered declares functions that may be Python's."""
    try:
        data = project.read_bytes(path)
    except Unreadable:
        return True
    return _DECLARATION.search(data) is not None and re.search(rb"(?i)python|image|\.lambda_handler", data) is not None


def _mentions(project: Project, path: str, word: bytes) -> bool:
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
