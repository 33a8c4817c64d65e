"""The Pulumi projects of a repository: what is run, and where.

https://www.pulumi.com/docs/iac/concepts/projects/project-file/.  ``main`` is a directory, or a file in one: the program
runs in that directory (``GetPwdMain`` of https://github.com/pulumi/pulumi/blob/master/sdk/go/common/workspace).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import Final

from vartask.model import Gap, Span
from vartask.project import Project, Unreadable
from vartask.records import dataclass
from vartask.syntax.nodes import Mapping, Node, Scalar
from vartask.syntax.yaml import YamlError, read_yaml

NAMES: Final = frozenset({"Pulumi.yaml", "Pulumi.yml"})
_SCRIPTS: Final = (".ts", ".js", ".mts", ".mjs", ".cts", ".cjs")


@dataclass(frozen=True, slots=True)
class PulumiProject:
    """One project: ``runtime`` is the language host, ``base`` where the program runs, ``entry`` what it starts with.

    ``root`` is the document for a program in YAML.
    """

    path: str
    runtime: str
    base: str
    entry: str | None
    root: Mapping


def pulumi_projects(project: Project) -> Iterator[PulumiProject | Gap]:
    """Every project file, or why one cannot be read."""
    for path in project.files:
        if posixpath.basename(path) in NAMES:
            yield _read(project, path)


def _read(project: Project, path: str) -> PulumiProject | Gap:
    try:
        documents = read_yaml(project.read_text(path), path)
    except Unreadable as error:
        return Gap(Span(path), f"the Pulumi project cannot be read: {error}")
    except YamlError as error:
        return Gap(error.span, f"the Pulumi project cannot be read: {error.message}")
    root = documents[0].root if documents else None
    if not isinstance(root, Mapping):
        return Gap(Span(path), "the Pulumi project file is not a mapping")
    runtime = root.get("runtime")
    name = _text(runtime.get("name") if isinstance(runtime, Mapping) else runtime) or ""
    base = posixpath.dirname(path) or "."
    main = project.join(base, _text(root.get("main")) or ".")
    if main is None:
        return Gap(Span(path), "`main` of the Pulumi project leads out of the repository")
    if project.is_dir(main):
        return PulumiProject(path, name, main, _entry(project, name, main), root)
    return PulumiProject(path, name, posixpath.dirname(main) or ".", main if project.is_file(main) else None, root)


def _entry(project: Project, runtime: str, directory: str) -> str | None:
    if runtime == "python":
        return _existing(project, directory, "__main__.py")
    if runtime in {"nodejs", "bun"}:
        return _script(project, directory)
    return None


def _script(project: Project, directory: str) -> str | None:
    """``main`` of package.json as it is written before it is compiled, else ``index``."""
    try:
        package = json.loads(project.read_text(posixpath.normpath(f"{directory}/package.json")))
    except (Unreadable, ValueError, RecursionError):
        package = {}
    main = package.get("main") if isinstance(package, dict) else None
    names = [main, f"{main}/index", posixpath.basename(main)] if isinstance(main, str) and main else []
    for name in [*names, "index"]:
        stem, ending = posixpath.splitext(name)
        for candidate in (name, *(f"{stem if ending in _SCRIPTS else name}{one}" for one in _SCRIPTS)):
            found = _existing(project, directory, candidate)
            if found is not None and found.endswith(_SCRIPTS):
                return found
    return None


def _existing(project: Project, directory: str, name: str) -> str | None:
    path = project.join(directory, name)
    return path if path is not None and project.is_file(path) else None


def _text(node: Node | None) -> str | None:
    return node.value if isinstance(node, Scalar) and not node.is_null else None
