"""What ``cdk synth`` writes: a cloud assembly, its stacks' templates and its assets.

https://docs.aws.amazon.com/cdk/v2/guide/deploy.html#deploy-how-synth-assemblies and the schemas of
https://github.com/aws/aws-cdk-cli/tree/main/packages/%40aws-cdk/cloud-assembly-schema (``manifest.ts``, ``assets``).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator, Mapping
from typing import Any, Final

from vartask.discovery import ASSEMBLY_MANIFEST
from vartask.project import Project, Unreadable
from vartask.records import dataclass, field
from vartask.syntax.cloudformation import Known
from vartask.syntax.template import Template, as_template
from vartask.syntax.yaml import YamlError, read_yaml

_MAX_DEPTH: Final = 8
"""Stages contain stages; more levels than this are no application's."""

_FUNCTION: Final = b"AWS::Lambda::"
_NESTED: Final = "AWS::CloudFormation::Stack"


class BadAssembly(Exception):
    """The directory holds no assembly that can be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One asset by its manifest: ``path`` is its file or directory in the project."""

    path: str
    dockerfile: str | None = None
    target: str | None = None
    build_args: Mapping[str, str] = field(default_factory=dict)
    platform: str | None = None


@dataclass(frozen=True, slots=True)
class Stack:
    """One template of an assembly, a nested stack's included.

    ``directory`` is that of the assembly (or of the stage's own) that the template stands in, ``traces`` the creation
    stack traces by construct path, ``arguments`` what the parent passes to a nested stack's parameters:
    the parent stack and the resource there.
    """

    template: Template
    directory: str
    assets: Mapping[str, Asset]
    traces: Mapping[str, tuple[str, ...]]
    parent: Stack | None = None
    parent_resource: str | None = None


@dataclass(frozen=True, slots=True)
class Assembly:
    """A whole assembly: ``directory`` is its root, ``files`` every file of JSON that was read for it."""

    directory: str
    stacks: tuple[Stack, ...]


def read_assembly(project: Project, directory: str) -> Assembly:
    """Read an assembly with the stages in it.  Raises :class:`BadAssembly`."""
    return Assembly(directory, tuple(_stacks(project, directory, 0)))


def _stacks(project: Project, directory: str, depth: int) -> Iterator[Stack]:
    manifest = _json(project, posixpath.join(directory, ASSEMBLY_MANIFEST))
    artifacts = manifest.get("artifacts")
    if not isinstance(artifacts, dict) or depth > _MAX_DEPTH:
        raise BadAssembly(f"{directory}/{ASSEMBLY_MANIFEST} is not the manifest of an assembly")
    entries = [entry for entry in artifacts.values() if isinstance(entry, dict)]
    assets: dict[str, Asset] = {}
    for entry in entries:
        if entry.get("type") == "cdk:asset-manifest":
            assets.update(_assets(project, directory, _text(_properties(entry).get("file"))))
    for entry in entries:
        name = _text(_properties(entry).get("templateFile"))
        if entry.get("type") == "aws:cloudformation:stack" and name:
            metadata = entry.get("metadata") or _more_metadata(project, directory, entry)
            own = {**assets, **_older_assets(directory, metadata)}
            yield from _with_nested(project, directory, name, own, _traces(metadata))
    for entry in entries:
        name = _text(_properties(entry).get("directoryName"))
        if entry.get("type") == "cdk:cloud-assembly" and name:
            yield from _stacks(project, posixpath.join(directory, name), depth + 1)


def _more_metadata(project: Project, directory: str, entry: Mapping[str, Any]) -> object:
    name = _text(entry.get("additionalMetadataFile"))
    try:
        return _json(project, posixpath.join(directory, name)) if name else {}
    except BadAssembly:
        return {}  # only traces are lost


def _with_nested(
    project: Project, directory: str, name: str, assets: Mapping[str, Asset], traces: Mapping[str, tuple[str, ...]]
) -> Iterator[Stack]:
    pending: list[tuple[str, Stack | None, str | None]] = [(name, None, None)]
    seen: set[str] = set()
    while pending:
        file, parent, resource = pending.pop()
        if file in seen:
            continue
        seen.add(file)
        template = _template(project, posixpath.join(directory, file))
        if template is None:
            continue
        stack = Stack(template, directory, assets, traces, parent, resource)
        yield stack
        for one in template.resources:
            if one.type == _NESTED:
                nested = one.evaluator.text(one.metadata.get("aws:asset:path"))
                if isinstance(nested, Known):
                    pending.append((nested.value, stack, one.name))


def _template(project: Project, path: str) -> Template | None:
    """The template; ``None`` when it has neither functions nor layers nor nested stacks."""
    try:
        data = project.read_bytes(path)
        if _FUNCTION not in data and _NESTED.encode() not in data:
            return None
        for document in read_yaml(project.read_text(path), path):
            return as_template(document, path)
    except Unreadable as error:
        raise BadAssembly(f"{path}: {error}") from None
    except YamlError as error:
        raise BadAssembly(f"{path}: {error.message}") from None
    return None


# -- assets ----------------------------------------------------------------------------------------------


def _assets(project: Project, directory: str, file: str | None) -> dict[str, Asset]:
    """The assets of a manifest by their hash; those that a program makes when they are published have no path."""
    if file is None:
        return {}
    listed = _json(project, posixpath.join(directory, file))
    found: dict[str, Asset] = {}
    for key, source in _sources(listed, "files"):
        path = _text(source.get("path"))
        if path is not None:
            found[key] = Asset(_below(directory, path))
    for key, source in _sources(listed, "dockerImages"):
        path = _text(source.get("directory"))
        if path is not None:
            found[key] = Asset(
                _below(directory, path),
                _text(source.get("dockerFile")) or "Dockerfile",
                _text(source.get("dockerBuildTarget")),
                _texts(source.get("dockerBuildArgs")),
                _text(source.get("platform")),
            )
    return found


def _sources(listed: Mapping[str, Any], kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    section = listed.get(kind)
    for key, entry in section.items() if isinstance(section, dict) else ():
        source = entry.get("source") if isinstance(entry, dict) else None
        if isinstance(source, dict):
            yield key, source


def _older_assets(directory: str, metadata: object) -> dict[str, Asset]:
    """Assets that stand in the stack's metadata (``aws:cdk:asset``), as CDK v1 wrote them."""
    found: dict[str, Asset] = {}
    for _, kind, data in _entries(metadata):
        if kind == "aws:cdk:asset" and isinstance(data, dict):
            key, path = _text(data.get("sourceHash") or data.get("id")), _text(data.get("path"))
            if key is not None and path is not None:
                image = data.get("packaging") == "container-image"
                found[key] = Asset(
                    _below(directory, path),
                    (_text(data.get("file")) or "Dockerfile") if image else None,
                    _text(data.get("target")),
                    _texts(data.get("buildArgs")),
                )
    return found


def _traces(metadata: object) -> dict[str, tuple[str, ...]]:
    """Where each construct was made, by its path, as far as the assembly says."""
    found: dict[str, tuple[str, ...]] = {}
    if not isinstance(metadata, dict):
        return found
    for path, entries in metadata.items():
        for entry in entries if isinstance(entries, list) else ():
            lines = _lines(entry) if isinstance(entry, dict) else ()
            if lines:
                found.setdefault(path.lstrip("/"), lines)
    return found


def _lines(entry: Mapping[str, Any]) -> tuple[str, ...]:
    lines = entry.get("data") if entry.get("type") == "aws:cdk:creationStack" else entry.get("trace")
    return tuple(line for line in lines if isinstance(line, str)) if isinstance(lines, list) else ()


def _entries(metadata: object) -> Iterator[tuple[str, str, object]]:
    for path, entries in metadata.items() if isinstance(metadata, dict) else ():
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict):
                yield path, str(entry.get("type")), entry.get("data")


# -- JSON ------------------------------------------------------------------------------------------------


def _json(project: Project, path: str) -> dict[str, Any]:
    try:
        value = json.loads(project.read_text(posixpath.normpath(path)))
    except (Unreadable, ValueError, RecursionError) as error:
        raise BadAssembly(f"{path}: {error}") from None
    if not isinstance(value, dict):
        raise BadAssembly(f"{path} is not a mapping")
    return value


def _properties(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    properties = entry.get("properties")
    return properties if isinstance(properties, dict) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> dict[str, str]:
    return {key: text for key, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def _below(directory: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(directory, path))
