"""Requirements that are a directory of the repository (``./lib``, ``-e ../shared``): what such a project brings.

Its own modules cannot be told file by file, since a build back end decides what it packs; their top-level names can, as
far as nothing else may be among them.  What it needs in turn is read where it is written out: ``dependencies`` of a
pyproject.toml (PEP 621), or ``install_requires`` of a setup.py or setup.cfg.
"""

from __future__ import annotations

import ast
import posixpath

from vartask.artifact.requirements import LocalRequirement, Requirements, distribution_of, with_extras
from vartask.discovery import ALWAYS_SKIPPED
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.python_nodes import walk

_MOST_NAMES = 5_000
"""A project with more files than this is the whole repository."""


@dataclass(frozen=True, slots=True)
class LocalProjects:
    """What the local projects of a requirements file bring.

    ``distributions`` are what they need and what the file itself asks for; ``modules`` are names that they may have at
    their top.
    """

    distributions: frozenset[str]
    modules: frozenset[str]


def local_projects(project: Project, asked: Requirements) -> LocalProjects | None:
    """What the local projects bring; ``None`` where anything else about the file is not known, or one is not read."""
    if asked.besides_local is None:
        return None
    distributions, modules = set(asked.besides_local), set[str]()
    for required in asked.local_paths:
        places = _places(project, required)
        if not places:
            return None
        for place in places:
            needs, names = _needs(project, place), _modules(project, place)
            if needs is None or names is None:
                return None
            distributions |= needs
            modules |= names
    return LocalProjects(frozenset(distributions), frozenset(modules))


def _places(project: Project, required: LocalRequirement) -> list[str]:
    """Where the path may lead: pip takes it from the directory it runs in, which is one above the file or its own."""
    found: list[str] = []
    base = posixpath.dirname(required.span.path) or "."
    while required.relative is not None:
        place = project.join(base, required.relative)
        if place is not None and any(project.is_file(_join(place, name)) for name in ("setup.py", "pyproject.toml")):
            found.append(place)
        if base == ".":
            break
        base = posixpath.dirname(base) or "."
    return list(dict.fromkeys(found))


def _modules(project: Project, place: str) -> set[str] | None:
    """Every name that a module of the project can have at its top; ``None`` for too many.

    Which directory is the top is for its build to say, so every name in the project is one.
    """
    names: set[str] = set()
    pending = [place]
    while pending:
        directory = pending.pop()
        for name, entry in project.listdir(directory).items():
            names.add(name.partition(".")[0])
            if entry.kind == "d" and name not in ALWAYS_SKIPPED:
                pending.append(_join(directory, name))
        if len(names) > _MOST_NAMES:
            return None
    return {name for name in names if name.isidentifier()}


def _needs(project: Project, place: str) -> set[str] | None:
    """The distributions that a project asks for; ``None`` where they are computed."""
    texts = [_from_pyproject(project, place), _from_setup(project, place)]
    if None in texts or project.is_file(_join(place, "setup.cfg")):
        return None
    needs: set[str] = set()
    for text in (text for listed in texts for text in listed or ()):
        name = distribution_of(text)
        if name is None:
            return None
        needs |= {name, *with_extras(name, text)}
    return needs


def _from_pyproject(project: Project, place: str) -> list[str] | None:
    path = _join(place, "pyproject.toml")
    if not project.is_file(path):
        return []
    import tomli

    try:
        table = tomli.loads(project.read_text(path)).get("project", {})
        if "dependencies" in table.get("dynamic", ()) or not isinstance(table.get("name", ""), str):
            return None
        # Without the table, another file or tool says it all.
        listed = table.get("dependencies", []) if table else None
    except (Unreadable, tomli.TOMLDecodeError, RecursionError, AttributeError, TypeError):
        return None
    if listed is None:
        return [] if project.is_file(_join(place, "setup.py")) else None
    return [str(text) for text in listed] if isinstance(listed, list) else None


def _from_setup(project: Project, place: str) -> list[str] | None:
    path = _join(place, "setup.py")
    if not project.is_file(path):
        return []
    try:
        tree = ast.parse(project.read_text(path))
    except (Unreadable, SyntaxError, ValueError, RecursionError):
        return None
    calls = [node for node in walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "setup"]
    if len(calls) != 1 or any(keyword.arg is None for keyword in calls[0].keywords):
        return None
    value = next((keyword.value for keyword in calls[0].keywords if keyword.arg == "install_requires"), None)
    return [] if value is None else _strings(value)


def _strings(node: ast.expr) -> list[str] | None:
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    values = [item.value for item in node.elts if isinstance(item, ast.Constant) and isinstance(item.value, str)]
    return values if len(values) == len(node.elts) else None


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _join(directory: str, name: str) -> str:
    return posixpath.normpath(posixpath.join(directory, name))
