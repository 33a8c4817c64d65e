"""``.aws-sam/build``: a copy of each template in which ``CodeUri`` and ``ContentUri`` lead to what was built.

Read from aws-sam-cli 1.170: ``ApplicationBuilder.update_template`` and ``move_template`` for the templates (a nested
stack's stands in a directory with the stack's name), ``build_graph.py`` for ``build.toml``, which says what each
function was built from.  ``chalice package`` writes the same kind of template as ``sam.json``.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from vartask.project import Project, Unreadable
from vartask.syntax.cloudformation import Known
from vartask.syntax.nodes import Mapping as Map
from vartask.syntax.template import Resource, Template, as_template
from vartask.syntax.yaml import YamlError, read_yaml
from vartask.verify.outputs import BadOutput, Entry, Output, by_name

MARK: Final = ".aws-sam/build"

TEMPLATES: Final = ("template.yaml", "template.yml", "template.json")
"""What ``sam`` looks for where nothing names a template."""

_CHALICE: Final = "sam.json"
_FUNCTIONS: Final = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
_LAYERS: Final = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}
_NESTED: Final = {"AWS::Serverless::Application": "Location", "AWS::CloudFormation::Stack": "TemplateURL"}
_MAX_STACKS: Final = 100


def places(directory: Path) -> Iterator[Path]:
    """Where ``sam build`` writes."""
    yield directory / MARK


def read(directory: Path) -> Output | None:
    """The output of ``sam build`` or ``chalice package``."""
    sources = directory.parent / "build.toml"
    if (directory / _CHALICE).is_file():
        return _output(directory, _CHALICE, {})
    if not sources.is_file() and not directory.as_posix().endswith(f"/{MARK}"):
        return None
    name = next((name for name in TEMPLATES if (directory / name).is_file()), None)
    return None if name is None else _output(directory, name, _sources(sources))


def _output(directory: Path, name: str, sources: dict[str, tuple[str, str]]) -> Output:
    entries: list[Entry] = []
    builds: dict[str, Path] = {}
    layers: list[tuple[str, Path]] = []
    runtimes: set[str] = set()
    for path, prefix, template in _templates(directory, name):
        for resource in template.resources:
            kind = resource.type or ""
            if kind in _FUNCTIONS:
                package = _path(path, resource, template, _FUNCTIONS[kind])
                runtimes |= _texts(resource, template, "Runtime")
                source, build = sources.get(prefix + resource.name, (None, ""))
                if package is not None:
                    twin = builds.setdefault(build, package) if build else None
                    entries.append(
                        Entry(
                            (resource.name,),
                            next(iter(_texts(resource, template, "Handler")), None),
                            package,
                            source,
                            twin,
                        )
                    )
            elif kind in _LAYERS:
                package = _path(path, resource, template, _LAYERS[kind])
                layers += [(resource.name, package)] if package is not None else []
    chalice = name == _CHALICE
    shared = next((one.package for one in entries), None) if len({one.package for one in entries}) == 1 else None
    return Output(
        frozenset({"chalice"} if chalice else {"sam", "cloudformation"}),
        directory,
        (directory / name).stat().st_mtime,
        () if chalice else tuple(entries),
        {"managed-layer": layers[0][1]} if chalice and layers else by_name(layers),
        # The template has names of its own for the application's functions, which share one package.
        shared if chalice else None,
        next(iter(runtimes)) if chalice and len(runtimes) == 1 else None,
        readable=True,
    )


def _templates(directory: Path, name: str) -> Iterator[tuple[Path, str, Template]]:
    """The templates with the path that each stack's functions have in ``build.toml``."""
    project = Project(directory)
    pending = [(name, "")]
    for _ in range(_MAX_STACKS):
        if not pending:
            return
        path, prefix = pending.pop()
        template = _template(project, path)
        if template is None:
            continue
        yield directory / posixpath.dirname(path), prefix, template
        for resource in template.resources:
            if resource.type in _NESTED:
                value = resource.evaluator.text(resource.properties.get(_NESTED[resource.type]))
                below = project.join(posixpath.dirname(path), value.value) if isinstance(value, Known) else None
                if below is not None and project.is_file(below):
                    pending.append((below, f"{prefix}{resource.name}/"))


def _template(project: Project, path: str) -> Template | None:
    try:
        for document in read_yaml(project.read_text(path), path):
            return as_template(document, path)
    except Unreadable as error:
        raise BadOutput(f"{project.absolute(path)}: {error}") from error
    except YamlError as error:
        raise BadOutput(f"{project.absolute(path)}: {error.message}") from error
    return None


def _path(base: Path, resource: Resource, template: Template, key: str) -> Path | None:
    """Where a property leads, which is a path below or beside the template once ``sam build`` has been there."""
    node = resource.evaluator.chosen(resource.properties.get(key))
    if node is None and resource.type == "AWS::Serverless::Function":
        node = resource.evaluator.chosen(template.function_globals.get(key))
    value = None if node is None or isinstance(node, Map) else resource.evaluator.text(node)
    if not isinstance(value, Known) or "://" in value.value:
        return None
    path = Path(os.path.normpath(base / value.value))
    return path if path.exists() else None


def _texts(resource: Resource, template: Template, key: str) -> set[str]:
    """A function's property, if it is known."""
    value = resource.evaluator.text(resource.properties.get(key) or template.function_globals.get(key))
    return {value.value} if isinstance(value, Known) else set()


def _sources(file: Path) -> dict[str, tuple[str, str]]:
    """The directory that each function was built from, and the name of that build, by its path among the stacks."""
    # Imported here: only builds have one.
    import tomli

    try:
        found: dict[str, Any] = tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError):
        return {}  # the templates say enough where nothing is nested
    sources: dict[str, tuple[str, str]] = {}
    definitions = found.get("function_build_definitions")
    for build, one in definitions.items() if isinstance(definitions, dict) else ():
        source, names = one.get("codeuri"), one.get("functions")
        if isinstance(source, str) and isinstance(names, list):
            sources |= {str(name): (os.path.normpath(source), build) for name in names}
    return sources
