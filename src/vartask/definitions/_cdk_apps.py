"""The applications of the AWS CDK in a project: their ``cdk.json``, and the file that each starts with."""

from __future__ import annotations

import posixpath
from typing import Final, Literal

from vartask.definitions._cdk_freshness import CONFIG
from vartask.patterns import regex
from vartask.project import Project, Unreadable
from vartask.records import dataclass

CdkLanguage = Literal["javascript", "python", ""]

_JAVASCRIPT: Final = regex(r"\b(?:ts-node|tsx|node|bun|deno|esr|swc-node|tsc|npm|npx|yarn|pnpm|jest)\b")
_PYTHON: Final = regex(r"\b(?:python[\d.]*|uv|poetry|pipenv|pdm|rye|hatch)\b|\.py\b")
_SCRIPT: Final = regex(r"[^\s\"';&|]+\.(?:[cm]?[jt]sx?|py)\b")
_MODULE: Final = regex(r"\bpython[\d.]*\s+(?:-[A-Za-z]+\s+)*-m\s+([\w.]+)")
_OUTPUT: Final = regex(r"(?:\A|/)(?:dist|build|out|lib|cdk\.out)/(?=\w)")


@dataclass(frozen=True, slots=True)
class App:
    """An application: ``directory`` is that of its ``cdk.json``, where it runs; ``entry`` the file it starts with.

    ``language`` is empty for one that is neither JavaScript, TypeScript nor Python, or that nothing tells.
    """

    directory: str
    command: str
    language: CdkLanguage
    entry: str | None = None


def apps(project: Project) -> tuple[App, ...]:
    """Every application of the project's scopes."""
    return tuple(_app(project, path) for path in project.files if posixpath.basename(path) == CONFIG)


def _app(project: Project, path: str) -> App:
    directory = posixpath.dirname(path) or "."
    command = _command(project, path)
    scripts = [script for script in _SCRIPT.findall(command) if "node_modules" not in script]
    found = [entry for entry in (_source(project, directory, script) for script in scripts) if entry is not None]
    entry = found[-1] if found else _module(project, directory, command)
    if entry is None:
        entry = _from_package(project, directory)
    language = _language(command, entry)
    if not command and entry is None and "package.json" in project.listdir(directory):
        language = "javascript"  # the command is given to `cdk --app`
    return App(directory, command, language, entry)


def _command(project: Project, path: str) -> str:
    # Imported here: few projects have applications.
    import json

    try:
        settings = json.loads(project.read_text(path))
    except (Unreadable, ValueError, RecursionError):
        return ""
    app = settings.get("app") if isinstance(settings, dict) else None
    if isinstance(app, list):
        return " ".join(map(str, app))
    return app if isinstance(app, str) else ""


def _language(command: str, entry: str | None) -> CdkLanguage:
    if entry is not None:
        return "python" if entry.endswith(".py") else "javascript"
    if _PYTHON.search(command):
        return "python"
    return "javascript" if _JAVASCRIPT.search(command) else ""


def _source(project: Project, directory: str, script: str) -> str | None:
    """The source of a script; what is compiled is not in the repository."""
    path = project.join(directory, script)
    if path is None:
        return None
    stem, extension = posixpath.splitext(path)
    candidates = [path]
    if extension in {".js", ".mjs", ".cjs"}:
        ending = extension.replace("j", "t")
        candidates += [stem + ending]
        # `node dist/bin/app.js`: the compiler keeps the path below its output directory.
        candidates += [
            posixpath.normpath(_OUTPUT.sub("/", stem, count=1).lstrip("/")) + one for one in (ending, extension)
        ]
        candidates += [_OUTPUT.sub("/src/", stem, count=1).lstrip("/") + ending]
    return next((one for one in candidates if project.is_file(one) and not project.ignored(one)), None)


def _module(project: Project, directory: str, command: str) -> str | None:
    """What ``python -m package.module`` runs, looked for where it runs."""
    named = _MODULE.search(command)
    if named is None:
        return None
    place = named[1].replace(".", "/")
    paths = (project.join(directory, name) for name in (f"{place}.py", f"{place}/__main__.py"))
    return next((path for path in paths if path is not None and project.is_file(path)), None)


def _from_package(project: Project, directory: str) -> str | None:
    """What ``bin`` of ``package.json`` names, which ``cdk init`` writes beside a compiled program."""
    path = posixpath.normpath(posixpath.join(directory, "package.json"))
    # Imported here: few projects have applications.
    import json

    try:
        settings = json.loads(project.read_text(path)) if project.is_file(path) else {}
    except (Unreadable, ValueError, RecursionError):
        return None
    named = settings.get("bin") if isinstance(settings, dict) else None
    scripts = [named] if isinstance(named, str) else list(named.values()) if isinstance(named, dict) else []
    found = (_source(project, directory, script) for script in scripts if isinstance(script, str))
    return next((entry for entry in found if entry is not None), None)


def nearest(directories: frozenset[str], path: str) -> str | None:
    """The innermost of some directories that a file stands below."""
    here = posixpath.dirname(path) or "."
    while here not in directories:
        if here == ".":
            return None
        here = posixpath.dirname(here) or "."
    return here
